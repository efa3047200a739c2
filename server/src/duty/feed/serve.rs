//! `GET /feeds/{secret}.ics`: outside the API document, because its permission is the secret itself.

use std::time::Duration;

use chrono::TimeDelta;
use poem::http::{HeaderMap, StatusCode, header};
use poem::web::{Data, Path};
use poem::{Request, Response, handler};

use super::ics;
use super::{planned, sql};
use crate::App;
use crate::edge;
use crate::error::{ApiError, ApiResult};
use crate::identity::hash_of;
use crate::platform::clock;
use crate::platform::limit::Rate;

/// How long what is over stays in the calendar, and how far ahead it reaches.
const BACK: TimeDelta = TimeDelta::days(60);
const AHEAD: TimeDelta = TimeDelta::days(400);
/// A village shares one address. Whoever guesses would need some 10⁷⁰ tries.
const PER_ADDRESS: Rate = Rate { burst: 60, per: Duration::from_mins(1) };
/// A calendar asks a few times an hour.
const PER_SECRET: Rate = Rate { burst: 30, per: Duration::from_mins(10) };

/// The calendar behind a secret. A secret that is unknown, ended or its person's no more gets the 404 of any page that is
/// not there.
#[handler]
pub async fn show(
    app: Data<&App>,
    Path(file): Path<String>,
    request: &Request,
    headers: &HeaderMap,
) -> ApiResult<Response> {
    let now = app.clock.now();
    let address = edge::client_address(request, &app.config.trusted_proxies);
    app.limiter.take(&format!("feed:{address}"), PER_ADDRESS, now).await.map_err(ApiError::too_many)?;
    let secret = file.strip_suffix(".ics").ok_or_else(ApiError::not_found)?;
    let hash = hash_of(secret);
    let today = clock::today(now);
    let fed = sql::fed(&app.db, &hash, today, today - BACK, today + AHEAD)
        .await?
        .filter(|fed| fed.entitled)
        .ok_or_else(ApiError::not_found)?;
    app.limiter
        .take(&format!("feed-of:{}", hex::encode(&hash)), PER_SECRET, now)
        .await
        .map_err(ApiError::too_many)?;
    let town = fed.town_id;
    let entries = planned::with(fed, today)?;
    let tag = ics::tag(&entries);
    let response = Response::builder()
        .header(header::ETAG, &tag)
        .header(header::CACHE_CONTROL, "private, no-cache")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header("X-Robots-Tag", "noindex");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|tags| tags.split(',').any(|one| one.trim() == tag || one.trim() == "*")) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    Ok(response
        .content_type("text/calendar; charset=utf-8")
        .header(header::CONTENT_DISPOSITION, "inline; filename=\"tuhe.ics\"")
        .body(ics::write(town, &entries, now)))
}
