//! The replicas' common copy of the token: the Redis hash `{prefix}wechat:{appid}:token` with `value`, `issued_ms` and
//! `dies_ms`, gone with the token (TTL).
//!
//! Redis is speed, not truth (design D1): every failure here is a warning, after which the caller asks WeChat itself.
//! Both writes are scripts, because they compare before they write.

use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::aio::ConnectionManager;
use redis::{RedisResult, Script};
use secrecy::ExposeSecret;

use super::token::Token;

/// A Redis that is slower than this is away.
const PATIENCE: Duration = Duration::from_secs(1);

/// Keep the newcomer unless the one held was asked for later; answer with the one that stays.
const OFFER: &str = r"
local held = redis.call('HMGET', KEYS[1], 'value', 'issued_ms', 'dies_ms')
if held[1] and tonumber(held[2]) > tonumber(ARGV[2]) then return held end
redis.call('HSET', KEYS[1], 'value', ARGV[1], 'issued_ms', ARGV[2], 'dies_ms', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {ARGV[1], ARGV[2], ARGV[3]}
";

/// Forget the token only if it is the refused one.
const EXPIRE: &str = r"
if redis.call('HGET', KEYS[1], 'value') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
";

type Fields = (Option<String>, Option<i64>, Option<i64>);

pub struct SharedToken {
    redis: ConnectionManager,
    key: String,
    offer: Script,
    expire: Script,
}

impl SharedToken {
    pub fn new(redis: ConnectionManager, prefix: &str, appid: &str) -> Self {
        let key = format!("{prefix}wechat:{appid}:token");
        Self { redis, key, offer: Script::new(OFFER), expire: Script::new(EXPIRE) }
    }

    /// The token the replicas hold.
    pub async fn load(&self) -> Option<Token> {
        let mut redis = self.redis.clone();
        let mut command = redis::cmd("HMGET");
        command.arg(&self.key).arg("value").arg("issued_ms").arg("dies_ms");
        token(patiently(command.query_async(&mut redis)).await?)
    }

    /// Offer a token just fetched; answers with the one that stays, which may be another replica's.
    pub async fn offer(&self, offered: &Token, now: DateTime<Utc>) -> Option<Token> {
        let mut redis = self.redis.clone();
        let mut call = self.offer.key(&self.key);
        call.arg(offered.value.expose_secret())
            .arg(offered.issued_at.timestamp_millis())
            .arg(offered.dies_at.timestamp_millis())
            .arg((offered.dies_at - now).num_milliseconds().max(1));
        token(patiently(call.invoke_async(&mut redis)).await?)
    }

    /// Forget this token, and no other.
    pub async fn expire(&self, refused: &Token) {
        let mut redis = self.redis.clone();
        let mut call = self.expire.key(&self.key);
        call.arg(refused.value.expose_secret());
        patiently(call.invoke_async::<i64>(&mut redis)).await;
    }
}

fn token((value, issued, dies): Fields) -> Option<Token> {
    let issued_at = DateTime::from_timestamp_millis(issued?)?;
    let dies_at = DateTime::from_timestamp_millis(dies?)?;
    Some(Token::new(value?.into(), issued_at, dies_at))
}

async fn patiently<T>(work: impl Future<Output = RedisResult<T>>) -> Option<T> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(value)) => Some(value),
        Ok(Err(error)) => {
            tracing::warn!(kind = ?error.kind(), "redis has no part in the wechat token just now");
            None
        }
        Err(_) => {
            tracing::warn!("redis is too slow for the wechat token");
            None
        }
    }
}
