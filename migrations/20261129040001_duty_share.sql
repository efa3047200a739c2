-- expand
-- Whether one of those who hold a duty is enough to meet it, or each of them hands in their own. The binary before knows the
-- first only, and makes no rule of the second.
alter table rule add column enough text not null default 'one';
alter table rule add constraint rule_enough check (enough in ('one', 'each'));

-- What one person has handed in of a duty that each of its holders owes. The first receipt decides time and verdict, and stays.
create table duty_share (
    town_id uuid not null references town (id),
    duty_id uuid not null,
    person_id uuid not null,
    record_id uuid not null,
    state text not null,
    verdict text not null,
    handed_in_at timestamptz not null,
    primary key (town_id, duty_id, person_id),
    constraint duty_share_duty foreign key (town_id, duty_id) references duty (town_id, id),
    constraint duty_share_person foreign key (town_id, person_id) references person (town_id, id),
    constraint duty_share_record foreign key (town_id, record_id) references record (town_id, id),
    constraint duty_share_state check (state in ('submitted', 'met', 'returned')),
    constraint duty_share_verdict check (verdict in ('on_time', 'late'))
);
create index duty_share_by_record on duty_share (town_id, record_id);

-- As before, and of a duty that each of its holders owes: while it is open or returned, only those who have not handed in.
create or replace function duty_holders(p_town uuid, p_today date)
returns table (duty_id uuid, holder_id uuid) language sql stable as $$
    select d.id, d.delegated_to
    from duty d
    where d.town_id = p_town and d.state in ('open', 'submitted', 'returned') and d.delegated_to is not null
      and (d.state = 'submitted' or not exists (
          select from duty_share h
          where h.town_id = d.town_id and h.duty_id = d.id and h.person_id = d.delegated_to and h.state <> 'returned'))
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
      and (r.enough = 'one' or d.state = 'submitted' or not exists (
          select from duty_share h
          where h.town_id = d.town_id and h.duty_id = d.id and h.person_id = po.person_id and h.state <> 'returned'))
$$;

-- The record that stands for a duty beside which another one is an extra: where each holder hands in, the same person's.
create function record_kept(p_town uuid, p_duty uuid, p_extra uuid) returns uuid language sql stable as $$
    select coalesce(d.record_id, (
        select h.record_id from duty_share h join record c on c.town_id = p_town and c.id = p_extra
        where h.town_id = p_town and h.duty_id = p_duty and h.person_id = coalesce(c.entered_for, c.writer_id)))
    from duty d where d.town_id = p_town and d.id = p_duty
$$;
