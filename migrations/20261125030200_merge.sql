-- expand
-- An extra record can be merged into the one that fulfils its duty: it stays as it was written, for good, and points
-- there.
alter table record add column merged_into uuid;
alter table record add constraint record_merged_into foreign key (town_id, merged_into) references record (town_id, id);
alter table record drop constraint record_state;
alter table record add constraint record_state
    check (state in ('awaiting_photos', 'submitted', 'returned', 'accepted', 'draft', 'merged'));
alter table record add constraint record_merged check ((state = 'merged') = (merged_into is not null));
create index record_by_merged_into on record (town_id, merged_into) where merged_into is not null;

-- A record as another one shows it.
create function record_brief(p_town uuid, p_record uuid) returns jsonb language sql stable as $$
    select jsonb_build_object('record_id', r.id, 'kind', r.kind, 'topic', r.facts ->> 'topic',
                              'happened_on', r.happened_on, 'writer', w.name)
    from record r join person w on w.town_id = r.town_id and w.id = r.writer_id
    where r.town_id = p_town and r.id = p_record
$$;
