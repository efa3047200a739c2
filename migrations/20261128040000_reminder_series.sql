-- expand
-- When a duty is next looked at for what is to be told of it; -infinity is at once. So what reminding costs follows what
-- is due to be told, not how many duties there are (queue rule: one row per series, claimed by skip locked).
alter table duty add column look_at timestamptz not null default '-infinity';
create index duty_look on duty (look_at) where state in ('open', 'returned');

-- Whoever changes what the ladder counts by has the duty looked at again: here, because the release before does so too
-- without knowing of it.
create function duty_look_again() returns trigger language plpgsql as $$
begin
    new.look_at := '-infinity';
    return new;
end $$;
create trigger duty_look_again before update on duty for each row
    when (new.state in ('open', 'returned')
        and (old.state, old.rule_id, old.unit_id, old.window_last, old.grace_last, old.return_due, old.delegated_to)
            is distinct from
            (new.state, new.rule_id, new.unit_id, new.window_last, new.grace_last, new.return_due, new.delegated_to))
    execute function duty_look_again();
