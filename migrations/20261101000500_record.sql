-- A photo is named by the SHA-256 of the bytes received; the bytes are in the photo store before this row is.
create table photo (
    town_id uuid not null references town (id),
    id uuid not null,
    hash bytea not null,
    bytes integer not null,
    format text not null,
    width integer not null,
    height integer not null,
    has_exif boolean not null,
    -- The camera's own local time, a claim.
    captured_at timestamp,
    uploaded_by uuid not null,
    received_at timestamptz not null,
    primary key (town_id, id),
    constraint photo_hash_once unique (town_id, hash),
    constraint photo_hash_length check (length(hash) = 32),
    constraint photo_uploader foreign key (town_id, uploaded_by) references person (town_id, id)
);

-- A record (工作记录). The id is made by the phone before sending: the primary key is the idempotency key (D3).
create table record (
    town_id uuid not null references town (id),
    id uuid not null,
    kind text not null,
    unit_id uuid not null,
    happened_on date not null,
    received_at timestamptz not null,
    -- Null while photos are still on their way.
    completed_at timestamptz,
    state text not null,
    writer_id uuid not null,
    -- Whose deed it is, when a clerk or neighbour writes it down.
    entered_for uuid,
    entry_channel text not null,
    version_id uuid not null,
    version_no integer not null,
    facts jsonb not null,
    -- Written under a post the writer had just left: counts once the secretary confirms (D3).
    needs_confirmation boolean not null default false,
    -- Known to be not done yet: a sign photographed and not cleared.
    unfinished boolean not null default false,
    -- Photos the kind itself needs, beside what the duties' rules ask.
    photos_needed integer not null default 0,
    flags text[] not null default '{}',
    primary key (town_id, id),
    constraint record_unit foreign key (town_id, unit_id) references unit (town_id, id),
    constraint record_writer foreign key (town_id, writer_id) references person (town_id, id),
    constraint record_entered_for foreign key (town_id, entered_for) references person (town_id, id),
    constraint record_kind check (kind in ('meeting', 'sign', 'sign_survey', 'report', 'contact', 'statement')),
    constraint record_state check (state in ('awaiting_photos', 'submitted', 'returned', 'accepted', 'draft')),
    constraint record_channel check (entry_channel in ('phone', 'console', 'clerk'))
);
create index record_by_unit on record (town_id, unit_id, received_at desc, id desc);
create index record_by_state on record (town_id, state, received_at desc, id desc);
create index record_by_writer on record (town_id, writer_id, received_at desc);

-- Every version ever received, also the ones that lost a race (superseded = false, current = false).
create table record_version (
    town_id uuid not null references town (id),
    id uuid not null,
    record_id uuid not null,
    base_version uuid,
    no integer,
    -- SHA-256 of the canonical JSON of the fields as sent under that client schema.
    content_hash bytea not null,
    content jsonb not null,
    client text not null,
    writer_id uuid not null,
    received_at timestamptz not null,
    conflict boolean not null default false,
    primary key (town_id, id),
    constraint record_version_record foreign key (town_id, record_id) references record (town_id, id),
    constraint record_version_writer foreign key (town_id, writer_id) references person (town_id, id)
);
create unique index record_version_no_once on record_version (town_id, record_id, no) where not conflict;
create index record_version_by_record on record_version (town_id, record_id, received_at);

-- The photos a record names, whether or not their bytes have arrived.
create table record_photo (
    town_id uuid not null references town (id),
    record_id uuid not null,
    slot text not null,
    hash bytea not null,
    version_id uuid not null,
    position integer not null,
    claims jsonb not null,
    arrived boolean not null,
    -- A later version may drop a photo; it stays with the version that named it.
    current boolean not null default true,
    primary key (town_id, record_id, version_id, slot, hash),
    constraint record_photo_record foreign key (town_id, record_id) references record (town_id, id)
);
create index record_photo_by_hash on record_photo (town_id, hash);

