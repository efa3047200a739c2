-- expand
-- Rules with a source, a ladder of their own, and versions that the office makes: who made it, from which day on it owes
-- windows, and whether it is switched off. A version without `effective_on` owes from the town's first day, as before.
alter table rule add column source text not null default '';
alter table rule add column ladder text not null default 'usual';
alter table rule add column off boolean not null default false;
alter table rule add column effective_on date;
alter table rule add column changed_by uuid;
alter table rule add constraint rule_ladder check (ladder in ('usual', 'quiet'));
alter table rule add constraint rule_changed_by foreign key (town_id, changed_by) references person (town_id, id);
create unique index rule_current_once on rule (town_id, task_id, code) where superseded_on is null;

-- What only the body of the notice asks for is left out where the annex is printed.
alter table task add column in_annex boolean not null default true;

-- An event that the office opened: it became a duty of each unit named. The id is made by the client (D3).
create table occasion (
    town_id uuid not null references town (id),
    id uuid not null,
    rule_id uuid not null,
    content_hash bytea not null,
    note text not null,
    opens_on date not null,
    due_on date not null,
    opened_by uuid not null,
    opened_at timestamptz not null,
    withdrawn_by uuid,
    withdrawn_at timestamptz,
    withdrawn_reason text,
    primary key (town_id, id),
    constraint occasion_rule foreign key (town_id, rule_id) references rule (town_id, id),
    constraint occasion_opener foreign key (town_id, opened_by) references person (town_id, id),
    constraint occasion_withdrawer foreign key (town_id, withdrawn_by) references person (town_id, id),
    constraint occasion_days check (opens_on <= due_on),
    constraint occasion_withdrawn check ((withdrawn_at is null) = (withdrawn_reason is null))
);
create index occasion_by_rule on occasion (town_id, rule_id, opened_at desc);

-- The duties of an occasion say what it is in the office's words.
alter table duty add column occasion_id uuid;
alter table duty add column note text;
alter table duty add constraint duty_occasion foreign key (town_id, occasion_id) references occasion (town_id, id);
create index duty_by_occasion on duty (town_id, occasion_id) where occasion_id is not null;
