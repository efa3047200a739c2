//! Who may push to us, and what of it is believed (§1.8).
//!
//! With an EncodingAESKey only what is sealed is believed: in secure mode, and in compatible mode, whose clear half is not
//! looked at. Without one, the clear half of a compatible push is as good as a plain push. Nothing that is refused has been
//! acted on.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use super::seal::Key;
use super::signature::verify;
use super::{Push, PushError, read};

/// How long a signature is good for. WeChat repeats a push within seconds; the rest is for clocks that differ.
const WINDOW: TimeDelta = TimeDelta::minutes(10);

/// The message-push settings, as configured on both sides.
#[derive(Debug)]
pub struct Gate {
    pub token: SecretString,
    /// With it, only sealed pushes are taken.
    pub key: Option<Key>,
    /// Whom a sealed push must be for.
    pub appid: String,
}

impl Gate {
    /// The check of the address: its text, to be sent back as it came.
    pub fn echo(&self, query: &str, now: DateTime<Utc>) -> Result<String, PushError> {
        let signed = Signed::read(query)?;
        signed.check(&self.token, &signed.signature, None, now)?;
        Ok(signed.echostr)
    }

    /// A push.
    pub fn admit(&self, query: &str, body: &[u8], now: DateTime<Utc>) -> Result<Push, PushError> {
        let signed = Signed::read(query)?;
        let Some(key) = &self.key else {
            signed.check(&self.token, &signed.signature, None, now)?;
            let raw = read(body)?;
            return if raw.encrypt.is_some() && raw.from.is_empty() {
                Err(PushError::Encrypted)
            } else {
                raw.into_push()
            };
        };
        let encrypt = read(body)?.encrypt.ok_or(PushError::Plain)?;
        signed.check(&self.token, &signed.msg_signature, Some(&encrypt), now)?;
        let message = read(&key.open(&encrypt, &self.appid).ok_or(PushError::Seal)?)?;
        // A seal inside the seal is nobody's.
        if message.encrypt.is_some() { Err(PushError::Malformed) } else { message.into_push() }
    }
}

/// What every call of WeChat's carries; of anybody else's it is empty and verifies nothing.
#[derive(Default)]
struct Signed {
    signature: String,
    msg_signature: String,
    timestamp: String,
    nonce: String,
    echostr: String,
}

impl Signed {
    /// A parameter that comes twice is refused: which of the two is meant would be the reader's choice.
    fn read(query: &str) -> Result<Self, PushError> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).map_err(|_| PushError::Query)?;
        let mut seen: Vec<&str> = Vec::new();
        let mut signed = Self::default();
        for (name, value) in &pairs {
            let target = match name.as_str() {
                "signature" => &mut signed.signature,
                "msg_signature" => &mut signed.msg_signature,
                "timestamp" => &mut signed.timestamp,
                "nonce" => &mut signed.nonce,
                "echostr" => &mut signed.echostr,
                _ => continue,
            };
            if seen.contains(&name.as_str()) {
                return Err(PushError::Query);
            }
            seen.push(name);
            target.clone_from(value);
        }
        Ok(signed)
    }

    fn check(
        &self,
        token: &SecretString,
        signature: &str,
        encrypt: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), PushError> {
        let parts: Vec<&str> =
            [self.timestamp.as_str(), self.nonce.as_str()].into_iter().chain(encrypt).collect();
        if !verify(token, signature, &parts) {
            return Err(PushError::Signature);
        }
        let at = self.timestamp.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        match at {
            Some(at) if (now - at).abs() <= WINDOW => Ok(()),
            _ => Err(PushError::Stale),
        }
    }
}

#[cfg(test)]
mod tests;
