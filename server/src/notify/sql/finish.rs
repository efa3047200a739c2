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
    /// As the list of attempts has it.
    pub outcome: &'static str,
}

/// Ends sends that still belong to the worker and attempt that made them, and returns which these are. All are put on the
/// list of attempts.
pub async fn end(
    tx: &mut PgConnection,
    ended: &[Ended],
    now: DateTime<Utc>,
) -> Result<HashSet<Key>, sqlx::Error> {
    if ended.is_empty() {
        return Ok(HashSet::new());
    }
    let (towns, ids) = halves(ended.iter().map(|ended| &ended.key));
    let workers: Vec<Uuid> = ended.iter().map(|ended| ended.worker).collect();
    let attempts: Vec<i32> = ended.iter().map(|ended| ended.attempt).collect();
    let states: Vec<&str> = ended.iter().map(|ended| ended.state).collect();
    let times: Vec<Option<DateTime<Utc>>> = ended.iter().map(|ended| ended.next_at).collect();
    let errcodes: Vec<Option<i32>> = ended.iter().map(|ended| ended.errcode).collect();
    let msgids: Vec<Option<String>> =
        ended.iter().map(|ended| ended.msgid.map(|id| id.to_string())).collect();
    let notes: Vec<Option<&str>> = ended.iter().map(|ended| ended.note.as_deref()).collect();
    let outcomes: Vec<&str> = ended.iter().map(|ended| ended.outcome).collect();
    let tries: Vec<Uuid> = ended.iter().map(|_| Uuid::now_v7()).collect();
    let rows = sqlx::query_as!(
        Key,
        r#"with told as (
               select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::timestamptz[],
                       $7::integer[], $8::text[], $9::text[], $10::text[], $11::uuid[])
                   k (town_id, id, worker_id, attempt, state, next_at, errcode, msgid, note, outcome, try_id)),
           mine as (
               select k.* from message m join told k on m.town_id = k.town_id and m.id = k.id
               where m.state = 'sending' and m.worker_id = k.worker_id and m.attempt = k.attempt
               order by m.town_id, m.id for update of m),
           ended as (
               update message m set state = k.state, next_at = coalesce(k.next_at, m.next_at), enqueued_at = null,
                   finished_at = case when k.state = 'queued' then null else $12::timestamptz end, errcode = k.errcode,
                   msgid = k.msgid::numeric, note = k.note
               from mine k where m.town_id = k.town_id and m.id = k.id),
           tried as (
               insert into send_attempt (town_id, id, message_id, attempt, at, outcome, errcode, note)
               select k.town_id, k.try_id, k.id, k.attempt, $12, case when mine.id is null then 'late' else k.outcome end,
                   k.errcode, k.note
               from told k left join mine on mine.town_id = k.town_id and mine.id = k.id)
           select town_id as "town!", id as "id!" from mine"#,
        &towns,
        &ids,
        &workers,
        &attempts,
        &states as &[&str],
        &times as &[Option<DateTime<Utc>>],
        &errcodes as &[Option<i32>],
        &msgids as &[Option<String>],
        &notes as &[Option<&str>],
        &outcomes as &[&str],
        &tries,
        now,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().collect())
}

/// Where the notices of a message go.
pub struct Move {
    pub key: Key,
    /// None leaves those that are in time where they are.
    pub to: Option<&'static str>,
    /// Those past their time expire.
    pub expire: bool,
}

impl Move {
    pub fn all(key: Key, to: &'static str) -> Self {
        Self { key, to: Some(to), expire: false }
    }
}

/// Moves the notices messages still have on to where they go. Those that wait again do so without a message.
pub async fn move_notices(
    tx: &mut PgConnection,
    moves: &[Move],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    if moves.is_empty() {
        return Ok(());
    }
    let (towns, ids) = halves(moves.iter().map(|to| &to.key));
    let states: Vec<Option<&str>> = moves.iter().map(|to| to.to).collect();
    let expire: Vec<bool> = moves.iter().map(|to| to.expire).collect();
    sqlx::query!(
        "with moved as (
             select n.town_id, n.id, case when k.expire and n.not_after <= $5 then 'expired' else k.state end as state
             from notice n join unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[]) k (town_id, id, state, expire)
                 on n.town_id = k.town_id and n.message_id = k.id
             where n.state = 'in_message' and (k.state is not null or k.expire and n.not_after <= $5)
             order by n.town_id, n.id for update of n)
         update notice n set state = moved.state,
             message_id = case when moved.state = 'waiting' then null else n.message_id end
         from moved where n.town_id = moved.town_id and n.id = moved.id",
        &towns,
        &ids,
        &states as &[Option<&str>],
        &expire,
        now,
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
