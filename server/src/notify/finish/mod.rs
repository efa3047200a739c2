//! What came of sends, for many in one transaction: what it does to the message and the appid, and what is to be booked.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool};

use super::grants::Why;
use super::mark::{DAY_QUOTA, Work};
use super::relay::Key;
use super::sql;
use super::sql::books::Tried;
use super::sql::finish::Ended;
use super::worker::Worker;
use crate::platform::wechat::{Outcome, Pause};
use crate::platform::{clock, metrics};

/// Tries that WeChat answered with "try again"; see [`effect`].
const MOST_ATTEMPTS: i32 = 3;
const FIRST_BACKOFF: Duration = Duration::from_secs(5);
const LONGEST_BACKOFF: Duration = Duration::from_mins(10);
/// Another send to the same person was under way: those take a fraction of a second.
const CONCURRENT_BACKOFF: Duration = Duration::from_secs(1);
const MISCONFIGURED_WAIT: TimeDelta = TimeDelta::minutes(10);
/// Template, page or value wrong: after so many in a row the fault is the template's, not the messages'.
const TEMPLATE_ERRORS: [i32; 3] = [40_037, 41_030, 47_003];
const MOST_TEMPLATE_ERRORS: u32 = 5;
const TEMPLATE_REST: TimeDelta = TimeDelta::hours(1);

const MINUTE_QUOTA: i32 = 45_011;
const REFUSED: i32 = 43_101;
const CONCURRENT: i32 = 43_108;

/// What an outcome does to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Effect {
    /// The outcome's name, for the journal and the metrics.
    outcome: &'static str,
    state: &'static str,
    /// When it is tried again, if it is.
    next_at: Option<DateTime<Utc>>,
    errcode: i32,
    note: Option<String>,
    /// What it costs.
    grant: Option<Why>,
    /// Where its notices go; a message that is tried again keeps them.
    notices: Option<&'static str>,
    /// Until when the whole appid rests.
    pause: Option<DateTime<Utc>>,
}

impl Effect {
    fn over(outcome: &'static str, state: &'static str, errcode: i32, notices: &'static str) -> Self {
        let (notices, next_at) = (Some(notices), None);
        Self { outcome, state, next_at, errcode, note: None, grant: None, notices, pause: None }
    }

    fn again(outcome: &'static str, errcode: i32, at: DateTime<Utc>) -> Self {
        let (state, next_at) = ("queued", Some(at));
        Self { outcome, state, next_at, errcode, note: None, grant: None, notices: None, pause: None }
    }

    fn costs(self, why: Why) -> Self {
        Self { grant: Some(why), ..self }
    }

    fn noted(self, note: &str) -> Self {
        Self { note: Some(note.to_owned()), ..self }
    }
}

/// The rules for a message that is made again: it has paid, and a refusal says that the first one arrived (queue rule 5b).
fn effect_again(outcome: &Outcome, attempt: i32, now: DateTime<Utc>, jitter: f64) -> Effect {
    match outcome {
        Outcome::Refused => Effect::over("inferred", "sent", REFUSED, "told").noted("last_credit"),
        _ => Effect { grant: None, ..effect(outcome, attempt, now, jitter) },
    }
}

