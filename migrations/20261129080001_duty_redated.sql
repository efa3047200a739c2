-- expand
-- That a duty was given another last day by a change of its rule: each rung is owed once for each, as after a postponement.
alter table duty add column redated boolean not null default false;
