-- expand
-- What the making of duties and the look ahead are made from: the rules in force, units, absences as they became known, facts,
-- and what former versions of the rules have made, as far as it may bear on a window of theirs: all of what is done once, and of
-- what comes round the last year before the version came. One function, because the two must not differ on it.
create function duty_ground(p_town uuid)
returns table (start_on date, rules jsonb, units jsonb, mobile jsonb, facts jsonb, former jsonb) language sql stable as $$
    select
        (select p.start_on from plan p where p.town_id = p_town and p.active),
        coalesce((select jsonb_agg(jsonb_build_object('id', r.id, 'code', r.code, 'task_code', t.code, 'title', r.title,
                'cadence', r.cadence, 'audience', r.audience, 'conditions', r.conditions, 'grace_days', r.grace_days,
                'first_on', r.first_on, 'effective_on', r.effective_on, 'off', r.off, 'minutes', r.minutes)
                order by t.position, r.code)
            from rule r join task t on t.town_id = r.town_id and t.id = r.task_id
            join plan p on p.town_id = t.town_id and p.id = t.plan_id and p.active
            where r.town_id = p_town and r.superseded_on is null), '[]'),
        coalesce((select jsonb_agg(jsonb_build_object('id', u.id, 'name', u.name, 'kind', u.kind, 'parent_id', u.parent_id,
                'created_at', u.created_at, 'closed_on', u.closed_on))
            from unit u where u.town_id = p_town and u.kind in ('town', 'branch', 'group', 'village')), '[]'),
        coalesce((select jsonb_agg(jsonb_build_object('id', m.id, 'person_id', m.person_id,
                'branch_id', coalesce(h.branch_id, m.branch_id), 'away_since', coalesce(h.away_since, m.away_since),
                'returned_on', m.returned_on,
                'set_at', coalesce(h.set_at, m.away_since::timestamp at time zone 'Asia/Shanghai')) order by m.id, h.set_at)
            from mobile_member m left join mobile_history h on h.town_id = m.town_id and h.mobile_id = m.id
            where m.town_id = p_town), '[]'),
        coalesce((select jsonb_agg(jsonb_build_object('unit_id', f.unit_id, 'from_on', f.from_on,
                'has_committee', f.has_committee, 'has_groups', f.has_groups, 'full_members', f.full_members,
                'probationary_members', f.probationary_members, 'set_at', f.set_at))
            from branch_facts f where f.town_id = p_town), '[]'),
        coalesce((select jsonb_agg(jsonb_build_object('rule_id', n.id, 'subject_id', d.subject_id, 'id', d.id,
                'version', o.version, 'cadence', o.cadence, 'key', d.window_key, 'first', d.window_first,
                'last', coalesce(d.postponed_from, d.window_last), 'state', d.state, 'fulfilled_at', d.fulfilled_at)
                order by d.id)
            from rule n
            join rule o on o.town_id = n.town_id and o.task_id = n.task_id and o.code = n.code and o.version < n.version
                and o.record_kind = n.record_kind
            join duty d on d.town_id = o.town_id and d.rule_id = o.id and d.occasion_id is null
            where n.town_id = p_town and n.superseded_on is null and n.version > 1
              and (d.window_last is null or coalesce(d.postponed_from, d.window_last) >= n.effective_on - 366
                   or o.cadence->>'kind' in ('once', 'immediately', 'past_at_issue'))), '[]')
$$;

-- What may be owed again when a fact comes back: a few of all there are.
create index duty_withdrawn on duty (town_id) where state = 'withdrawn';
