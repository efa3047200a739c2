-- Restating a branch's facts for the same day keeps what was known before: windows that have closed are judged by it.
alter table branch_facts drop constraint branch_facts_pkey;
alter table branch_facts add primary key (town_id, unit_id, from_on, set_at);
