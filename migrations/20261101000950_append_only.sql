-- Emptying a table is a change too, and no trigger for each row sees it.
create trigger audit_entry_never_emptied before truncate on audit_entry
    for each statement execute function refuse_change();
create trigger audit_seal_never_emptied before truncate on audit_seal
    for each statement execute function refuse_change();
