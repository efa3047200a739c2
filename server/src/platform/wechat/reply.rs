//! The shape all answers share: `errcode` and `errmsg` inside HTTP 200, beside or instead of the fields asked for.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::loose::Loose;
use super::wire::{Failure, Reply};

/// The refusals that mean "this token is no longer good" (§1.0).
pub const TOKEN_REFUSED: [i64; 3] = [40001, 40014, 42001];

/// The refusals that only a person can end: wrong appid, secret, address list or permission (§1.0).
pub const MISCONFIGURED: [i64; 10] = [40002, 40013, 40125, 40164, 41002, 41004, 48001, 89503, 89506, 89507];

/// `errcode` and `errmsg`. A missing `errcode` is read as 0 by those who find the fields they asked for.
#[derive(Deserialize)]
pub struct Envelope {
    #[serde(default)]
    errcode: Option<Loose>,
    #[serde(default)]
    errmsg: Loose,
    /// Only after a send; a 64-bit number (§1.4).
    #[serde(default)]
    pub msgid: Option<Loose>,
}

impl Envelope {
    /// Read the envelope of a body; `None` if it is not a JSON object with sensible fields.
    pub fn read(body: &[u8]) -> Option<Self> {
        // Asked here, because serde would read an array into the fields by their order.
        let object = body.trim_ascii_start();
        let envelope: Self = object.starts_with(b"{").then(|| serde_json::from_slice(object).ok())??;
        // An errcode that is no number is not an answer to build on.
        let sensible = envelope.errcode.as_ref().is_none_or(|code| code.number::<i64>().is_some());
        sensible.then_some(envelope)
    }

    /// The number, where one was given.
    pub fn errcode(&self) -> Option<i64> {
        self.errcode.as_ref().and_then(Loose::number)
    }

    /// WeChat's words with the rid, made safe to log and to store.
    pub fn errmsg(&self) -> String {
        self.errmsg.0.chars().filter(|c| !c.is_control()).take(200).collect()
    }
}

/// Why an answer does not hold what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No answer of WeChat's.
    Failed(Failure),
    /// WeChat said no, with this number.
    Refused(i64),
}

/// The fields asked for, or why not. Logs a refusal with its rid, which is what WeChat's support asks for.
pub fn decode<T: DeserializeOwned>(api: &'static str, reply: &Reply) -> Result<T, Refusal> {
    let unreadable = Refusal::Failed(Failure::Unreadable);
    if reply.status != 200 {
        tracing::debug!(api, status = reply.status, "not an answer of wechat");
        return Err(unreadable);
    }
    let envelope = Envelope::read(&reply.body).ok_or(unreadable)?;
    match envelope.errcode() {
        None | Some(0) => serde_json::from_slice(&reply.body).map_err(|_| unreadable),
        Some(code) => {
            tracing::debug!(api, errcode = code, errmsg = envelope.errmsg(), "wechat refused");
            Err(Refusal::Refused(code))
        }
    }
}

/// Does this answer say that the token is no longer good?
pub fn refuses_token(reply: &Reply) -> bool {
    reply.status == 200
        && Envelope::read(&reply.body)
            .and_then(|envelope| envelope.errcode())
            .is_some_and(|code| TOKEN_REFUSED.contains(&code))
}
