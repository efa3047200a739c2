//! Sessions. Redis maps a token's hash to its session and slides its expiry; the row in PostgreSQL can be revoked and
//! is read with the caller's posts on every request, so nothing that happens to Redis revives a logged-out session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use poem::http::StatusCode;
use redis::AsyncCommands;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Caller, sql};
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::ids::{PersonId, SessionId, TownId};
use crate::platform::clock;
use crate::platform::keys::{random, sha256};
use crate::platform::redis::Redis;

/// How long Redis keeps a session that is not used; after that its first request asks the row again.
const IDLE: Duration = Duration::from_hours(30 * 24);
/// A session ends after this long, used or not.
const LIFE: TimeDelta = TimeDelta::days(180);

/// What is stored of a token.
pub fn hash_of(token: &str) -> Vec<u8> {
    sha256(token.as_bytes()).to_vec()
}

/// A new session on `device`; returns the token, which is stored nowhere. The Redis half is made at first use.
pub async fn start(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    device: &str,
    now: DateTime<Utc>,
) -> ApiResult<String> {
    let token = BASE64_URL_SAFE_NO_PAD.encode(random());
    sql::insert_session(tx, town, SessionId::new(), person, &hash_of(&token), device, now, now + LIFE)
        .await?;
    Ok(token)
}

/// Ends every session of a person. The Redis halves need no word: the row decides.
pub async fn revoke_all(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    now: DateTime<Utc>,
) -> ApiResult<u64> {
    Ok(sql::revoke_sessions(tx, town, person, None, true, now).await?)
}

/// A login that still holds.
pub struct Device {
    pub session: SessionId,
    /// What the person called it.
    pub name: String,
    pub started_at: DateTime<Utc>,
    /// Known by how long Redis will still keep it; not when Redis is away or has forgotten it.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// The caller's logins, the newest first.
pub async fn devices(app: &App, caller: &Caller, now: DateTime<Utc>) -> ApiResult<Vec<Device>> {
    let rows = sql::sessions(&app.db, caller.town, caller.person, now).await?;
    let mut left = redis::pipe();
    for row in &rows {
        left.ttl(app.redis.key(&format!("session:{}", hex::encode(&row.token_hash))));
    }
    let asked: Result<Vec<i64>, _> = left.query_async(&mut app.redis.commands()).await;
    let left = asked.unwrap_or_default();
    let used = |n: usize| {
        let left = TimeDelta::seconds(*left.get(n).filter(|seconds| **seconds >= 0)?);
        Some(now - (TimeDelta::from_std(IDLE).ok()? - left))
    };
    let devices = rows.into_iter().enumerate().map(|(n, row)| Device {
        session: SessionId(row.id),
        name: row.device,
        started_at: row.created_at,
        last_used_at: used(n).map(|at| at.clamp(row.created_at, now)),
    });
    Ok(devices.collect())
}

/// Ends one session of a person; returns 0 if it had ended already, or is not theirs.
pub async fn revoke_one(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    session: SessionId,
    now: DateTime<Utc>,
) -> ApiResult<u64> {
    Ok(sql::revoke_sessions(tx, town, person, Some(session), true, now).await?)
}

/// The caller behind a token, with the posts held today.
pub async fn caller(app: &App, token: &str, now: DateTime<Utc>) -> ApiResult<Caller> {
    if token.len() > 100 {
        return Err(ApiError::unauthorized());
    }
    let hash = sha256(token.as_bytes());
    if let Some((town, session)) = app.sessions.seen(&hash) {
        return held(app, &hash, town, session, now).await;
    }
    let live = Live { redis: &app.redis, key: app.redis.key(&format!("session:{}", hex::encode(hash))) };
    let known = live.find().await;
    let (town, session) = match known {
        Some(found) => found,
        None => match sql::session_by_token(&app.reads, &hash, now).await? {
            Some(found) => found,
            None => return Err(refusal(app, &hash).await?),
        },
    };
    let caller = held(app, &hash, town, session, now).await?;
    if known.is_none() {
        live.remember(town, session).await;
    }
    app.sessions.note(hash, town, session);
    Ok(caller)
}

async fn held(
    app: &App,
    hash: &[u8],
    town: TownId,
    session: SessionId,
    now: DateTime<Utc>,
) -> ApiResult<Caller> {
    match sql::caller(&app.reads, town, session, now, clock::today(now)).await? {
        Some(caller) => Ok(caller),
        None => Err(refusal(app, hash).await?),
    }
}

/// Why a token opens nothing: the phone asks WeChat again where a login ran out, and the person where somebody ended it.
async fn refusal(app: &App, hash: &[u8]) -> ApiResult<ApiError> {
    if sql::is_logged_out(&app.reads, hash).await? {
        return Ok(ApiError::new(StatusCode::UNAUTHORIZED, "identity.logged_out", "已退出登录,请重新登录。"));
    }
    Ok(ApiError::unauthorized())
}

/// Which sessions the tokens of the last minute belong to: who taps through the app asks Redis once, not at every tap. Only
/// the row says whether a session still holds, so nothing here can revive one.
#[derive(Clone, Default)]
pub struct Sessions(Arc<Mutex<HashMap<[u8; 32], Seen>>>);

struct Seen {
    town: TownId,
    session: SessionId,
    at: Instant,
}

impl Sessions {
    const MINUTE: Duration = Duration::from_mins(1);
    /// More than a county's people at once; the map is emptied when it is full.
    const MOST: usize = 10_000;

    fn seen(&self, hash: &[u8; 32]) -> Option<(TownId, SessionId)> {
        let sessions = self.0.lock().ok()?;
        let seen = sessions.get(hash)?;
        (seen.at.elapsed() < Self::MINUTE).then_some((seen.town, seen.session))
    }

    /// As in a process that has seen none of them.
    pub fn forget(&self) {
        if let Ok(mut sessions) = self.0.lock() {
            sessions.clear();
        }
    }

    fn note(&self, hash: [u8; 32], town: TownId, session: SessionId) {
        let Ok(mut sessions) = self.0.lock() else { return };
        if sessions.len() >= Self::MOST {
            sessions.clear();
        }
        sessions.insert(hash, Seen { town, session, at: Instant::now() });
    }
}

/// The Redis half of one session. Failures are silent: the slower way always works.
struct Live<'a> {
    redis: &'a Redis,
    key: String,
}

impl Live<'_> {
    async fn find(&self) -> Option<(TownId, SessionId)> {
        let expiry = redis::Expiry::EX(IDLE.as_secs());
        let value: Option<String> = self.redis.commands().get_ex(&self.key, expiry).await.ok()?;
        let value = value?;
        let (town, session) = value.split_once('/')?;
        Some((TownId(Uuid::parse_str(town).ok()?), SessionId(Uuid::parse_str(session).ok()?)))
    }

    async fn remember(&self, town: TownId, session: SessionId) {
        let stored: Result<(), _> =
            self.redis.commands().set_ex(&self.key, format!("{town}/{session}"), IDLE.as_secs()).await;
        if let Err(error) = stored {
            tracing::debug!(%error, "session not cached");
        }
    }
}
