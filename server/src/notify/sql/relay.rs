use chrono::{DateTime, Utc};
use sqlx::PgPool;

use crate::notify::relay::{Key, halves};

/// Claims messages that are due and not handed out since `lost_before`.
pub async fn claim(
    db: &PgPool,
    now: DateTime<Utc>,
    lost_before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Key>, sqlx::Error> {
    sqlx::query_as!(
        Key,
        r#"update message m set enqueued_at = $1
           from (select town_id, id from message
                 where waits and next_at <= $1 and (enqueued_at is null or enqueued_at < $2)
                 order by next_at limit $3 for update skip locked) due
           where m.town_id = due.town_id and m.id = due.id
           returning m.town_id as town, m.id"#,
        now,
        lost_before,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Lets the next pass hand them out again.
pub async fn give_back(db: &PgPool, keys: &[Key]) -> Result<(), sqlx::Error> {
    let (towns, ids) = halves(keys);
    sqlx::query!(
        "update message m set enqueued_at = null from unnest($1::uuid[], $2::uuid[]) k (town_id, id)
         where m.town_id = k.town_id and m.id = k.id and m.state = 'queued'",
        &towns,
        &ids,
    )
    .execute(db)
    .await?;
    Ok(())
}
