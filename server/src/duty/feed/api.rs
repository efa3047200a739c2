use chrono::{DateTime, FixedOffset};
use poem::Request;
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::sql;
use crate::App;
use crate::edge::{Done, local};
use crate::error::ApiResult;
use crate::identity::Auth;
use crate::tags::Tag;

pub struct Api;

/// 日历订阅
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct FeedState {
    active: bool,
    since: Option<DateTime<FixedOffset>>,
}

/// A new address.
#[derive(Object)]
struct FeedAddress {
    /// Shown once, to be pasted into a calendar; whoever has it reads the titles and days.
    url: String,
    /// The same without the server's name.
    path: String,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Duty")]
impl Api {
    /// Whether I have a calendar address. The address itself is not kept.
    #[oai(path = "/me/calendar-feed", method = "get", operation_id = "calendar_feed")]
    async fn state(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<FeedState>> {
        let since = sql::since(&app.db, auth.0.town, auth.0.person).await?;
        Ok(Json(FeedState { active: since.is_some(), since: since.map(local) }))
    }

    /// Make a calendar address, or a new one in place of the one I have.
    #[oai(path = "/me/calendar-feed", method = "post", operation_id = "make_calendar_feed")]
    async fn make(&self, auth: Auth, app: Data<&App>, request: &Request) -> ApiResult<Json<FeedAddress>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let path = super::make(&mut tx, &caller, now).await?;
        tx.commit().await?;
        Ok(Json(FeedAddress { url: format!("{}{path}", base(&app, request)), path }))
    }

    /// End my calendar address at once.
    #[oai(path = "/me/calendar-feed/end", method = "post", operation_id = "end_calendar_feed")]
    async fn end(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        super::end(&mut tx, &caller, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }
}

/// Where this server is reached: as configured, or else as the phone that asks reached it.
fn base(app: &App, request: &Request) -> String {
    if let Some(url) = &app.config.public_url {
        return url.clone();
    }
    let sound = |host: &&str| host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c));
    let host = request.header("host").filter(sound).unwrap_or_default();
    let peer = request.remote_addr().as_socket_addr().map(std::net::SocketAddr::ip);
    let is_proxied = peer.is_some_and(|peer| app.config.trusted_proxies.contains(&peer));
    let scheme = match request.header("x-forwarded-proto") {
        Some("https") if is_proxied => "https",
        _ => "http",
    };
    if host.is_empty() { String::new() } else { format!("{scheme}://{host}") }
}
