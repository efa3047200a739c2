-- expand
-- What was known of an absence, and since when: duties of a window that has closed are judged by what was known on its
-- last day, as with a branch's facts. The end of an absence needs no row: it is the day on which it is entered.
create table mobile_history (
    town_id uuid not null references town (id),
    mobile_id uuid not null,
    set_at timestamptz not null,
    branch_id uuid not null,
    away_since date not null,
    primary key (town_id, mobile_id, set_at),
    constraint mobile_history_member foreign key (town_id, mobile_id) references mobile_member (town_id, id),
    constraint mobile_history_branch foreign key (town_id, branch_id) references unit (town_id, id)
);
-- Of those registered so far it is not known when; they counted from the first day on.
insert into mobile_history (town_id, mobile_id, set_at, branch_id, away_since)
select town_id, id, away_since::timestamp at time zone 'Asia/Shanghai', branch_id, away_since from mobile_member;
