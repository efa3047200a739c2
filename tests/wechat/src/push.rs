//! Message push: what the platform sends to the developer's URL (wechat.md §1.8, §4 H1, H2, H4, H5).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha1::{Digest as _, Sha1};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::clock::Clock;
use crate::options::PushTarget;
use crate::secure::Seal;
use crate::state::Shared;
use crate::switches::{PushMode, Switches};
use crate::xml;

/// A push is sent once and then three times more (§1.8).
const ATTEMPTS: usize = 4;

/// An event not yet put into its wire form.
pub(crate) struct Event {
    name: &'static str,
    openid: String,
    items: Vec<Value>,
    at: DateTime<Utc>,
}

impl Event {
    pub fn new(name: &'static str, openid: &str, items: Vec<Value>, at: DateTime<Utc>) -> Self {
        Self { name, openid: openid.to_owned(), items, at }
    }

    fn body(self, to_user_name: &str, switches: &Switches) -> Value {
        let mut items = self.items;
        let list = match items.len() {
            // XML repeats the element either way.
            1 if switches.push_single_as_object => items.remove(0),
            _ => Value::Array(items),
        };
        let mut body = json!({
            "ToUserName": to_user_name,
            "FromUserName": self.openid,
            "CreateTime": self.at.timestamp(),
            "MsgType": "event",
            "Event": self.name,
            "List": list,
        });
        if switches.push_unknown_field {
            body["NotInAnyDocument"] = json!({ "nested": [1, 2] });
        }
        if switches.push_numbers_as_strings && !switches.push_xml { with_strings(body) } else { body }
    }
}

/// One push and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PushRecord {
    /// The body before it was put into JSON or XML.
    pub body: Value,
    /// The bytes sent, the same at every attempt.
    pub sent: String,
    /// The signed query, the same at every attempt.
    pub query: String,
    pub attempts: Vec<Attempt>,
    /// A 2xx answer came in time.
    pub acknowledged: bool,
}

/// One try to deliver a push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    pub wall_at: DateTime<Utc>,
    /// Absent when no answer came in time.
    pub status: Option<u16>,
    pub reply: String,
}

/// Sends pushes and remembers them.
pub(crate) struct Pusher {
    client: reqwest::Client,
    runtime: Handle,
    tasks: Mutex<JoinSet<()>>,
    records: Mutex<Vec<PushRecord>>,
    under_way: watch::Sender<usize>,
}

impl Pusher {
    pub fn new(runtime: Handle) -> anyhow::Result<Self> {
        // An error means that the process has chosen a provider already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().context("building the push client")?;
        Ok(Self {
            client,
            runtime,
            tasks: Mutex::new(JoinSet::new()),
            records: Mutex::new(Vec::new()),
            under_way: watch::Sender::new(0),
        })
    }

    pub fn records(&self) -> Vec<PushRecord> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn clear(&self) {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub fn stop(&self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }

    /// Wait until every push has been acknowledged or given up.
    pub async fn settle(&self) {
        let mut under_way = self.under_way.subscribe();
        // The sender lives as long as this pusher, so waiting cannot fail.
        let _ = under_way.wait_for(|count| *count == 0).await;
    }

    fn spawn(&self, push: impl Future<Output = ()> + Send + 'static) {
        self.under_way.send_modify(|count| *count += 1);
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(push, &self.runtime);
    }

    async fn attempt(&self, url: &str, record: &PushRecord, timeout: Duration) -> Attempt {
        let wall_at = Clock::wall();
        let kind = if record.sent.starts_with('<') { "text/xml" } else { "application/json" };
        let request = self.client.post(url).header("Content-Type", kind).timeout(timeout);
        match request.body(record.sent.clone()).send().await {
            Ok(answer) => {
                let status = Some(answer.status().as_u16());
                Attempt { wall_at, status, reply: answer.text().await.unwrap_or_default() }
            }
            Err(_) => Attempt { wall_at, status: None, reply: String::new() },
        }
    }
}

impl Shared {
    /// Start pushing the events that acts have caused since the last call.
    pub fn push_events(self: &Arc<Self>) {
        let (events, target, switches) = {
            let mut world = self.world();
            if world.events.is_empty() {
                return;
            }
            let events = std::mem::take(&mut world.events);
            let Some(target) = world.push_target.clone() else { return };
            (events, target, world.switches.clone())
        };
        for event in events {
            let delay =
                if event.name == "subscribe_msg_sent_event" { switches.sent_event_delay_ms } else { 0 };
            let body = event.body(&target.to_user_name, &switches);
            let (shared, target, switches) = (Arc::clone(self), target.clone(), switches.clone());
            self.pusher.spawn(async move {
                sleep(Duration::from_millis(delay)).await;
                shared.push(&target, &switches, body).await;
                shared.pusher.under_way.send_modify(|count| *count -= 1);
            });
        }
    }

