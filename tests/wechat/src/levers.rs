//! The levers a test or a demo pulls: what users do on their phones, what time it is, what goes wrong, and
//! what has come of it all. The control port offers the same over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::fault::FaultRule;
use crate::journal::Entry;
use crate::login;
use crate::options::PushTarget;
use crate::push::PushRecord;
use crate::secure::Seal;
use crate::send::{Message, SendCount};
use crate::state::Shared;
use crate::subscription::{self, Choice, Grant};
use crate::switches::Switches;

/// A phone number as its owner has registered it (wechat.md §1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// The country's calling code; a number abroad is answered with it in front.
    pub country: u16,
    pub number: String,
}

impl Phone {
    /// A number in mainland China.
    pub fn chinese(number: impl Into<String>) -> Self {
        Self { country: 86, number: number.into() }
    }
}

/// Everything that can be done to a running stand-in other than through WeChat's own API.
#[derive(Clone)]
pub struct Levers(pub(crate) Arc<Shared>);

/// Users and their phones.
impl Levers {
    /// `wx.login` on this user's phone (§1.1). The user is known to the platform from now on.
    pub fn login_code(&self, openid: &str) -> String {
        let appid = self.0.world().options.appid.clone();
        self.login_code_of(&appid, openid)
    }

    /// A login code issued by any mini-program, this one or another.
    pub fn login_code_of(&self, appid: &str, openid: &str) -> String {
        login::mint(&mut self.0.world(), appid, openid, self.0.clock.now())
    }

    /// Make an openid known without a login, so that it can be written to.
    pub fn add_user(&self, openid: &str) {
        self.0.world().logins.know(openid);
    }

    /// The user taps the phone-number button (§1.3).
    pub fn phone_code(&self, openid: &str, phone: Phone) -> String {
        self.0.world().phones.mint(openid, phone, self.0.clock.now())
    }

    /// Whether this user's logins answer 40226 (§1.1).
    pub fn set_blocked(&self, openid: &str, blocked: bool) {
        self.0.world().logins.set_blocked(openid, blocked);
    }

    /// The user taps a button that asks for subscriptions and answers the pop-up. Returns what
    /// `wx.requestSubscribeMessage` gives to `success` or `fail`; the event is pushed (§2.6, §1.4).
    pub fn tap(&self, openid: &str, templates: &[&str], choice: Choice) -> Value {
        let result = subscription::tap(&mut self.0.world(), openid, templates, choice, self.0.clock.now());
        self.0.push_events();
        result
    }

    /// The user turns a template off in the settings; the event is pushed (§1.4).
    pub fn unsubscribe(&self, openid: &str, template: &str) {
        subscription::unsubscribe(&mut self.0.world(), openid, template, self.0.clock.now());
        self.0.push_events();
    }

    /// The user's main switch for subscribe messages.
    pub fn set_main_switch(&self, openid: &str, on: bool) {
        self.0.world().subscriptions.set_main_switch(openid, on);
    }

    /// What the user has granted: the platform knows, but has no API that tells.
    pub fn grant(&self, openid: &str, template: &str) -> Grant {
        self.0.world().subscriptions.grant(openid, template)
    }
}

/// The platform's side.
impl Levers {
    /// The virtual time.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    /// Whether the virtual clock stands still.
    pub fn is_frozen(&self) -> bool {
        self.0.clock.is_frozen()
    }

    /// Stand still at `at`.
    pub fn freeze(&self, at: DateTime<Utc>) {
        self.0.clock.freeze(at);
    }

    /// Jump to `at` and run on.
    pub fn run_from(&self, at: DateTime<Utc>) {
        self.0.clock.run_from(at);
    }

    /// Jump ahead.
    pub fn advance(&self, by: TimeDelta) {
        self.0.clock.advance(by);
    }

    pub fn switches(&self) -> Switches {
        self.0.world().switches.clone()
    }

