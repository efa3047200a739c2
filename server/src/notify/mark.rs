//! The mark: one committed transaction just before the POST that says "this message is being sent, by me" (queue rule 1).
//!
//! Many ask at once and share one commit. Only messages that are `queued`, due and chosen here are sent, so a stream entry
//! that is stale, doubled or replayed does nothing. What the message says is composed in the same transaction from the
//! notices still live, so what was withdrawn a moment ago is not told.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::digest::Digest;
use super::relay::Key;
use super::sql::mark::{self as sql, Candidate, Ended, Later};
use super::sql::worker;
use crate::App;

/// While one message probes whether the day's quota is free again, the others look again after this long.
const PROBE_WAIT: TimeDelta = TimeDelta::seconds(15);
/// WeChat's "daily quota reached".
pub(super) const DAY_QUOTA: i32 = 45_009;

/// A message marked as being sent, with all that is needed to send it and to commit what came of it.
#[derive(Debug, Clone)]
pub(super) struct Work {
    pub key: Key,
    pub worker: Uuid,
    pub attempt: i32,
    pub appid: String,
    pub openid: String,
    pub template: String,
    pub digest: Digest,
    /// When the mark began, by this process's own clock.
    pub marked: Instant,
}

/// An appid that rests: until when, and whether one message must try first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pause {
    pub until: DateTime<Utc>,
    pub errcode: i32,
}

/// What is to be done with a message somebody asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Send,
    Later(DateTime<Utc>),
    Expired,
    /// Nobody to send it to: its notices go to the inbox.
    Unbound,
    /// Its person uses another WeChat identity now: its notices are gathered anew.
    Rebound,
}

fn judge(candidate: &Candidate, pause: Option<Pause>, now: DateTime<Utc>) -> Verdict {
    if candidate.not_after <= now {
        return Verdict::Expired;
    }
    match &candidate.bound {
        None => return Verdict::Unbound,
        Some(openid) if *openid != candidate.openid => return Verdict::Rebound,
        Some(_) => {}
    }
    let free = pause.map_or(now, |pause| pause.until.max(now));
    let at = candidate.hours.release(free);
    if at > now { Verdict::Later(at) } else { Verdict::Send }
}

/// What a transaction of marks decides.
#[derive(Default)]
struct Plan {
    send: Vec<Candidate>,
    later: Vec<Later>,
    ended: Vec<Ended>,
}

impl Plan {
    fn end(&mut self, key: Key, state: &'static str, note: &'static str, notices: &'static str) {
        self.ended.push(Ended { key, state, note, notices });
    }

    /// Keeps of `send` what `keep` keeps; the rest is looked at again at `again`.
    fn hold(&mut self, again: DateTime<Utc>, mut keep: impl FnMut(&Candidate) -> bool) {
        let (send, held): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.send).into_iter().partition(|c| keep(c));
        self.later.extend(held.iter().map(|candidate| Later { key: candidate.key, at: again }));
        self.send = send;
    }
}

/// Marks what may be sent of `keys` for `worker`. What is not returned is not to be sent now; none if the worker's lease is
/// gone.
pub(super) async fn batch(
    app: &App,
    worker: Uuid,
    keys: &[Key],
    now: DateTime<Utc>,
) -> Result<Option<Vec<Work>>, sqlx::Error> {
    let (keys, marked): (HashSet<Key>, _) = (keys.iter().copied().collect(), Instant::now());
    let mut tx = app.db.begin().await?;
    // A process that was stopped past its lease finds it gone here, before it sends anything.
    if !worker::holds(&mut tx, worker).await? {
        return Ok(None);
    }
    let candidates = sql::candidates(&mut tx, &keys, now).await?;
    if candidates.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let pauses = sql::pauses(&mut tx, &candidates).await?;
    let mut plan = Plan::default();
    let mut days: Vec<(Key, NaiveDate)> = Vec::new();
    for candidate in candidates {
        let key = candidate.key;
        let verdict = judge(&candidate, pauses.get(&candidate.appid).copied(), now);
        let at = if let Verdict::Later(at) = verdict { at } else { now };
        if matches!(verdict, Verdict::Send | Verdict::Later(_))
            && candidate.hours.day(at) != candidate.local_day
        {
            days.push((key, candidate.hours.day(at)));
        }
        match verdict {
            Verdict::Send => plan.send.push(candidate),
            Verdict::Later(at) => plan.later.push(Later { key, at }),
            Verdict::Expired => plan.end(key, "expired", "too_late", "expired"),
            Verdict::Unbound => plan.end(key, "cancelled", "unbound", "inbox"),
            Verdict::Rebound => plan.end(key, "cancelled", "rebound", "waiting"),
        }
    }
    move_days(&mut tx, &mut plan, &days).await?;
    choose(&mut tx, &mut plan, &pauses, now).await?;
    let mut digests = sql::digests(&mut tx, &plan.send, now).await?;
    for candidate in std::mem::take(&mut plan.send) {
        if digests.contains_key(&candidate.key) {
            plan.send.push(candidate);
        } else {
            plan.end(candidate.key, "cancelled", "nothing_left", "inbox");
        }
    }
    sql::put_off(&mut tx, &plan.later).await?;
    sql::end(&mut tx, &plan.ended, now).await?;
    let attempts = sql::mark(&mut tx, worker, &plan.send, now).await?;
    tx.commit().await?;
    let work = plan.send.into_iter().filter_map(|candidate| {
        let (attempt, digest) = (*attempts.get(&candidate.key)?, digests.remove(&candidate.key)?);
        let digest = digest.or_today(candidate.hours.day(now));
        let Candidate { key, appid, openid, template, .. } = candidate;
        Some(Work { key, worker, attempt, appid, openid, template, digest, marked })
    });
    Ok(Some(work.collect()))
}

