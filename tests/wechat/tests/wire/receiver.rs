//! A developer's server that receives pushes, built on another HTTP implementation than the stand-in's own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use poem::http::StatusCode;
use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use poem::web::{Data, Query};
use poem::{EndpointExt as _, Route, Server, get, handler};
use serde::Deserialize;
use serde_json::Value;
use sha1::{Digest as _, Sha1};

#[derive(Clone, Deserialize)]
struct Signed {
    signature: String,
    timestamp: String,
    nonce: String,
    #[serde(default)]
    echostr: String,
}

impl Signed {
    fn is_genuine(&self) -> bool {
        let mut parts = ["AAAAA", self.timestamp.as_str(), self.nonce.as_str()];
        parts.sort_unstable();
        hex::encode(Sha1::digest(parts.concat())) == self.signature
    }
}

/// What was received, and how to answer the next ones.
#[derive(Default)]
pub struct Inner {
    pub bodies: Vec<String>,
    pub queries: Vec<String>,
    /// Answer these first, then `success`; 0 is not to answer in time.
    pub mood: Vec<u16>,
}

#[derive(Clone, Default)]
pub struct Receiver {
    pub inner: Arc<Mutex<Inner>>,
    pub url: String,
}

impl Receiver {
    pub async fn start() -> Self {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().copied().unwrap();
        let receiver = Self { url: format!("http://{address}/push"), ..Self::default() };
        let app = Route::new().at("/push", get(check).post(receive)).data(receiver.clone());
        tokio::spawn(Server::new_with_acceptor(acceptor).run(app));
        receiver
    }

    pub fn will_answer(&self, mood: &[u16]) {
        self.inner.lock().unwrap().mood = mood.to_vec();
    }

    pub fn bodies(&self) -> Vec<String> {
        self.inner.lock().unwrap().bodies.clone()
    }

    pub fn json(&self) -> Vec<Value> {
        self.bodies().iter().map(|body| serde_json::from_str(body).unwrap()).collect()
    }
}

#[handler]
fn check(Query(signed): Query<Signed>) -> poem::Result<String> {
    if signed.is_genuine() { Ok(signed.echostr) } else { Err(StatusCode::FORBIDDEN.into()) }
}

#[handler]
async fn receive(
    receiver: Data<&Receiver>,
    request: &poem::Request,
    Query(signed): Query<Signed>,
    body: String,
) -> poem::Result<&'static str> {
    if !signed.is_genuine() {
        return Err(StatusCode::FORBIDDEN.into());
    }
    let status = {
        let mut inner = receiver.inner.lock().unwrap();
        inner.bodies.push(body);
        inner.queries.push(request.uri().query().unwrap_or_default().to_owned());
        if inner.mood.is_empty() { 200 } else { inner.mood.remove(0) }
    };
    match status {
        200 => Ok("success"),
        0 => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            Ok("too late")
        }
        other => Err(StatusCode::from_u16(other).unwrap().into()),
    }
}
