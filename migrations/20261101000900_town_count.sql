-- What the county may see of a town: three numbers a day, made beforehand, so that no query of the county's ever
-- touches a duty or a record (design D10).
create table town_count (
    town_id uuid not null references town (id),
    day date not null,
    duties_open bigint not null,
    duties_overdue bigint not null,
    records bigint not null,
    counted_at timestamptz not null,
    primary key (town_id, day),
    constraint town_count_numbers check (duties_overdue between 0 and duties_open and records >= 0)
);