    /// Push one body until it is acknowledged or the retries are used up.
    pub async fn push(&self, target: &PushTarget, switches: &Switches, body: Value) -> PushRecord {
        let (sent, query) = self.wire_form(target, switches, &body);
        let url = with_query(&target.url, &query);
        let mut record = PushRecord { body, sent, query, attempts: Vec::new(), acknowledged: false };
        let timeout = Duration::from_millis(switches.push_timeout_ms);
        for _ in 0..if switches.push_retry { ATTEMPTS } else { 1 } {
            let began = tokio::time::Instant::now();
            let attempt = self.pusher.attempt(&url, &record, timeout).await;
            record.acknowledged = attempt.status.is_some_and(|status| (200..300).contains(&status));
            record.attempts.push(attempt);
            if record.acknowledged {
                break;
            }
            // A refusal counts as no answer: the next try comes when the time for one is over.
            tokio::time::sleep_until(began + timeout).await;
        }
        self.pusher.records.lock().unwrap_or_else(PoisonError::into_inner).push(record.clone());
        record
    }

    /// Post anything, once.
    pub async fn post_raw(
        &self,
        target: &PushTarget,
        query: &str,
        body: &str,
    ) -> anyhow::Result<(u16, String)> {
        let url = with_query(&target.url, query);
        let answer = self.pusher.client.post(url).body(body.to_owned()).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    /// `GET` the URL as the settings page does when it is saved: the body must be `echostr`, no more, no less.
    pub async fn url_check(&self, target: &PushTarget) -> bool {
        let echo = rand::random::<u64>().to_string();
        let query = format!("{}&echostr={echo}", self.signed_query(&target.token));
        let answer = self.pusher.client.get(with_query(&target.url, &query)).send().await;
        match answer {
            Ok(answer) if answer.status().is_success() => answer.text().await.is_ok_and(|text| text == echo),
            _ => false,
        }
    }

    /// The bytes and the signed query of a push, by the mode of the settings. A target without a key is pushed to in the
    /// clear, as the settings page offers no other mode for it.
    fn wire_form(&self, target: &PushTarget, switches: &Switches, body: &Value) -> (String, String) {
        let form = |body: &Value| if switches.push_xml { xml::document(body) } else { body.to_string() };
        let query = self.signed_query(&target.token);
        let key = target.encoding_aes_key.as_deref().filter(|_| switches.push_mode != PushMode::Plain);
        let appid = self.world().options.appid.clone();
        let Some(seal) = key.and_then(|key| Seal::new(&target.token, key, &appid).ok()) else {
            return (form(body), query);
        };
        let encrypt = seal.seal(form(body).as_bytes());
        let value = |name: &str| {
            let pair = query.split('&').find_map(|pair| pair.split_once('=').filter(|pair| pair.0 == name));
            pair.map_or("", |pair| pair.1)
        };
        let signature = seal.signature(value("timestamp"), value("nonce"), &encrypt);
        let openid = body["FromUserName"].as_str().unwrap_or_default();
        let query = format!("{query}&openid={openid}&encrypt_type=aes&msg_signature={signature}");
        let mut envelope = match switches.push_mode {
            PushMode::Compatible => body.clone(),
            _ => json!({ "ToUserName": target.to_user_name }),
        };
        envelope["Encrypt"] = Value::String(encrypt);
        (form(&envelope), query)
    }

    fn signed_query(&self, token: &str) -> String {
        let timestamp = self.clock.now().timestamp().to_string();
        let nonce = rand::random::<u32>().to_string();
        let signature = signature(token, &timestamp, &nonce);
        format!("signature={signature}&timestamp={timestamp}&nonce={nonce}")
    }
}

fn with_query(url: &str, query: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{query}")
}

/// `sha1hex` of the three, sorted and joined (§1.8).
fn signature(token: &str, timestamp: &str, nonce: &str) -> String {
    let mut parts = [token, timestamp, nonce];
    parts.sort_unstable();
    hex::encode(Sha1::digest(parts.concat().as_bytes()))
}

/// Every number as a string, as the platform often sends them.
fn with_strings(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Array(items) => items.into_iter().map(with_strings).collect(),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(k, v)| (k, with_strings(v))).collect::<Map<_, _>>())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::signature;

    /// The published vectors of wechat.md §1.8: the URL check, and the plain POST.
    #[test]
    fn signatures_match_the_published_vectors() {
        assert_eq!(
            signature("AAAAA", "1714036504", "1514711492"),
            "f464b24fc39322e44b38aa78f5edd27bd1441696"
        );
        assert_eq!(signature("AAAAA", "1714037059", "486452656"), "899cf89e464efb63f54ddac96b0a0a235f53aa78");
    }
}
