-- expand
-- Text messages, the second channel: for what is due today or overdue and reaches its holder by WeChat no more. One row is one
-- text of one person's day; a send whose outcome is unknown is held and never made again.
create table sms (
    town_id uuid not null references town (id),
    id uuid not null,
    person_id uuid not null,
    -- The person's local date: one text a day.
    local_day date not null,
    state text not null,
    attempt integer not null default 0,
    next_at timestamptz not null,
    not_after timestamptz not null,
    sending_at timestamptz,
    finished_at timestamptz,
    -- The gateway's HTTP status, where there was one.
    status integer,
    note text,
    created_at timestamptz not null,
    primary key (town_id, id),
    constraint sms_person foreign key (town_id, person_id) references person (town_id, id),
    constraint sms_state check (state in ('queued', 'sending', 'sent', 'refused', 'unknown', 'cancelled', 'expired'))
);
create unique index sms_day_once on sms (town_id, person_id, local_day) where state not in ('cancelled', 'expired');
create index sms_due on sms (next_at) where state = 'queued';
create index sms_under_way on sms (sending_at) where state = 'sending';

-- The notices a text is about; each is in one text at most.
create table sms_notice (
    town_id uuid not null references town (id),
    notice_id uuid not null,
    sms_id uuid not null,
    primary key (town_id, notice_id),
    constraint sms_notice_notice foreign key (town_id, notice_id) references notice (town_id, id),
    constraint sms_notice_sms foreign key (town_id, sms_id) references sms (town_id, id)
);
create index sms_notice_by_sms on sms_notice (town_id, sms_id);

-- What WeChat does not carry any more, the newest of it: not led by town_id on purpose, since it is one look for all towns.
create index notice_stranded on notice (created_at) where state = 'inbox' and weight = 1 and subject_kind = 'duty';
