-- expand
-- A row that refers to a unit, a person, a record or a duty of its town thereby refers to the town. Checking that once more
-- locks the one row of the town again and again for every record that comes in.
alter table record drop constraint record_town_id_fkey;
alter table record_version drop constraint record_version_town_id_fkey;
alter table record_photo drop constraint record_photo_town_id_fkey;
alter table record_duty drop constraint record_duty_town_id_fkey;
alter table duty drop constraint duty_town_id_fkey;
