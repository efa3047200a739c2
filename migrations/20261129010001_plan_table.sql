-- expand
-- A plan loaded from the annex's table: its notes, what fell away when the table was loaded anew, and every former wording.
alter table task add column note text not null default '';
alter table task add column dropped_on date;

-- What a task said before a table loaded later said otherwise.
create table task_wording (
    town_id uuid not null references town (id),
    id uuid not null,
    task_id uuid not null,
    action_name text not null,
    item text not null,
    requirement text not null,
    time_node text not null,
    lead_name text,
    note text not null,
    replaced_at timestamptz not null,
    replaced_by uuid not null,
    primary key (town_id, id),
    constraint task_wording_task foreign key (town_id, task_id) references task (town_id, id),
    constraint task_wording_replacer foreign key (town_id, replaced_by) references person (town_id, id)
);
create index task_wording_by_task on task_wording (town_id, task_id, replaced_at desc);
