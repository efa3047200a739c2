//! Around every request: an id, the time by the one clock, a place among those under way, a time limit, one log line, one
//! metric.

use std::sync::Arc;
use std::time::{Duration, Instant};

use poem::PathPattern;
use poem::http::{HeaderValue, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::body;
use crate::App;
use crate::console;
use crate::error::ApiError;
use crate::platform::clock::Clock;
use crate::platform::metrics;

/// An ordinary request, and what an upload may take beside its bytes.
const LIMIT: Duration = Duration::from_secs(30);
const WORK_LIMIT: Duration = Duration::from_mins(1);

/// The middleware.
pub struct Guards {
    clock: Clock,
    places: Arc<Semaphore>,
    upload_limit: Duration,
}

impl Guards {
    pub fn new(app: &App) -> Self {
        Self {
            clock: app.clock.clone(),
            places: Arc::new(Semaphore::new(app.config.max_requests)),
            upload_limit: app.config.upload_time + WORK_LIMIT,
        }
    }
}

impl<E: Endpoint> Middleware<E> for Guards {
    type Output = Guarded<E>;

    fn transform(&self, inner: E) -> Self::Output {
        Guarded {
            inner,
            clock: self.clock.clone(),
            places: Arc::clone(&self.places),
            upload_limit: self.upload_limit,
        }
    }
}

pub struct Guarded<E> {
    inner: E,
    clock: Clock,
    places: Arc<Semaphore>,
    upload_limit: Duration,
}

impl<E: Endpoint> Endpoint for Guarded<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let id = Uuid::new_v4().simple().to_string();
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let started = Instant::now();
        let answer = self.answer(request, &path).await;
        let (route, mut response) = match answer {
            Ok(response) => (response.data::<PathPattern>().cloned(), response),
            Err(error) => {
                let route = error.data::<PathPattern>().cloned();
                let is_page = path.starts_with("/console/");
                (
                    route,
                    if is_page { console::trouble(error).await } else { super::render::error(error).await },
                )
            }
        };
        let status = response.status().as_u16();
        let took = started.elapsed();
        metrics::request(route.as_ref().map(|pattern| &*pattern.0), status, took);
        // Ids in the path are of things, never of tokens, but for a calendar's, whose path is its secret; the query, which may
        // carry a signature, is left out.
        let path = if path.starts_with("/feeds/") { "/feeds/…" } else { path.as_str() };
        tracing::info!(target: "tuhe::http", request = %id, %method, path, status, ms = took.as_millis(), "answered");
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("x-request-id", value);
        }
        // Phones count their days by this header (RFC 9110 §6.6.1); in the demo it is the demo's day.
        let date = self.clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        if let Ok(value) = HeaderValue::from_str(&date) {
            response.headers_mut().insert(header::DATE, value);
        }
        Ok(response)
    }
}

impl<E: Endpoint> Guarded<E> {
    async fn answer(&self, request: Request, path: &str) -> Result<Response> {
        if path == "/healthz" || path == "/readyz" || path == "/metrics" {
            return Ok(self.inner.call(request).await?.into_response());
        }
        let Ok(_place) = self.places.try_acquire() else {
            return Err(
                ApiError::unavailable("server.busy", "系统正忙,请稍后再试,已填的内容请保留。", 2).into()
            );
        };
        let limit = if body::is_upload(path) { self.upload_limit } else { LIMIT };
        match tokio::time::timeout(limit, self.inner.call(request)).await {
            Ok(answer) => Ok(answer?.into_response()),
            Err(_) => {
                Err(ApiError::unavailable("server.timeout", "处理超时,请稍后再试,已填的内容请保留。", 5)
                    .into())
            }
        }
    }
}
