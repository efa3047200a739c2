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

/// What is owed to a person, the newest first; not what was withdrawn or is of no use any more. Unless
/// `all` are asked for, of a duty only the last word: an earlier rung says nothing that the later one does not.
pub async fn page(
    db: &PgPool,
    town: TownId,
    person: PersonId,
    before: Option<Cursor>,
    limit: i64,
    all: bool,
) -> Result<Vec<NoticeRow>, sqlx::Error> {
    let (at, id) = before.map(|cursor| (cursor.at, cursor.id)).unzip();
    sqlx::query_as!(
        NoticeRow,
        r#"select id, title, page, due_on, state, created_at, read_at is null as "unread!" from notice n
           where town_id = $1 and person_id = $2 and state not in ('withdrawn', 'expired')
             and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
             and not (not $6 and subject_kind = 'duty' and exists (
                 select from notice newer
                 where newer.town_id = n.town_id and newer.person_id = n.person_id
                   and newer.subject_kind = n.subject_kind and newer.subject_id = n.subject_id
                   and newer.state not in ('withdrawn', 'expired')
                   and (newer.created_at, newer.id) > (n.created_at, n.id)))
           order by created_at desc, id desc limit $5"#,
        town.0,
        person.0,
        at,
        id,
        limit,
        all,
    )
    .fetch_all(db)
    .await
}

/// The person has seen these, and with them what was said earlier of the same duties; returns how many were unread. Other people's ids are passed over.
pub async fn read(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "with seen as (
             select id from notice n
             where town_id = $1 and person_id = $2 and read_at is null
               and (id = any($3) or (subject_kind = 'duty' and exists (
                    select from notice later
                    where later.town_id = n.town_id and later.person_id = n.person_id and later.id = any($3)
                      and later.subject_kind = n.subject_kind and later.subject_id = n.subject_id
                      and (later.created_at, later.id) > (n.created_at, n.id))))
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
    /// To be written: none to leave it as it is.
    pub reminded_of: Option<String>,
}

pub async fn reminders(
    db: &PgPool,
    town: TownId,
    person: PersonId,
) -> Result<Option<RemindersRow>, sqlx::Error> {
    sqlx::query_as!(
        RemindersRow,
        r#"select zone, quiet_from, quiet_until, reminded_of as "reminded_of?" from person where town_id = $1 and id = $2"#,
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
) -> Result<Option<String>, sqlx::Error> {
    let reminded_of = sqlx::query_scalar!(
        "update person set zone = $3, quiet_from = $4, quiet_until = $5, reminded_of = coalesce($6, reminded_of)
         where town_id = $1 and id = $2 returning reminded_of",
        town.0,
        person.0,
        to.zone,
        to.quiet_from,
        to.quiet_until,
        to.reminded_of,
    )
    .fetch_optional(&mut *tx)
    .await?;
    // What waits was composed for the hours as they were.
    sqlx::query!(
        "update message set awake_until = null where town_id = $1 and person_id = $2 and state = 'queued'",
        town.0,
        person.0,
    )
    .execute(tx)
    .await?;
    Ok(reminded_of)
}
