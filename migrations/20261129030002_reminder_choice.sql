-- expand
-- What a person wants to be reminded of: everything the ladder says, or only what is due today, overdue or returned. The
-- release before reminds of everything.
alter table person
    add column reminded_of text not null default 'all',
    add constraint person_reminded_of check (reminded_of in ('all', 'due'));
