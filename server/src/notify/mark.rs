//! The mark: one committed transaction just before the POST that says "this message is being sent, by me" (queue rule 1).
//!
//! Many are marked at once and share one commit; see [`super::turn`]. Only messages that are `queued`, due and chosen here
//! are sent, so a stream entry that is stale, doubled or replayed does nothing. What the message says is composed in the
//! same transaction from the notices still live, so what was withdrawn a moment ago is not told.

use std::collections::{BTreeSet, HashSet};
use std::time::Instant;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::digest::Digest;
use super::relay::Key;
use super::sql::books::Move;
use super::sql::mark::{self as sql, Candidate, Ended, Later};

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
    /// Whether its appid rested until now: an answer ends the rest.
    pub probes: bool,
    /// It is made again, on a consent paid for before; see [`super::resend`].
    pub resend: bool,
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
    /// Something else is under way to the same person: WeChat answers 43108 to two at once.
    Behind,
    Expired,
    /// Nobody to send it to: its notices go to the inbox.
    Unbound,
    /// Its person uses another WeChat identity now: its notices are gathered anew.
    Rebound,
    /// Everything in it was withdrawn, or is of no use any more.
    NothingLeft,
    /// Another town's message took the last one.
    NoGrant,
    /// Made again it might be told twice, or on another day than it was for: it stays as it was, its outcome unknown.
    Held,
}

/// A message that is made again leaves today, to the same person, on no consent but the one it took; or not at all.
fn judge(candidate: &Candidate, now: DateTime<Utc>) -> Verdict {
    if !candidate.resend {
        return judge_first(candidate, now);
    }
    let verdict = judge_first(&Candidate { grants: 1, ..candidate.clone() }, now);
    let at = if let Verdict::Later(at) = verdict { at } else { now };
    let same_day = candidate.hours.day(at) == candidate.local_day;
    match verdict {
        Verdict::Send | Verdict::Later(_) | Verdict::Behind if candidate.grants == 0 && same_day => verdict,
        _ => Verdict::Held,
    }
}

fn judge_first(candidate: &Candidate, now: DateTime<Utc>) -> Verdict {
    let free = candidate.pause.map_or(now, |pause| pause.until.max(now));
    let at = candidate.hours.release(free);
    match &candidate.bound {
        _ if candidate.not_after <= now => Verdict::Expired,
        None => Verdict::Unbound,
        Some(openid) if *openid != candidate.openid => Verdict::Rebound,
        Some(_) if at > now => Verdict::Later(at),
        Some(_) if candidate.live.count == 0 => Verdict::NothingLeft,
        Some(_) if candidate.grants < 1 => Verdict::NoGrant,
        Some(_) if candidate.busy => Verdict::Behind,
        Some(_) => Verdict::Send,
    }
}

/// What a transaction of marks decides.
#[derive(Default)]
pub(super) struct Plan {
    send: Vec<Candidate>,
    later: Vec<Later>,
    ended: Vec<Ended>,
    /// Messages that become another day's.
    days: Vec<(Key, NaiveDate)>,
    /// Messages with notices past their time.
    late: Vec<Key>,
}

impl Plan {
    fn of(candidates: Vec<Candidate>, now: DateTime<Utc>) -> Self {
        let mut plan = Self::default();
        for candidate in candidates {
            let (key, verdict) = (candidate.key, judge(&candidate, now));
            let at = if let Verdict::Later(at) = verdict { at } else { now };
            let day = candidate.hours.day(at);
            if matches!(verdict, Verdict::Send | Verdict::Later(_)) && day != candidate.local_day {
                plan.days.push((key, day));
            }
            match verdict {
                Verdict::Send => plan.send.push(candidate),
                Verdict::Later(_) | Verdict::Behind => plan.later.push(Later { key, at }),
                Verdict::Expired => plan.end(key, "expired", "too_late", "expired"),
                Verdict::Unbound => plan.end(key, "cancelled", "unbound", "inbox"),
                Verdict::Rebound => plan.end(key, "cancelled", "rebound", "waiting"),
                Verdict::NothingLeft => plan.end(key, "cancelled", "nothing_left", "inbox"),
                Verdict::NoGrant => plan.end(key, "cancelled", "no_grant", "inbox"),
                Verdict::Held => plan.end(key, "unknown", "held", "inbox"),
            }
        }
        plan
    }

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

impl Plan {
    /// Decides about `keys`.
    pub async fn make(
        tx: &mut PgConnection,
        keys: &HashSet<Key>,
        now: DateTime<Utc>,
    ) -> Result<Self, sqlx::Error> {
        if keys.is_empty() {
            return Ok(Self::default());
        }
        let candidates = sql::candidates(tx, keys, now).await?;
        let late = candidates.iter().filter(|c| c.late).map(|c| c.key).collect();
        let mut plan = Self { late, ..Self::of(candidates, now) };
        move_days(tx, &mut plan).await?;
        choose(tx, &mut plan, now).await?;
        Ok(plan)
    }

