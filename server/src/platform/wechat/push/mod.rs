//! Message push: WeChat calls us (§1.8) to say what people chose and what became of a message (§1.4).
//!
//! Plain, compatible and secure mode, JSON and XML; [`Gate`] decides what is believed. The body is capped by the caller.
//! A push may come late, twice, out of order or never: the handler admits it, stores it under [`Push::dedupe`] and
//! answers `success` within five seconds.

use std::fmt;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

mod gate;
mod json;
mod seal;
mod signature;
mod xml;

pub use gate::Gate;
pub use seal::Key;

/// One push, whichever format it came in.
#[derive(Clone, PartialEq, Eq)]
pub struct Push {
    /// Whose action it is (`FromUserName`).
    pub openid: String,
    /// WeChat's time of the event, in whole seconds; several events may share one.
    pub created_at: DateTime<Utc>,
    pub event: PushEvent,
    /// SHA-256 over sender, time, event and items: equal for a repeated push, different for two that share a second.
    pub dedupe: String,
}

impl fmt::Debug for Push {
    /// An openid names a person and stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push")
            .field("created_at", &self.created_at)
            .field("event", &self.event)
            .field("dedupe", &self.dedupe)
            .finish_non_exhaustive()
    }
}

/// What happened (§1.4, table of push events).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushEvent {
    /// `subscribe_msg_popup_event`: the person answered the pop-up, template by template.
    Popup(Vec<Choice>),
    /// `subscribe_msg_change_event`: changed in the settings; only rejections are pushed.
    Change(Vec<Choice>),
    /// `subscribe_msg_sent_event`: the final word on sends.
    Sent(Vec<Delivery>),
    /// Anything else; to be acknowledged and left alone.
    Other,
}

/// A person's choice for one template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub template_id: String,
    pub accepted: bool,
    pub at: DateTime<Utc>,
}

/// What became of one send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub template_id: String,
    /// The id [`super::Outcome::Sent`] may have told.
    pub msgid: u64,
    /// 0: delivered. Others are failures of WeChat's own, after it had accepted the message.
    pub error_code: i64,
}

/// Why a push is not taken. For our own log: whoever called is told the same in every case, so that nobody learns from
/// the answer how far a forgery got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    #[error("not signed with our Token")]
    Signature,
    /// A signature does no more after a while: what was once seen on the wire opens nothing for ever.
    #[error("signed too long ago, or in the future: compare this machine's clock")]
    Stale,
    #[error("a parameter came twice, or cannot be read")]
    Query,
    #[error("malformed push")]
    Malformed,
    /// A document type or an entity of its own: never WeChat's, always an attack.
    #[error("push with a document type or entities")]
    Forbidden,
    #[error("encrypted push, and no EncodingAESKey is configured")]
    Encrypted,
    #[error("push in the clear, although an EncodingAESKey is configured: set the push mode to secure")]
    Plain,
    /// Wrong key, wrong appid, wrong padding or length: told apart by nobody.
    #[error("the seal does not open: compare EncodingAESKey and appid")]
    Seal,
}

impl PushError {
    /// For the metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Stale => "stale",
            Self::Query => "query",
            Self::Malformed => "malformed",
            Self::Forbidden => "forbidden",
            Self::Encrypted => "encrypted",
            Self::Plain => "plain",
            Self::Seal => "seal",
        }
    }
}

/// Read a body, JSON or XML by its first character: the settings may change, and `Content-Type` tells nothing.
fn read(body: &[u8]) -> Result<Raw, PushError> {
    let text = std::str::from_utf8(body).map_err(|_| PushError::Malformed)?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('<') { xml::read(text) } else { json::read(text) }
}

/// A push as text fields, before any of them is believed.
#[derive(Debug, Default)]
struct Raw {
    from: String,
    create_time: String,
    event: String,
    msg_id: String,
    /// The sealed push, of secure and compatible mode.
    encrypt: Option<String>,
    items: Vec<Item>,
}

/// One element of `List`; each event fills its own half.
#[derive(Debug, Default)]
struct Item {
    template_id: String,
    status: String,
    msg_id: String,
    error_code: String,
}

impl Raw {
    fn into_push(self) -> Result<Push, PushError> {
        let at =
            self.create_time.trim().parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let created_at = at.filter(|_| !self.from.is_empty()).ok_or(PushError::Malformed)?;
        let event = match self.event.as_str() {
            "subscribe_msg_popup_event" => PushEvent::Popup(self.choices(created_at)?),
            "subscribe_msg_change_event" => PushEvent::Change(self.choices(created_at)?),
            "subscribe_msg_sent_event" => PushEvent::Sent(self.deliveries()?),
            _ => PushEvent::Other,
        };
        Ok(Push { dedupe: self.dedupe(), openid: self.from, created_at, event })
    }

    fn choices(&self, at: DateTime<Utc>) -> Result<Vec<Choice>, PushError> {
        let choice = |item: &Item| {
            let template_id = item.template_id()?;
            // `acceptWithAudio` and `acceptWithAlert` are accepts too (§2.6).
            Ok(Choice { template_id, accepted: item.status.starts_with("accept"), at })
        };
        self.items.iter().map(choice).collect()
    }

    fn deliveries(&self) -> Result<Vec<Delivery>, PushError> {
        let delivery = |item: &Item| {
            let msgid = item.msg_id.trim().parse().map_err(|_| PushError::Malformed)?;
            let error_code = item.error_code.trim().parse().map_err(|_| PushError::Malformed)?;
            Ok(Delivery { template_id: item.template_id()?, msgid, error_code })
        };
        self.items.iter().map(delivery).collect()
    }

    /// Each part goes in with its length, so that no two different pushes read as the same bytes.
    fn dedupe(&self) -> String {
        let head = [&self.from, &self.create_time, &self.event, &self.msg_id];
        let items = self
            .items
            .iter()
            .flat_map(|item| [&item.template_id, &item.status, &item.msg_id, &item.error_code]);
        let mut hash = Sha256::new();
        for part in head.into_iter().chain(items) {
            let part = part.trim();
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hex::encode(hash.finalize())
    }
}

impl Item {
    fn template_id(&self) -> Result<String, PushError> {
        if self.template_id.is_empty() { Err(PushError::Malformed) } else { Ok(self.template_id.clone()) }
    }
}

#[cfg(test)]
mod tests;
