use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::access::Scope;
use crate::edge::Cursor;
use crate::ids::{CallItemId, PersonId, TownId};
use crate::notify::NewCall;

/// One struck off without a call, because its matter was settled, comes back where the matter does; so does one that was made
/// before `since`.
pub async fn insert(
    tx: &mut PgConnection,
    id: CallItemId,
    item: &NewCall<'_>,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into call_item (town_id, id, person_id, unit_id, subject_kind, subject_id, why, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict on constraint call_item_once do update
             set done_at = null, done_by = null, created_at = excluded.created_at, person_id = excluded.person_id
             where call_item.done_at is not null and (call_item.done_by is null or call_item.done_at < $9)",
        item.town.0,
        id.0,
        item.person.map(|person| person.0),
        item.unit.map(|unit| unit.0),
        item.subject_kind,
        item.subject,
        item.why,
        now,
        item.since,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps that somebody has spoken, the last time it was said, and strikes off what is open about it.
pub async fn spoken(
    tx: &mut PgConnection,
    id: CallItemId,
    item: &NewCall<'_>,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with struck as (
             update call_item set done_at = $8, done_by = $7
             where town_id = $1 and subject_kind = $4 and subject_id = $5 and why <> $6 and done_at is null)
         insert into call_item (town_id, id, unit_id, subject_kind, subject_id, why, created_at, done_at, done_by)
         values ($1, $2, $3, $4, $5, $6, $8, $8, $7)
         on conflict on constraint call_item_once do update set done_at = excluded.done_at, done_by = excluded.done_by",
        item.town.0,
        id.0,
        item.unit.map(|unit| unit.0),
        item.subject_kind,
        item.subject,
        item.why,
        by.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub struct CallRow {
    pub id: Uuid,
    pub person_id: Option<Uuid>,
    pub person_name: Option<String>,
    pub unit_name: String,
    pub subject_kind: String,
    pub subject_id: Uuid,
    pub why: String,
    pub created_at: DateTime<Utc>,
}

/// Calls still to be made inside the ranges of paths, the longest-waiting first.
pub async fn open(
    db: &PgPool,
    town: TownId,
    scope: &Scope,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<CallRow>, sqlx::Error> {
    let (at, id) = after.map(|cursor| (cursor.at, cursor.id)).unzip();
    sqlx::query_as!(
        CallRow,
        r#"select c.id, c.person_id, p.name as "person_name?", u.name as unit_name, c.subject_kind, c.subject_id,
               c.why, c.created_at
           from call_item c
           left join person p on p.town_id = c.town_id and p.id = c.person_id
           join unit u on u.town_id = c.town_id and u.id = coalesce(c.unit_id, p.branch_id)
           where c.town_id = $1 and c.done_at is null
             and exists (select from unnest($2::text[], $3::text[]) s (f, t)
                 where u.path >= s.f collate "C" and u.path < s.t collate "C")
             and ($4::timestamptz is null or (c.created_at, c.id) > ($4, $5::uuid))
           order by c.created_at, c.id limit $6"#,
        town.0,
        &scope.from,
        &scope.to,
        at,
        id,
        limit,
    )
    .fetch_all(db)
    .await
}

/// The path of the unit a call belongs to.
pub async fn path(
    tx: &mut PgConnection,
    town: TownId,
    id: CallItemId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select u.path from call_item c
         left join person p on p.town_id = c.town_id and p.id = c.person_id
         join unit u on u.town_id = c.town_id and u.id = coalesce(c.unit_id, p.branch_id)
         where c.town_id = $1 and c.id = $2",
        town.0,
        id.0,
    )
    .fetch_optional(tx)
    .await
}

/// False if somebody has made the call already.
pub async fn finish(
    tx: &mut PgConnection,
    town: TownId,
    id: CallItemId,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update call_item set done_at = $4, done_by = $3 where town_id = $1 and id = $2 and done_at is null",
        town.0,
        id.0,
        by.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
