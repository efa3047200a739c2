-- expand
-- A plan goes into a new year: what was done once by a date is done again by another. Such a version says into which year it was
-- carried, and why, if the office let a rule fall; what stood under the versions before it stays where it is and bears on nothing
-- that comes after.
alter table rule add column carried_to integer, add column note text not null default '';
alter table rule add constraint rule_carried_to check (carried_to between 2000 and 2099);

-- What rules in force have made under their former versions, since they were last carried into a new year, as far as it may bear
-- on a window of theirs: all of what is done once, and of what comes round the last year before the version came. Of one rule
-- with what the version in force has made itself (`p_rule`), or of all without.
create function duty_former(p_town uuid, p_rule uuid)
returns table (rule_id uuid, subject_id uuid, id uuid, version integer, cadence jsonb, key text, first date, last date,
               state text, fulfilled_at timestamptz) language sql stable as $$
    select n.id, d.subject_id, d.id, o.version, o.cadence, d.window_key, d.window_first,
           coalesce(d.postponed_from, d.window_last), d.state, d.fulfilled_at
    from rule n
    join rule o on o.town_id = n.town_id and o.task_id = n.task_id and o.code = n.code and o.record_kind = n.record_kind
        and (o.version < n.version or (o.id = n.id and p_rule is not null))
    join duty d on d.town_id = o.town_id and d.rule_id = o.id and d.occasion_id is null
    where n.town_id = p_town and n.superseded_on is null and (p_rule is null and n.version > 1 or n.id = p_rule)
      and not exists (select from rule c where c.town_id = n.town_id and c.task_id = n.task_id and c.code = n.code
                        and c.carried_to is not null and c.version > o.version and c.version <= n.version)
      and (d.window_last is null or n.effective_on is null
           or coalesce(d.postponed_from, d.window_last) >= n.effective_on - 366
           or o.cadence->>'kind' in ('once', 'immediately', 'past_at_issue'))
$$;

-- As before, with what a rule that asks for a date was before it asked.
create or replace function duty_ground(p_town uuid)
returns table (start_on date, rules jsonb, units jsonb, mobile jsonb, facts jsonb, former jsonb) language sql stable as $$
    select
        (select p.start_on from plan p where p.town_id = p_town and p.active),
        coalesce((select jsonb_agg(jsonb_build_object('id', r.id, 'code', r.code, 'task_code', t.code, 'title', r.title,
                'cadence', r.cadence, 'audience', r.audience, 'conditions', r.conditions, 'grace_days', r.grace_days,
                'first_on', r.first_on, 'effective_on', r.effective_on, 'off', r.off, 'minutes', r.minutes,
                'item', t.item, 'asks_date', r.record_kind = 'set_date',
                'before', case when r.record_kind = 'set_date' then (
                    select jsonb_build_object('title', b.title, 'audience', b.audience, 'conditions', b.conditions,
                        'grace_days', b.grace_days)
                    from rule b where b.town_id = r.town_id and b.task_id = r.task_id and b.code = r.code
                      and b.record_kind <> 'set_date' order by b.version desc limit 1) end)
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
        coalesce((select jsonb_agg(to_jsonb(f) order by f.id) from duty_former(p_town, null) f), '[]')
$$;
