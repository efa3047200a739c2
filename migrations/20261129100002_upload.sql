-- expand
-- A photo on its way in pieces, for weak signal. Its bytes lie in the photo store, piece by piece; what stands here is what
-- has been acknowledged. Gone after a week, or when the photo is there.
create table upload (
    town_id uuid not null references town (id),
    id uuid not null,
    person_id uuid not null,
    -- As the phone computed it of the whole.
    hash bytea not null,
    length integer not null,
    received integer not null default 0,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    finished_at timestamptz,
    primary key (town_id, id),
    constraint upload_person foreign key (town_id, person_id) references person (town_id, id),
    constraint upload_hash_length check (length(hash) = 32),
    constraint upload_received check (received between 0 and length)
);
-- One photo of one person is on its way once, however often the phone begins it.
create unique index upload_once on upload (town_id, person_id, hash, length) where finished_at is null;
-- What has run out, of all towns: not led by town_id on purpose.
create index upload_expiry on upload (expires_at);

create table upload_part (
    town_id uuid not null references town (id),
    upload_id uuid not null,
    -- Where in the photo it begins.
    at integer not null,
    length integer not null,
    -- Its name in the store.
    id uuid not null,
    primary key (town_id, upload_id, at),
    constraint upload_part_upload foreign key (town_id, upload_id) references upload (town_id, id) on delete cascade
);