    /// Writes it; what is marked for `worker`, in a transaction that began at `marked`, is to be sent once committed.
    pub async fn mark(
        &mut self,
        tx: &mut PgConnection,
        worker: Uuid,
        marked: Instant,
        now: DateTime<Utc>,
    ) -> Result<Vec<Work>, sqlx::Error> {
        sql::put_off(tx, &self.later).await?;
        sql::end(tx, &self.ended, now).await?;
        // A process that was stopped past its lease finds it gone here, before it sends anything.
        let attempts = sql::mark(tx, worker, &self.send, now).await?;
        let work = self.send.drain(..).filter_map(|candidate| {
            let (attempt, probes) = (*attempts.get(&candidate.key)?, candidate.pause.is_some());
            let digest = candidate.live.or_today(candidate.hours.day(now));
            let Candidate { key, appid, openid, template, resend, .. } = candidate;
            Some(Work { key, worker, attempt, appid, openid, template, digest, probes, resend, marked })
        });
        Ok(work.collect())
    }

    /// Where notices go: late ones nowhere, those of messages that end where they are looked for then.
    pub fn moves(&self) -> impl Iterator<Item = Move<'static>> {
        let ended = self.ended.iter().map(|ended| (ended.key, Some(ended.notices)));
        let kept = self.late.iter().filter(|key| self.ended.iter().all(|ended| ended.key != **key));
        ended.chain(kept.map(|key| (*key, None))).map(|(key, to)| Move { key, to, expire: true })
    }
}

/// A message that is sent on another day than it was composed for becomes that day's. Where that day has one already,
/// its notices are gathered anew.
async fn move_days(tx: &mut PgConnection, plan: &mut Plan) -> Result<(), sqlx::Error> {
    if plan.days.is_empty() {
        return Ok(());
    }
    let moved = sql::move_days(tx, &plan.days).await?;
    let taken: HashSet<Key> =
        plan.days.iter().map(|(key, _)| *key).filter(|key| !moved.contains(key)).collect();
    plan.send.retain(|candidate| !taken.contains(&candidate.key));
    plan.later.retain(|later| !taken.contains(&later.key));
    for key in taken {
        plan.end(key, "cancelled", "day_taken", "waiting");
    }
    Ok(())
}

