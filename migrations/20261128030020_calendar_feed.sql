-- expand
-- A person's secret calendar address: only the hash is kept. The calendar that asks knows neither town nor person.
create table calendar_feed (
    town_id uuid not null references town (id),
    id uuid not null,
    person_id uuid not null,
    secret_hash bytea not null,
    created_at timestamptz not null,
    revoked_at timestamptz,
    primary key (town_id, id),
    constraint calendar_feed_person foreign key (town_id, person_id) references person (town_id, id)
);
create unique index calendar_feed_once on calendar_feed (town_id, person_id) where revoked_at is null;
create index calendar_feed_by_secret on calendar_feed (secret_hash) where revoked_at is null;
