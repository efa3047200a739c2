-- expand
-- A login ended by hand is told from one that ran out: the phone whose login somebody ended must not let itself in again.
alter table session add column logged_out boolean not null default false;
