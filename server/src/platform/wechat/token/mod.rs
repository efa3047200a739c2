//! The access token (§1.2): one per app, shared by all calls, fetched by one task at a time.
//!
//! A token passes through three ages. *Fresh*: handed out from memory. *Ageing* (its last 300 s, in which WeChat already
//! issues the successor while both work): one caller fetches, the others keep using it. *Dead*: all wait for one fetch
//! and share its result, good or bad, so that an outage costs one timeout and not one per waiting caller.
//!
//! A refused token is expired only where it is still the cached one; a caller that comes late with an old refusal
//! finds the successor already there. The fetch is never forced: forcing is rationed to 20 a day and kills the token
//! under the other replicas.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::loose::Loose;
use super::reply::{Refusal, decode};
use super::shared_token::SharedToken;
use super::wire::{Failure, Wire};
use crate::platform::clock::Clock;

/// How long before its end a token begins to age: WeChat's own overlap.
const OVERLAP: TimeDelta = TimeDelta::seconds(300);

/// After a failed fetch, how long an ageing token is used without asking again.
const BREATHER: TimeDelta = TimeDelta::seconds(30);

/// A token and its times. Without `Debug`, so that nobody prints one.
#[derive(Clone)]
pub struct Token {
    pub value: SecretString,
    /// When it was *asked for*: of two tokens the one asked for later is the newer, whichever answer was slower.
    pub issued_at: DateTime<Utc>,
    pub dies_at: DateTime<Utc>,
    refresh_at: DateTime<Utc>,
}

impl Token {
    pub fn new(value: SecretString, issued_at: DateTime<Utc>, dies_at: DateTime<Utc>) -> Self {
        // `expires_in` is at least 300; a token at that minimum is still worth half a minute of rest.
        let rest = (dies_at - issued_at - OVERLAP).max(BREATHER);
        let refresh_at = issued_at.checked_add_signed(rest).unwrap_or(dies_at);
        Self { value, issued_at, dies_at, refresh_at }
    }

    pub fn is(&self, other: &Self) -> bool {
        self.value.expose_secret() == other.value.expose_secret()
    }

    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        now < self.refresh_at && self.is_alive(now)
    }

    fn is_alive(&self, now: DateTime<Utc>) -> bool {
        now < self.dies_at
    }
}

/// What the last fetch came to; guarded by the lock that makes fetches single.
#[derive(Default)]
struct Flight {
    result: Option<Result<Token, Refusal>>,
    asked_wechat: bool,
}

/// The process's token and the way to a new one.
pub struct Tokens {
    wire: Wire,
    appid: String,
    secret: SecretString,
    clock: Clock,
    shared: Option<SharedToken>,
    cached: Mutex<Option<Token>>,
    flight: tokio::sync::Mutex<Flight>,
    landed: AtomicU64,
    fetches: AtomicU64,
}

impl Tokens {
    pub fn new(
        wire: Wire,
        appid: String,
        secret: SecretString,
        shared: Option<SharedToken>,
        clock: Clock,
    ) -> Self {
        Self {
            wire,
            appid,
            secret,
            clock,
            shared,
            cached: Mutex::default(),
            flight: tokio::sync::Mutex::default(),
            landed: AtomicU64::new(0),
            fetches: AtomicU64::new(0),
        }
    }

    pub fn fetches(&self) -> u64 {
        self.fetches.load(Ordering::Relaxed)
    }

    /// A token to call with.
    pub async fn get(&self) -> Result<Token, Refusal> {
        let now = self.clock.now();
        let held = self.cached().clone();
        match held {
            Some(token) if token.is_fresh(now) => Ok(token),
            Some(token) if token.is_alive(now) => {
                let Ok(mut flight) = self.flight.try_lock() else { return Ok(token) };
                if let Ok(next) = self.fly(&mut flight, None).await {
                    return Ok(next);
                }
                if let Some(cached) = self.cached().as_mut() {
                    cached.refresh_at = now + BREATHER;
                }
                Ok(token)
            }
            _ => self.obtain(None).await,
        }
    }

    /// A token other than the one WeChat has just refused.
    pub async fn replace(&self, refused: &Token) -> Result<Token, Refusal> {
        self.obtain(Some(refused)).await
    }

    async fn obtain(&self, refused: Option<&Token>) -> Result<Token, Refusal> {
        let is_refused = |token: &Token| refused.is_some_and(|refused| refused.is(token));
        let before = self.landed.load(Ordering::Acquire);
        let mut flight = self.flight.lock().await;
        let held = self.cached().clone();
        if let Some(token) = held.filter(|token| token.is_alive(self.clock.now()) && !is_refused(token)) {
            return Ok(token);
        }
        // Someone's fetch ended while we waited: its result is ours, unless it only found the refused token in Redis.
        if self.landed.load(Ordering::Acquire) != before {
            match &flight.result {
                Some(Ok(token)) if is_refused(token) && !flight.asked_wechat => {}
                Some(result) => return result.clone(),
                None => {}
            }
        }
        self.fly(&mut flight, refused).await
    }

    async fn fly(&self, flight: &mut Flight, refused: Option<&Token>) -> Result<Token, Refusal> {
        if let Some(refused) = refused {
            self.cached().take_if(|cached| cached.is(refused));
            if let Some(shared) = &self.shared {
                shared.expire(refused).await;
            }
        }
        let found = match &self.shared {
            Some(shared) => shared.load().await,
            None => None,
        };
        let usable = found.filter(|token| {
            token.is_fresh(self.clock.now()) && !refused.is_some_and(|refused| refused.is(token))
        });
        flight.asked_wechat = usable.is_none();
        let result = match usable {
            Some(token) => Ok(token),
            None => self.fetch(refused).await,
        };
        if let Ok(token) = &result {
            *self.cached() = Some(token.clone());
        }
        flight.result = Some(result.clone());
        self.landed.fetch_add(1, Ordering::Release);
        result
    }

    async fn fetch(&self, refused: Option<&Token>) -> Result<Token, Refusal> {
        #[derive(Deserialize)]
        struct Body {
            access_token: SecretText,
            expires_in: Loose,
        }
        self.fetches.fetch_add(1, Ordering::Relaxed);
        let asked_at = self.clock.now();
        let request = json!({
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret.expose_secret(),
            "force_refresh": false,
        });
        let reply = self.wire.post("/cgi-bin/stable_token", None, request.to_string().into_bytes()).await;
        let body: Body = decode("stable_token", &reply.map_err(Refusal::Failed)?)?;
        let seconds = body.expires_in.number::<u32>().filter(|seconds| *seconds > 0);
        let (Some(seconds), false) = (seconds, body.access_token.0.expose_secret().is_empty()) else {
            return Err(Refusal::Failed(Failure::Unreadable));
        };
        let token =
            Token::new(body.access_token.0, asked_at, asked_at + TimeDelta::seconds(i64::from(seconds)));
        let Some(shared) = &self.shared else { return Ok(token) };
        // Another replica asked later and was answered sooner: theirs is the newer one.
        let newer = shared.offer(&token, self.clock.now()).await;
        let newer = newer.filter(|newer| {
            newer.is_alive(self.clock.now()) && !refused.is_some_and(|refused| refused.is(newer))
        });
        Ok(newer.unwrap_or(token))
    }

    /// The guarded value stays whole even if a holder died, so a poisoned lock is used as it is.
    fn cached(&self) -> MutexGuard<'_, Option<Token>> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A string that goes straight from the JSON into its redacted wrapper.
struct SecretText(SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into()))
    }
}

#[cfg(test)]
mod tests;