/// Of what could be sent, chooses what is: one at a time to a WeChat identity, and one alone to find out whether a spent
/// day's quota is free again.
async fn choose(tx: &mut PgConnection, plan: &mut Plan, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let mut taken: HashSet<(String, String)> = HashSet::new();
    plan.hold(now, |candidate| taken.insert((candidate.appid.clone(), candidate.openid.clone())));
    let resting: BTreeSet<String> = plan
        .send
        .iter()
        .filter(|candidate| candidate.pause.is_some_and(|pause| pause.errcode == DAY_QUOTA))
        .map(|candidate| candidate.appid.clone())
        .collect();
    for appid in resting {
        let mut free = sql::may_probe(tx, &appid).await?;
        plan.hold(now + PROBE_WAIT, |candidate| candidate.appid != appid || std::mem::take(&mut free));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;

    use super::*;
    use crate::notify::digest::Live;
    use crate::notify::quiet::Hours;

    fn at(text: &str) -> DateTime<Utc> {
        format!("{text}:00+08:00").parse().expect("instant")
    }

    fn candidate() -> Candidate {
        let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).expect("time");
        Candidate {
            key: Key { town: Uuid::nil(), id: Uuid::nil() },
            appid: "wx1".into(),
            openid: "O1".into(),
            template: "T1".into(),
            local_day: NaiveDate::from_ymd_opt(2021, 10, 10).expect("date"),
            not_after: at("2021-10-12T00:00"),
            hours: Hours::new("Asia/Shanghai", time(21, 0), time(7, 30)),
            bound: Some("O1".into()),
            grants: 1,
            pause: None,
            busy: false,
            live: Live { count: 1, due_on: None, page: String::new() },
            late: false,
            resend: false,
        }
    }

    fn paused(until: &str) -> Candidate {
        Candidate { pause: Some(Pause { until: at(until), errcode: 45_011 }), ..candidate() }
    }

    #[test]
    fn a_message_is_judged_at_the_moment_it_would_leave() {
        let (noon, night) = (at("2021-10-10T12:00"), at("2021-10-10T21:00"));
        assert_eq!(judge(&candidate(), noon), Verdict::Send);
        assert_eq!(judge(&candidate(), night), Verdict::Later(at("2021-10-11T07:30")));
        assert_eq!(judge(&paused("2021-10-10T12:01"), noon), Verdict::Later(at("2021-10-10T12:01")));
        assert_eq!(judge(&paused("2021-10-11T00:00"), noon), Verdict::Later(at("2021-10-11T07:30")));
        // A pause that is over holds nobody up.
        assert_eq!(judge(&paused("2021-10-10T12:00"), noon), Verdict::Send);
        for (candidate, verdict) in [
            (Candidate { not_after: noon, ..candidate() }, Verdict::Expired),
            (Candidate { bound: None, ..candidate() }, Verdict::Unbound),
            (Candidate { bound: Some("O2".into()), ..candidate() }, Verdict::Rebound),
            (Candidate { live: Live { count: 0, ..candidate().live }, ..candidate() }, Verdict::NothingLeft),
            (Candidate { grants: 0, busy: true, ..candidate() }, Verdict::NoGrant),
            (Candidate { busy: true, ..candidate() }, Verdict::Behind),
        ] {
            assert_eq!(judge(&candidate, noon), verdict);
        }
    }

    #[test]
    fn a_message_made_again_leaves_today_on_the_consent_it_took_or_is_held() {
        let noon = at("2021-10-10T12:00");
        let again = || Candidate { resend: true, grants: 0, ..candidate() };
        assert_eq!(judge(&again(), noon), Verdict::Send);
        assert_eq!(judge(&Candidate { busy: true, ..again() }, noon), Verdict::Behind);
        let minute = Candidate { resend: true, grants: 0, ..paused("2021-10-10T12:01") };
        assert_eq!(judge(&minute, noon), Verdict::Later(at("2021-10-10T12:01")));
        for held in [
            Candidate { grants: 1, ..again() },
            Candidate { not_after: noon, ..again() },
            Candidate { bound: None, ..again() },
            Candidate { bound: Some("O2".into()), ..again() },
            Candidate { live: Live { count: 0, ..candidate().live }, ..again() },
            Candidate { pause: paused("2021-10-11T00:00").pause, ..again() },
        ] {
            assert_eq!(judge(&held, noon), Verdict::Held, "{held:?}");
        }
        assert_eq!(judge(&again(), at("2021-10-10T21:00")), Verdict::Held, "tomorrow is another day");
        assert_eq!(judge(&again(), at("2021-10-11T12:00")), Verdict::Held);
    }

    #[test]
    fn a_message_put_off_overnight_becomes_the_next_days() {
        let plan = Plan::of(vec![candidate()], at("2021-10-10T22:00"));
        assert_eq!(plan.days.len(), 1);
        assert_eq!(plan.days[0].1.to_string(), "2021-10-11");
        assert!(Plan::of(vec![candidate()], at("2021-10-10T12:00")).days.is_empty());
    }
}
