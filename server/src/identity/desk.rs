//! 电脑登录: a desk shows a code for five minutes, a phone that is logged in says "that is me", and the desk is in. Nobody
//! types a password, and the desk's own secret never leaves its browser but to us.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;
use serde_json::json;
use sqlx::PgConnection;

use super::{Caller, sql};
use crate::App;
use crate::audit;
use crate::error::{ApiError, ApiResult};
use crate::ids::SessionId;
use crate::platform::keys::random;
use crate::platform::limit::Rate;

/// How long a code is shown.
pub const WAIT: TimeDelta = TimeDelta::minutes(5);
/// A working day; the desk locks itself long before where nobody works at it.
pub(super) const LIFE: TimeDelta = TimeDelta::hours(12);
/// How a desk stands in the list of devices.
pub(super) const DEVICE: &str = "办公电脑";
/// Codes typed by one person: a wrong one costs nothing but must not be guessed at.
const PER_PERSON: Rate = Rate { burst: 6, per: std::time::Duration::from_mins(10) };

/// A desk that waits to be told whose it is.
pub struct Waiting {
    /// Eight digits, shown on the screen.
    pub code: String,
    /// Becomes the session's token; the browser keeps it.
    pub token: String,
}

/// Makes a code for a desk.
pub async fn wait(tx: &mut PgConnection, app: &App, now: DateTime<Utc>) -> ApiResult<Waiting> {
    sql::sweep_pairings(tx, now).await?;
    let token = BASE64_URL_SAFE_NO_PAD.encode(random());
    // Two desks may draw the same digits: then again.
    for _ in 0..8 {
        let code = format!("{:08}", rand::rng().random_range(0..100_000_000_u32));
        let (hash, until) = (app.keys.code_hash(&code), now + WAIT);
        if sql::insert_pairing(tx, &hash, &super::hash_of(&token), until).await? {
            return Ok(Waiting { code, token });
        }
    }
    Err(ApiError::unavailable("server.busy", "系统正忙,请稍后再试。", 5))
}

/// The caller, on a phone, says that the desk showing `code` is theirs.
pub async fn confirm(
    tx: &mut PgConnection,
    app: &App,
    caller: &Caller,
    code: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let key = format!("desk:{}:{}", caller.town, caller.person);
    app.limiter.take(&key, PER_PERSON, now).await.map_err(ApiError::too_many)?;
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let token_hash = sql::use_pairing(tx, &app.keys.code_hash(&digits), now).await?.ok_or_else(|| {
        ApiError::refused(
            "identity.desk_code_invalid",
            "配对码不对或已过期,请看电脑屏幕上现在显示的 8 位数字。",
        )
    })?;
    let session = SessionId::new();
    sql::insert_session(tx, caller.town, session, caller.person, &token_hash, DEVICE, now, now + LIFE)
        .await?;
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action: "identity.desk_logged_in",
        subject_kind: "session",
        subject: Some(session.0),
        facts: &json!({}),
    };
    audit::record(tx, entry, now).await
}
