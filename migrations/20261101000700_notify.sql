-- What is owed to a person. At most one per person, subject and rung (invariant 3).
create table notice (
    town_id uuid not null references town (id),
    id uuid not null,
    person_id uuid not null,
    subject_kind text not null,
    subject_id uuid not null,
    rung text not null,
    -- 1 = may spend the last grant (T0, returned, overdue); 2 = only while grants are plenty.
    weight smallint not null,
    page text not null,
    -- Shown in the inbox; never leaves in a WeChat message.
    title text not null,
    due_on date,
    -- Not before: the end of quiet hours in the person's own zone.
    release_at timestamptz not null,
    not_after timestamptz not null,
    state text not null,
    message_id uuid,
    created_at timestamptz not null,
    read_at timestamptz,
    primary key (town_id, id),
    constraint notice_once unique (town_id, person_id, subject_kind, subject_id, rung),
    constraint notice_person foreign key (town_id, person_id) references person (town_id, id),
    constraint notice_state check (state in ('waiting', 'in_message', 'told', 'inbox', 'withdrawn', 'expired')),
    constraint notice_weight check (weight in (1, 2))
);
create index notice_waiting on notice (town_id, release_at) where state = 'waiting';
create index notice_by_person on notice (town_id, person_id, created_at desc, id desc);
create index notice_by_subject on notice (town_id, subject_kind, subject_id) where state in ('waiting', 'in_message', 'inbox', 'told');
create index notice_by_message on notice (town_id, message_id);

-- Each start of a process is its own worker: ownership is an epoch, never a name.
create table worker (
    id uuid primary key,
    host text not null,
    boot_id text not null,
    pid integer not null,
    started_at timestamptz not null,
    lease_until timestamptz not null,
    ended_at timestamptz
);

-- One send. PostgreSQL is the truth; the Redis entry carries only the id (design D2).
create table message (
    town_id uuid not null references town (id),
    id uuid not null,
    person_id uuid not null,
    appid text not null,
    openid text not null,
    template text not null,
    -- The person's local date: one WeChat message a day.
    local_day date not null,
    state text not null,
    attempt integer not null default 0,
    worker_id uuid,
    enqueued_at timestamptz,
    next_at timestamptz not null,
    not_after timestamptz not null,
    sending_at timestamptz,
    finished_at timestamptz,
    errcode integer,
    msgid numeric(20, 0),
    note text,
    created_at timestamptz not null,
    primary key (town_id, id),
    constraint message_person foreign key (town_id, person_id) references person (town_id, id),
    constraint message_state check (state in ('queued', 'sending', 'sent', 'refused', 'unknown', 'dead', 'cancelled', 'expired'))
);
alter table notice add constraint notice_message foreign key (town_id, message_id) references message (town_id, id);
create unique index message_day_once on message (town_id, person_id, local_day) where state not in ('cancelled', 'expired');
-- WeChat answers 43108 to two sends at once to one person: the database serialises them. Not led by town_id on
-- purpose: the same person may be in two towns.
create unique index message_sending_once on message (appid, openid) where state = 'sending';
create index message_due on message (next_at) where state = 'queued';
create index message_by_worker on message (worker_id) where state = 'sending';

create table send_attempt (
    town_id uuid not null references town (id),
    id uuid not null,
    message_id uuid not null,
    attempt integer not null,
    at timestamptz not null,
    outcome text not null,
    errcode integer,
    note text,
    primary key (town_id, id),
    constraint send_attempt_message foreign key (town_id, message_id) references message (town_id, id)
);

-- WeChat keeps one count per person and template, whatever the town; so do we. It has no interface to read it.
create table grant_balance (
    appid text not null,
    openid text not null,
    template text not null,
    n integer not null,
    refused_at timestamptz,
    primary key (appid, openid, template),
    constraint grant_balance_not_negative check (n >= 0)
);
create table grant_event (
    id uuid primary key,
    appid text not null,
    openid text not null,
    template text not null,
    delta integer not null,
    why text not null,
    -- A client's accept and the platform's event about it are one grant.
    dedupe text not null,
    at timestamptz not null,
    constraint grant_event_once unique (appid, openid, template, dedupe),
    constraint grant_event_why check (why in ('accept', 'popup', 'send', 'unknown', 'refused', 'unsubscribed'))
);

-- An appid that may not send before an hour (45009: to the next midnight; 45011: a minute).
create table send_pause (
    appid text primary key,
    until timestamptz not null,
    errcode integer not null,
    probing boolean not null default false
);

-- Who must be told by a human: overdue and no way to reach them, until somebody has.
create table call_item (
    town_id uuid not null references town (id),
    id uuid not null,
    person_id uuid,
    unit_id uuid,
    subject_kind text not null,
    subject_id uuid not null,
    why text not null,
    created_at timestamptz not null,
    done_at timestamptz,
    done_by uuid,
    primary key (town_id, id),
    constraint call_item_once unique (town_id, subject_kind, subject_id, why),
    constraint call_item_person foreign key (town_id, person_id) references person (town_id, id),
    constraint call_item_unit foreign key (town_id, unit_id) references unit (town_id, id),
    constraint call_item_done_by foreign key (town_id, done_by) references person (town_id, id)
);
