//! The text-message gateway: one signed HTTP request a text, and what may be said of it when it fails.
//!
//! `POST` of JSON `{"id": …, "to": …, "text": …}` with the headers `X-Tuhe-Key-Id`, `X-Tuhe-Timestamp` (whole seconds since
//! 1970, UTC), `X-Tuhe-Nonce` (32 hex digits, new for every request) and `X-Tuhe-Signature`: the hex HMAC-SHA256, under the
//! shared secret, of timestamp, nonce and body with a line feed between them. The gateway refuses a timestamp that is minutes off
//! and a nonce it has seen. Its answers: 2xx it has taken the text; 429 not now; 401 and 403 it does not know the key; any other
//! 4xx it never takes this text. Anything else says nothing about what it did.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, redirect, retry};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::Sha256;
use uuid::Uuid;

use super::wechat::install_tls;

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Taken, by this status.
    Sent(u16),
    /// Never to be taken.
    Refused(u16),
    /// Not taken, for a reason that is not the text's: its key or address. For the operator.
    Misconfigured(u16),
    /// Not taken now.
    Busy,
    /// The request was provably not written.
    NotSent,
    /// Perhaps taken, perhaps not; a status where there was one.
    Unknown(Option<u16>),
}

impl Outcome {
    /// Of an answer.
    fn of(status: u16) -> Self {
        match status {
            200..=299 => Self::Sent(status),
            // A redirect is not followed: it might carry the number elsewhere.
            300..=399 | 401 | 403 => Self::Misconfigured(status),
            429 => Self::Busy,
            400..=499 => Self::Refused(status),
            _ => Self::Unknown(Some(status)),
        }
    }
}

/// Where texts are handed in, and under which key.
#[derive(Clone)]
pub struct Gateway {
    client: Client,
    url: String,
    key_id: String,
    secret: SecretString,
}

impl Gateway {
    /// `url` was checked with the configuration.
    pub fn new(
        url: String,
        key_id: String,
        secret: SecretString,
        timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        install_tls();
        let builder = Client::builder()
            .timeout(timeout)
            // Shorter than the whole, so that a connect that hangs is known as such and not as "may have been sent".
            .connect_timeout(timeout / 2)
            .pool_max_idle_per_host(0)
            .http1_only()
            // Neither a redirect nor a repeat may carry a number anywhere behind our back.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .user_agent("tuhe");
        let builder =
            if url.starts_with("https://") { builder } else { builder.no_proxy().tls_certs_only([]) };
        Ok(Self { client: builder.build()?, url, key_id, secret })
    }

    /// Hands one text in. What failed is told without the number and without the address.
    pub async fn send(&self, id: Uuid, to: &str, text: &str, now: DateTime<Utc>) -> Outcome {
        let body = json!({ "id": id, "to": to, "text": text }).to_string();
        let (timestamp, nonce) = (now.timestamp().to_string(), hex::encode(rand::random::<[u8; 16]>()));
        let signature = sign(&self.secret, &timestamp, &nonce, &body);
        let request = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .header("x-tuhe-key-id", &self.key_id)
            .header("x-tuhe-timestamp", timestamp)
            .header("x-tuhe-nonce", nonce)
            .header("x-tuhe-signature", signature)
            .body(body);
        match request.send().await {
            Ok(answer) => Outcome::of(answer.status().as_u16()),
            // Asked first: a connect that timed out is both, and it is the stronger statement.
            Err(error) if error.is_connect() || error.is_builder() => Outcome::NotSent,
            Err(_) => Outcome::Unknown(None),
        }
    }
}

/// The signature of a request, as a gateway makes it again to check it.
pub fn sign(secret: &SecretString, timestamp: &str, nonce: &str, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        // HMAC takes a key of any length.
        return String::new();
    };
    for part in [timestamp, "\n", nonce, "\n", body] {
        mac.update(part.as_bytes());
    }
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_over_timestamp_nonce_and_body() {
        // printf '1638300000\n00ff\n{}' | openssl dgst -sha256 -hmac 'key of the gateway'
        let secret = SecretString::from("key of the gateway");
        let signed = |timestamp, nonce, body| sign(&secret, timestamp, nonce, body);
        assert_eq!(
            signed("1638300000", "00ff", "{}"),
            "6a12091bd96fb89bee2b4b02319235db84576dc17d584f8979a5a86716b4d5b0"
        );
        for other in
            [("1638300001", "00ff", "{}"), ("1638300000", "00fe", "{}"), ("1638300000", "00ff", "{ }")]
        {
            assert_ne!(signed(other.0, other.1, other.2), signed("1638300000", "00ff", "{}"));
        }
    }

    #[test]
    fn an_answer_says_no_more_than_it_says() {
        for (status, outcome) in [
            (200, Outcome::Sent(200)),
            (202, Outcome::Sent(202)),
            (307, Outcome::Misconfigured(307)),
            (401, Outcome::Misconfigured(401)),
            (422, Outcome::Refused(422)),
            (429, Outcome::Busy),
            (500, Outcome::Unknown(Some(500))),
            (503, Outcome::Unknown(Some(503))),
        ] {
            assert_eq!(Outcome::of(status), outcome);
        }
    }
}