/// A message that is sent on another day than it was composed for becomes that day's. Where that day has one already,
/// its notices are gathered anew.
async fn move_days(
    tx: &mut sqlx::PgConnection,
    plan: &mut Plan,
    days: &[(Key, NaiveDate)],
) -> Result<(), sqlx::Error> {
    if days.is_empty() {
        return Ok(());
    }
    let moved = sql::move_days(tx, days).await?;
    let taken: HashSet<Key> = days.iter().map(|(key, _)| *key).filter(|key| !moved.contains(key)).collect();
    plan.send.retain(|candidate| !taken.contains(&candidate.key));
    plan.later.retain(|later| !taken.contains(&later.key));
    for key in taken {
        plan.end(key, "cancelled", "day_taken", "waiting");
    }
    Ok(())
}

/// Of what could be sent, chooses what is: one at a time to a WeChat identity (it answers 43108 to two at once), none
/// without a grant, and one alone to find out whether a spent day's quota is free again.
async fn choose(
    tx: &mut sqlx::PgConnection,
    plan: &mut Plan,
    pauses: &HashMap<String, Pause>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    if plan.send.is_empty() {
        return Ok(());
    }
    // The balance's row is the lock that makes two marks of one identity, say from two towns, come one after the other.
    let grants = sql::lock_grants(tx, &plan.send).await?;
    let busy = sql::sending(tx, &plan.send).await?;
    for candidate in std::mem::take(&mut plan.send) {
        if grants.iter().any(|purse| purse.is(candidate.purse())) {
            plan.send.push(candidate);
        } else {
            plan.end(candidate.key, "cancelled", "no_grant", "inbox");
        }
    }
    let mut taken: HashSet<(String, String)> = busy.into_iter().collect();
    plan.hold(now, |candidate| taken.insert((candidate.appid.clone(), candidate.openid.clone())));
    for (appid, _) in pauses.iter().filter(|(_, pause)| pause.errcode == DAY_QUOTA && pause.until <= now) {
        let mut free = !sql::is_sending(tx, appid).await?;
        plan.hold(now + PROBE_WAIT, |candidate| candidate.appid != *appid || std::mem::take(&mut free));
        if plan.send.iter().any(|candidate| candidate.appid == *appid) {
            sql::probe(tx, appid).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;

    use super::*;
    use crate::notify::quiet::Hours;

    fn at(text: &str) -> DateTime<Utc> {
        format!("{text}:00+08:00").parse().expect("instant")
    }

    fn candidate(bound: Option<&str>, not_after: &str) -> Candidate {
        let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).expect("time");
        Candidate {
            key: Key { town: Uuid::nil(), id: Uuid::nil() },
            appid: "wx1".into(),
            openid: "O1".into(),
            template: "T1".into(),
            local_day: NaiveDate::from_ymd_opt(2021, 10, 10).expect("date"),
            not_after: at(not_after),
            hours: Hours::new("Asia/Shanghai", time(21, 0), time(7, 30)),
            bound: bound.map(Into::into),
        }
    }

    #[test]
    fn a_message_is_judged_at_the_moment_it_would_leave() {
        let pause = |until| Some(Pause { until: at(until), errcode: 45_011 });
        let (noon, night) = (at("2021-10-10T12:00"), at("2021-10-10T21:00"));
        let live = candidate(Some("O1"), "2021-10-12T00:00");
        assert_eq!(judge(&live, None, noon), Verdict::Send);
        assert_eq!(judge(&live, None, night), Verdict::Later(at("2021-10-11T07:30")));
        assert_eq!(judge(&live, pause("2021-10-10T12:01"), noon), Verdict::Later(at("2021-10-10T12:01")));
        assert_eq!(judge(&live, pause("2021-10-11T00:00"), noon), Verdict::Later(at("2021-10-11T07:30")));
        // A pause that is over holds nobody up.
        assert_eq!(judge(&live, pause("2021-10-10T12:00"), noon), Verdict::Send);
        assert_eq!(judge(&candidate(Some("O1"), "2021-10-10T12:00"), None, noon), Verdict::Expired);
        assert_eq!(judge(&candidate(None, "2021-10-12T00:00"), None, noon), Verdict::Unbound);
        assert_eq!(judge(&candidate(Some("O2"), "2021-10-12T00:00"), None, noon), Verdict::Rebound);
    }
}
