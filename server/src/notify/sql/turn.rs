use std::collections::HashSet;
use std::time::Instant;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::finish::Ended;
use crate::notify::digest::Live;
use crate::notify::mark::Work;
use crate::notify::relay::{Key, halves};

/// What a statement of results and marks did.
pub struct Taken {
    /// Whose results stand: the sends that still belonged to the worker and attempt that made them.
    pub ended: HashSet<Key>,
    /// What is to be sent.
    pub works: Vec<Work>,
}

/// Keeps results until they are booked, and marks those of `keys` whose hour and content nothing has changed since they
/// were composed, if the worker's lease holds: nearly all. What speaks against the others, [`super::mark::candidates`]
/// tell. In one statement, because a place among those under way is held until it is committed: outside of a
/// transaction it is one, and one round trip.
pub async fn take(
    db: &mut PgConnection,
    ended: &[Ended],
    worker: Uuid,
    keys: &HashSet<Key>,
    marked: Instant,
    now: DateTime<Utc>,
) -> Result<Taken, sqlx::Error> {
    // In the order of keys, as everybody locks messages. Each condition looks up one row by its key: joined, all of them
    // would be read where the planner takes them for a handful.
    let mut sorted: Vec<&Key> = keys.iter().collect();
    sorted.sort_unstable();
    let (towns, ids) = halves(sorted);
    let appids = column(ended, |ended| ended.appid.as_str());
    let openids = column(ended, |ended| ended.openid.as_str());
    let messages = column(ended, |ended| ended.key.id);
    let workers = column(ended, |ended| ended.worker);
    let attempts = column(ended, |ended| ended.attempt);
    let states = column(ended, |ended| ended.state);
    let times = column(ended, |ended| ended.next_at);
    let errcodes = column(ended, |ended| ended.errcode);
    let msgids = column(ended, |ended| ended.msgid.map(|id| id.to_string()));
    let notes = column(ended, |ended| ended.note.as_deref());
    let outcomes = column(ended, |ended| ended.outcome);
    let whys = column(ended, |ended| ended.why);
    let notices = column(ended, |ended| ended.notices);
    let rows = sqlx::query!(
        r#"with ended as (
               update sending s set at = $4, outcome = k.outcome, state = k.state, next_at = k.next_at, errcode = k.errcode,
                   msgid = k.msgid::numeric, note = k.note, why = k.why, notices = k.notices
               from unnest($5::text[], $6::text[], $7::uuid[], $8::uuid[], $9::integer[], $10::text[], $11::timestamptz[],
                       $12::integer[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[])
                   k (appid, openid, message_id, worker_id, attempt, state, next_at, errcode, msgid, note, outcome, why,
                       notices)
               where s.appid = k.appid and s.openid = k.openid and s.message_id = k.message_id
                 and s.worker_id = k.worker_id and s.attempt = k.attempt and s.outcome is null
               returning s.town_id, s.message_id),
           marked as (
               update message m set attempt = m.attempt + 1, marked_by = $3, marked_at = $4
               from unnest($1::uuid[], $2::uuid[]) k (town_id, id)
               cross join lateral (
                   select count(*) filter (where n.not_after > $4) as live,
                       count(*) filter (where n.not_after <= $4) as late,
                       case when bool_and(n.due_on is not null) then min(n.due_on) end as due_on, min(n.page) as page
                   from notice n where n.town_id = k.town_id and n.message_id = k.id and n.state = 'in_message') n
               where m.town_id = k.town_id and m.id = k.id and m.state = 'queued' and m.marked_by is null and not m.resend
                 and m.next_at <= $4 and m.awake_until > $4 and m.not_after > $4 and n.live > 0 and n.late = 0
                 and (select p.left_on is null from person p where p.town_id = m.town_id and p.id = m.person_id)
                 and (select b.appid = m.appid and b.openid = m.openid from binding b
                      where b.town_id = m.town_id and b.person_id = m.person_id and b.unbound_at is null)
                 and (select g.n > 0 from grant_balance g
                      where g.appid = m.appid and g.openid = m.openid and g.template = m.template)
                 and (select true from sending o where o.appid = m.appid and o.openid = m.openid) is null
                 and (select true from message o where o.appid = m.appid and o.openid = m.openid and o.under_way) is null
                 and (select true from send_result r where r.appid = m.appid and r.openid = m.openid) is null
                 and (select true from send_pause s where s.appid = m.appid) is null
                 and exists (select from worker where id = $3 and ended_at is null and lease_until > now())
               returning m.town_id, m.id, m.attempt, m.appid, m.openid, m.template, m.local_day, n.live, n.due_on, n.page),
           placed as (
               insert into sending (appid, openid, town_id, message_id, attempt, template, worker_id)
               select appid, openid, town_id, id, attempt, template, $3 from marked)
           select town_id as "town!", id as "id!", attempt, appid, openid, template, local_day, live, due_on, page from marked
           union all
           select town_id, message_id, null, null, null, null, null, null, null, null from ended"#,
        &towns,
        &ids,
        worker,
        now,
        &appids as &[&str],
        &openids as &[&str],
        &messages,
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
    )
    .fetch_all(db)
    .await?;
    let mut taken = Taken { ended: HashSet::new(), works: Vec::new() };
    for row in rows {
        let key = Key { town: row.town, id: row.id };
        // Of a row of `ended` there is only the key.
        let work = (|| {
            let live = Live { count: row.live?, due_on: row.due_on, page: row.page? };
            Some(Work {
                key,
                worker,
                attempt: row.attempt?,
                appid: row.appid?,
                openid: row.openid?,
                template: row.template?,
                digest: live.or_today(row.local_day?),
                probes: false,
                resend: false,
                marked,
            })
        })();
        match work {
            Some(work) => taken.works.push(work),
            None => drop(taken.ended.insert(key)),
        }
    }
    Ok(taken)
}

fn column<'a, T>(ended: &'a [Ended], of: impl Fn(&'a Ended) -> T) -> Vec<T> {
    ended.iter().map(of).collect()
}
