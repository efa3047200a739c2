use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::super::Hash;

/// Notes the copies of a photo; the town's count follows by itself.
pub async fn set_copies(
    tx: &mut PgConnection,
    town: Uuid,
    hash: Hash,
    bytes: i64,
    display: &[u8],
    thumb: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update photo set copies_bytes = $3, display_hash = $4, thumb_hash = $5 where town_id = $1 and hash = $2",
        town,
        &hash.0[..],
        bytes,
        display,
        thumb,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn note_remade(
    tx: &mut PgConnection,
    town: Uuid,
    hash: Hash,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update photo set remade_at = $3 where town_id = $1 and hash = $2", town, &hash.0[..], now)
        .execute(tx)
        .await?;
    Ok(())
}

/// Begins to make a town's copies anew, or goes on with what was begun; answers when that was.
pub async fn begin_remaking(
    db: &mut PgConnection,
    town: Uuid,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into photo_remaking as r (town_id, started_at) values ($1, $2)
         on conflict (town_id) do update
             set started_at = case when r.finished_at is null then r.started_at else excluded.started_at end,
                 finished_at = null
         returning started_at",
        town,
        now,
    )
    .fetch_one(db)
    .await
}

pub async fn end_remaking(db: &PgPool, town: Uuid, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("update photo_remaking set finished_at = $2 where town_id = $1", town, now)
        .execute(db)
        .await?;
    Ok(())
}

/// Photos after this hash; with `started`, those that were here then and are not made anew since.
pub async fn to_remake(
    db: &PgPool,
    town: Uuid,
    after: &[u8],
    started: Option<DateTime<Utc>>,
    limit: i64,
) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!(
        "select hash from photo
         where town_id = $1 and hash > $2
           and ($3::timestamptz is null or received_at <= $3 and (remade_at is null or remade_at < $3))
         order by hash limit $4",
        town,
        after,
        started,
        limit,
    )
    .fetch_all(db)
    .await
}

/// A photo as it is to be found.
pub struct Kept {
    pub town_id: Uuid,
    pub hash: Vec<u8>,
    pub display_hash: Option<Vec<u8>>,
    pub thumb_hash: Option<Vec<u8>>,
}

/// One process reads at a time; held until the transaction ends.
pub async fn take_turn(tx: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock(hashtextextended('photo_scrub', 0)) as "got!""#)
        .fetch_one(tx)
        .await
}

/// What was not read for longest, if that was before `before`.
pub async fn due(tx: &mut PgConnection, before: DateTime<Utc>, limit: i64) -> Result<Vec<Kept>, sqlx::Error> {
    sqlx::query_as!(
        Kept,
        "select town_id, hash, display_hash, thumb_hash from photo
         where coalesce(checked_at, received_at) < $1 order by coalesce(checked_at, received_at) limit $2",
        before,
        limit,
    )
    .fetch_all(tx)
    .await
}

/// What was found rotten and has not been read since `before`.
pub async fn rotten_due(
    tx: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Kept>, sqlx::Error> {
    sqlx::query_as!(
        Kept,
        "select town_id, hash, display_hash, thumb_hash from photo
         where rotten_at is not null and coalesce(checked_at, rotten_at) < $1 order by checked_at limit $2",
        before,
        limit,
    )
    .fetch_all(tx)
    .await
}

/// Every photo after this one, of one town or of all.
pub async fn all(
    db: &PgPool,
    town: Option<Uuid>,
    (after_town, after_hash): (Uuid, &[u8]),
    limit: i64,
) -> Result<Vec<Kept>, sqlx::Error> {
    sqlx::query_as!(
        Kept,
        "select town_id, hash, display_hash, thumb_hash from photo
         where (town_id, hash) > ($2, $3) and ($1::uuid is null or town_id = $1)
         order by town_id, hash limit $4",
        town,
        after_town,
        after_hash,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Notes that an original was read, and since when it is rotten, if it is.
pub async fn note_checked(
    db: &PgPool,
    town: Uuid,
    hash: &[u8],
    is_rotten: bool,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update photo set checked_at = $4, rotten_at = case when $3 then coalesce(rotten_at, $4) end
         where town_id = $1 and hash = $2",
        town,
        hash,
        is_rotten,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes what was found where somebody asked for the original.
pub async fn note_rotten(db: &PgPool, town: Uuid, hash: Hash, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update photo set rotten_at = $3 where town_id = $1 and hash = $2 and rotten_at is null",
        town,
        &hash.0[..],
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn count_rotten(db: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "n!" from photo where rotten_at is not null"#)
        .fetch_one(db)
        .await
}

/// Bytes used, and the town's own limit; none before its first photo.
pub async fn usage(db: &mut PgConnection, town: Uuid) -> Result<Option<(i64, Option<i64>)>, sqlx::Error> {
    let row = sqlx::query!("select bytes, limit_bytes from photo_usage where town_id = $1", town)
        .fetch_optional(db)
        .await?;
    Ok(row.map(|row| (row.bytes, row.limit_bytes)))
}

pub async fn set_limit(db: &mut PgConnection, town: Uuid, limit: Option<i64>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into photo_usage (town_id, bytes, limit_bytes) values ($1, 0, $2)
         on conflict (town_id) do update set limit_bytes = excluded.limit_bytes",
        town,
        limit,
    )
    .execute(db)
    .await?;
    Ok(())
}
