-- expand
-- The care of photos. Of the two copies: their bytes and hashes as they were made, unknown of those made before. Of the
-- original: when it was last read and hashed, and since when it is no longer what it was. The release before leaves all of
-- it empty, which means: not yet known.
alter table photo
    add column copies_bytes bigint not null default 0,
    add column display_hash bytea,
    add column thumb_hash bytea,
    add column remade_at timestamptz,
    add column checked_at timestamptz,
    add column rotten_at timestamptz;
-- What is to be read next, of all towns: not led by town_id on purpose.
create index photo_to_check on photo ((coalesce(checked_at, received_at)));
create index photo_rotten on photo (town_id) where rotten_at is not null;

-- A making anew of a town's copies: one at a time, gone on with after a kill.
create table photo_remaking (
    town_id uuid not null references town (id),
    started_at timestamptz not null,
    finished_at timestamptz,
    primary key (town_id)
);

-- The bytes of a town's photos, all forms together, and the town's own limit, where it has one.
create table photo_usage (
    town_id uuid not null references town (id),
    bytes bigint not null,
    limit_bytes bigint,
    primary key (town_id),
    constraint photo_usage_limit check (limit_bytes > 0)
);
insert into photo_usage (town_id, bytes)
    select town_id, sum(bytes) from photo group by town_id;

-- Whoever writes photos, this release or the one before: the count follows in the same transaction.
create function photo_usage_follows() returns trigger language plpgsql as $$
declare
    added bigint := 0;
begin
    if tg_op <> 'DELETE' then
        added := added + new.bytes + new.copies_bytes;
    end if;
    if tg_op <> 'INSERT' then
        added := added - old.bytes - old.copies_bytes;
    end if;
    if added <> 0 then
        insert into photo_usage as u (town_id, bytes) values (coalesce(new.town_id, old.town_id), added)
        on conflict (town_id) do update set bytes = u.bytes + excluded.bytes;
    end if;
    return null;
end
$$;
create trigger photo_usage_follows after insert or delete or update of bytes, copies_bytes on photo
    for each row execute function photo_usage_follows();
