-- The statements of one submission (a new meeting for one duty, no photos), in the order of server/src/checkin/submit.rs.
-- :callers, :round and :k = 0 come from the command line; ids are counted up, as time-ordered ids do.
\set k :k + 1
\set no random(0, :callers - 1)
\set id (:round * 100 + :client_id + 1) * 1000000000 + :k
\set duty random(1, 2500)
select town, unit, person from bench_caller where no = :no \gset
begin;
select kind, name, path from unit where town_id = :town::uuid and id = :unit::uuid;
select record_id, content_hash, writer_id, conflict from record_version
    where town_id = :town::uuid and id = lpad(to_hex(:id::bigint), 32, '1')::uuid;
insert into record (town_id, id, kind, unit_id, happened_on, received_at, state, writer_id, entered_for,
                    entry_channel, version_id, version_no, facts, needs_confirmation, unfinished, photos_needed)
    values (:town::uuid, lpad(to_hex(:id::bigint), 32, '0')::uuid, 'meeting', :unit::uuid, current_date, now(),
            'awaiting_photos', :person::uuid, null, 'phone', lpad(to_hex(:id::bigint), 32, '1')::uuid, 1,
            '{"types": ["committee"], "place": "村党群服务中心", "host": "李卫国", "recorder": "王秀英", "topic": "学习和讨论", "expected": 3, "present": 2, "absent": [{"name": "孙远", "reason": "外出务工"}], "minutes": "传达学习上级文件精神,讨论本月重点工作。"}',
            false, false, 0)
    on conflict on constraint record_pkey do nothing;
insert into record_version
        (town_id, id, record_id, base_version, no, content_hash, content, client, writer_id, received_at, conflict)
    values (:town::uuid, lpad(to_hex(:id::bigint), 32, '1')::uuid, lpad(to_hex(:id::bigint), 32, '0')::uuid, null, 1,
            sha256(:id::text::bytea),
            '{"schema": 1, "kind": "meeting", "unit_id": "00000000-0000-0000-0000-000000000000", "happened_on": "2021-10-10", "duty_ids": ["00000000-0000-0000-0000-000000000000"], "entered_for": null, "entry_channel": "phone", "photos": [], "unfinished": false, "facts": {"types": ["committee"], "place": "村党群服务中心", "host": "李卫国", "recorder": "王秀英", "topic": "学习和讨论", "expected": 3, "present": 2, "absent": [{"name": "孙远", "reason": "外出务工"}], "minutes": "传达学习上级文件精神,讨论本月重点工作。"}}',
            'bench/1.0; schema=1', :person::uuid, now(), false);
select d.id, d.unit_id, d.person_id, d.window_key, d.window_first, d.window_last, d.grace_last, d.counts_until,
       d.state, d.record_id, r.title, r.record_kind, r.meeting_types, r.place
    from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
    where d.town_id = :town::uuid and d.id = any(array[lpad(to_hex(:duty::bigint), 32, '0')::uuid])
    order by d.id for update of d;
insert into record_duty (town_id, record_id, duty_id, part, verdict, judged_at)
    values (:town::uuid, lpad(to_hex(:id::bigint), 32, '0')::uuid, lpad(to_hex(:duty::bigint), 32, '0')::uuid,
            'fulfils', 'on_time', now())
    on conflict do nothing;
select r.state, r.version_id, r.received_at, r.completed_at, r.needs_confirmation, r.unfinished,
       array(select rp.hash from record_photo rp
             where rp.town_id = r.town_id and rp.record_id = r.id and rp.current and not rp.arrived
             order by rp.position) as missing,
       greatest(0, greatest(r.photos_needed, coalesce((
           select max(ru.photos_required) from record_duty rd
           join duty d on d.town_id = rd.town_id and d.id = rd.duty_id
           join rule ru on ru.town_id = d.town_id and ru.id = d.rule_id
           where rd.town_id = r.town_id and rd.record_id = r.id), 0))
       - (select count(*) from record_photo rp
          where rp.town_id = r.town_id and rp.record_id = r.id and rp.current))::integer as short
    from record r where r.town_id = :town::uuid and r.id = lpad(to_hex(:id::bigint), 32, '0')::uuid;
update record set state = 'submitted', completed_at = now()
    where town_id = :town::uuid and id = lpad(to_hex(:id::bigint), 32, '0')::uuid;
select duty_id, part, verdict from record_duty
    where town_id = :town::uuid and record_id = lpad(to_hex(:id::bigint), 32, '0')::uuid order by duty_id;
update duty d set record_id = lpad(to_hex(:id::bigint), 32, '0')::uuid,
       fulfilled_at = coalesce(d.fulfilled_at, now()), verdict = coalesce(d.verdict, 'on_time'), return_due = null,
       state = case when r.counts = 'acceptance' then 'submitted' else 'met' end,
       closed_at = case when r.counts = 'acceptance' then null else now() end
    from rule r
    where r.town_id = d.town_id and r.id = d.rule_id and d.town_id = :town::uuid
      and d.id = lpad(to_hex(:duty::bigint), 32, '0')::uuid;
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
