//! A few lines of HTTP server for this module's tests, which can also misbehave: hang, reset, cut an answer short.
//! It knows nothing of WeChat; the stand-in that does lives with the integration tests and shares nothing with us.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::DateTime;
use redis::aio::ConnectionManager;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::{MiniProgramState, WeChat, WechatConfig};
use crate::platform::clock::Clock;

#[derive(Debug, Clone)]
pub struct Seen {
    /// Method and path with query, as sent.
    pub line: String,
    pub body: String,
    /// How many requests came before this one.
    pub nth: usize,
}

impl Seen {
    pub fn is(&self, path: &str) -> bool {
        self.line.split([' ', '?']).nth(1) == Some(path)
    }

    pub fn has_token(&self, token: &str) -> bool {
        self.line.ends_with(&format!("access_token={token}"))
    }
}

#[derive(Debug, Clone)]
pub enum Act {
    Reply(u16, String),
    /// Read all, then close without a word.
    Reset,
    /// Read all, then never answer.
    Hang,
    /// Promise more than is sent, then close.
    Cut(&'static str),
}

impl Act {
    pub fn json(body: impl Into<String>) -> Self {
        Self::Reply(200, body.into())
    }

    pub fn token(value: &str) -> Self {
        Self::json(format!(r#"{{"access_token":"{value}","expires_in":7200}}"#))
    }
}

pub struct Stub {
    pub base: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    listening: JoinHandle<()>,
}

impl Stub {
    pub async fn start(act: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (act, log) = (Arc::new(act), seen.clone());
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, act.clone(), log.clone()));
            }
        });
        Self { base, seen, listening }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("log").clone()
    }

    /// Stop listening; from now on a connection is refused.
    pub async fn stop(self) {
        self.listening.abort();
        let ended = self.listening.await;
        assert!(ended.is_err(), "aborted");
    }

    pub fn count(&self, path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.is(path)).count()
    }

    pub fn client(&self) -> WeChat {
        self.client_with(Duration::from_secs(5), None)
    }

    pub fn client_with(&self, timeout: Duration, redis: Option<ConnectionManager>) -> WeChat {
        client(&self.base, timeout, redis, noon())
    }

    /// A client whose base address nobody listens on.
    pub async fn nowhere() -> WeChat {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        drop(listener);
        client(&base, Duration::from_secs(5), None, noon())
    }
}

/// 2021-10-10 12:00 in Shanghai, standing still.
pub fn noon() -> Clock {
    Clock::frozen(DateTime::from_timestamp(1_633_838_400, 0).expect("instant"))
}

pub fn client(base: &str, timeout: Duration, redis: Option<ConnectionManager>, clock: Clock) -> WeChat {
    let config = WechatConfig {
        base_url: base.into(),
        appid: "wx1".into(),
        secret: "s3cret".into(),
        push_token: Some("AAAAA".into()),
        push_key: None,
        timeout,
        miniprogram_state: MiniProgramState::Formal,
        redis_prefix: "t:".into(),
    };
    WeChat::new(config, redis, clock).expect("client")
}

async fn serve<F: Fn(&Seen) -> Act>(mut stream: TcpStream, act: Arc<F>, log: Arc<Mutex<Vec<Seen>>>) {
    let mut bytes = Vec::new();
    let (head, length) = loop {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.parse::<usize>().expect("length"));
            break (head.to_owned(), length);
        }
    };
    while bytes.len() < head.len() + 4 + length {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let request = {
        let mut log = log.lock().expect("log");
        let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
        let body = String::from_utf8_lossy(&bytes[head.len() + 4..]).into_owned();
        let seen = Seen { line, body, nth: log.len() };
        log.push(seen.clone());
        seen
    };
    let (status, body, promised) = match act(&request) {
        Act::Reply(status, body) => (status, body.clone(), body.len()),
        Act::Cut(body) => (200, body.to_owned(), body.len() + 50),
        Act::Reset => return,
        Act::Hang => return std::future::pending().await,
    };
    let answer = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: text/plain\r\nconnection: close\r\ncontent-length: {promised}\r\n\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).await.expect("answer");
}
