//! Who sits at the desk. The guard of every page but the login asks for a [`Desk`]; whoever is not logged in, or has not touched it for
//! half an hour, is led to the login.

use chrono::{DateTime, TimeDelta, Utc};
use poem::http::{StatusCode, header};
use poem::{Request, Response};
use subtle::ConstantTimeEq;

use super::{cookie, form_key};
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::{self, Caller};
use crate::platform::keys::Keys;

/// An unattended desk locks itself.
pub const IDLE: TimeDelta = TimeDelta::minutes(30);

/// A person at a desk.
#[derive(Clone)]
pub struct Desk {
    pub caller: Caller,
    pub now: DateTime<Utc>,
    /// What every form carries.
    pub form_key: String,
    /// The page that was asked for.
    pub path: String,
    pub secure: bool,
    token: String,
}

impl Desk {
    /// Who sits where the request comes from, if somebody does and has touched it within [`IDLE`].
    pub async fn of(request: &Request) -> ApiResult<Option<Self>> {
        let app = request.data::<App>().ok_or_else(|| ApiError::internal("the app is not in the request"))?;
        let now = app.clock.now();
        match cookie::get(request, cookie::DESK).and_then(|value| opened(&app.keys, value, now)) {
            Some(token) => Self::with(app, request, token, now).await,
            None => Ok(None),
        }
    }

    /// Whose session this is, if it is one.
    pub async fn with(
        app: &App,
        request: &Request,
        token: &str,
        now: DateTime<Utc>,
    ) -> ApiResult<Option<Self>> {
        let caller = match identity::caller(app, token, now).await {
            Ok(caller) => caller,
            Err(error) if error.status == StatusCode::UNAUTHORIZED => return Ok(None),
            Err(error) => return Err(error),
        };
        let form_key = form_key::of(&app.keys, &caller);
        let path = request.original_uri().path().to_owned();
        let secure = cookie::is_secure(app, request);
        Ok(Some(Self { caller, now, form_key, path, secure, token: token.to_owned() }))
    }

    /// Whether the caller may do this somewhere: decides what is shown, not what is allowed.
    pub fn may(&self, action: Action) -> bool {
        access::check_any(&self.caller, action).is_ok()
    }

    /// The cookie that says it was used just now.
    pub fn touch(&self, keys: &Keys, response: &mut Response) {
        let value = signed(keys, &self.token, self.now);
        cookie::set(response, cookie::DESK, &value, IDLE.num_seconds(), self.secure);
    }
}

/// The cookie's value.
pub fn signed(keys: &Keys, token: &str, at: DateTime<Utc>) -> String {
    let at = at.timestamp();
    format!("{token}.{at}.{}", hex::encode(keys.link_signature(&format!("desk/{token}/{at}"))))
}

/// The token in a cookie of ours that was used within [`IDLE`].
fn opened<'a>(keys: &Keys, value: &'a str, now: DateTime<Utc>) -> Option<&'a str> {
    let (token, rest) = value.split_once('.')?;
    let (at, _) = rest.split_once('.')?;
    let at = DateTime::from_timestamp(at.parse().ok()?, 0)?;
    let whole = signed(keys, token, at);
    (bool::from(whole.as_bytes().ct_eq(value.as_bytes())) && now - at <= IDLE).then_some(token)
}

pub fn to_login() -> poem::Error {
    poem::Error::from_response(see("/console/login"))
}

/// Leads the browser on, after a form too.
pub fn see(path: &str) -> Response {
    Response::builder().status(StatusCode::SEE_OTHER).header(header::LOCATION, path).finish()
}
