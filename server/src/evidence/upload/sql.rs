use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::super::Hash;
use super::Upload;
use crate::identity::Caller;
use crate::ids::TownId;

struct Row {
    id: Uuid,
    hash: Vec<u8>,
    length: i32,
    received: i32,
    expires_at: DateTime<Utc>,
    is_finished: bool,
}

impl Row {
    fn of(self, town: TownId) -> Option<Upload> {
        let Self { id, hash, length, received, expires_at, is_finished } = self;
        Some(Upload { town, id, hash: Hash::from_slice(&hash)?, length, received, expires_at, is_finished })
    }
}

/// One person begins one upload at a time; held until the transaction ends.
pub async fn lock_person(tx: &mut PgConnection, caller: &Caller) -> Result<(), sqlx::Error> {
    let key = format!("upload/{}/{}", caller.town, caller.person);
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", key).execute(tx).await?;
    Ok(())
}

pub async fn under_way(
    tx: &mut PgConnection,
    caller: &Caller,
    hash: Hash,
    length: i32,
    now: DateTime<Utc>,
) -> Result<Option<Upload>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select id, hash, length, received, expires_at, false as "is_finished!" from upload
           where town_id = $1 and person_id = $2 and hash = $3 and length = $4 and finished_at is null
             and expires_at > $5"#,
        caller.town.0,
        caller.person.0,
        &hash.0[..],
        length,
        now,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.and_then(|row| row.of(caller.town)))
}

pub async fn count(tx: &mut PgConnection, caller: &Caller, now: DateTime<Utc>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from upload
           where town_id = $1 and person_id = $2 and finished_at is null and expires_at > $3"#,
        caller.town.0,
        caller.person.0,
        now,
    )
    .fetch_one(tx)
    .await
}

/// Begins one; what had run out of the same photo makes way for it.
pub async fn insert(
    tx: &mut PgConnection,
    caller: &Caller,
    hash: Hash,
    length: i32,
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Upload, sqlx::Error> {
    let (town, id) = (caller.town, Uuid::now_v7());
    sqlx::query!(
        "delete from upload where town_id = $1 and person_id = $2 and hash = $3 and length = $4 and finished_at is null",
        town.0,
        caller.person.0,
        &hash.0[..],
        length,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into upload (town_id, id, person_id, hash, length, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        town.0,
        id,
        caller.person.0,
        &hash.0[..],
        length,
        now,
        expires_at,
    )
    .execute(tx)
    .await?;
    Ok(Upload { town, id, hash, length, received: 0, expires_at, is_finished: false })
}

/// The caller's own, and nobody else's.
pub async fn find(db: &PgPool, caller: &Caller, id: Uuid) -> Result<Option<Upload>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select id, hash, length, received, expires_at, finished_at is not null as "is_finished!" from upload
           where town_id = $1 and person_id = $2 and id = $3"#,
        caller.town.0,
        caller.person.0,
        id,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.and_then(|row| row.of(caller.town)))
}

/// The same, for whoever is to move its end.
pub async fn lock(tx: &mut PgConnection, caller: &Caller, id: Uuid) -> Result<Option<Upload>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select id, hash, length, received, expires_at, finished_at is not null as "is_finished!" from upload
           where town_id = $1 and person_id = $2 and id = $3 for update"#,
        caller.town.0,
        caller.person.0,
        id,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.and_then(|row| row.of(caller.town)))
}

/// Notes a piece at the end of what there is, and moves the end.
pub async fn add_part(
    tx: &mut PgConnection,
    upload: &Upload,
    length: i32,
    part: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with moved as (
             update upload set received = received + $4 where town_id = $1 and id = $2
         )
         insert into upload_part (town_id, upload_id, at, length, id) values ($1, $2, $3, $4, $5)",
        upload.town.0,
        upload.id,
        upload.received,
        length,
        part,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The pieces in their order.
pub async fn parts(db: &PgPool, town: TownId, id: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from upload_part where town_id = $1 and upload_id = $2 order by at",
        town.0,
        id
    )
    .fetch_all(db)
    .await
}

/// The photo is there; its pieces need not be known any more.
pub async fn finish(db: &PgPool, town: TownId, id: Uuid, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with gone as (delete from upload_part where town_id = $1 and upload_id = $2)
         update upload set finished_at = $3 where town_id = $1 and id = $2 and finished_at is null",
        town.0,
        id,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn delete(db: &PgPool, town: TownId, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from upload where town_id = $1 and id = $2", town.0, id).execute(db).await?;
    Ok(())
}

pub async fn expired(db: &PgPool, town: TownId, now: DateTime<Utc>) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from upload where expires_at <= $2 and town_id = $1 limit 500",
        town.0,
        now,
    )
    .fetch_all(db)
    .await
}
