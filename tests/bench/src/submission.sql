-- The statements of one submission (a new meeting for one duty, no photos), in the order of server/src/checkin/submit.rs
-- and first.rs.
-- :callers, :round and :k = 0 come from the command line; ids are counted up, as time-ordered ids do.
\set k :k + 1
\set no random(0, :callers - 1)
\set id (:round * 100 + :client_id + 1) * 1000000000 + :k
\set duty random(1, 2500)
select town, unit, person from bench_caller where no = :no \gset
begin;
select pg_advisory_xact_lock(:id::bigint);
select kind, name, path from unit where town_id = :town::uuid and id = :unit::uuid;
select exists (select from record where town_id = :town::uuid and id = lpad(to_hex(:id::bigint), 32, '0')::uuid),
       v.record_id, v.content_hash, v.writer_id, v.conflict
    from (values (1)) one
    left join record_version v on v.town_id = :town::uuid and v.id = lpad(to_hex(:id::bigint), 32, '1')::uuid;
select d.id, d.unit_id, d.person_id, d.window_key, d.window_first, d.window_last, d.grace_last, d.counts_until,
       d.state, d.record_id, r.title, r.record_kind, r.meeting_types, r.place, r.photos_required
    from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
    where d.town_id = :town::uuid and d.id = any(array[lpad(to_hex(:duty::bigint), 32, '0')::uuid])
    order by d.id for update of d;
with new as (
    insert into record (town_id, id, kind, unit_id, happened_on, received_at, completed_at, state, writer_id,
                        entered_for, entry_channel, version_id, version_no, facts, needs_confirmation, unfinished,
                        photos_needed)
    values (:town::uuid, lpad(to_hex(:id::bigint), 32, '0')::uuid, 'meeting', :unit::uuid, current_date, now(), now(),
            'submitted', :person::uuid, null, 'phone', lpad(to_hex(:id::bigint), 32, '1')::uuid, 1,
            '{"types": ["committee"], "place": "村党群服务中心", "host": "李卫国", "recorder": "王秀英", "topic": "学习和讨论", "expected": 3, "present": 2, "absent": [{"name": "孙远", "reason": "外出务工"}], "minutes": "传达学习上级文件精神,讨论本月重点工作。"}',
            false, false, 0)
    returning town_id, id, version_id
), version as (
    insert into record_version (town_id, id, record_id, no, content_hash, content, client, writer_id, received_at)
    select town_id, version_id, id, 1, sha256(:id::text::bytea),
           '{"schema": 1, "kind": "meeting", "unit_id": "00000000-0000-0000-0000-000000000000", "happened_on": "2021-10-10", "duty_ids": ["00000000-0000-0000-0000-000000000000"], "entered_for": null, "entry_channel": "phone", "photos": [], "unfinished": false, "facts": {"types": ["committee"], "place": "村党群服务中心", "host": "李卫国", "recorder": "王秀英", "topic": "学习和讨论", "expected": 3, "present": 2, "absent": [{"name": "孙远", "reason": "外出务工"}], "minutes": "传达学习上级文件精神,讨论本月重点工作。"}}',
           'bench/1.0; schema=1', :person::uuid, now()
    from new
), photo as (
    insert into record_photo (town_id, record_id, slot, hash, version_id, position, claims, arrived)
    select new.town_id, new.id, t.slot, t.hash, new.version_id, t.position::integer, t.claims, t.arrived
    from new, unnest('{}'::text[], '{}'::bytea[], '{}'::jsonb[], '{}'::boolean[])
        with ordinality as t (slot, hash, claims, arrived, position)
    on conflict do nothing
)
insert into record_duty (town_id, record_id, duty_id, part, verdict, judged_at)
select new.town_id, new.id, t.duty, t.part, t.verdict, now()
from new, unnest(array[lpad(to_hex(:duty::bigint), 32, '0')::uuid], array['fulfils'], array['on_time'])
    as t (duty, part, verdict);
with fits as (
    select d.id, f.verdict, r.counts
    from unnest(array[lpad(to_hex(:duty::bigint), 32, '0')::uuid], array['on_time']) f (id, verdict)
    join duty d on d.town_id = :town::uuid and d.id = f.id
    join rule r on r.town_id = d.town_id and r.id = d.rule_id
    order by d.id for update of d
)
update duty d set record_id = lpad(to_hex(:id::bigint), 32, '0')::uuid,
    fulfilled_at = coalesce(d.fulfilled_at, now()), verdict = coalesce(d.verdict, fits.verdict), return_due = null,
    state = case when fits.counts = 'acceptance' then 'submitted' else 'met' end,
    closed_at = case when fits.counts = 'acceptance' then null else now() end
from fits where d.town_id = :town::uuid and d.id = fits.id
returning d.id;
with subject as (
    select * from unnest(array['record', 'duty'],
        array[lpad(to_hex(:id::bigint), 32, '0')::uuid, lpad(to_hex(:duty::bigint), 32, '0')::uuid]) s (kind, id)
), struck as (
    update call_item c set done_at = now() from subject s
    where c.town_id = :town::uuid and c.subject_kind = s.kind and c.subject_id = s.id and c.done_at is null
), gone as (
    select n.id from subject s join notice n on n.subject_kind = s.kind and n.subject_id = s.id
    where n.town_id = :town::uuid
      and (n.state in ('waiting', 'in_message', 'inbox') or (n.state = 'told' and n.read_at is null))
    order by n.id for update of n
)
update notice n set state = 'withdrawn' from gone where n.town_id = :town::uuid and n.id = gone.id;
insert into audit_entry (town_id, id, at, actor_id, action, subject_kind, subject_id, facts)
    values (:town::uuid, lpad(to_hex(:id::bigint), 32, '2')::uuid, now(), :person::uuid, 'record.submitted', 'record',
            lpad(to_hex(:id::bigint), 32, '0')::uuid, '{"version": 1, "duties": 1}');
commit;
