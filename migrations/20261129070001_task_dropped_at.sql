-- expand
-- The moment a task fell away: the rules switched off then are those of that moment, and are switched on when it comes back.
alter table task add column dropped_at timestamptz;
