use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::grants::Held;
use crate::notify::digest::Live;
use crate::notify::grants::Purse;
use crate::notify::mark::Pause;
use crate::notify::quiet::Hours;
use crate::notify::relay::{Key, halves};

/// A message somebody asked to send, as it stands.
#[derive(Debug)]
pub struct Candidate {
    pub key: Key,
    pub appid: String,
    pub openid: String,
    pub template: String,
    pub local_day: NaiveDate,
    pub not_after: DateTime<Utc>,
    pub hours: Hours,
    /// The person's present WeChat identity; none for who is not bound any more, or has left.
    pub bound: Option<String>,
}

impl Candidate {
    pub fn purse(&self) -> Purse<'_> {
        Purse { appid: &self.appid, openid: &self.openid, template: &self.template }
    }
}

/// Those of `keys` that wait and are due, locked; one that somebody else is marking is left to them.
pub async fn candidates(
    tx: &mut PgConnection,
    keys: &HashSet<Key>,
    now: DateTime<Utc>,
) -> Result<Vec<Candidate>, sqlx::Error> {
    let (towns, ids) = halves(keys);
    let rows = sqlx::query!(
        r#"select m.town_id, m.id, m.appid, m.openid, m.template, m.local_day, m.not_after,
               p.zone, p.quiet_from, p.quiet_until, b.openid as "bound?"
           from unnest($1::uuid[], $2::uuid[]) k (town_id, id)
           join message m on m.town_id = k.town_id and m.id = k.id
           join person p on p.town_id = m.town_id and p.id = m.person_id
           left join binding b on b.town_id = m.town_id and b.person_id = m.person_id and b.appid = m.appid
               and b.unbound_at is null and p.left_on is null
           where m.state = 'queued' and m.next_at <= $3
           order by m.town_id, m.id for update of m skip locked"#,
        &towns,
        &ids,
        now,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Candidate {
            key: Key { town: row.town_id, id: row.id },
            appid: row.appid,
            openid: row.openid,
            template: row.template,
            local_day: row.local_day,
            not_after: row.not_after,
            hours: Hours::new(&row.zone, row.quiet_from, row.quiet_until),
            bound: row.bound,
        })
        .collect())
}

/// The pauses of the candidates' appids, locked.
pub async fn pauses(
    tx: &mut PgConnection,
    candidates: &[Candidate],
) -> Result<HashMap<String, Pause>, sqlx::Error> {
    let appids: Vec<String> = candidates.iter().map(|candidate| candidate.appid.clone()).collect();
    let rows = sqlx::query!(
        "select appid, until, errcode from send_pause where appid = any($1) order by appid for update",
        &appids,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.appid, Pause { until: row.until, errcode: row.errcode })).collect())
}

/// Makes messages those of another day, where that day has none.
pub async fn move_days(
    tx: &mut PgConnection,
    days: &[(Key, NaiveDate)],
) -> Result<HashSet<Key>, sqlx::Error> {
    let (towns, ids) = halves(days.iter().map(|(key, _)| key));
    let days: Vec<NaiveDate> = days.iter().map(|(_, day)| *day).collect();
    let rows = sqlx::query_as!(
        Key,
        "update message m set local_day = k.day from unnest($1::uuid[], $2::uuid[], $3::date[]) k (town_id, id, day)
         where m.town_id = k.town_id and m.id = k.id and not exists (
             select from message o where o.town_id = m.town_id and o.person_id = m.person_id and o.local_day = k.day
               and o.state not in ('cancelled', 'expired'))
         returning m.town_id as town, m.id",
        &towns,
        &ids,
        &days,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().collect())
}

/// Locks the balances of the candidates and returns those with a grant left.
pub async fn lock_grants(tx: &mut PgConnection, candidates: &[Candidate]) -> Result<Vec<Held>, sqlx::Error> {
    let purses: Vec<Purse<'_>> = candidates.iter().map(Candidate::purse).collect();
    let held = super::grants::lock(tx, &purses).await?;
    Ok(held.into_iter().filter(|(_, n)| *n > 0).map(|(purse, _)| purse).collect())
}

/// The candidates' identities to which something is under way.
pub async fn sending(
    tx: &mut PgConnection,
    candidates: &[Candidate],
) -> Result<Vec<(String, String)>, sqlx::Error> {
    let appids: Vec<String> = candidates.iter().map(|candidate| candidate.appid.clone()).collect();
    let openids: Vec<String> = candidates.iter().map(|candidate| candidate.openid.clone()).collect();
    let rows = sqlx::query!(
        "select m.appid, m.openid from message m
         join (select distinct * from unnest($1::text[], $2::text[]) u (appid, openid)) k
             on k.appid = m.appid and k.openid = m.openid
         where m.state = 'sending'",
        &appids,
        &openids,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.appid, row.openid)).collect())
}

/// Whether anything of an appid is under way.
pub async fn is_sending(tx: &mut PgConnection, appid: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from message where appid = $1 and state = 'sending') as "sending!""#,
        appid,
    )
    .fetch_one(tx)
    .await
}

