//! `subscribe_msg_sent_event` as evidence (queue rule 5a): WeChat's final word settles a message whose outcome we do not
//! know, and corrects one we took for sent.
//!
//! The word names the person, the template and WeChat's id of the message. Where we know the id, that is the message.
//! Otherwise it is the last send to that person before the word, of which we never learned an id; a word that comes while
//! that send is still under way waits for its result. The first word about a message holds, a second one is only counted.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::grants::{self, Purse, Spent, Why};
use super::relay::Key;
use super::sql::evidence::{self as sql, About};
use crate::platform::metrics;

/// A word nobody is waiting for any more: another deployment's, or about what was never sent by us.
const KEPT: TimeDelta = TimeDelta::hours(1);
/// Words looked at in one pass.
const BATCH: i64 = 1_000;

/// WeChat's word on one send.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    /// Made from the push, so that a repeated one is the same.
    pub id: Uuid,
    pub purse: Purse<'a>,
    pub msgid: u64,
    /// 0: delivered. Others are failures of WeChat's own, after it had accepted the message.
    pub errcode: i32,
    /// WeChat's time of it.
    pub at: DateTime<Utc>,
}

/// What a word does to the message it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Effect {
    /// The new state, if it changes.
    state: Option<&'static str>,
    /// Where the notices go that are not withdrawn.
    notices: Option<&'static str>,
    /// Whether the send is to be paid for now: nobody else will.
    pays: bool,
}

/// The rules. A message that waits to be tried again is no less settled than one that is held.
fn effect(state: &str, resend: bool, delivered: bool) -> Effect {
    let (to, notices) = if delivered { ("sent", "told") } else { ("refused", "inbox") };
    match state {
        "unknown" => Effect { state: Some(to), notices: Some(notices), pays: false },
        "queued" => Effect { state: Some(to), notices: Some(notices), pays: !resend },
        "sent" if !delivered => Effect { state: Some(to), notices: Some(notices), pays: false },
        _ => Effect { state: None, notices: None, pays: false },
    }
}

/// A word that came just now: settles what it is about, or keeps it until that has a result.
pub(super) async fn hear(
    tx: &mut PgConnection,
    word: &Word<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    if !settle(tx, word, now).await? {
        sql::keep(tx, word, now).await?;
    }
    Ok(())
}

/// Settles what kept words are about and has a result by now; returns how many that were.
pub(super) async fn pass(db: &PgPool, now: DateTime<Utc>) -> Result<usize, sqlx::Error> {
    if !sql::any(db).await? {
        return Ok(0);
    }
    let mut tx = db.begin().await?;
    let mut settled = 0;
    for kept in sql::kept(&mut tx, BATCH).await? {
        let word = kept.word();
        let is_old = now - kept.received_at > KEPT;
        let is_settled = settle(&mut tx, &word, now).await?;
        if is_settled || is_old {
            sql::drop(&mut tx, &word).await?;
        }
        settled += usize::from(is_settled);
    }
    tx.commit().await?;
    Ok(settled)
}

/// False if there is nothing to be settled by it (yet).
async fn settle(tx: &mut PgConnection, word: &Word<'_>, now: DateTime<Utc>) -> Result<bool, sqlx::Error> {
    let Some(about) = sql::about(tx, word).await? else { return Ok(false) };
    if about.state == "sending" {
        return Ok(false);
    }
    let delivered = word.errcode == 0;
    let outcome = if delivered { "delivered" } else { "undelivered" };
    if !sql::list(tx, &about, word, outcome, now).await? {
        return Ok(true);
    }
    if about.has_word {
        metrics::second_word();
        tracing::warn!(msgid = word.msgid, "a second word about one message: it may have been told twice");
        return Ok(true);
    }
    apply(tx, &about, word, delivered, now).await?;
    Ok(true)
}

async fn apply(
    tx: &mut PgConnection,
    about: &About,
    word: &Word<'_>,
    delivered: bool,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let key = Key { town: about.town_id, id: about.id };
    let effect = effect(&about.state, about.resend, delivered);
    sql::end(tx, key, word, effect.state, now).await?;
    if effect.pays {
        let dedupe = grants::of_send(key, about.attempt);
        grants::spend(tx, &[Spent { purse: word.purse, why: Why::Send.name(), dedupe }], now).await?;
    }
    if let Some(to) = effect.notices {
        sql::move_notices(tx, key, to).await?;
    }
    if let Some(state) = effect.state {
        tracing::info!(was = about.state, state, errcode = word.errcode, "settled by WeChat's word");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_settles_what_is_not_known_and_corrects_what_was_taken_for_sent() {
        let changes = |state: &str, delivered| effect(state, false, delivered).state;
        for (state, delivered, refused) in [
            ("unknown", Some("sent"), Some("refused")),
            ("queued", Some("sent"), Some("refused")),
            ("sent", None, Some("refused")),
            ("refused", None, None),
            ("dead", None, None),
            ("expired", None, None),
            ("cancelled", None, None),
        ] {
            assert_eq!((changes(state, true), changes(state, false)), (delivered, refused), "{state}");
        }
        assert_eq!(effect("unknown", false, true).notices, Some("told"));
        assert_eq!(effect("unknown", false, false).notices, Some("inbox"));
        // What is held has paid; what waits for another try has not, unless it is made again.
        assert!(effect("queued", false, true).pays);
        assert!(!effect("queued", true, true).pays && !effect("unknown", false, true).pays);
    }
}
