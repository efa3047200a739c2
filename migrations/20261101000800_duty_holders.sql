-- Who holds each live duty on a day: whoever it is delegated to; else the member it is about (holder mobile_member), the
-- committee member linked to them (holder committee_member; the secretary where none is), or whoever holds the rule's post over the unit. None: 无人认领.
-- A function, because the list of the day, the reminders and the unreachable list must not differ on it.
create function duty_holders(p_town uuid, p_today date)
returns table (duty_id uuid, holder_id uuid) language sql stable as $$
    select d.id, d.delegated_to
    from duty d
    where d.town_id = p_town and d.state in ('open', 'submitted', 'returned') and d.delegated_to is not null
    union
    select d.id, d.person_id
    from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
    where d.town_id = p_town and d.state in ('open', 'submitted', 'returned') and d.delegated_to is null
      and r.holder = 'mobile_member' and d.person_id is not null
    union
    select d.id, coalesce(m.contact_id, s.person_id)
    from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
    join mobile_member m on m.town_id = d.town_id and m.person_id = d.person_id and m.returned_on is null
    left join lateral (
        select po.person_id from post po
        join post_unit pu on pu.town_id = po.town_id and pu.post_id = po.id
        where po.town_id = d.town_id and po.role = 'branch_secretary' and pu.unit_id = d.unit_id
          and po.from_on <= p_today and (po.to_on is null or po.to_on >= p_today)
        order by po.from_on desc limit 1
    ) s on m.contact_id is null
    where d.town_id = p_town and d.state in ('open', 'submitted', 'returned') and d.delegated_to is null
      and r.holder = 'committee_member' and coalesce(m.contact_id, s.person_id) is not null
    union
    select d.id, po.person_id
    from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
    join unit u on u.town_id = d.town_id and u.id = d.unit_id
    join post po on po.town_id = d.town_id and po.role = r.holder
        and po.from_on <= p_today and (po.to_on is null or po.to_on >= p_today)
    join post_unit pu on pu.town_id = po.town_id and pu.post_id = po.id
    join unit pou on pou.town_id = pu.town_id and pou.id = pu.unit_id and starts_with(u.path, pou.path)
    where d.town_id = p_town and d.state in ('open', 'submitted', 'returned') and d.delegated_to is null
      and r.holder not in ('mobile_member', 'committee_member')
$$;
