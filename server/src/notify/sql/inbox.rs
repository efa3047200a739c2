use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::edge::Cursor;
use crate::ids::{PersonId, TownId};

pub struct NoticeRow {
    pub id: Uuid,
    pub title: String,
    pub page: String,
    pub due_on: Option<NaiveDate>,
    pub state: String,
    pub created_at: DateTime<Utc>,
    pub unread: bool,
}

/// What is owed to a person, the newest first; not what was withdrawn or is of no use any more.
pub async fn page(
    db: &PgPool,
    town: TownId,
    person: PersonId,
    before: Option<Cursor>,
    limit: i64,
) -> Result<Vec<NoticeRow>, sqlx::Error> {
    let (at, id) = before.map(|cursor| (cursor.at, cursor.id)).unzip();
    sqlx::query_as!(
        NoticeRow,
        r#"select id, title, page, due_on, state, created_at, read_at is null as "unread!" from notice
           where town_id = $1 and person_id = $2 and state not in ('withdrawn', 'expired')
             and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
           order by created_at desc, id desc limit $5"#,
        town.0,
        person.0,
        at,
        id,
        limit,
    )
    .fetch_all(db)
    .await
}

/// The person has seen these; returns how many were unread. Other people's ids are passed over.
pub async fn read(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "with seen as (
             select id from notice where town_id = $1 and person_id = $2 and id = any($3) and read_at is null
             order by id for update)
         update notice n set read_at = $4 from seen where n.town_id = $1 and n.id = seen.id",
        town.0,
        person.0,
        ids,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

pub struct RemindersRow {
    pub zone: String,
    pub quiet_from: NaiveTime,
    pub quiet_until: NaiveTime,
}

pub async fn reminders(
    db: &PgPool,
    town: TownId,
    person: PersonId,
) -> Result<Option<RemindersRow>, sqlx::Error> {
    sqlx::query_as!(
        RemindersRow,
        "select zone, quiet_from, quiet_until from person where town_id = $1 and id = $2",
        town.0,
        person.0,
    )
    .fetch_optional(db)
    .await
}

pub async fn set_reminders(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    to: &RemindersRow,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update person set zone = $3, quiet_from = $4, quiet_until = $5 where town_id = $1 and id = $2",
        town.0,
        person.0,
        to.zone,
        to.quiet_from,
        to.quiet_until,
    )
    .execute(&mut *tx)
    .await?;
    // What waits was composed for the hours as they were.
    sqlx::query!(
        "update message set awake_until = null where town_id = $1 and person_id = $2 and state = 'queued'",
        town.0,
        person.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}
