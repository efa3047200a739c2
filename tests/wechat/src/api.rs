//! The platform's endpoints: which exist, and what every call must satisfy before its own rules apply.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::answer::{Refusal, Reply};
use crate::state::World;
use crate::{login, phone, send, session, template, token};

/// Paths of the endpoints modelled, as fault rules and the journal name them.
pub mod endpoint {
    pub const STABLE_TOKEN: &str = "/cgi-bin/stable_token";
    pub const LEGACY_TOKEN: &str = "/cgi-bin/token";
    pub const LOGIN: &str = "/sns/jscode2session";
    pub const CHECK_SESSION: &str = "/wxa/checksession";
    pub const RESET_SESSION: &str = "/wxa/resetusersessionkey";
    pub const PHONE: &str = "/wxa/business/getuserphonenumber";
    pub const SEND: &str = "/cgi-bin/message/subscribe/send";
    pub const TEMPLATES: &str = "/wxaapi/newtmpl/gettemplate";
}

/// One request, read whole.
pub(crate) struct Call {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The body, if it is JSON at all.
    pub json: Option<Value>,
    /// Another send to the same openid has not been answered yet.
    pub overlapping: bool,
}

impl Call {
    /// A query parameter; an empty one counts as absent.
    pub fn query(&self, name: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(n, value)| n == name && !value.is_empty());
        pair.map(|(_, value)| value.as_str())
    }

    /// A string of the JSON body; an empty one counts as absent.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.json.as_ref()?.get(name)?.as_str().filter(|value| !value.is_empty())
    }

    /// The body of an endpoint that takes JSON by POST (wechat.md §1.0: 43002, 44002, 47001, 47002).
    pub fn posted(&self) -> Result<&Map<String, Value>, Refusal> {
        if self.method != "POST" {
            return Err(Refusal::new(43002, "require POST method"));
        }
        if self.body.is_empty() {
            return Err(Refusal::new(44002, "empty post data"));
        }
        if has_unicode_escape(&self.body) {
            return Err(Refusal::new(
                47002,
                "do NOT use json unicode encode (\\uxxxx), please use utf8 encoded text",
            ));
        }
        self.json.as_ref().and_then(Value::as_object).ok_or_else(|| Refusal::new(47001, "data format error"))
    }
}

/// Do what the call asks, by the endpoint's rules.
pub(crate) fn act(world: &mut World, call: &Call, now: DateTime<Utc>) -> Reply {
    match call.path.as_str() {
        endpoint::STABLE_TOKEN => token::stable(world, call, now),
        endpoint::LEGACY_TOKEN => token::legacy(world, call, now),
        endpoint::LOGIN => login::exchange(world, call, now),
        endpoint::CHECK_SESSION => authorized(world, call, now, session::check),
        endpoint::RESET_SESSION => authorized(world, call, now, session::reset),
        endpoint::PHONE => authorized(world, call, now, phone::number),
        endpoint::SEND => authorized(world, call, now, send::send),
        endpoint::TEMPLATES => authorized(world, call, now, template::list),
        _ => Err(Refusal::new(48001, "api unauthorized")),
    }
}

type Act = fn(&mut World, &Call, DateTime<Utc>) -> Reply;

fn authorized(world: &mut World, call: &Call, now: DateTime<Utc>, act: Act) -> Reply {
    world.tokens.check(call.query("access_token"), now)?;
    act(world, call, now)
}

/// Whether text beyond ASCII is written as `\uxxxx`; escapes of control characters are plain JSON.
fn has_unicode_escape(body: &[u8]) -> bool {
    let mut at = 0;
    while at + 1 < body.len() {
        if body[at] != b'\\' {
            at += 1;
            continue;
        }
        let digits = body.get(at + 2..at + 6).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = digits.and_then(|hex| u32::from_str_radix(hex, 16).ok());
        if body[at + 1] == b'u' && code.is_some_and(|code| code > 0x7f) {
            return true;
        }
        at += 2;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::has_unicode_escape;

    #[test]
    fn only_escaped_text_beyond_ascii_counts() {
        assert!(has_unicode_escape(br#"{"value":"\u5ba1"}"#));
        assert!(!has_unicode_escape("{\"value\":\"审\"}".as_bytes()));
        assert!(!has_unicode_escape(br#"{"value":"\u001f"}"#));
        assert!(!has_unicode_escape(br#"{"value":"\\u5ba1"}"#));
    }
}
