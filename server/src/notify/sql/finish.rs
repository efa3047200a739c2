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
    /// What it costs.
    pub why: Option<&'static str>,
    /// Where its notices go.
    pub notices: Option<&'static str>,
}

/// Ends sends that still belong to the worker and attempt that made them, and returns which these are.
pub async fn end(
    tx: &mut PgConnection,
    ended: &[Ended],
    now: DateTime<Utc>,
) -> Result<HashSet<Key>, sqlx::Error> {
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
    let whys: Vec<Option<&str>> = ended.iter().map(|ended| ended.why).collect();
    let notices: Vec<Option<&str>> = ended.iter().map(|ended| ended.notices).collect();
    let rows = sqlx::query_as!(
        Key,
        r#"with ended as (
               update message m set state = k.state, next_at = coalesce(k.next_at, m.next_at), enqueued_at = null,
                   finished_at = case when k.state = 'queued' then null else $13::timestamptz end, errcode = k.errcode,
                   msgid = k.msgid::numeric, note = k.note
               from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::timestamptz[],
                       $7::integer[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
                   k (town_id, id, worker_id, attempt, state, next_at, errcode, msgid, note, outcome, why, notices)
               where m.town_id = k.town_id and m.id = k.id and m.state = 'sending' and m.worker_id = k.worker_id
                 and m.attempt = k.attempt
               returning m.town_id, m.id, m.attempt, m.appid, m.openid, m.template, k.outcome, k.errcode, k.note, k.why,
                   k.notices),
           to_book as (
               insert into send_result (town_id, message_id, attempt, appid, openid, template, at, outcome, errcode, note,
                   why, notices)
               select town_id, id, attempt, appid, openid, template, $13, outcome, errcode, note, why, notices from ended)
           select town_id as "town!", id as "id!" from ended"#,
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
        &whys as &[Option<&str>],
        &notices as &[Option<&str>],
        now,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().collect())
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
