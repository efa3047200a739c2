use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Hash;
use crate::identity::Caller;
use crate::ids::{PersonId, TownId};

pub struct NewPhoto<'a> {
    pub town: TownId,
    pub id: Uuid,
    pub hash: Hash,
    pub bytes: i32,
    pub format: &'a str,
    pub width: i32,
    pub height: i32,
    pub has_exif: bool,
    pub captured_at: Option<NaiveDateTime>,
    pub uploaded_by: PersonId,
}

/// False when the town has the photo already.
pub async fn insert(
    tx: &mut PgConnection,
    photo: &NewPhoto<'_>,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into photo (town_id, id, hash, bytes, format, width, height, has_exif, captured_at, uploaded_by,
                            received_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict on constraint photo_hash_once do nothing",
        photo.town.0,
        photo.id,
        &photo.hash.0[..],
        photo.bytes,
        photo.format,
        photo.width,
        photo.height,
        photo.has_exif,
        photo.captured_at,
        photo.uploaded_by.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub struct Found {
    pub width: i32,
    pub height: i32,
    /// The original is no longer what it was.
    pub is_rotten: bool,
}

pub async fn find(db: &PgPool, town: TownId, hash: Hash) -> Result<Option<Found>, sqlx::Error> {
    sqlx::query_as!(
        Found,
        r#"select width, height, rotten_at is not null as "is_rotten!" from photo where town_id = $1 and hash = $2"#,
        town.0,
        &hash.0[..],
    )
    .fetch_optional(db)
    .await
}

pub struct Original {
    pub bytes: i32,
    pub format: String,
}

/// Finds a photo for whoever reads its original; that it was asked for is logged in the same statement.
pub async fn read_original(
    db: &PgPool,
    caller: &Caller,
    hash: Hash,
    (entry, now): (Uuid, DateTime<Utc>),
    facts: &Value,
) -> Result<Option<Original>, sqlx::Error> {
    sqlx::query_as!(
        Original,
        r#"with seen as (
             select id, bytes, format from photo where town_id = $1 and hash = $3
         ), logged as (
             insert into audit_entry (town_id, id, at, actor_id, action, subject_kind, subject_id, facts)
             select $1, $4, $5, $2, 'photo.original_read', 'photo', id, $6 from seen
         )
         select bytes as "bytes!", format as "format!" from seen"#,
        caller.town.0,
        caller.person.0,
        &hash.0[..],
        entry,
        now,
        facts,
    )
    .fetch_optional(db)
    .await
}

/// Locks the rows against the sweep until the record that names them is committed.
pub async fn arrived(
    tx: &mut PgConnection,
    town: TownId,
    hashes: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!(
        "select hash from photo where town_id = $1 and hash = any($2) for key share",
        town.0,
        hashes,
    )
    .fetch_all(tx)
    .await
}

/// One photo of one town is stored or swept at a time; held until the transaction ends.
pub async fn lock(tx: &mut PgConnection, town: Uuid, hash: Hash) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", format!("photo/{town}/{hash}"))
        .execute(tx)
        .await?;
    Ok(())
}

/// Photos no record names, received before `before`.
pub async fn unbound(db: &PgPool, town: Uuid, before: DateTime<Utc>) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!(
        "select hash from photo q where town_id = $1 and received_at < $2 and not exists (
             select from record_photo r where r.town_id = q.town_id and r.hash = q.hash)
         limit 500",
        town,
        before,
    )
    .fetch_all(db)
    .await
}

/// Removes the row of a photo that is still unbound; false when a record has named it meanwhile or there is no row.
pub async fn delete_unbound(tx: &mut PgConnection, town: Uuid, hash: Hash) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "delete from photo q where town_id = $1 and hash = $2 and not exists (
             select from record_photo r where r.town_id = q.town_id and r.hash = q.hash)",
        town,
        &hash.0[..],
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn has_row(tx: &mut PgConnection, town: Uuid, hash: Hash) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from photo where town_id = $1 and hash = $2) as "has!""#,
        town,
        &hash.0[..],
    )
    .fetch_one(tx)
    .await
}

/// Which of these photos have a row.
pub async fn known(db: &PgPool, town: Uuid, hashes: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!("select hash from photo where town_id = $1 and hash = any($2)", town, hashes)
        .fetch_all(db)
        .await
}

pub async fn towns(db: &PgPool) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from town").fetch_all(db).await
}
