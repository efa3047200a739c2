use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Submission;
use super::fulfil::Link;
use super::receipt::State;
use crate::duty::Verdict;
use crate::evidence::Hash;
use crate::identity::Caller;
use crate::ids::{DutyId, RecordId, TownId, VersionId};

pub struct Version {
    pub record_id: Uuid,
    pub content_hash: Vec<u8>,
    pub writer_id: Uuid,
    pub conflict: bool,
}

/// What is known of a submission's ids.
pub struct Known {
    pub version: Option<Version>,
    pub record: bool,
}

pub async fn known(
    tx: &mut PgConnection,
    town: TownId,
    version: VersionId,
    record: RecordId,
) -> Result<Known, sqlx::Error> {
    let row = sqlx::query!(
        r#"select exists (select from record where town_id = $1 and id = $3) as "record!",
                  v.record_id as "record_id?", v.content_hash as "content_hash?", v.writer_id as "writer_id?",
                  v.conflict as "conflict?"
           from (values (1)) one left join record_version v on v.town_id = $1 and v.id = $2"#,
        town.0,
        version.0,
        record.0,
    )
    .fetch_one(tx)
    .await?;
    let stored = (row.record_id, row.content_hash, row.writer_id, row.conflict);
    let version = if let (Some(record_id), Some(content_hash), Some(writer_id), Some(conflict)) = stored {
        Some(Version { record_id, content_hash, writer_id, conflict })
    } else {
        None
    };
    Ok(Known { version, record: row.record })
}

pub async fn first_version(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
) -> Result<Option<Version>, sqlx::Error> {
    sqlx::query_as!(
        Version,
        "select record_id, content_hash, writer_id, conflict from record_version
         where town_id = $1 and record_id = $2 and no = 1",
        town.0,
        record.0,
    )
    .fetch_optional(tx)
    .await
}

pub struct Record {
    pub kind: String,
    pub unit_id: Uuid,
    pub path: String,
    pub version_id: Uuid,
    pub version_no: i32,
    pub state: String,
    pub received_at: DateTime<Utc>,
    pub needs_confirmation: bool,
    pub writer_id: Uuid,
    pub entered_for: Option<Uuid>,
    pub merged_into: Option<Uuid>,
}

pub async fn lock_record(
    tx: &mut PgConnection,
    town: TownId,
    id: RecordId,
) -> Result<Option<Record>, sqlx::Error> {
    sqlx::query_as!(
        Record,
        "select r.kind, r.unit_id, u.path, r.version_id, r.version_no, r.state, r.received_at,
                r.needs_confirmation, r.writer_id, r.entered_for, r.merged_into
         from record r join unit u on u.town_id = r.town_id and u.id = r.unit_id
         where r.town_id = $1 and r.id = $2 for update of r",
        town.0,
        id.0,
    )
    .fetch_optional(tx)
    .await
}

