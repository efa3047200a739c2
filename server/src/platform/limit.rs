//! Rate limits: a token bucket per key in Redis (so that replicas share it), in the process when Redis is away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::redis::Redis;

/// Generic cell rate algorithm: the key holds the instant at which the bucket is full again, in microseconds.
/// Returns 0 when the token was given, else the microseconds to wait.
const SCRIPT: &str = r"
local now, step, room = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = tonumber(redis.call('GET', KEYS[1]) or now)
if full < now then full = now end
if full - now > room - step then return full - now - (room - step) end
redis.call('SET', KEYS[1], string.format('%.0f', full + step), 'PX', math.ceil((full + step - now) / 1000) + 1000)
return 0";

/// A bucket's size and how long a full refill takes.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub burst: u32,
    pub per: Duration,
}

#[derive(Clone)]
pub struct Limiter {
    redis: Redis,
    local: Arc<Mutex<HashMap<String, i64>>>,
}

impl Limiter {
    pub fn new(redis: Redis) -> Self {
        Self { redis, local: Arc::default() }
    }

    /// Takes a token of `key`, or says after how many seconds to come back.
    pub async fn take(&self, key: &str, rate: Rate, now: DateTime<Utc>) -> Result<(), u64> {
        self.try_take(key, rate, now).await.map_err(|wait| wait.as_secs() + 1)
    }

    /// Takes a token of `key`, or says how long to wait for one.
    pub async fn try_take(&self, key: &str, rate: Rate, now: DateTime<Utc>) -> Result<(), Duration> {
        let room = i64::try_from(rate.per.as_micros()).unwrap_or(i64::MAX);
        let step = room / i64::from(rate.burst.max(1));
        let now = now.timestamp_micros();
        let script = redis::Script::new(SCRIPT);
        let mut call = script.key(self.redis.key(&format!("limit:{key}")));
        call.arg(now).arg(step).arg(room);
        let wait = match call.invoke_async::<i64>(&mut self.redis.commands()).await {
            Ok(wait) => wait,
            Err(_) => self.take_local(key, now, step, room),
        };
        if wait <= 0 { Ok(()) } else { Err(Duration::from_micros(wait.unsigned_abs())) }
    }

    fn take_local(&self, key: &str, now: i64, step: i64, room: i64) -> i64 {
        let Ok(mut buckets) = self.local.lock() else { return 0 };
        if buckets.len() > 10_000 {
            buckets.retain(|_, full| *full > now);
        }
        let full = buckets.entry(key.to_owned()).or_insert(now);
        *full = (*full).max(now);
        if *full - now > room - step {
            return *full - now - (room - step);
        }
        *full += step;
        0
    }
}
