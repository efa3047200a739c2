use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::calendar::Window;
use super::{Locked, Verdict};
use crate::ids::{DutyId, PersonId, RecordId, TownId, UnitId};

pub async fn lock(tx: &mut PgConnection, town: TownId, ids: &[DutyId]) -> Result<Vec<Locked>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        "select d.id, d.unit_id, d.person_id, d.window_key, d.window_first, d.window_last, d.grace_last, d.counts_until,
                d.state, d.record_id, r.title, r.record_kind, r.meeting_types, r.place, r.photos_required, r.enough
         from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
         where d.town_id = $1 and d.id = any($2) order by d.id for update of d",
        town.0,
        &ids,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Locked {
            id: DutyId(row.id),
            unit: UnitId(row.unit_id),
            person: row.person_id.map(PersonId),
            title: row.title,
            record_kind: row.record_kind,
            meeting_types: row.meeting_types,
            place: row.place,
            photos: row.photos_required,
            window: Window {
                key: row.window_key,
                first: row.window_first,
                last: row.window_last,
                grace_last: row.grace_last,
                counts_until: row.counts_until,
            },
            state: row.state,
            each: row.enough == "each",
            record: row.record_id.map(RecordId),
        })
        .collect())
}

/// The first receipt decides verdict and time, and stays; a record put right after a return is up for review again.
pub async fn fulfil(
    tx: &mut PgConnection,
    town: TownId,
    duties: &[(DutyId, Verdict)],
    record: RecordId,
    received_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<DutyId>, sqlx::Error> {
    let (ids, verdicts): (Vec<Uuid>, Vec<String>) =
        duties.iter().map(|(duty, verdict)| (duty.0, verdict.name().to_owned())).unzip();
    let fulfilled = sqlx::query_scalar!(
        "with fits as (
             select d.id, f.verdict, r.counts
             from unnest($5::uuid[], $6::text[]) f (id, verdict)
             join duty d on d.town_id = $1 and d.id = f.id
             join rule r on r.town_id = d.town_id and r.id = d.rule_id and r.enough = 'one'
             order by d.id for update of d
         )
         update duty d set record_id = $2,
             fulfilled_at = coalesce(d.fulfilled_at, $3), verdict = coalesce(d.verdict, fits.verdict), return_due = null,
             state = case when fits.counts = 'acceptance' then 'submitted' else 'met' end,
             closed_at = case when fits.counts = 'acceptance' then null else $4::timestamptz end
         from fits
         where d.town_id = $1 and d.id = fits.id
           and d.state in ('open', 'returned', 'submitted') and (d.record_id is null or d.record_id = $2)
         returning d.id",
        town.0,
        record.0,
        received_at,
        now,
        &ids,
        &verdicts,
    )
    .fetch_all(tx)
    .await?;
    Ok(fulfilled.into_iter().map(DutyId).collect())
}

pub async fn release(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    keep: &[DutyId],
) -> Result<(), sqlx::Error> {
    let keep: Vec<Uuid> = keep.iter().map(|duty| duty.0).collect();
    sqlx::query!(
        "update duty set state = 'open', record_id = null, fulfilled_at = null, verdict = null, return_due = null,
             closed_at = null
         where town_id = $1 and record_id = $2 and id <> all($3) and state in ('submitted', 'met', 'returned')",
        town.0,
        record.0,
        &keep,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn accepted(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update duty set state = 'met', closed_at = $3
         where town_id = $1 and record_id = $2 and state in ('submitted', 'returned')",
        town.0,
        record.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn returned(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    due_on: NaiveDate,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update duty set state = 'returned', return_due = $3, closed_at = null
         where town_id = $1 and record_id = $2 and state in ('submitted', 'met')",
        town.0,
        record.0,
        due_on,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The office's duty to set a new date is met by the date itself; returns which these are.
pub async fn date_was_set(
    tx: &mut PgConnection,
    town: TownId,
    old_rule: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update duty d set state = 'met', verdict = 'on_time', fulfilled_at = $3, closed_at = $3
         from rule r where r.town_id = d.town_id and r.id = d.rule_id and r.record_kind = 'set_date'
           and d.town_id = $1 and d.rule_id = $2 and d.state = 'open' returning d.id",
        town.0,
        old_rule,
        now,
    )
    .fetch_all(tx)
    .await
}
