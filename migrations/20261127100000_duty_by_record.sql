-- expand
-- What a record fulfils is asked at every edit, return and acceptance.
create index duty_by_record on duty (town_id, record_id) where record_id is not null;
