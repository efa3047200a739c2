-- One WeChat identity may be a person in several towns; in one town it is one person, and a person has one.
create table binding (
    town_id uuid not null references town (id),
    id uuid not null,
    person_id uuid not null,
    appid text not null,
    openid text not null,
    bound_at timestamptz not null,
    unbound_at timestamptz,
    primary key (town_id, id),
    constraint binding_person foreign key (town_id, person_id) references person (town_id, id)
);
create unique index binding_openid_once on binding (town_id, appid, openid) where unbound_at is null;
create unique index binding_person_once on binding (town_id, person_id) where unbound_at is null;
-- Login knows only the openid and lists the towns it belongs to.
create index binding_by_openid on binding (appid, openid) where unbound_at is null;

-- Ten characters, seven days, single use; only a keyed hash is kept.
create table bind_code (
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
    constraint bind_code_person foreign key (town_id, person_id) references person (town_id, id),
    constraint bind_code_issuer foreign key (town_id, issued_by) references person (town_id, id)
);
create index bind_code_by_hash on bind_code (code_hash);
create unique index bind_code_open_once on bind_code (town_id, person_id) where used_at is null and cancelled_at is null;

-- The revocable half of a session; the live half is in Redis (design D1).
create table session (
    town_id uuid not null references town (id),
    id uuid not null,
    person_id uuid not null,
    token_hash bytea not null,
    device text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    primary key (town_id, id),
    constraint session_person foreign key (town_id, person_id) references person (town_id, id)
);
create index session_by_token on session (token_hash);
create index session_by_person on session (town_id, person_id) where revoked_at is null;