/// The rules. `attempt` counts from 1, `jitter` lies in 0..1.
///
/// - An unknown outcome is never tried again, and pays: WeChat has no key by which a second send would be refused.
/// - "System error" (−1) proves little: tried once more, then unknown (queue rule 6).
/// - "Concurrent call" (43108) is an answer about this very message: after three tries it is dead.
/// - What never reached WeChat, and what it refuses to everybody alike (quota, settings), is not the message's fault and is
///   tried until the message is of no use any more.
fn effect(outcome: &Outcome, attempt: i32, now: DateTime<Utc>, jitter: f64) -> Effect {
    let errcode = |code: i64| i32::try_from(code).unwrap_or(i32::MAX);
    let back_off = |base| now + backoff(base, attempt, jitter);
    let unknown = || Effect::over("unknown", "unknown", 0, "inbox").costs(Why::Unknown);
    match outcome {
        Outcome::Sent { .. } => Effect::over("sent", "sent", 0, "told").costs(Why::Send),
        Outcome::Refused => Effect::over("refused", "refused", REFUSED, "inbox").costs(Why::Refused),
        Outcome::Unknown { reason } => unknown().noted(reason),
        Outcome::Uncertain if attempt > 1 => Effect { errcode: -1, ..unknown().noted("system_error") },
        Outcome::Uncertain => Effect::again("uncertain", -1, back_off(FIRST_BACKOFF)).noted("system_error"),
        Outcome::Retry { reason: reason @ "concurrent_send" } if attempt >= MOST_ATTEMPTS => {
            Effect::over("dead", "dead", CONCURRENT, "inbox").noted(reason)
        }
        Outcome::Retry { reason: reason @ "concurrent_send" } => {
            Effect::again("retry", CONCURRENT, back_off(CONCURRENT_BACKOFF)).noted(reason)
        }
        Outcome::Retry { reason } => Effect::again("retry", 0, back_off(FIRST_BACKOFF)).noted(reason),
        Outcome::Busy { until: Pause::MinuteQuota } => {
            let until = next_minute(now);
            Effect { pause: Some(until), ..Effect::again("busy", MINUTE_QUOTA, until) }
        }
        Outcome::Busy { until: Pause::DayQuota } => {
            let until = clock::start_of(clock::today(now) + TimeDelta::days(1));
            Effect { pause: Some(until), ..Effect::again("busy", DAY_QUOTA, until) }
        }
        Outcome::Dead { errcode: code, reason } => {
            Effect::over("dead", "dead", errcode(*code), "inbox").noted(reason)
        }
        Outcome::Misconfigured { errcode: code } => {
            Effect::again("misconfigured", errcode(*code), now + MISCONFIGURED_WAIT)
        }
    }
}

/// Doubles from `base` to ten minutes, and up to half as much again, so that those who failed together do not come back
/// together.
fn backoff(base: Duration, attempt: i32, jitter: f64) -> TimeDelta {
    let doublings = attempt.clamp(1, 16).unsigned_abs() - 1;
    let wait = (base * 2_u32.pow(doublings)).min(LONGEST_BACKOFF);
    TimeDelta::from_std(wait.mul_f64(1.0 + jitter / 2.0)).unwrap_or(TimeDelta::minutes(10))
}

fn next_minute(now: DateTime<Utc>) -> DateTime<Utc> {
    let minute = now.timestamp().div_euclid(60) + 1;
    DateTime::from_timestamp(minute * 60, 0).unwrap_or(now + TimeDelta::minutes(1))
}

/// What came of the sends of one transaction, judged.
pub(super) struct Finish<'a> {
    judged: Vec<(&'a Work, &'a Outcome, Effect)>,
}

impl<'a> Finish<'a> {
    pub fn of(results: &'a [(Work, Outcome)], now: DateTime<Utc>) -> Self {
        let judged = results
            .iter()
            .map(|(work, outcome)| {
                let effect = if work.resend { effect_again } else { effect };
                (work, outcome, effect(outcome, work.attempt, now, rand::random()))
            })
            .collect();
        Self { judged }
    }

    /// As it is kept until it is booked, in the order of keys, as everybody locks messages.
    pub fn ended(&self) -> Vec<Ended> {
        let mut ended: Vec<Ended> =
            self.judged.iter().map(|(work, outcome, effect)| ended(work, outcome, effect)).collect();
        ended.sort_unstable_by_key(|ended| ended.key);
        ended
    }

    /// Whether something follows for others that are still to be sent: their marks must see it.
    pub fn is_of_consequence(&self) -> bool {
        self.judged.iter().any(|(work, _, effect)| {
            work.probes || effect.pause.is_some() || TEMPLATE_ERRORS.contains(&effect.errcode)
        })
    }

