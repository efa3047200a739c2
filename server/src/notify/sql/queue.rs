use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::ids::{NoticeId, PersonId, TownId};
use crate::notify::NewNotice;
use crate::notify::quiet::Hours;

pub async fn hours(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
) -> Result<Option<Hours>, sqlx::Error> {
    let row = sqlx::query!(
        "select zone, quiet_from, quiet_until from person where town_id = $1 and id = $2",
        town.0,
        person.0,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Hours::new(&row.zone, row.quiet_from, row.quiet_until)))
}

pub async fn insert(
    tx: &mut PgConnection,
    id: NoticeId,
    notice: &NewNotice<'_>,
    release_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into notice (town_id, id, person_id, subject_kind, subject_id, rung, weight, page, title, due_on,
             release_at, not_after, state, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'waiting', $13)
         on conflict on constraint notice_once do nothing",
        notice.town.0,
        id.0,
        notice.person.0,
        notice.subject_kind,
        notice.subject,
        notice.rung,
        notice.weight.number(),
        notice.page,
        notice.title,
        notice.due_on,
        release_at,
        notice.not_after,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Locks in the order of ids, as everybody does who changes several notices.
pub async fn withdraw(
    tx: &mut PgConnection,
    town: TownId,
    subject_kind: &str,
    subject: Uuid,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "with gone as (
             select id from notice
             where town_id = $1 and subject_kind = $2 and subject_id = $3
               and (state in ('waiting', 'in_message', 'inbox') or (state = 'told' and read_at is null))
             order by id for update)
         update notice n set state = 'withdrawn' from gone where n.town_id = $1 and n.id = gone.id",
        town.0,
        subject_kind,
        subject,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}
