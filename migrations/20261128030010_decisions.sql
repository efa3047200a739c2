-- expand
-- What is decided about duties: let off, not applicable, postponed, handed over; for one or for many in one go, and taken
-- back again. The binary before knows the first two and decides no others: the state it would write is refused.

-- Many duties in one go. The id is made by the client; the same id with other content is a conflict.
create table excuse_batch (
    town_id uuid not null references town (id),
    id uuid not null,
    content_hash bytea not null,
    kind text not null,
    reason text not null,
    from_on date not null,
    until_on date not null,
    proposed_by uuid not null,
    proposed_at timestamptz not null,
    decision text,
    decided_by uuid,
    decided_at timestamptz,
    undone_by uuid,
    undone_at timestamptz,
    primary key (town_id, id),
    constraint excuse_batch_proposer foreign key (town_id, proposed_by) references person (town_id, id),
    constraint excuse_batch_decider foreign key (town_id, decided_by) references person (town_id, id),
    constraint excuse_batch_undoer foreign key (town_id, undone_by) references person (town_id, id),
    constraint excuse_batch_days check (from_on <= until_on),
    constraint excuse_batch_decision check (decision in ('approved', 'refused')),
    constraint excuse_batch_two_people check (decided_by <> proposed_by)
);

alter table excuse
    add column batch_id uuid,
    -- Postponed: to this day, with grace until that one.
    add column new_last date,
    add column new_grace date,
    -- Handed over: to whom.
    add column delegate_to uuid,
    -- What was so before, for taking it back.
    add column before_last date,
    add column before_grace date,
    add column before_until date,
    add column before_delegate uuid,
    add column undone_by uuid,
    add column undone_at timestamptz,
    add column undo_reason text,
    drop constraint excuse_kind,
    add constraint excuse_kind check (kind in ('excused', 'not_applicable', 'postponed', 'delegated')),
    drop constraint excuse_decision,
    -- Lapsed: the duty was over before anybody decided.
    add constraint excuse_decision check (decision in ('approved', 'refused', 'lapsed')),
    add constraint excuse_of_batch foreign key (town_id, batch_id) references excuse_batch (town_id, id),
    add constraint excuse_delegate foreign key (town_id, delegate_to) references person (town_id, id),
    add constraint excuse_undoer foreign key (town_id, undone_by) references person (town_id, id),
    add constraint excuse_postponed_to check (kind <> 'postponed' or (new_last is not null and new_grace >= new_last));
create index excuse_by_duty on excuse (town_id, duty_id, proposed_at);
create index excuse_by_batch on excuse (town_id, batch_id) where batch_id is not null;
create index excuse_recent on excuse (town_id, proposed_at desc, id desc);

-- The last day a postponed duty had by its rule: it climbs the ladder of reminders again.
alter table duty add column postponed_from date;
