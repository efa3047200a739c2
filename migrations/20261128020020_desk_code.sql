-- expand
-- A second way to log in at a desk, for who has no phone at hand: ten characters, ten minutes, single use, for a person with
-- a post of the town; only a keyed hash is kept.
create table desk_code (
    town_id uuid not null references town (id),
    id uuid not null,
    person_id uuid not null,
    code_hash bytea not null,
    issued_by uuid,
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    cancelled_at timestamptz,
    primary key (town_id, id),
    constraint desk_code_person foreign key (town_id, person_id) references person (town_id, id),
    constraint desk_code_issuer foreign key (town_id, issued_by) references person (town_id, id)
);
create index desk_code_by_hash on desk_code (code_hash);
create unique index desk_code_open_once on desk_code (town_id, person_id) where used_at is null and cancelled_at is null;
