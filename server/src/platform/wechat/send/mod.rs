//! Sending one subscribe message (§1.4).

use std::fmt;

use serde_json::{Map, Value, json};

use super::call::CallError;
use super::outcome::{Outcome, classify};
use super::{WeChat, values};

/// One message to one person.
#[derive(Clone, Copy)]
pub struct Subscribe<'a> {
    pub openid: &'a str,
    pub template_id: &'a str,
    /// Where a tap leads, inside our mini-program, query allowed; `None` leads nowhere.
    pub page: Option<&'a str>,
    /// Template keyword with its number (`thing1`) and its text, which [`values::fit`] makes legal on the way out.
    pub data: &'a [(&'a str, String)],
}

impl fmt::Debug for Subscribe<'_> {
    /// Neither the person nor what they are told belongs in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscribe").field("template_id", &self.template_id).finish_non_exhaustive()
    }
}

impl Subscribe<'_> {
    /// The JSON to send. State and language have defaults, but the newest page calls them required: always sent.
    fn body(&self, state: &str) -> Vec<u8> {
        let data: Map<String, Value> = self
            .data
            .iter()
            .map(|(key, value)| ((*key).into(), json!({ "value": values::fit(key, value) })))
            .collect();
        let mut body = json!({
            "touser": self.openid,
            "template_id": self.template_id,
            "miniprogram_state": state,
            "lang": "zh_CN",
            "data": data,
        });
        if let Some(page) = self.page {
            body["page"] = page.into();
        }
        body.to_string().into_bytes()
    }
}

impl WeChat {
    /// Send one message. Repeated only after an answer that refuses the token, once, with a new one; all else is told
    /// as it is, since WeChat has no idempotency key. Must not be cancelled half-way (queue rule 9).
    pub async fn send(&self, message: &Subscribe<'_>) -> Outcome {
        let body = message.body(self.inner.miniprogram_state.as_str());
        let outcome = match self.post("/cgi-bin/message/subscribe/send", body).await {
            Ok(reply) => classify(reply.status, &reply.body),
            Err(CallError::NoToken(refusal)) => Outcome::without_token(refusal),
            Err(CallError::NoAnswer(failure)) => Outcome::without_answer(failure),
        };
        tracing::debug!(template_id = message.template_id, ?outcome, "subscribe message");
        outcome
    }
}

#[cfg(test)]
mod tests;
