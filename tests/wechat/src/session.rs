//! Session keys and the calls that check and replace them (wechat.md §1.7, §4 C2, C4).

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use crate::answer::{Refusal, Reply, Success};
use crate::api::Call;
use crate::state::World;
use crate::switches::Rotation;

/// The one valid key of each user.
#[derive(Default)]
pub(crate) struct Sessions(HashMap<String, String>);

impl Sessions {
    /// The key that goes with a new login code.
    pub fn on_login(&mut self, openid: &str, rotation: Rotation) -> String {
        let rotate = match rotation {
            Rotation::Always => true,
            Rotation::Never => false,
            Rotation::Random => rand::random(),
        };
        if !rotate && let Some(key) = self.0.get(openid) {
            return key.clone();
        }
        self.replace(openid)
    }

    fn replace(&mut self, openid: &str) -> String {
        let key = STANDARD.encode(rand::random::<[u8; 16]>());
        self.0.insert(openid.to_owned(), key.clone());
        key
    }
}

/// `GET /wxa/checksession`
pub(crate) fn check(world: &mut World, call: &Call, _: DateTime<Utc>) -> Reply {
    verified(world, call)?;
    Ok(Success::with_errcode(json!({})))
}

/// `GET /wxa/resetusersessionkey`: the old key dies.
pub(crate) fn reset(world: &mut World, call: &Call, _: DateTime<Utc>) -> Reply {
    let openid = verified(world, call)?;
    let key = world.sessions.replace(&openid);
    Ok(Success::with_errcode(json!({ "openid": openid, "session_key": key })))
}

fn verified(world: &World, call: &Call) -> Result<String, Refusal> {
    let openid = call.query("openid").filter(|openid| world.logins.knows(openid));
    let openid = openid.ok_or_else(|| Refusal::new(40003, "invalid openid"))?;
    if call.query("sig_method") != Some("hmac_sha256") {
        return Err(Refusal::new(87008, "invalid sig_method"));
    }
    let missing = || Refusal::new(87007, "session_key is not existd or expired");
    let key = world.sessions.0.get(openid).ok_or_else(missing)?;
    if call.query("signature") != Some(&signature(key, "")) {
        return Err(Refusal::new(87009, "invalid signature"));
    }
    Ok(openid.to_owned())
}

/// Keyed with the text of the session key as given, not with the bytes it encodes.
fn signature(session_key: &str, message: &str) -> String {
    // HMAC takes keys of any length.
    Hmac::<Sha256>::new_from_slice(session_key.as_bytes()).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(message.as_bytes());
            hex::encode(mac.finalize().into_bytes())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::signature;

    /// The published vector of wechat.md §1.7, and the one derived from it for the empty message.
    #[test]
    fn signatures_match_the_published_vectors() {
        let key = "o0q0otL8aEzpcZL/FT9WsQ==";
        assert_eq!(
            signature(key, r#"{"foo":"bar"}"#),
            "654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b"
        );
        assert_eq!(signature(key, ""), "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128");
    }
}
