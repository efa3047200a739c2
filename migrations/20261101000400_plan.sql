create table plan (
    town_id uuid not null references town (id),
    id uuid not null,
    name text not null,
    source text not null,
    version text not null,
    issued_on date not null,
    -- Windows that end earlier are not owed (design D12).
    start_on date not null,
    loaded_at timestamptz not null,
    loaded_by uuid,
    active boolean not null default true,
    primary key (town_id, id)
);
create unique index plan_active_once on plan (town_id) where active;

create table task (
    town_id uuid not null references town (id),
    id uuid not null,
    plan_id uuid not null,
    code text not null,
    position integer not null,
    action_no integer not null,
    action_name text not null,
    item text not null,
    requirement text not null,
    time_node text not null,
    kind text not null,
    -- Null is shown as 待确认.
    lead_name text,
    lead_id uuid,
    primary key (town_id, id),
    constraint task_code_once unique (town_id, plan_id, code),
    constraint task_plan foreign key (town_id, plan_id) references plan (town_id, id),
    constraint task_lead foreign key (town_id, lead_id) references person (town_id, id),
    constraint task_kind check (kind in ('once', 'recurring', 'continuous'))
);

-- What a task splits into. A change makes a new version; the old one keeps the duties it made.
create table rule (
    town_id uuid not null references town (id),
    id uuid not null,
    task_id uuid not null,
    code text not null,
    version integer not null,
    title text not null,
    cadence jsonb not null,
    audience text not null,
    holder text not null,
    conditions jsonb not null,
    record_kind text not null,
    meeting_types text[] not null,
    place text,
    photos_required integer not null,
    counts text not null,
    grace_days integer not null,
    reviewer text not null,
    minutes integer not null,
    first_on date,
    superseded_on date,
    created_at timestamptz not null,
    primary key (town_id, id),
    constraint rule_version_once unique (town_id, task_id, code, version),
    constraint rule_task foreign key (town_id, task_id) references task (town_id, id),
    constraint rule_counts check (counts in ('receipt', 'acceptance')),
    constraint rule_photos check (photos_required between 0 and 9),
    constraint rule_grace check (grace_days between 0 and 31)
);
