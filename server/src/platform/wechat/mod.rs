//! The client of WeChat's server API, and the checks on what WeChat pushes to us. Facts and section numbers: the
//! project's notes on the platform (`wechat.md`), quoted here as "§1.4" and the like.
//!
//! Three habits run through all files. WeChat's numbers become words of ours in one `match` per call, with a test per
//! number. An act that may have happened is never repeated by the client: it is reported as such, and the queue
//! decides. URLs carry the token (and at login the secret), so no error and no log line ever holds one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::platform::clock::Clock;

mod call;
mod login;
mod loose;
mod outcome;
mod phone;
pub mod push;
mod reply;
mod send;
mod shared_token;
#[cfg(test)]
mod stub;
mod token;
pub mod values;
mod wire;

pub use login::{LoginError, Session};
pub use outcome::{Outcome, Pause, classify};
pub use phone::PhoneError;
pub use send::Subscribe;

use push::{Gate, Key};
use shared_token::SharedToken;
use token::Tokens;
use wire::Wire;

/// Which edition of the mini-program a tap on a message opens (§1.4, `miniprogram_state`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MiniProgramState {
    #[default]
    Formal,
    Trial,
    Developer,
}

impl MiniProgramState {
    /// The word WeChat knows it by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Formal => "formal",
            Self::Trial => "trial",
            Self::Developer => "developer",
        }
    }
}

/// What the client needs to know. `Debug` is safe: the secrets print as redacted.
#[derive(Debug, Clone)]
pub struct WechatConfig {
    /// `https://api.weixin.qq.com`, or the stand-in's address (§1.0).
    pub base_url: String,
    pub appid: String,
    pub secret: SecretString,
    /// The Token of the message-push settings (§1.8); without one every push is refused.
    pub push_token: Option<SecretString>,
    /// The EncodingAESKey beside it; with it, only sealed pushes are taken.
    pub push_key: Option<SecretString>,
    /// For one whole exchange. Must stay below the sender's lease (queue rule 4).
    pub timeout: Duration,
    pub miniprogram_state: MiniProgramState,
    /// Leads the key of the shared token: deployments that share one Redis may each talk to another WeChat.
    pub redis_prefix: String,
}

impl WechatConfig {
    /// WeChat's own address.
    pub const OFFICIAL_BASE: &str = "https://api.weixin.qq.com";
    /// Below the lease of 20 s, above the slowest answer seen.
    pub const TIMEOUT: Duration = Duration::from_secs(10);
}

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("wechat base_url is not an http or https address")]
    BaseUrl,
    #[error("the EncodingAESKey is not one")]
    PushKey,
    #[error("the HTTP client cannot start: {0}")]
    Http(String),
}

/// The client. Clones share one connection pool and one token.
#[derive(Clone)]
pub struct WeChat {
    inner: Arc<Inner>,
}

struct Inner {
    wire: Wire,
    tokens: Tokens,
    appid: String,
    secret: SecretString,
    gate: Option<Gate>,
    miniprogram_state: MiniProgramState,
}

impl WeChat {
    /// Make a client; nothing is sent yet. With Redis, replicas share one access token (§1.2); without it, or while it
    /// is away, each process keeps its own copy, which `stable_token` allows.
    pub fn new(
        config: WechatConfig,
        redis: Option<redis::aio::ConnectionManager>,
        clock: Clock,
    ) -> Result<Self, SetupError> {
        let wire = Wire::new(&config.base_url, config.timeout)?;
        let shared = redis.map(|redis| SharedToken::new(redis, &config.redis_prefix, &config.appid));
        let key = match &config.push_key {
            Some(key) => Some(Key::read(key.expose_secret()).ok_or(SetupError::PushKey)?),
            None => None,
        };
        let gate = config.push_token.map(|token| Gate { token, key, appid: config.appid.clone() });
        let tokens = Tokens::new(wire.clone(), config.appid.clone(), config.secret.clone(), shared, clock);
        Ok(Self {
            inner: Arc::new(Inner {
                wire,
                tokens,
                appid: config.appid,
                secret: config.secret,
                gate,
                miniprogram_state: config.miniprogram_state,
            }),
        })
    }

    /// Who may push to us; none while no Token is configured, and then nobody may (§1.8).
    pub fn push_gate(&self) -> Option<&Gate> {
        self.inner.gate.as_ref()
    }

    /// How often this process asked WeChat for a token; more than a few an hour means something expires it (§3).
    pub fn token_fetches(&self) -> u64 {
        self.inner.tokens.fetches()
    }
}

impl fmt::Debug for WeChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeChat").field("appid", &self.inner.appid).finish_non_exhaustive()
    }
}

/// Choose ring as the process's TLS provider. Any number of calls is fine: a second finds the first's choice.
pub fn install_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none()
        && rustls::crypto::ring::default_provider().install_default().is_err()
    {
        tracing::debug!("another thread chose the TLS provider first");
    }
}
