use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool};

use super::Hash;
use crate::ids::TownId;
use crate::platform::photo::Near;
use crate::platform::photo::hash::{Prints, VERSION};

/// What a photo's bytes say of their making.
pub struct Made<'a> {
    pub camera: Option<&'a str>,
    pub software: Option<&'a str>,
    pub print_version: i16,
}

/// One photo of a town gets its number at a time; held until the transaction ends.
pub async fn lock(tx: &mut PgConnection, town: TownId) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", format!("photo_print/{town}"))
        .execute(tx)
        .await?;
    Ok(())
}

/// Sets the facts; with prints also the next number of the town, which the caller has locked.
pub async fn set(
    tx: &mut PgConnection,
    town: TownId,
    hash: Hash,
    made: &Made<'_>,
    prints: Option<&[u8]>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update photo set camera = $3, software = $4, print_version = $5, prints = $6,
             print_no = case when $6::bytea is not null then nextval('photo_print_no') end
         where town_id = $1 and hash = $2",
        town.0,
        &hash.0[..],
        made.camera,
        made.software,
        made.print_version,
        prints,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The prints of this version after a number, in order.
pub async fn prints_after(
    db: impl PgExecutor<'_>,
    town: TownId,
    after: i64,
    most: i64,
) -> Result<Vec<(i64, Prints)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select print_no as "no!", prints as "prints!" from photo
           where town_id = $1 and print_no > $2 and print_version = $3 order by print_no limit $4"#,
        town.0,
        after,
        i16::try_from(VERSION).unwrap_or(i16::MAX),
        most,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.no, Prints::from_bytes(&row.prints)?))).collect())
}

/// The number before the town's latest `most` photos; 0 where it has no more than those.
pub async fn number_before_latest(db: &PgPool, town: TownId, most: i64) -> Result<i64, sqlx::Error> {
    let number = sqlx::query_scalar!(
        r#"select print_no as "no!" from photo where town_id = $1 and print_no is not null
           order by print_no desc limit 1 offset $2"#,
        town.0,
        most,
    )
    .fetch_optional(db)
    .await?;
    Ok(number.unwrap_or(0))
}

/// Notes that the photo looks like those of these numbers, as far as they are still there.
pub async fn pair(
    tx: &mut PgConnection,
    town: TownId,
    hash: Hash,
    near: &[Near],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let numbers: Vec<i64> = near.iter().map(|near| near.number).collect();
    let distances: Vec<i16> = near.iter().map(|near| near.distance.into()).collect();
    let details: Vec<i16> = near.iter().map(|near| near.detail.into()).collect();
    sqlx::query!(
        "insert into photo_twin (town_id, hash, other, distance, detail, found_at)
         select $1, $2, p.hash, t.distance, t.detail, $6
         from unnest($3::bigint[], $4::smallint[], $5::smallint[]) as t (no, distance, detail)
         join photo p on p.town_id = $1 and p.print_no = t.no
         where p.hash <> $2 and not exists (
             select from photo_twin w where w.town_id = $1 and w.hash = p.hash and w.other = $2)
         for key share of p
         on conflict on constraint photo_twin_pkey do update
             set distance = excluded.distance, detail = excluded.detail",
        town.0,
        &hash.0[..],
        &numbers,
        &distances,
        &details,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn set_shrunk(db: &PgPool, town: TownId, hash: Hash, shrunk: bool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update photo set shrunk = $3 where town_id = $1 and hash = $2 and shrunk is null",
        town.0,
        &hash.0[..],
        shrunk,
    )
    .execute(db)
    .await?;
    Ok(())
}
