//! Who sits at the desk. The guard of every page but the login asks for a [`Desk`]; whoever is not logged in, or has not touched it for
//! half an hour, is led to the login.

use chrono::{DateTime, TimeDelta, Utc};
use poem::http::{StatusCode, header};
use poem::{Request, Response};
use subtle::ConstantTimeEq;

use super::cookie;
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
    /// What every form carries, so that no other site's page can send one.
    pub form_key: String,
    pub secure: bool,
    token: String,
}

impl Desk {
    /// Who sits where the request comes from; else the way to the login.
    pub async fn of(request: &Request) -> poem::Result<Self> {
        let app = request.data::<App>().ok_or_else(|| ApiError::internal("the app is not in the request"))?;
        let now = app.clock.now();
        let kept = cookie::get(request, cookie::DESK).and_then(|value| opened(&app.keys, value, now));
        let Some(token) = kept else { return Err(to_login()) };
        let caller = match identity::caller(app, token, now).await {
            Ok(caller) => caller,
            Err(error) if error.status == StatusCode::UNAUTHORIZED => return Err(to_login()),
            Err(error) => return Err(error.into()),
        };
        let form_key = hex::encode(app.keys.link_signature(&format!("form/{}", caller.session)));
        let secure = cookie::is_secure(app, request);
        Ok(Self { caller, now, form_key, secure, token: token.to_owned() })
    }

    /// Whether the caller may do this somewhere: decides what is shown, not what is allowed.
    pub fn may(&self, action: Action) -> bool {
        access::check_any(&self.caller, action).is_ok()
    }

    /// A form must carry the desk's own key.
    pub fn check(&self, form_key: &str) -> ApiResult<()> {
        if bool::from(self.form_key.as_bytes().ct_eq(form_key.as_bytes())) {
            return Ok(());
        }
        Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "console.form_expired",
            "页面已过期,请返回上一页刷新后再试。",
        ))
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

fn to_login() -> poem::Error {
    poem::Error::from_response(see("/console/login"))
}

/// Leads the browser on, after a form too.
pub fn see(path: &str) -> Response {
    Response::builder().status(StatusCode::SEE_OTHER).header(header::LOCATION, path).finish()
}
