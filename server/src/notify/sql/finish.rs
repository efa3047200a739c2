use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::notify::relay::{Key, halves};

pub struct Ended {
    pub key: Key,
    pub worker: Uuid,
    pub attempt: i32,
    pub state: &'static str,
    pub next_at: Option<DateTime<Utc>>,
    pub errcode: Option<i32>,
    pub msgid: Option<u64>,
    pub note: Option<String>,
}

/// Ends sends that still belong to the worker and attempt that made them; returns which these are.
pub async fn end(
    tx: &mut PgConnection,
    ended: &[Ended],
    now: DateTime<Utc>,
) -> Result<HashSet<Key>, sqlx::Error> {
    let (towns, ids) = halves(ended.iter().map(|ended| &ended.key));
    let workers: Vec<Uuid> = ended.iter().map(|ended| ended.worker).collect();
    let attempts: Vec<i32> = ended.iter().map(|ended| ended.attempt).collect();
    let states: Vec<String> = ended.iter().map(|ended| ended.state.to_owned()).collect();
    let times: Vec<Option<DateTime<Utc>>> = ended.iter().map(|ended| ended.next_at).collect();
    let errcodes: Vec<Option<i32>> = ended.iter().map(|ended| ended.errcode).collect();
    let msgids: Vec<Option<String>> =
        ended.iter().map(|ended| ended.msgid.map(|id| id.to_string())).collect();
    let notes: Vec<Option<String>> = ended.iter().map(|ended| ended.note.clone()).collect();
    let rows = sqlx::query_as!(
        Key,
        "update message m set state = k.state, next_at = coalesce(k.next_at, m.next_at), enqueued_at = null,
             finished_at = case when k.state = 'queued' then null else $10::timestamptz end, errcode = k.errcode,
             msgid = k.msgid::numeric, note = k.note
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::timestamptz[], $7::integer[],
             $8::text[], $9::text[]) k (town_id, id, worker_id, attempt, state, next_at, errcode, msgid, note)
         where m.town_id = k.town_id and m.id = k.id and m.state = 'sending' and m.worker_id = k.worker_id
           and m.attempt = k.attempt
         returning m.town_id as town, m.id",
        &towns,
        &ids,
        &workers,
        &attempts,
        &states,
        &times as &[Option<DateTime<Utc>>],
        &errcodes as &[Option<i32>],
        &msgids as &[Option<String>],
        &notes as &[Option<String>],
        now,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().collect())
}

/// Moves the notices a message still has on to where they go. Those that wait again do so without a message.
pub async fn move_notices(tx: &mut PgConnection, moves: &[(Key, &'static str)]) -> Result<(), sqlx::Error> {
    if moves.is_empty() {
        return Ok(());
    }
    let (towns, ids) = halves(moves.iter().map(|(key, _)| key));
    let states: Vec<String> = moves.iter().map(|(_, state)| (*state).to_owned()).collect();
    sqlx::query!(
        "with moved as (
             select n.town_id, n.id, k.state from notice n
             join unnest($1::uuid[], $2::uuid[], $3::text[]) k (town_id, id, state)
                 on n.town_id = k.town_id and n.message_id = k.id
             where n.state = 'in_message' order by n.town_id, n.id for update of n)
         update notice n set state = moved.state,
             message_id = case when moved.state = 'waiting' then null else n.message_id end
         from moved where n.town_id = moved.town_id and n.id = moved.id",
        &towns,
        &ids,
        &states,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The appid rests until then; of two pauses the longer one holds.
pub async fn pause(
    tx: &mut PgConnection,
    appid: &str,
    until: DateTime<Utc>,
    errcode: i32,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into send_pause (appid, until, errcode) values ($1, $2, $3)
         on conflict (appid) do update set until = excluded.until, errcode = excluded.errcode, probing = false
             where send_pause.until < excluded.until",
        appid,
        until,
        errcode,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends the appids' pauses that are over.
pub async fn unpause(
    tx: &mut PgConnection,
    appids: &[String],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    if appids.is_empty() {
        return Ok(());
    }
    sqlx::query!("delete from send_pause where appid = any($1) and until <= $2", appids, now)
        .execute(tx)
        .await?;
    Ok(())
}

pub struct Attempt {
    pub key: Key,
    /// Which one of the message's, from 1.
    pub no: i32,
    pub outcome: &'static str,
    pub errcode: Option<i32>,
    pub note: Option<String>,
}

pub async fn record_attempts(
    tx: &mut PgConnection,
    attempts: &[Attempt],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (towns, messages) = halves(attempts.iter().map(|attempt| &attempt.key));
    let ids: Vec<Uuid> = attempts.iter().map(|_| Uuid::now_v7()).collect();
    let numbers: Vec<i32> = attempts.iter().map(|attempt| attempt.no).collect();
    let outcomes: Vec<String> = attempts.iter().map(|attempt| attempt.outcome.to_owned()).collect();
    let errcodes: Vec<Option<i32>> = attempts.iter().map(|attempt| attempt.errcode).collect();
    let notes: Vec<Option<String>> = attempts.iter().map(|attempt| attempt.note.clone()).collect();
    sqlx::query!(
        "insert into send_attempt (town_id, id, message_id, attempt, at, outcome, errcode, note)
         select k.town_id, k.id, k.message_id, k.attempt, $8, k.outcome, k.errcode, k.note
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::integer[], $7::text[])
             k (town_id, id, message_id, attempt, outcome, errcode, note)",
        &towns,
        &ids,
        &messages,
        &numbers,
        &outcomes,
        &errcodes as &[Option<i32>],
        &notes as &[Option<String>],
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}
