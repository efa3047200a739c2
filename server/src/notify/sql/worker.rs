//! Leases are on the database's clock: workers on several machines must agree on it. So is the age of its transactions.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

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

/// Calls unknown what ended workers left under way; returns how many sends that were. The guard is in the statement: where
/// a result was committed in the meantime there is one. What is made again has paid.
pub async fn hold_orphans(db: &PgPool, now: DateTime<Utc>) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "with lost as (
             select s.appid, s.openid, m.resend from sending s
             join worker w on w.id = s.worker_id
             join message m on m.town_id = s.town_id and m.id = s.message_id
             where s.outcome is null and w.ended_at is not null
             order by s.appid, s.openid for update of s skip locked)
         update sending s set at = $1, outcome = 'unknown', state = 'unknown', note = 'worker_lost', notices = 'inbox',
             why = case when lost.resend then null else 'unknown' end
         from lost where s.appid = lost.appid and s.openid = lost.openid",
        now,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Takes over what dead processes of the release before left, which kept sends under way by the message's state and results
/// in a table of their own; where a send of ours is not booked yet, a moment later. To go with both in the release after this
/// one.
pub async fn adopt(db: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with lost as (
             select m.town_id, m.id from message m join worker w on w.id = m.worker_id
             where m.under_way and w.ended_at is not null
               and not exists (select from sending s where s.appid = m.appid and s.openid = m.openid)
             order by m.town_id, m.id for update of m skip locked),
         back as (
             update message m set state = 'queued', marked_by = m.worker_id, marked_at = m.sending_at from lost
             where m.town_id = lost.town_id and m.id = lost.id
             returning m.appid, m.openid, m.town_id, m.id, m.attempt, m.template, m.worker_id)
         insert into sending (appid, openid, town_id, message_id, attempt, template, worker_id)
         select appid, openid, town_id, id, attempt, template, worker_id from back",
    )
    .execute(db)
    .await?;
    sqlx::query!(
        "with left_over as (
             delete from send_result r where r.ctid = any (array(
                 select o.ctid from send_result o
                 where not exists (select from sending s where s.appid = o.appid and s.openid = o.openid)
                 for update skip locked))
             returning r.*)
         insert into sending (appid, openid, town_id, message_id, attempt, template, worker_id, at, outcome, errcode, note,
             why, notices)
         select appid, openid, town_id, message_id, attempt, template, gen_random_uuid(), at, outcome, errcode, note, why,
             notices
         from left_over",
    )
    .execute(db)
    .await?;
    Ok(())
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