    /// Turn switches: `wx.set(|s| s.unionid = true)`.
    pub fn set(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.0.world().switches);
    }

    /// Script trouble (§4 A3, A4).
    pub fn fault(&self, rule: FaultRule) {
        self.0.world().faults.add(rule);
    }

    pub fn clear_faults(&self) {
        self.0.world().faults.clear();
    }

    /// The newest tokens answer 40001 once this much virtual time has passed (§4 B5).
    pub fn tokens_die_in(&self, time: TimeDelta) {
        let at = self.0.clock.now() + time;
        self.0.world().tokens.die_at(at);
    }

    /// Values with this word answer 45168 (§1.4).
    pub fn ban_word(&self, word: &str) {
        self.0.world().banned_words.push(word.to_owned());
    }

    /// Taps for this template answer `ban` (§2.6).
    pub fn ban_template(&self, template: &str) {
        self.0.world().subscriptions.ban_template(template);
    }

    /// Where events go from now on.
    pub fn set_push(&self, target: Option<PushTarget>) {
        self.0.world().push_target = target;
    }

    /// Push any body, documented or not, and wait for the outcome (§4 H5).
    pub async fn push_event(&self, body: Value) -> anyhow::Result<PushRecord> {
        let switches = self.switches();
        Ok(self.0.push(&self.push_target()?, &switches, body).await)
    }

    /// Push as someone would who does not know the Token.
    pub async fn push_forged(&self, body: Value) -> anyhow::Result<PushRecord> {
        let mut target = self.push_target()?;
        target.token.push_str("-guessed");
        let switches = Switches { push_retry: false, ..self.switches() };
        Ok(self.0.push(&target, &switches, body).await)
    }

    /// Post a body with a query just as they are, for those who are not the platform; gives status and answer.
    pub async fn push_raw(&self, query: &str, body: &str) -> anyhow::Result<(u16, String)> {
        let target = self.push_target()?;
        self.0.post_raw(&target, query, body).await
    }

    /// The settings that seal and sign, for whoever plays the platform or an attacker (§4 H3).
    pub fn push_seal(&self) -> anyhow::Result<Seal> {
        let (target, appid) = (self.push_target()?, self.0.world().options.appid.clone());
        Seal::new(&target.token, &target.encoding_aes_key.context("no EncodingAESKey is set")?, &appid)
    }

    /// The settings page's check of the push URL (§1.8): did it echo?
    pub async fn url_check(&self) -> bool {
        match self.push_target() {
            Ok(target) => self.0.url_check(&target).await,
            Err(_) => false,
        }
    }

    /// The same check by someone who does not know the Token: a sound server does not echo.
    pub async fn url_check_forged(&self) -> bool {
        match self.push_target() {
            Ok(target) => {
                let token = target.token + "-guessed";
                self.0.url_check(&PushTarget { token, ..target }).await
            }
            Err(_) => false,
        }
    }

    fn push_target(&self) -> anyhow::Result<PushTarget> {
        self.0.world().push_target.clone().context("no push URL is set")
    }
}

/// What has come of it.
impl Levers {
    /// Requests received, oldest first.
    pub fn journal(&self) -> Vec<Entry> {
        self.0.world().journal.list(None, 0)
    }

    /// Requests to one endpoint, given by its path or the end of it, from number `since` on.
    pub fn journal_of(&self, endpoint: &str, since: u64) -> Vec<Entry> {
        self.0.world().journal.list(Some(endpoint), since)
    }

    pub fn clear_journal(&self) {
        self.0.world().journal.clear();
    }

    /// Messages delivered to one user, oldest first (§4 E5).
    pub fn inbox(&self, openid: &str) -> Vec<Message> {
        let world = self.0.world();
        world.messages.delivered.iter().filter(|message| message.openid == openid).cloned().collect()
    }

    pub fn clear_inboxes(&self) {
        self.0.world().messages.delivered.clear();
    }

    /// Sends per user, since the start.
    pub fn sends(&self) -> BTreeMap<String, SendCount> {
        self.0.world().messages.counts.clone()
    }

    /// Sends that named this user.
    pub fn sends_to(&self, openid: &str) -> SendCount {
        self.0.world().messages.counts.get(openid).copied().unwrap_or_default()
    }

    /// Pushes that are acknowledged or given up.
    pub fn pushes(&self) -> Vec<PushRecord> {
        self.0.pusher.records()
    }

    pub fn clear_pushes(&self) {
        self.0.pusher.clear();
    }

    /// Wait until no push is under way.
    pub async fn pushes_settled(&self) {
        self.0.pusher.settle().await;
    }
}
