//! Liveness, readiness, metrics.

use poem::http::StatusCode;
use poem::web::{Data, Json};
use poem::{IntoResponse, Response, handler};
use serde_json::json;

use crate::App;
use crate::platform::metrics;

/// The process runs.
#[handler]
pub fn alive() -> &'static str {
    "ok"
}

/// `ready`; `degraded` without Redis (slower, nothing lost); 503 without PostgreSQL or the photo store.
#[handler]
pub async fn ready(app: Data<&App>) -> Response {
    let database = sqlx::raw_sql("select 1").execute(&app.db).await.is_ok();
    let photos = app.photos.len("ready").await.is_ok();
    let redis = app.redis.alive().await;
    let (status, word) = match (database && photos, redis) {
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        (true, false) => (StatusCode::OK, "degraded"),
        (true, true) => (StatusCode::OK, "ready"),
    };
    let body = json!({ "status": word, "database": database, "photos": photos, "redis": redis });
    Json(body).with_status(status).into_response()
}

/// Prometheus text.
#[handler]
pub fn numbers() -> Response {
    metrics::text().with_content_type("text/plain; version=0.0.4").into_response()
}