-- One duty owed by one unit or person in one window. Generation inserts and never overwrites (invariant 5).
create table duty (
    town_id uuid not null references town (id),
    id uuid not null,
    rule_id uuid not null,
    unit_id uuid not null,
    -- The mobile member it is about; null when it is the unit's.
    person_id uuid,
    subject_id uuid not null generated always as (coalesce(person_id, unit_id)) stored,
    window_key text not null,
    window_first date not null,
    -- Null: 立即, without a date to be late for.
    window_last date,
    grace_last date,
    -- The last day of a deed that still belongs here, late if after window_last; null for ever.
    counts_until date,
    state text not null,
    fulfilled_at timestamptz,
    verdict text,
    record_id uuid,
    return_due date,
    delegated_to uuid,
    -- For 立即: when it was last asked.
    asked_on date,
    opened_on date not null,
    closed_at timestamptz,
    primary key (town_id, id),
    constraint duty_once unique (town_id, rule_id, subject_id, window_key),
    constraint duty_rule foreign key (town_id, rule_id) references rule (town_id, id),
    constraint duty_unit foreign key (town_id, unit_id) references unit (town_id, id),
    constraint duty_person foreign key (town_id, person_id) references person (town_id, id),
    constraint duty_delegate foreign key (town_id, delegated_to) references person (town_id, id),
    constraint duty_record foreign key (town_id, record_id) references record (town_id, id),
    constraint duty_state check (state in ('open', 'submitted', 'returned', 'met', 'excused', 'not_applicable', 'withdrawn')),
    constraint duty_verdict check (verdict in ('on_time', 'late')),
    constraint duty_window check (window_first <= window_last)
);
create index duty_by_unit on duty (town_id, unit_id, window_last) where state in ('open', 'submitted', 'returned');
create index duty_by_person on duty (town_id, person_id) where state in ('open', 'submitted', 'returned');
create index duty_by_delegate on duty (town_id, delegated_to) where state in ('open', 'submitted', 'returned');
create index duty_due on duty (town_id, window_last) where state in ('open', 'returned');

-- Which duties a record counts for. `extra` is a second record for a duty that was already fulfilled.
create table record_duty (
    town_id uuid not null references town (id),
    record_id uuid not null,
    duty_id uuid not null,
    part text not null,
    verdict text not null,
    judged_at timestamptz not null,
    primary key (town_id, record_id, duty_id),
    constraint record_duty_record foreign key (town_id, record_id) references record (town_id, id),
    constraint record_duty_duty foreign key (town_id, duty_id) references duty (town_id, id),
    constraint record_duty_part check (part in ('fulfils', 'extra')),
    constraint record_duty_verdict check (verdict in ('on_time', 'late'))
);
create index record_duty_by_duty on record_duty (town_id, duty_id);

create table review (
    town_id uuid not null references town (id),
    id uuid not null,
    record_id uuid not null,
    version_id uuid not null,
    decision text not null,
    reason text,
    due_on date,
    reviewer_id uuid not null,
    at timestamptz not null,
    primary key (town_id, id),
    constraint review_record foreign key (town_id, record_id) references record (town_id, id),
    constraint review_version foreign key (town_id, version_id) references record_version (town_id, id),
    constraint review_reviewer foreign key (town_id, reviewer_id) references person (town_id, id),
    constraint review_decision check (decision in ('accepted', 'returned', 'confirmed')),
    constraint review_reason check (decision <> 'returned' or reason is not null)
);
create index review_by_record on review (town_id, record_id, at);

create table excuse (
    town_id uuid not null references town (id),
    id uuid not null,
    duty_id uuid not null,
    kind text not null,
    reason text not null,
    proposed_by uuid not null,
    proposed_at timestamptz not null,
    decision text,
    decided_by uuid,
    decided_at timestamptz,
    primary key (town_id, id),
    constraint excuse_duty foreign key (town_id, duty_id) references duty (town_id, id),
    constraint excuse_proposer foreign key (town_id, proposed_by) references person (town_id, id),
    constraint excuse_decider foreign key (town_id, decided_by) references person (town_id, id),
    constraint excuse_kind check (kind in ('excused', 'not_applicable')),
    constraint excuse_decision check (decision in ('approved', 'refused')),
    constraint excuse_two_people check (decided_by <> proposed_by)
);
create unique index excuse_open_once on excuse (town_id, duty_id) where decision is null;
