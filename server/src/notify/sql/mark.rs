use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::notify::digest::Live;
use crate::notify::mark::Pause;
use crate::notify::quiet::Hours;
use crate::notify::relay::{Key, halves};

/// A message somebody asked to send, with everything that decides about it.
#[derive(Debug, Clone)]
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
    pub grants: i32,
    pub pause: Option<Pause>,
    /// Something is under way to the same WeChat identity, or not booked yet.
    pub busy: bool,
    /// What it has to say: withdrawn notices are no longer in it, those past their time do not count.
    pub live: Live,
    /// Some of its notices are past their time.
    pub late: bool,
    /// Made again on a consent paid for before.
    pub resend: bool,
}

/// Those of `keys` that wait and are due, locked; one that somebody else is marking is left to them. One statement sees
/// one state: what is no longer under way has paid its grant.
pub async fn candidates(
    tx: &mut PgConnection,
    keys: &HashSet<Key>,
    now: DateTime<Utc>,
) -> Result<Vec<Candidate>, sqlx::Error> {
    let (towns, ids) = halves(keys);
    // The binding's appid is no condition of the join: without statistics the planner would look it up by that alone.
    let rows = sqlx::query!(
        r#"select m.town_id, m.id, m.appid, m.openid, m.template, m.local_day, m.not_after, m.resend,
               p.zone, p.quiet_from, p.quiet_until,
               case when b.appid = m.appid and p.left_on is null then b.openid end as "bound?", coalesce(g.n, 0) as "grants!",
               s.until as "until?", s.errcode as "errcode?",
               exists (select from sending o where o.appid = m.appid and o.openid = m.openid)
                   or exists (select from message o where o.appid = m.appid and o.openid = m.openid and o.under_way)
                   or exists (select from send_result r where r.appid = m.appid and r.openid = m.openid) as "busy!",
               n.live as "live!", n.late as "late!", n.due_on, n.page
           from unnest($1::uuid[], $2::uuid[]) k (town_id, id)
           join message m on m.town_id = k.town_id and m.id = k.id
           join person p on p.town_id = m.town_id and p.id = m.person_id
           left join binding b on b.town_id = m.town_id and b.person_id = m.person_id and b.unbound_at is null
           left join grant_balance g on g.appid = m.appid and g.openid = m.openid and g.template = m.template
           left join send_pause s on s.appid = m.appid
           cross join lateral (
               select count(*) filter (where n.not_after > $3) as live, count(*) filter (where n.not_after <= $3) as late,
                   case when bool_and(n.due_on is not null) filter (where n.not_after > $3)
                        then min(n.due_on) filter (where n.not_after > $3) end as due_on,
                   min(n.page) filter (where n.not_after > $3) as page
               from notice n where n.town_id = m.town_id and n.message_id = m.id and n.state = 'in_message') n
           where m.state = 'queued' and m.marked_by is null and m.next_at <= $3
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
            grants: row.grants,
            pause: row.until.zip(row.errcode).map(|(until, errcode)| Pause { until, errcode }),
            busy: row.busy,
            live: Live { count: row.live, due_on: row.due_on, page: row.page.unwrap_or_default() },
            late: row.late > 0,
            resend: row.resend,
        })
        .collect())
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

/// Whether a message may try if the appid's rest is over: one at a time does. The pause's row is the lock.
pub async fn may_probe(tx: &mut PgConnection, appid: &str) -> Result<bool, sqlx::Error> {
    sqlx::query!("update send_pause set probing = true where appid = $1", appid).execute(&mut *tx).await?;
    let sending = sqlx::query_scalar!(
        r#"select exists (select from sending where appid = $1 and outcome is null)
               or exists (select from message where appid = $1 and under_way) as "sending!""#,
        appid,
    )
    .fetch_one(tx)
    .await?;
    Ok(!sending)
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
         where m.town_id = k.town_id and m.id = k.id and m.state = 'queued' and m.marked_by is null",
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

/// Ends messages that are not to be sent; their notices are moved later in the transaction.
pub async fn end(tx: &mut PgConnection, ended: &[Ended], now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    if ended.is_empty() {
        return Ok(());
    }
    let (towns, ids) = halves(ended.iter().map(|ended| &ended.key));
    let states: Vec<&str> = ended.iter().map(|ended| ended.state).collect();
    let notes: Vec<&str> = ended.iter().map(|ended| ended.note).collect();
    sqlx::query!(
        "update message m set state = k.state, note = k.note, finished_at = $5
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) k (town_id, id, state, note)
         where m.town_id = k.town_id and m.id = k.id and m.state = 'queued' and m.marked_by is null",
        &towns,
        &ids,
        &states as &[&str],
        &notes as &[&str],
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Marks, if the worker's lease holds; returns each message's attempt.
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
        "with marked as (
             update message m set attempt = m.attempt + 1, marked_by = $3, marked_at = $4
             from unnest($1::uuid[], $2::uuid[]) k (town_id, id)
             where m.town_id = k.town_id and m.id = k.id and m.state = 'queued' and m.marked_by is null and exists (
                 select from worker where id = $3 and ended_at is null and lease_until > now())
             returning m.town_id, m.id, m.attempt, m.appid, m.openid, m.template)
         insert into sending (appid, openid, town_id, message_id, attempt, template, worker_id)
         select appid, openid, town_id, id, attempt, template, $3 from marked
         returning town_id, message_id as id, attempt",
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
        "with back as (
             update message m set attempt = m.attempt - 1, marked_by = null, marked_at = null
             from unnest($1::uuid[], $2::uuid[]) k (town_id, id), sending s
             where m.town_id = k.town_id and m.id = k.id and m.marked_by = $3 and m.marked_at = $4
               and s.appid = m.appid and s.openid = m.openid and s.message_id = m.id and s.outcome is null
             returning m.appid, m.openid)
         delete from sending s using back where s.appid = back.appid and s.openid = back.openid",
        &towns,
        &ids,
        worker,
        at,
    )
    .execute(db)
    .await?;
    Ok(())
}
