//! The last consent as the key of a second try (queue rule 5b), where the setting says so.
//!
//! WeChat has no key by which it would refuse a second send of the same message. But somebody who had allowed exactly one
//! message can get no second one: a repeat is delivered, because the first never arrived, or refused with 43101, because
//! it did. So a held message that cost the last consent, with none given since, may be made again. A refusal is then taken
//! for "sent", by inference: a person who has switched messages off in the meantime is refused in the same words.
//!
//! Only for one-time templates. A consent given on the phone and not yet known to us is the one gap; it is as wide as the
//! phone's call to us takes.

use chrono::{DateTime, TimeDelta, Utc};

use super::sql;
use crate::App;

/// WeChat's own word on the first send mostly comes within seconds; it is waited for.
const WAIT: TimeDelta = TimeDelta::seconds(30);
/// Older ones stay held: the list is looked through each second.
const WITHIN: TimeDelta = TimeDelta::hours(12);
/// A message that was being sent at so many deaths is not sent once more.
const MOST_ATTEMPTS: i32 = 8;

/// Queues again what may be made again; returns how many messages.
pub async fn pass(app: &App, now: DateTime<Utc>) -> Result<usize, sqlx::Error> {
    if !app.config.wechat.resend_last_credit {
        return Ok(0);
    }
    let mut tx = app.db.begin().await?;
    let again = sql::resend::revive(&mut tx, now - WITHIN, now - WAIT, MOST_ATTEMPTS, now).await?;
    tx.commit().await?;
    if again > 0 {
        tracing::info!(again, "held messages are made again on the last consent");
    }
    Ok(again)
}
