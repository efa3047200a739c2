-- A town is a tenant: every table below it leads its keys with town_id, so that an id of another town is
-- neither a conflict nor visible, and so that the database can be spread over machines by town later.
create table town (
    id uuid primary key,
    code text not null constraint town_code_once unique,
    name text not null,
    created_at timestamptz not null
);

-- Append-only. Rows are inserted unchained in the fact's own transaction; the sealer chains what has committed.
-- A lock on the chain per write was measured: it halves throughput.
create table audit_entry (
    town_id uuid not null references town (id),
    id uuid not null,
    at timestamptz not null,
    actor_id uuid,
    action text not null,
    subject_kind text not null,
    subject_id uuid,
    -- Ids, field names and salted digests; never a personal value.
    facts jsonb not null,
    -- Committed rows below the oldest open snapshot can no longer be joined by a late one: those are sealed.
    xid xid8 not null default pg_current_xact_id(),
    primary key (town_id, id)
);
create index audit_entry_by_xid on audit_entry (town_id, xid);
create index audit_entry_by_subject on audit_entry (town_id, subject_kind, subject_id);

create table audit_seal (
    town_id uuid not null references town (id),
    seq bigint not null,
    entry_id uuid not null,
    hash bytea not null,
    primary key (town_id, seq),
    constraint audit_seal_entry_once unique (town_id, entry_id),
    constraint audit_seal_entry foreign key (town_id, entry_id) references audit_entry (town_id, id)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the table % is append-only', tg_table_name;
end $$;
create trigger audit_entry_append_only before update or delete on audit_entry
    for each row execute function refuse_change();
create trigger audit_seal_append_only before update or delete on audit_seal
    for each row execute function refuse_change();
