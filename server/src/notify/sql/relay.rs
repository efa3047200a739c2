use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::notify::relay::{Key, halves};

/// Towns with messages that are due and not handed out since `lost_before`, nor, by a clock that has been put back since, long
/// after now.
pub async fn towns(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    lost_before: DateTime<Utc>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select t.id from town t where exists (
             select from message m
             where m.town_id = t.id and m.waits and m.next_at <= $1 and m.marked_by is null
               and (m.enqueued_at is null or m.enqueued_at < $2 or m.enqueued_at > $1 + ($1 - $2::timestamptz)))",
        now,
        lost_before,
    )
    .fetch_all(tx)
    .await
}

/// A message handed out.
pub struct Due {
    pub town: Uuid,
    pub id: Uuid,
    pub next_at: DateTime<Utc>,
}

/// Claims up to `share` messages of each of the towns, of those that [`towns`] means.
pub async fn claim(
    tx: &mut PgConnection,
    towns: &[Uuid],
    share: i64,
    now: DateTime<Utc>,
    lost_before: DateTime<Utc>,
) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_as!(
        Due,
        r#"update message m set enqueued_at = $1
           from unnest($3::uuid[]) t (id)
           cross join lateral (
               select town_id, id from message
               where town_id = t.id and waits and marked_by is null and next_at <= $1
                 and (enqueued_at is null or enqueued_at < $2 or enqueued_at > $1 + ($1 - $2::timestamptz))
               order by next_at limit $4 for update skip locked) due
           where m.town_id = due.town_id and m.id = due.id
           returning m.town_id as town, m.id, m.next_at"#,
        now,
        lost_before,
        towns,
        share,
    )
    .fetch_all(tx)
    .await
}

/// Lets the next pass hand them out again.
pub async fn give_back(db: &PgPool, keys: &[Key]) -> Result<(), sqlx::Error> {
    let (towns, ids) = halves(keys);
    sqlx::query!(
        "update message m set enqueued_at = null from unnest($1::uuid[], $2::uuid[]) k (town_id, id)
         where m.town_id = k.town_id and m.id = k.id and m.state = 'queued' and m.marked_by is null",
        &towns,
        &ids,
    )
    .execute(db)
    .await?;
    Ok(())
}