pub async fn insert_version(
    tx: &mut PgConnection,
    caller: &Caller,
    sent: &Submission,
    number: Option<i32>,
    conflict: bool,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into record_version
             (town_id, id, record_id, base_version, no, content_hash, content, client, writer_id, received_at, conflict)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        caller.town.0,
        sent.version.0,
        sent.id.0,
        sent.base.map(|base| base.0),
        number,
        hash,
        sent.content,
        sent.client.text,
        caller.person.0,
        now,
        conflict,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Makes the version the record's current one. A returned record is up for review again once it is complete.
pub async fn set_version(
    tx: &mut PgConnection,
    town: TownId,
    sent: &Submission,
    number: i32,
    flag: Option<&str>,
    former: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update record set version_id = $3, version_no = $4, facts = $5, happened_on = $6, unfinished = $7,
             photos_needed = $8, entered_for = $9,
             entry_channel = case when $12 in ('clerk', 'call', 'paper', 'visit') then $12 else entry_channel end, state = 'awaiting_photos',
             needs_confirmation = needs_confirmation or $11,
             flags = case when $10::text is not null and $10 <> all (flags) then flags || $10::text else flags end
         where town_id = $1 and id = $2",
        town.0,
        sent.id.0,
        sent.version.0,
        number,
        sent.facts,
        sent.happened_on,
        sent.unfinished,
        i32::try_from(sent.photos_needed).unwrap_or(i32::MAX),
        sent.entered_for.map(|person| person.0),
        flag,
        former,
        sent.channel.name(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The photos named by earlier versions are the record's no more, unless the new one names them again.
pub async fn drop_photos(tx: &mut PgConnection, town: TownId, record: RecordId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update record_photo set current = false where town_id = $1 and record_id = $2 and current",
        town.0,
        record.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn name_photos(
    tx: &mut PgConnection,
    town: TownId,
    sent: &Submission,
    arrived: impl Fn(Hash) -> bool,
) -> Result<(), sqlx::Error> {
    let slots: Vec<String> = sent.photos.iter().map(|photo| photo.slot.to_owned()).collect();
    let hashes: Vec<Vec<u8>> = sent.photos.iter().map(|photo| photo.hash.0.to_vec()).collect();
    let claims: Vec<Value> = sent.photos.iter().map(|photo| photo.claims.clone()).collect();
    let here: Vec<bool> = sent.photos.iter().map(|photo| arrived(photo.hash)).collect();
    sqlx::query!(
        "insert into record_photo (town_id, record_id, slot, hash, version_id, position, claims, arrived)
         select $1, $2, t.slot, t.hash, $3, t.position::integer, t.claims, t.arrived
         from unnest($4::text[], $5::bytea[], $6::jsonb[], $7::boolean[])
             with ordinality as t (slot, hash, claims, arrived, position)
         on conflict do nothing",
        town.0,
        sent.id.0,
        sent.version.0,
        &slots,
        &hashes,
        &claims,
        &here,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What a record has and lacks.
pub struct Stands {
    pub version_id: Uuid,
    pub state: String,
    pub received_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
    pub needs_confirmation: bool,
    pub unfinished: bool,
    /// Hashes of photos named and not arrived.
    pub missing: Vec<Vec<u8>>,
    /// Photos still needed beyond those named.
    pub short: i32,
}

pub async fn stands(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
) -> Result<Option<Stands>, sqlx::Error> {
    sqlx::query_as!(
        Stands,
        r#"select r.version_id, r.state, r.received_at, r.completed_at, r.needs_confirmation, r.unfinished,
                  array(select rp.hash from record_photo rp
                        where rp.town_id = r.town_id and rp.record_id = r.id and rp.current and not rp.arrived
                        order by rp.position) as "missing!",
                  greatest(0, greatest(r.photos_needed, coalesce((
                      select max(ru.photos_required) from record_duty rd
                      join duty d on d.town_id = rd.town_id and d.id = rd.duty_id
                      join rule ru on ru.town_id = d.town_id and ru.id = d.rule_id
                      where rd.town_id = r.town_id and rd.record_id = r.id), 0))
                  - (select count(*) from record_photo rp
                     where rp.town_id = r.town_id and rp.record_id = r.id and rp.current))::integer as "short!"
           from record r where r.town_id = $1 and r.id = $2"#,
        town.0,
        record.0,
    )
    .fetch_optional(tx)
    .await
}

/// Notes which of the record's photos have come since it named them; returns their hashes.
pub async fn mark_arrived(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!(
        "update record_photo rp set arrived = true
         where rp.town_id = $1 and rp.record_id = $2 and rp.current and not rp.arrived
           and exists (select from photo p where p.town_id = rp.town_id and p.hash = rp.hash)
         returning rp.hash",
        town.0,
        record.0,
    )
    .fetch_all(tx)
    .await
}

pub struct RecordDuty {
    pub duty: DutyId,
    pub verdict: Verdict,
    pub extra: bool,
    /// The record that fulfils it, where this one is an extra.
    pub extra_of: Option<Value>,
}

pub async fn record_duties(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
) -> Result<Vec<RecordDuty>, sqlx::Error> {
    let rows = sqlx::query!(
        "select rd.duty_id, rd.part, rd.verdict,
                case when rd.part = 'extra' then record_brief(rd.town_id, record_kept(rd.town_id, d.id, rd.record_id)) end
                    as extra_of
         from record_duty rd join duty d on d.town_id = rd.town_id and d.id = rd.duty_id
         where rd.town_id = $1 and rd.record_id = $2 order by rd.duty_id",
        town.0,
        record.0,
    )
    .fetch_all(tx)
    .await?;
    let duties = rows.into_iter().map(|row| RecordDuty {
        duty: DutyId(row.duty_id),
        verdict: Verdict::parse(&row.verdict).unwrap_or(Verdict::Late),
        extra: row.part == "extra",
        extra_of: row.extra_of,
    });
    Ok(duties.collect())
}

/// The first link stands: an edit does not make a late record early nor an early one late.
pub async fn link_duty(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    link: &Link,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into record_duty (town_id, record_id, duty_id, part, verdict, judged_at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        town.0,
        record.0,
        link.duty.0,
        link.part(),
        link.verdict.name(),
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes the record's links to every duty but these.
pub async fn unlink_others(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    keep: &[DutyId],
) -> Result<(), sqlx::Error> {
    let keep: Vec<Uuid> = keep.iter().map(|duty| duty.0).collect();
    sqlx::query!(
        "delete from record_duty where town_id = $1 and record_id = $2 and duty_id <> all($3)",
        town.0,
        record.0,
        &keep,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Another record was complete first, or the duty is closed: this one is an extra after all.
pub async fn mark_extra(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    duty: DutyId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update record_duty rd set part = 'extra' from duty d
         where d.town_id = rd.town_id and d.id = rd.duty_id and d.record_id is distinct from $2
           and not exists (select from duty_share h where h.town_id = $1 and h.duty_id = d.id and h.record_id = $2)
           and rd.town_id = $1 and rd.record_id = $2 and rd.duty_id = $3",
        town.0,
        record.0,
        duty.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn set_state(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    state: &str,
    completed_at: Option<DateTime<Utc>>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update record set state = $3, completed_at = $4 where town_id = $1 and id = $2",
        town.0,
        record.0,
        state,
        completed_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn set_confirmed(tx: &mut PgConnection, town: TownId, record: RecordId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update record set needs_confirmation = false where town_id = $1 and id = $2",
        town.0,
        record.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Complete but not noticed: every photo named has its row by now.
pub async fn waiting_with_all_photos(db: &PgPool) -> Result<Vec<(TownId, RecordId)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select r.town_id, r.id from record r
         where r.state = $1
           and exists (select from record_photo rp
                       where rp.town_id = r.town_id and rp.record_id = r.id and rp.current and not rp.arrived)
           and not exists (
               select from record_photo rp where rp.town_id = r.town_id and rp.record_id = r.id and rp.current
                 and not exists (select from photo p where p.town_id = rp.town_id and p.hash = rp.hash))
         limit 200",
        State::AwaitingPhotos.name(),
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (TownId(row.town_id), RecordId(row.id))).collect())
}
