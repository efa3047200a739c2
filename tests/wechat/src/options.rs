//! What a stand-in is started with.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::switches::Switches;
use crate::template::Template;

/// How a stand-in is set up. `..Default::default()` gives a mini-program without templates, pages or push.
#[derive(Clone, Debug)]
pub struct Options {
    pub appid: String,
    pub secret: String,
    pub templates: Vec<Template>,
    /// Pages of the released version; a send naming any other gets 41030 (wechat.md §1.4).
    pub pages: Vec<String>,
    pub push: Option<PushTarget>,
    /// Port of the platform's address; 0 takes a free one.
    pub port: u16,
    /// Port of the control address; 0 takes a free one.
    pub control_port: u16,
    /// Where the virtual clock starts; the machine's time if absent.
    pub start_at: Option<DateTime<Utc>>,
    pub limits: Limits,
    pub switches: Switches,
    /// Journal entries kept; the oldest go first. A benchmark sets 0.
    pub journal_limit: usize,
    /// Delivered messages kept, over all users; the oldest go first. A benchmark sets 0.
    pub inbox_limit: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            appid: "wx0000000000000001".to_owned(),
            secret: "stand-in-secret".to_owned(),
            templates: Vec::new(),
            pages: Vec::new(),
            push: None,
            port: 0,
            control_port: 0,
            start_at: None,
            limits: Limits::default(),
            switches: Switches::default(),
            journal_limit: 100_000,
            inbox_limit: 100_000,
        }
    }
}

/// Where events are pushed (wechat.md §1.8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushTarget {
    pub url: String,
    /// The Token of the message-push settings, which signs every request.
    pub token: String,
    /// The EncodingAESKey of these settings; the switch `push_mode` says whether it is used.
    #[serde(default)]
    pub encoding_aes_key: Option<String>,
    /// The mini-program's `gh_…` id.
    #[serde(default = "original_id")]
    pub to_user_name: String,
}

impl PushTarget {
    pub fn new(url: impl Into<String>, token: impl Into<String>) -> Self {
        Self { url: url.into(), token: token.into(), encoding_aes_key: None, to_user_name: original_id() }
    }

    /// With the key of secure mode.
    #[must_use]
    pub fn sealed_with(self, encoding_aes_key: impl Into<String>) -> Self {
        Self { encoding_aes_key: Some(encoding_aes_key.into()), ..self }
    }
}

fn original_id() -> String {
    "gh_123456789abc".to_owned()
}

/// The platform's quotas, so that a test can reach them (wechat.md §1.1, §1.2, §1.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    pub stable_token_per_minute: u64,
    pub stable_token_per_day: u64,
    pub forced_token_per_day: u64,
    /// From a 2018 article; the present value is unverified.
    pub legacy_token_per_day: u64,
    /// From an older page: "100 per user per minute".
    pub login_per_user_minute: u64,
    pub send_per_day: u64,
    /// No figure is published for sends; by default there is none here.
    pub send_per_minute: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            stable_token_per_minute: 10_000,
            stable_token_per_day: 500_000,
            forced_token_per_day: 20,
            legacy_token_per_day: 2_000,
            login_per_user_minute: 100,
            send_per_day: 10_000_000,
            send_per_minute: u64::MAX,
        }
    }
}
