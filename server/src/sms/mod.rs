//! 短信: the second channel, off unless a gateway is configured. For what is due today or overdue and reaches its holder by
//! WeChat no more: not bound, or no consent left. At most one a day, never at night, without a name and without a link.
//!
//! What `notify` leaves in the inbox is found ([`gather`]) and becomes the text of the person's day; a committed mark goes before
//! the request ([`deliver`]); what a dead process left under way is held as unknown and never sent again.
//!
//! ```text
//! queued ──mark──> sending ──> sent | refused | unknown
//!    ^                │
//!    └── not sent ────┘          queued ──> cancelled | expired   (done, read, no number any more; too late)
//! ```

mod deliver;
mod gather;
mod sql;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use crate::App;
use crate::error::ApiResult;
use crate::platform::gateway::Outcome;

const TICK: Duration = Duration::from_secs(5);
/// A request takes ten seconds at most: what is under way for longer belongs to a process that is dead or stands still.
const HELD_AFTER: TimeDelta = TimeDelta::seconds(60);
/// An address or key that is wrong is not mended in a moment.
const MISCONFIGURED_WAIT: TimeDelta = TimeDelta::minutes(10);
const BUSY_WAIT: TimeDelta = TimeDelta::minutes(1);
const FIRST_BACKOFF: TimeDelta = TimeDelta::seconds(10);
const LONGEST_BACKOFF: TimeDelta = TimeDelta::minutes(10);

/// Runs until `stop`; returns when the requests under way are finished and committed. Without a gateway there is nothing to do.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    if app.gateway.is_none() {
        return;
    }
    while !*stop.borrow() {
        if let Err(error) = pass_until(&app, &stop).await {
            tracing::warn!(%error, "a pass over text messages failed; the next one makes up for it");
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

/// Finds and sends what is due, until nothing is; returns how many texts were looked at.
pub async fn pass(app: &App) -> ApiResult<usize> {
    let (_going, never) = watch::channel(false);
    pass_until(app, &never).await
}

/// The same, or until `stop`: what is not marked by then waits for the next process.
async fn pass_until(app: &App, stop: &watch::Receiver<bool>) -> ApiResult<usize> {
    let Some(gateway) = &app.gateway else { return Ok(0) };
    let now = app.clock.now();
    sql::hold(&app.db, now, now - HELD_AFTER).await?;
    gather::gather(app, now, stop).await?;
    let mut looked = 0;
    // The clock is read anew for each few: a pass may take minutes, a mark must not be old when its request is made.
    while !*stop.borrow() {
        match deliver::some(app, gateway, app.clock.now()).await? {
            0 => break,
            n => looked += n,
        }
    }
    Ok(looked)
}

/// What a text says: how much, not what, and nobody's name.
fn text(due: usize, overdue: usize) -> String {
    let parts = [(due, "今天到期"), (overdue, "已过期限,仍可补录")];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count}项工作{words}"))
        .collect();
    format!("您有{}。请打开微信小程序办理,或联系镇党建办;已经办好的不用理会。", parts.join(";"))
}

/// What an outcome does to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Effect {
    state: &'static str,
    /// When it is tried again, if it is.
    next_at: Option<DateTime<Utc>>,
    status: Option<u16>,
    /// For the metrics and the row.
    name: &'static str,
}

impl Effect {
    /// Until when all texts rest: what a gateway says of itself it would say to each.
    fn rest(&self) -> Option<DateTime<Utc>> {
        self.next_at.filter(|_| matches!(self.name, "busy" | "misconfigured"))
    }
}

/// The rules. An unknown outcome is never tried again: no gateway is trusted to refuse a second one.
fn effect(outcome: Outcome, attempt: i32, now: DateTime<Utc>) -> Effect {
    let over = |state, status| Effect { state, next_at: None, status, name: state };
    let again = |name, status, wait| Effect { state: "queued", next_at: Some(now + wait), status, name };
    match outcome {
        Outcome::Sent(status) => over("sent", Some(status)),
        Outcome::Refused(status) => over("refused", Some(status)),
        Outcome::Unknown(status) => over("unknown", status),
        Outcome::Misconfigured(status) => again("misconfigured", Some(status), MISCONFIGURED_WAIT),
        Outcome::Busy => again("busy", Some(429), BUSY_WAIT),
        Outcome::NotSent => {
            let doublings = attempt.clamp(1, 16).unsigned_abs() - 1;
            again("not_sent", None, (FIRST_BACKOFF * 2_i32.pow(doublings)).min(LONGEST_BACKOFF))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_how_much_and_nothing_else() {
        assert_eq!(
            text(1, 0),
            "您有1项工作今天到期。请打开微信小程序办理,或联系镇党建办;已经办好的不用理会。"
        );
        let both = text(2, 1);
        assert!(both.contains("2项工作今天到期;1项工作已过期限,仍可补录"), "{both}");
        assert!(!both.contains("http") && both.chars().count() <= 70, "one text, without a link: {both}");
    }

    #[test]
    fn only_what_was_provably_not_sent_is_tried_again() {
        let now: DateTime<Utc> = "2021-10-10T01:00:00Z".parse().expect("instant");
        for (outcome, attempt, state, wait) in [
            (Outcome::Sent(202), 1, "sent", None),
            (Outcome::Refused(422), 1, "refused", None),
            (Outcome::Unknown(Some(500)), 1, "unknown", None),
            (Outcome::Unknown(None), 1, "unknown", None),
            (Outcome::Misconfigured(401), 1, "queued", Some(600)),
            (Outcome::Busy, 1, "queued", Some(60)),
            (Outcome::NotSent, 1, "queued", Some(10)),
            (Outcome::NotSent, 3, "queued", Some(40)),
            (Outcome::NotSent, 90, "queued", Some(600)),
        ] {
            let found = effect(outcome, attempt, now);
            let wait = wait.map(|seconds| now + TimeDelta::seconds(seconds));
            assert_eq!((found.state, found.next_at), (state, wait), "{outcome:?} {attempt}");
            let of_all = matches!(outcome, Outcome::Misconfigured(_) | Outcome::Busy);
            assert_eq!(found.rest(), wait.filter(|_| of_all), "{outcome:?}");
        }
    }
}