    /// What follows for the appid.
    pub async fn follow(
        &self,
        tx: &mut PgConnection,
        worker: &Worker,
        now: DateTime<Utc>,
    ) -> Result<(), sqlx::Error> {
        for (work, _, effect) in &self.judged {
            if let Some(until) = effect.pause {
                sql::finish::pause(tx, &work.appid, until, effect.errcode).await?;
            }
        }
        if let Some((appid, errcode)) = broken_template(worker, &self.judged) {
            tracing::error!(
                errcode,
                "alarm: the template is refused again and again; sending rests for an hour"
            );
            sql::finish::pause(tx, appid, now + TEMPLATE_REST, errcode).await?;
        }
        // WeChat looked at a message of theirs: a rest that is over has been probed.
        let answered = |outcome: &Outcome| {
            matches!(outcome, Outcome::Sent { .. } | Outcome::Refused | Outcome::Dead { .. })
        };
        let probed = self.judged.iter().filter(|(work, outcome, _)| work.probes && answered(outcome));
        let free: Vec<String> = probed.map(|(work, ..)| work.appid.clone()).collect();
        sql::finish::unpause(tx, &free, now).await
    }

    /// For when it is committed.
    pub fn report(&self) {
        report(self.judged.iter().map(|(_, _, effect)| effect));
    }
}

/// The appid whose template just failed once too often in a row.
fn broken_template<'a>(worker: &Worker, judged: &'a [(&Work, &Outcome, Effect)]) -> Option<(&'a str, i32)> {
    let mut broken = None;
    for (work, _, effect) in judged {
        if TEMPLATE_ERRORS.contains(&effect.errcode) {
            if worker.template_errors.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_TEMPLATE_ERRORS {
                worker.template_errors.store(0, Ordering::Relaxed);
                broken = Some((work.appid.as_str(), effect.errcode));
            }
        } else if effect.outcome == "sent" {
            worker.template_errors.store(0, Ordering::Relaxed);
        }
    }
    broken
}

fn ended(work: &Work, outcome: &Outcome, effect: &Effect) -> Ended {
    Ended {
        key: work.key,
        appid: work.appid.clone(),
        openid: work.openid.clone(),
        worker: work.worker,
        attempt: work.attempt,
        state: effect.state,
        next_at: effect.next_at,
        errcode: Some(effect.errcode).filter(|code| *code != 0),
        msgid: if let Outcome::Sent { msgid } = outcome { *msgid } else { None },
        note: effect.note.clone(),
        outcome: effect.outcome,
        why: effect.grant.map(Why::name),
        notices: effect.notices,
    }
}

/// A result that comes after its message was called unknown, because the lease had lapsed, changes nothing: it is only
/// kept on the list of attempts.
pub(super) async fn list_late(
    db: &PgPool,
    ended: &[Ended],
    held: &HashSet<Key>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let late = ended.iter().filter(|ended| !held.contains(&ended.key)).map(|ended| Tried {
        key: ended.key,
        attempt: ended.attempt,
        at: now,
        outcome: "late",
        errcode: ended.errcode,
        note: ended.note.as_deref(),
    });
    sql::books::list_attempts(&mut *db.acquire().await?, &late.collect::<Vec<_>>()).await
}

/// Counts every send; raises one alarm per kind of failure somebody has to look at. A refusal is no error: mostly the
/// grants are used up.
fn report<'a>(effects: impl Iterator<Item = &'a Effect>) {
    let mut alarmed: Vec<(&str, i32)> = Vec::new();
    for effect in effects {
        metrics::send(effect.outcome, effect.errcode);
        let (outcome, errcode, note) = (effect.outcome, effect.errcode, effect.note.as_deref());
        match outcome {
            "dead" | "misconfigured" if !alarmed.contains(&(outcome, errcode)) => {
                alarmed.push((outcome, errcode));
                tracing::error!(outcome, errcode, note, "alarm: WeChat does not take our messages");
            }
            "unknown" => tracing::warn!(outcome, errcode, note, "a send's outcome is unknown"),
            "busy" => tracing::warn!(outcome, errcode, "WeChat's quota is used up; sending rests"),
            _ => tracing::debug!(outcome, errcode, note, "message"),
        }
    }
}

#[cfg(test)]
mod tests;
