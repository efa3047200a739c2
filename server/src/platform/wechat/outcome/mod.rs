//! What became of one subscribe message: WeChat's numbers put into the queue's words (§1.4; queue rules 5 and 6).

use super::reply::{Envelope, MISCONFIGURED, Refusal, TOKEN_REFUSED};
use super::wire::Failure;

/// How long sending has to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// 45011: until the next minute.
    MinuteQuota,
    /// 45009: until the next day.
    DayQuota,
}

/// What became of one send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Accepted: one grant is spent. Delivery is reported later by push, under this id (a 64-bit number; its field is
    /// not documented, so it may be missing).
    Sent { msgid: Option<u64> },
    /// 43101: declined, switched off, or no grant left, which WeChat does not tell apart. Set the grant to 0; this is
    /// no error.
    Refused,
    /// A quota is used up: not sent, and no use trying before the pause is over.
    Busy { until: Pause },
    /// Provably not sent: no connection, 43108 (another send to this person is under way), or no valid token.
    Retry { reason: &'static str },
    /// -1, "system error": proves little either way. Its own case because queue rule 6 allows one repeat after a
    /// back-off before it counts as unknown, and only the queue knows how often it has tried.
    Uncertain,
    /// Timeout, 5xx, broken connection, unreadable answer: may have been sent. Never to be repeated blindly.
    Unknown { reason: &'static str },
    /// Will fail the same way each time: value, template, page or person is wrong.
    Dead { errcode: i64, reason: String },
    /// Nothing is wrong with the message, but with our account or settings: alarm, and keep it queued.
    Misconfigured { errcode: i64 },
}

/// Put an answer to a send into words. Only HTTP 200 speaks for WeChat: its refusals come inside it (§1.0), and any
/// other status is some gateway's, which does not know what happened behind it.
pub fn classify(status: u16, body: &[u8]) -> Outcome {
    if status != 200 {
        return Outcome::Unknown { reason: if status >= 500 { "http_5xx" } else { "http_status" } };
    }
    let Some(envelope) = Envelope::read(body) else {
        return Outcome::Unknown { reason: "unreadable" };
    };
    let msgid = envelope.msgid.as_ref().and_then(super::loose::Loose::number);
    match envelope.errcode() {
        Some(0) => Outcome::Sent { msgid },
        // Success may come without errcode (§1.0), but an object that says nothing of the message proves nothing.
        None if msgid.is_some() || envelope.errmsg() == "ok" => Outcome::Sent { msgid },
        None => Outcome::Unknown { reason: "unreadable" },
        Some(-1) => Outcome::Uncertain,
        Some(43101) => Outcome::Refused,
        Some(43108) => Outcome::Retry { reason: "concurrent_send" },
        Some(45009) => Outcome::Busy { until: Pause::DayQuota },
        Some(45011) => Outcome::Busy { until: Pause::MinuteQuota },
        Some(code) if TOKEN_REFUSED.contains(&code) => Outcome::Retry { reason: "token_refused" },
        Some(code) if MISCONFIGURED.contains(&code) => Outcome::Misconfigured { errcode: code },
        // 40003 openid, 40037 template, 41030 page, 47003 value, 45168 blacklisted word, 43107 (meaning unconfirmed),
        // 50002 person frozen, 41001 43002 44002 47001 our bug, and every number not known here.
        Some(code) => Outcome::Dead { errcode: code, reason: envelope.errmsg() },
    }
}

impl Outcome {
    /// There is no answer to the send itself.
    pub(super) fn without_answer(failure: Failure) -> Self {
        match failure {
            Failure::NoConnection => Self::Retry { reason: "no_connection" },
            Failure::Timeout => Self::Unknown { reason: "timeout" },
            Failure::Broken => Self::Unknown { reason: "connection_broken" },
            Failure::Unreadable => Self::Unknown { reason: "unreadable" },
        }
    }

    /// There is no token, so nothing was sent, whatever went wrong on the way to one. A 40001 here means a wrong
    /// secret, and any number not known is for the operator to look at: the message itself is not to blame.
    pub(super) fn without_token(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Failed(_) | Refusal::Refused(-1) => Self::Retry { reason: "no_token" },
            Refusal::Refused(45009) => Self::Busy { until: Pause::DayQuota },
            Refusal::Refused(45011) => Self::Busy { until: Pause::MinuteQuota },
            Refusal::Refused(errcode) => Self::Misconfigured { errcode },
        }
    }
}

#[cfg(test)]
mod tests;
