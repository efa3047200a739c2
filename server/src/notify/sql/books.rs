use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::notify::relay::{Key, halves};

/// What came of a send.
pub struct SendResult {
    pub town_id: Uuid,
    pub message_id: Uuid,
    pub attempt: i32,
    pub appid: String,
    pub openid: String,
    pub template: String,
    pub at: DateTime<Utc>,
    pub outcome: String,
    pub errcode: Option<i32>,
    pub note: Option<String>,
    pub why: Option<String>,
    pub notices: Option<String>,
}

/// Lets the transaction end without waiting for the disk: for what is done again where it is lost, and nobody is told of.
/// Its log is in front of everything that is written after it.
pub async fn need_not_last(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("set local synchronous_commit to off").execute(tx).await?;
    Ok(())
}

/// Takes results off the table, the oldest first, and ends their messages or puts them back into the queue; those another
/// process is booking are left to it. By their place: the planner, who sees the table empty most of the time, would compare
/// each with each. What the release before has ended meanwhile, which takes a marked message for a waiting one, stays ended.
pub async fn take(
    tx: &mut PgConnection,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<SendResult>, sqlx::Error> {
    sqlx::query_as!(
        SendResult,
        r#"with taken as (
               delete from sending s
               where s.ctid = any (array(
                   select ctid from sending where outcome is not null order by at limit $1 for update skip locked))
               returning s.*),
           over as (
               update message m set state = case when m.state = 'queued' then t.state else m.state end,
                   next_at = coalesce(t.next_at, m.next_at), enqueued_at = null,
                   sending_at = m.marked_at, worker_id = m.marked_by, marked_by = null, marked_at = null,
                   finished_at = case when t.state <> 'queued' then t.at end, errcode = t.errcode, msgid = t.msgid,
                   note = t.note
               from (select * from taken order by town_id, message_id) t
               where m.town_id = t.town_id and m.id = t.message_id and m.marked_by = t.worker_id and m.attempt = t.attempt)
           select town_id, message_id, attempt, appid, openid, template, coalesce(at, $2) as "at!", outcome as "outcome!",
               errcode, note, why, notices
           from taken"#,
        limit,
        now,
    )
    .fetch_all(tx)
    .await
}

/// A line of the list of attempts.
pub struct Tried<'a> {
    pub key: Key,
    pub attempt: i32,
    pub at: DateTime<Utc>,
    pub outcome: &'a str,
    pub errcode: Option<i32>,
    pub note: Option<&'a str>,
}

pub async fn list_attempts(tx: &mut PgConnection, attempts: &[Tried<'_>]) -> Result<(), sqlx::Error> {
    if attempts.is_empty() {
        return Ok(());
    }
    let (towns, messages) = halves(attempts.iter().map(|line| &line.key));
    let ids: Vec<Uuid> = attempts.iter().map(|_| Uuid::now_v7()).collect();
    let numbers: Vec<i32> = attempts.iter().map(|line| line.attempt).collect();
    let times: Vec<DateTime<Utc>> = attempts.iter().map(|line| line.at).collect();
    let outcomes: Vec<&str> = attempts.iter().map(|line| line.outcome).collect();
    let errcodes: Vec<Option<i32>> = attempts.iter().map(|line| line.errcode).collect();
    let notes: Vec<Option<&str>> = attempts.iter().map(|line| line.note).collect();
    sqlx::query!(
        "insert into send_attempt (town_id, id, message_id, attempt, at, outcome, errcode, note)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::timestamptz[], $6::text[],
             $7::integer[], $8::text[])",
        &towns,
        &ids,
        &messages,
        &numbers,
        &times,
        &outcomes as &[&str],
        &errcodes as &[Option<i32>],
        &notes as &[Option<&str>],
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Where the notices of a message go.
pub struct Move<'a> {
    pub key: Key,
    /// None leaves those that are in time where they are.
    pub to: Option<&'a str>,
    /// Those past their time expire.
    pub expire: bool,
}

impl<'a> Move<'a> {
    pub fn all(key: Key, to: &'a str) -> Self {
        Self { key, to: Some(to), expire: false }
    }
}

/// Moves the notices messages still have on to where they go. Those that wait again do so without a message.
pub async fn move_notices(
    tx: &mut PgConnection,
    moves: &[Move<'_>],
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
