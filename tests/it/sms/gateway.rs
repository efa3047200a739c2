//! A text-message gateway on this machine: it checks every request as a real one would, and answers as it is told to.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use poem::http::StatusCode;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::{EndpointExt as _, IntoResponse, Request, Response, Route, Server, endpoint, post};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;
use tuhe::platform::clock::Clock;

pub const KEY_ID: &str = "tuhe-test";
pub const SECRET: &str = "a secret of the gateway's own";

/// How a request that is in order is answered.
#[derive(Debug, Clone, Copy)]
pub enum Reply {
    Status(u16),
    /// Taken, and never answered.
    Silence,
}

/// A text taken.
#[derive(Debug, Clone)]
pub struct Taken {
    pub id: String,
    pub to: String,
    pub text: String,
}

/// A request as it came: timestamp, nonce, signature, body.
pub type Raw = [String; 4];

#[derive(Default)]
struct Heard {
    texts: Vec<Taken>,
    raw: Vec<Raw>,
    nonces: HashSet<String>,
    replies: VecDeque<Reply>,
    secret: Option<String>,
    delay: Duration,
}

#[derive(Clone)]
pub struct Gateway {
    pub url: &'static str,
    heard: Arc<Mutex<Heard>>,
    clock: Arc<OnceLock<Clock>>,
    _stop: Arc<oneshot::Sender<()>>,
}

impl Gateway {
    pub async fn start() -> Self {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.expect("a port");
        let address = acceptor.local_addr()[0].as_socket_addr().copied().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let url = Box::leak(format!("http://{address}/send").into_boxed_str());
        let gateway = Self { url, heard: Arc::default(), clock: Arc::default(), _stop: Arc::new(stop) };
        let shared = (Arc::clone(&gateway.heard), Arc::clone(&gateway.clock));
        let endpoint = endpoint::make(move |request: Request| {
            let (heard, clock) = shared.clone();
            async move { answer(request, &heard, clock.get().cloned().unwrap_or_else(Clock::system)).await }
        });
        let app = Route::new().at("/send", post(endpoint.map_to_response()));
        tokio::spawn(async move {
            let until = async {
                let _ = stopped.await;
            };
            Server::new_with_acceptor(acceptor)
                .run_with_graceful_shutdown(app, until, None)
                .await
                .expect("runs");
        });
        gateway
    }

    /// Judges timestamps by this clock instead of the machine's.
    pub fn goes_by(&self, clock: &Clock) {
        assert!(self.clock.set(clock.clone()).is_ok(), "one clock");
    }

    pub fn settings(&self) -> Vec<(&'static str, &'static str)> {
        vec![("TUHE_SMS_URL", self.url), ("TUHE_SMS_KEY_ID", KEY_ID), ("TUHE_SMS_SECRET", SECRET)]
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().expect("whole")
    }

    /// The next requests in order are answered so; all others 202.
    pub fn answers(&self, replies: &[Reply]) {
        self.lock().replies.extend(replies);
    }

    pub fn knows_another_secret(&self, secret: Option<&str>) {
        self.lock().secret = secret.map(str::to_owned);
    }

    pub fn takes_its_time(&self, delay: Duration) {
        self.lock().delay = delay;
    }

    /// The texts of all requests that were in order, whatever was answered.
    pub fn texts(&self) -> Vec<Taken> {
        self.lock().texts.clone()
    }

    pub fn raw(&self) -> Vec<Raw> {
        self.lock().raw.clone()
    }
}

/// HMAC-SHA256 (RFC 2104), worked out here by itself.
fn hmac(secret: &str, message: &str) -> String {
    let mut key = [0_u8; 64];
    key[..secret.len()].copy_from_slice(secret.as_bytes());
    let pad = |byte: u8| key.map(|k| k ^ byte);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    hex::encode(Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize())
}

async fn answer(mut request: Request, heard: &Mutex<Heard>, clock: Clock) -> Response {
    let header = |name: &str| request.header(name).unwrap_or_default().to_owned();
    let (key_id, timestamp) = (header("x-tuhe-key-id"), header("x-tuhe-timestamp"));
    let (nonce, signature) = (header("x-tuhe-nonce"), header("x-tuhe-signature"));
    let body = request.take_body().into_string().await.unwrap_or_default();
    let (reply, delay) = {
        let mut heard = heard.lock().expect("whole");
        let secret = heard.secret.clone().unwrap_or_else(|| SECRET.to_owned());
        let age = clock.now().timestamp() - timestamp.parse::<i64>().unwrap_or_default();
        if key_id != KEY_ID
            || signature != hmac(&secret, &format!("{timestamp}\n{nonce}\n{body}"))
            || age.abs() > 300
        {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        if nonce.len() != 32 || !heard.nonces.insert(nonce.clone()) {
            return StatusCode::CONFLICT.into_response();
        }
        let fields: Value = serde_json::from_str(&body).expect("JSON");
        let text = |key: &str| fields[key].as_str().expect("text").to_owned();
        assert_eq!(fields.as_object().map(serde_json::Map::len), Some(3), "nothing but id, to and text");
        heard.texts.push(Taken { id: text("id"), to: text("to"), text: text("text") });
        heard.raw.push([timestamp, nonce, signature, body]);
        (heard.replies.pop_front().unwrap_or(Reply::Status(202)), heard.delay)
    };
    tokio::time::sleep(delay).await;
    match reply {
        Reply::Status(status) => StatusCode::from_u16(status).expect("a status").into_response(),
        Reply::Silence => std::future::pending().await,
    }
}
