-- expand
-- 意见建议: suggestions, complaints, and requests that the office enter a record. Numbered per town and year without a
-- gap: the counter's row is locked by whoever writes, and a write that fails gives its number back.
create table feedback_year (
    town_id uuid not null references town (id),
    year integer not null,
    last integer not null,
    primary key (town_id, year),
    constraint feedback_year_last check (last > 0)
);

-- The id is made by the phone before sending: the primary key is the idempotency key (D3).
create table feedback (
    town_id uuid not null references town (id),
    id uuid not null,
    year integer not null,
    no integer not null,
    kind text not null,
    -- Whose affair it is: the office's scope is taken by it.
    unit_id uuid not null,
    -- 改由镇里录入: the duty whose record the office is asked to enter.
    duty_id uuid,
    body text not null,
    -- SHA-256 of the canonical JSON of the fields as sent under that client schema.
    content_hash bytea not null,
    writer_id uuid not null,
    received_at timestamptz not null,
    primary key (town_id, id),
    constraint feedback_no_once unique (town_id, year, no),
    constraint feedback_unit foreign key (town_id, unit_id) references unit (town_id, id),
    constraint feedback_duty foreign key (town_id, duty_id) references duty (town_id, id),
    constraint feedback_writer foreign key (town_id, writer_id) references person (town_id, id),
    constraint feedback_kind check (kind in ('suggestion', 'complaint', 'clerk_request')),
    constraint feedback_of_duty check ((kind = 'clerk_request') = (duty_id is not null)),
    constraint feedback_body check (length(body) <= 1000 and (kind = 'clerk_request' or body <> ''))
);
create index feedback_by_writer on feedback (town_id, writer_id, received_at desc, id desc);
create index feedback_by_time on feedback (town_id, received_at desc, id desc);

-- The first answer, and those that correct it: all are kept.
create table feedback_answer (
    town_id uuid not null references town (id),
    id uuid not null,
    feedback_id uuid not null,
    no integer not null,
    body text not null,
    by_person uuid not null,
    at timestamptz not null,
    primary key (town_id, id),
    constraint feedback_answer_no_once unique (town_id, feedback_id, no),
    constraint feedback_answer_feedback foreign key (town_id, feedback_id) references feedback (town_id, id),
    constraint feedback_answer_by foreign key (town_id, by_person) references person (town_id, id),
    constraint feedback_answer_body check (length(body) between 1 and 1000)
);
