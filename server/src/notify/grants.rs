//! 订阅授权: how many messages a person has allowed us. WeChat keeps the count and cannot be asked for it, so we keep our
//! own: +1 per accept, −1 per send, 0 when WeChat refuses or the person switches messages off. It can drift upwards; the
//! refusal (43101) sets it right.
//!
//! One accept reaches us twice: the phone tells of it (`POST /grants`), and WeChat pushes a pop-up event about it. The two
//! have nothing in common but person, template and time. So each of one kind is matched with one of the other kind that
//! lies within [`MATCH`] of it; whichever comes second adds nothing. A phone that tells of an accept much later than it
//! happened is counted twice; see above.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::relay::Key;
use super::sql::grants as sql;

/// How far apart the phone's word and WeChat's about one accept may be.
const MATCH: TimeDelta = TimeDelta::minutes(2);
/// Matching looks this far around: chains of accepts longer than this do not happen by hand.
const AROUND: TimeDelta = TimeDelta::minutes(10);

/// Whose grants for which template: WeChat counts per person and template, whatever the town.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Purse<'a> {
    pub appid: &'a str,
    pub openid: &'a str,
    pub template: &'a str,
}

/// Why a balance changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The phone told of an accept.
    Accept,
    /// WeChat told of an accept.
    Popup,
    Send,
    Unknown,
    Refused,
    Unsubscribed,
}

impl Why {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Popup => "popup",
            Self::Send => "send",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Unsubscribed => "unsubscribed",
        }
    }
}

/// What a send did to a balance.
pub(super) struct Spent<'a> {
    pub purse: Purse<'a>,
    /// As stored: `Send` and `Unknown` take one, `Refused` takes all.
    pub why: &'a str,
    pub dedupe: String,
}

/// One entry per send and attempt.
pub(super) fn of_send(key: Key, attempt: i32) -> String {
    format!("send/{}/{attempt}", key.id)
}

/// Takes what sends have cost. No two of `spent` are of one purse: sends to one person are one after the other.
pub(super) async fn spend(
    tx: &mut PgConnection,
    spent: &[Spent<'_>],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    if spent.is_empty() {
        return Ok(());
    }
    sql::spend(tx, spent, now).await
}

/// An accept, told by the phone or by WeChat; returns what it added. The same word twice adds nothing.
pub(super) async fn accept(
    tx: &mut PgConnection,
    purse: Purse<'_>,
    why: Why,
    dedupe: &str,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<i32, sqlx::Error> {
    sql::lock(tx, purse).await?;
    if sql::is_known(tx, purse, dedupe).await? {
        return Ok(0);
    }
    let around = sql::accepts(tx, purse, at - AROUND, at + AROUND).await?;
    let delta = i32::from(!has_counterpart(why, at, &around));
    sql::apply(tx, &sql::Change { purse, delta, why, dedupe }, at, now).await?;
    Ok(delta)
}

/// The person switched the messages off in the settings: nothing is left but what was allowed after that.
pub(super) async fn unsubscribe(
    tx: &mut PgConnection,
    purse: Purse<'_>,
    dedupe: &str,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let held = sql::lock(tx, purse).await?;
    if sql::is_known(tx, purse, dedupe).await? {
        return Ok(());
    }
    let since = sql::accepted_after(tx, purse, at).await?;
    let delta = since.min(held) - held;
    sql::apply(tx, &sql::Change { purse, delta, why: Why::Unsubscribed, dedupe }, at, now).await
}

/// An accept as the journal has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Accepted {
    pub popup: bool,
    /// Whether it counted; one that did not is matched with one that did.
    pub counted: bool,
    pub at: DateTime<Utc>,
}

/// Whether an accept told now, which happened `at`, has been counted by the other side's word. Those that did not count
/// take their counterparts first, in the order in which they happened; `around` is in that order.
fn has_counterpart(why: Why, at: DateTime<Utc>, around: &[Accepted]) -> bool {
    let mut free: Vec<Accepted> = around.iter().filter(|accepted| accepted.counted).copied().collect();
    let mut take = |popup: bool, at: DateTime<Utc>| {
        let nearest = (0..free.len())
            .filter(|i| free[*i].popup != popup && (free[*i].at - at).abs() <= MATCH)
            .min_by_key(|i| (free[*i].at - at).abs());
        nearest.map(|i| free.swap_remove(i)).is_some()
    };
    for second in around.iter().filter(|accepted| !accepted.counted) {
        take(second.popup, second.at);
    }
    take(why == Why::Popup, at)
}

/// What is left, as people read it.
pub(super) fn words(left: i32) -> String {
    match left {
        0 => "微信提醒次数已用完,点一次“允许”可再收到一次提醒".to_owned(),
        n => format!("还可收到{n}次微信提醒"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_633_824_000 + seconds, 0).expect("instant")
    }

    /// Plays words about accepts in the order they reach us and returns what they add up to.
    fn total(words: &[(Why, i64)]) -> i32 {
        let mut journal: Vec<Accepted> = Vec::new();
        for (why, seconds) in words {
            let counted = !has_counterpart(*why, at(*seconds), &journal);
            journal.push(Accepted { popup: *why == Why::Popup, counted, at: at(*seconds) });
            journal.sort_by_key(|accepted| accepted.at);
        }
        i32::try_from(journal.iter().filter(|accepted| accepted.counted).count()).expect("few")
    }

    #[test]
    fn an_accept_told_twice_counts_once_and_every_accept_counts() {
        use Why::{Accept, Popup};
        for (words, expected) in [
            (vec![(Accept, 0)], 1),
            (vec![(Popup, 0)], 1),
            (vec![(Accept, 0), (Popup, 1)], 1),
            (vec![(Popup, 1), (Accept, 0)], 1),
            (vec![(Accept, 0), (Popup, 120)], 1),
            (vec![(Accept, 0), (Popup, 121)], 2),
            // Several in a row, in any order of arrival.
            (vec![(Accept, 0), (Accept, 5), (Popup, 1), (Popup, 6)], 2),
            (vec![(Popup, 1), (Popup, 6), (Accept, 0), (Accept, 5), (Accept, 9)], 3),
            (vec![(Accept, 0), (Popup, 1), (Accept, 60), (Popup, 61), (Accept, 119), (Popup, 118)], 3),
            // Only the phone ever tells, or only WeChat.
            (vec![(Accept, 0), (Accept, 1), (Accept, 2)], 3),
            (vec![(Popup, 0), (Popup, 1), (Popup, 2)], 3),
        ] {
            assert_eq!(total(&words), expected, "{words:?}");
        }
    }

    #[test]
    fn what_is_left_is_said_in_words() {
        assert!(words(0).contains("用完"));
        assert_eq!(words(3), "还可收到3次微信提醒");
    }
}
