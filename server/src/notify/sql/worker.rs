//! Leases are on the database's clock: workers on several machines must agree on it. So is the age of its transactions.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::notify::relay::Key;
use crate::notify::worker::Place;

pub async fn insert(db: &PgPool, id: Uuid, place: &Place, lease: Duration) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into worker (id, host, boot_id, pid, started_at, lease_until)
         values ($1, $2, $3, $4, now(), now() + make_interval(secs => $5))",
        id,
        place.host,
        place.boot_id,
        place.pid,
        lease.as_secs_f64(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// False if the lease was taken away.
pub async fn renew(db: &PgPool, id: Uuid, lease: Duration) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update worker set lease_until = now() + make_interval(secs => $2) where id = $1 and ended_at is null",
        id,
        lease.as_secs_f64(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn end(db: &PgPool, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("update worker set ended_at = now() where id = $1 and ended_at is null", id)
        .execute(db)
        .await?;
    Ok(())
}

/// Ends every lease that has lapsed.
pub async fn end_lapsed(db: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query!("update worker set ended_at = now() where ended_at is null and lease_until < now()")
        .execute(db)
        .await?;
    Ok(())
}

/// The process ids of workers of this machine and boot that have not ended.
pub async fn neighbours(db: &PgPool, place: &Place) -> Result<Vec<(Uuid, i32)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, pid from worker where ended_at is null and host = $1 and boot_id = $2",
        place.host,
        place.boot_id,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.pid)).collect())
}

pub struct Orphan {
    pub key: Key,
    pub attempt: i32,
    pub appid: String,
    pub openid: String,
    pub template: String,
    pub resend: bool,
}

/// Calls unknown what ended workers left under way, and puts it on the list of attempts. The guard is in the statement: a
/// row whose result was committed in the meantime is no longer `sending`, one marked anew belongs to another worker and
/// attempt.
pub async fn orphans(tx: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Orphan>, sqlx::Error> {
    let rows = sqlx::query!(
        "with lost as (
             select m.town_id, m.id, m.worker_id, m.attempt from message m join worker w on w.id = m.worker_id
             where m.under_way and w.ended_at is not null
             order by m.town_id, m.id for update of m skip locked),
         held as (
             update message m set state = 'unknown', finished_at = $1, note = 'worker_lost' from lost
             where m.town_id = lost.town_id and m.id = lost.id and m.state = 'sending'
               and m.worker_id = lost.worker_id and m.attempt = lost.attempt
             returning m.town_id, m.id, m.attempt, m.appid, m.openid, m.template, m.resend),
         tried as (
             insert into send_attempt (town_id, id, message_id, attempt, at, outcome, note)
             select town_id, gen_random_uuid(), id, attempt, $1, 'unknown', 'worker_lost' from held)
         select town_id, id, attempt, appid, openid, template, resend from held",
        now,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Orphan {
            key: Key { town: row.town_id, id: row.id },
            attempt: row.attempt,
            appid: row.appid,
            openid: row.openid,
            template: row.template,
            resend: row.resend,
        })
        .collect())
}

/// How long, in seconds on the database's clock, the oldest transaction has kept it from removing dead rows.
pub async fn oldest_transaction(db: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::bigint as "seconds!"
           from pg_stat_activity where backend_xmin is not null and pid <> pg_backend_pid()"#,
    )
    .fetch_one(db)
    .await
}