pub async fn probe(tx: &mut PgConnection, appid: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update send_pause set probing = true where appid = $1", appid).execute(tx).await?;
    Ok(())
}

/// What each message has to say, from its notices still live; those past their time expire. Withdrawn ones are no longer
/// in it. A message without any is not in the answer.
pub async fn digests(
    tx: &mut PgConnection,
    candidates: &[Candidate],
    now: DateTime<Utc>,
) -> Result<HashMap<Key, Live>, sqlx::Error> {
    if candidates.is_empty() {
        return Ok(HashMap::new());
    }
    let (towns, ids) = halves(candidates.iter().map(|candidate| &candidate.key));
    sqlx::query!(
        "with late as (
             select n.town_id, n.id from notice n
             join unnest($1::uuid[], $2::uuid[]) k (town_id, id) on n.town_id = k.town_id and n.message_id = k.id
             where n.state = 'in_message' and n.not_after <= $3 order by n.town_id, n.id for update of n)
         update notice n set state = 'expired' from late where n.town_id = late.town_id and n.id = late.id",
        &towns,
        &ids,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let rows = sqlx::query!(
        r#"select n.town_id, n.message_id as "message_id!", count(*) as "count!", min(n.due_on) as due_on,
               bool_or(n.due_on is null) as "undated!", min(n.page) as "page!"
           from notice n
           join unnest($1::uuid[], $2::uuid[]) k (town_id, id) on n.town_id = k.town_id and n.message_id = k.id
           where n.state = 'in_message' group by n.town_id, n.message_id"#,
        &towns,
        &ids,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let key = Key { town: row.town_id, id: row.message_id };
            let due_on = row.due_on.filter(|_| !row.undated);
            (key, Live { count: row.count, due_on, page: row.page })
        })
        .collect())
}

pub struct Later {
    pub key: Key,
    pub at: DateTime<Utc>,
}

/// Back into the queue, to be handed out again at its time.
pub async fn put_off(tx: &mut PgConnection, later: &[Later]) -> Result<(), sqlx::Error> {
    if later.is_empty() {
        return Ok(());
    }
    let (towns, ids) = halves(later.iter().map(|later| &later.key));
    let times: Vec<DateTime<Utc>> = later.iter().map(|later| later.at).collect();
    sqlx::query!(
        "update message m set next_at = k.at, enqueued_at = null
         from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) k (town_id, id, at)
         where m.town_id = k.town_id and m.id = k.id and m.state = 'queued'",
        &towns,
        &ids,
        &times,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub struct Ended {
    pub key: Key,
    pub state: &'static str,
    pub note: &'static str,
    /// Where its notices go. Those that wait again are without a message.
    pub notices: &'static str,
}

/// Ends messages that are not to be sent.
pub async fn end(tx: &mut PgConnection, ended: &[Ended], now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    if ended.is_empty() {
        return Ok(());
    }
    let (towns, ids) = halves(ended.iter().map(|ended| &ended.key));
    let states: Vec<String> = ended.iter().map(|ended| ended.state.to_owned()).collect();
    let notes: Vec<String> = ended.iter().map(|ended| ended.note.to_owned()).collect();
    sqlx::query!(
        "update message m set state = k.state, note = k.note, finished_at = $5
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) k (town_id, id, state, note)
         where m.town_id = k.town_id and m.id = k.id and m.state = 'queued'",
        &towns,
        &ids,
        &states,
        &notes,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let moves: Vec<(Key, &'static str)> = ended.iter().map(|ended| (ended.key, ended.notices)).collect();
    super::finish::move_notices(tx, &moves).await
}

/// Marks; returns each message's attempt.
pub async fn mark(
    tx: &mut PgConnection,
    worker: Uuid,
    candidates: &[Candidate],
    now: DateTime<Utc>,
) -> Result<HashMap<Key, i32>, sqlx::Error> {
    if candidates.is_empty() {
        return Ok(HashMap::new());
    }
    let (towns, ids) = halves(candidates.iter().map(|candidate| &candidate.key));
    let rows = sqlx::query!(
        "update message m set state = 'sending', attempt = m.attempt + 1, worker_id = $3, sending_at = $4
         from unnest($1::uuid[], $2::uuid[]) k (town_id, id)
         where m.town_id = k.town_id and m.id = k.id and m.state = 'queued'
         returning m.town_id, m.id, m.attempt",
        &towns,
        &ids,
        worker,
        now,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (Key { town: row.town_id, id: row.id }, row.attempt)).collect())
}

/// Takes back the marks a worker made `at` that instant, if they stand: their commit was not answered, and so nothing was
/// sent under them.
pub async fn take_back(
    db: &PgPool,
    worker: Uuid,
    keys: &[Key],
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (towns, ids) = halves(keys);
    sqlx::query!(
        "update message m set state = 'queued', attempt = m.attempt - 1, worker_id = null, sending_at = null
         from unnest($1::uuid[], $2::uuid[]) k (town_id, id)
         where m.town_id = k.town_id and m.id = k.id and m.state = 'sending' and m.worker_id = $3 and m.sending_at = $4",
        &towns,
        &ids,
        worker,
        at,
    )
    .execute(db)
    .await?;
    Ok(())
}
