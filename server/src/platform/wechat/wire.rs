//! One exchange with WeChat, and what may be said of it when it fails: was the request provably never written?

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Url, redirect, retry};
use secrecy::{ExposeSecret, SecretString};

use super::{SetupError, install_tls};

/// Every JSON answer is a few hundred bytes; more than this is not WeChat speaking.
const MAX_ANSWER: usize = 64 * 1024;

/// An idle connection is dropped before the far side does it: a request written into a connection that is just being
/// closed ends as "may have been sent", and that costs a person a message.
const IDLE: Duration = Duration::from_secs(5);

/// Why there is no usable answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No connection (refused, no such name, TLS failed, connect timed out): the request was provably not written.
    #[error("no connection")]
    NoConnection,
    /// No complete answer in time; the request may have been acted on.
    #[error("timeout")]
    Timeout,
    /// The connection broke after it stood; the request may have been acted on.
    #[error("connection broken")]
    Broken,
    /// An answer that is not WeChat's; the request may have been acted on.
    #[error("unreadable answer")]
    Unreadable,
}

/// An answer as it came. `Content-Type` is not kept, since WeChat's does not mean anything (§1.0).
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

/// The HTTP side: base address and connection pool.
#[derive(Clone)]
pub struct Wire {
    client: Client,
    base: String,
}

impl Wire {
    /// `base` may carry a path prefix (a relay inside the county's network).
    pub fn new(base: &str, timeout: Duration) -> Result<Self, SetupError> {
        install_tls();
        let url = Url::parse(base).map_err(|_| SetupError::BaseUrl)?;
        let builder = Client::builder()
            .timeout(timeout)
            // Shorter than the whole, so that a connect that hangs is known as such and not as "may have been sent".
            .connect_timeout(timeout.min(Duration::from_secs(8)) / 2)
            .pool_idle_timeout(IDLE)
            .http1_only()
            // Neither a redirect nor a repeat may carry a token or a message anywhere behind our back.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .user_agent("tuhe");
        let builder = match url.scheme() {
            "https" => builder,
            // Plain HTTP is the stand-in on this machine: no proxy of the environment, no need of root certificates.
            "http" => builder.no_proxy().tls_certs_only([]),
            _ => return Err(SetupError::BaseUrl),
        };
        let client = builder.build().map_err(|error| SetupError::Http(error.without_url().to_string()))?;
        Ok(Self { client, base: base.trim_end_matches('/').into() })
    }

    /// GET with query fields.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Reply, Failure> {
        exchange(self.client.get(self.url(path)).query(query)).await
    }

    /// POST JSON; with `token` the call is made in the app's name (the token travels in the query, §1.0).
    pub async fn post(
        &self,
        path: &str,
        token: Option<&SecretString>,
        json: Vec<u8>,
    ) -> Result<Reply, Failure> {
        let mut request =
            self.client.post(self.url(path)).header("content-type", "application/json").body(json);
        if let Some(token) = token {
            request = request.query(&[("access_token", token.expose_secret())]);
        }
        exchange(request).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

async fn exchange(request: RequestBuilder) -> Result<Reply, Failure> {
    let mut response = request.send().await.map_err(|error| failure(&error))?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Failure::Unreadable);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, body })
}

/// The error itself is dropped here, because its text holds the URL. "Connect" is asked first: a connect that timed
/// out is both, and it is the stronger statement.
fn failure(error: &reqwest::Error) -> Failure {
    if error.is_connect() || error.is_builder() {
        Failure::NoConnection
    } else if error.is_timeout() {
        Failure::Timeout
    } else {
        Failure::Broken
    }
}
