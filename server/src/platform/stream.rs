//! A stream of small values shared out among readers: Redis Streams as wake-up and distribution, never as truth.
//!
//! - The stream `{prefix}{name}` holds entries with one field, `v`. PostgreSQL knows what a value stands for and whether
//!   it is still to be done, so an entry that is lost, doubled or read twice does no harm; it must only be looked up.
//! - One consumer group reads it. The group starts at the stream's first entry and is made again whenever it is missing:
//!   a Redis that lost its memory (`NOGROUP`) only costs time.
//! - A consumer's name is the epoch of one start of one process, never a host's name: a name used again would look alive
//!   while its former entries rot. Consumers without pending entries that have been silent for an hour are removed.
//! - An entry is acknowledged and deleted in one step, after what it stands for is committed. `XACK` alone would let the
//!   stream grow without bound. `MAXLEN ~` is the last resort; what it cuts off is found again by PostgreSQL.
//! - Entries pending longer than [`CLAIM_IDLE`] are taken over by whoever asks. That is longer than an HTTP exchange, so
//!   as a rule their reader is dead; if not, the lookup refuses one of the two.
//! - There is no dead-letter list: attempts are counted in PostgreSQL.

use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::streams::{
    StreamAutoClaimOptions, StreamAutoClaimReply, StreamId, StreamInfoConsumersReply, StreamMaxlen,
    StreamPendingReply, StreamReadOptions, StreamReadReply,
};
use redis::{AsyncCommands, RedisResult};

use super::redis::Redis;

const FIELD: &str = "v";
/// Entries kept at most, about.
const MAX_LENGTH: usize = 100_000;
/// How long a blocking read waits, and so how late a reader may notice that it is to stop.
pub const BLOCK: Duration = Duration::from_secs(1);
/// How long an entry may be pending before another reader takes it.
pub const CLAIM_IDLE: Duration = Duration::from_secs(30);
/// A consumer silent for this long, with nothing pending, is gone.
const CONSUMER_IDLE: Duration = Duration::from_hours(1);

#[derive(Clone)]
pub struct Stream {
    redis: Redis,
    key: String,
    group: &'static str,
}

/// One entry, read and not yet acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: String,
    pub value: String,
}

impl Stream {
    pub fn new(redis: &Redis, name: &str, group: &'static str) -> Self {
        Self { redis: redis.clone(), key: redis.key(name), group }
    }

    /// Adds an entry per value, in one round trip.
    pub async fn add(&self, values: &[String]) -> RedisResult<()> {
        let mut pipe = redis::pipe();
        for value in values {
            pipe.xadd_maxlen(&self.key, StreamMaxlen::Approx(MAX_LENGTH), "*", &[(FIELD, value)]).ignore();
        }
        pipe.query_async(&mut self.redis.commands()).await
    }

    /// How many entries there are, read or not.
    pub async fn len(&self) -> RedisResult<usize> {
        self.redis.commands().xlen(&self.key).await
    }

    /// How many entries there are, and how many of them somebody has read and not finished.
    pub async fn backlog(&self) -> RedisResult<(usize, usize)> {
        let pending = self.redis.commands().xpending(&self.key, self.group).await;
        let pending: StreamPendingReply = match pending {
            Err(error) if no_group(&error) => StreamPendingReply::Empty,
            other => other?,
        };
        Ok((self.len().await?, pending.count()))
    }

    /// Acknowledges and deletes.
    pub async fn done(&self, ids: &[String]) -> RedisResult<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut pipe = redis::pipe();
        pipe.atomic().xack(&self.key, self.group, ids).ignore().xdel(&self.key, ids).ignore();
        pipe.query_async(&mut self.redis.commands()).await
    }

    /// A reader that blocks, on a connection of its own.
    pub async fn reader(&self, consumer: &str) -> RedisResult<Reader> {
        let connection = self.redis.blocking(BLOCK).await?;
        Ok(Reader { stream: self.clone(), connection, consumer: consumer.to_owned() })
    }

    /// Up to `count` entries nobody has read, without waiting for any.
    pub async fn read_now(&self, consumer: &str, count: usize) -> RedisResult<Vec<Entry>> {
        self.read(&mut self.redis.commands(), consumer, StreamReadOptions::default().count(count)).await
    }

    /// Takes over what has been pending for too long.
    pub async fn claim_stale(&self, consumer: &str, count: usize) -> RedisResult<Vec<Entry>> {
        let mut redis = self.redis.commands();
        let (mut start, mut entries) = ("0-0".to_owned(), Vec::new());
        let idle = usize::try_from(CLAIM_IDLE.as_millis()).unwrap_or(usize::MAX);
        loop {
            let options = StreamAutoClaimOptions::default().count(count);
            let claim =
                redis.xautoclaim_options(&self.key, self.group, consumer, idle, &start, options).await;
            let claimed: StreamAutoClaimReply = match claim {
                Err(error) if no_group(&error) => return Ok(entries),
                other => other?,
            };
            entries.extend(claimed.claimed.into_iter().map(entry));
            // The cursor is back at the start when everything pending has been looked at.
            if claimed.next_stream_id == "0-0" || entries.len() >= count {
                return Ok(entries);
            }
            start = claimed.next_stream_id;
        }
    }

    /// Removes consumers that are gone for good.
    pub async fn tidy(&self) -> RedisResult<()> {
        let mut redis = self.redis.commands();
        let reply = redis.xinfo_consumers(&self.key, self.group).await;
        let consumers: StreamInfoConsumersReply = match reply {
            Err(_) => return Ok(()),
            Ok(consumers) => consumers,
        };
        let silent = usize::try_from(CONSUMER_IDLE.as_millis()).unwrap_or(usize::MAX);
        for consumer in consumers.consumers.iter().filter(|c| c.pending == 0 && c.idle > silent) {
            let _pending: usize = redis.xgroup_delconsumer(&self.key, self.group, &consumer.name).await?;
        }
        Ok(())
    }

    async fn read(
        &self,
        connection: &mut (impl ConnectionLike + Send + Sync),
        consumer: &str,
        options: StreamReadOptions,
    ) -> RedisResult<Vec<Entry>> {
        let options = options.group(self.group, consumer);
        let read = connection.xread_options(&[&self.key], &[">"], &options).await;
        let reply: Option<StreamReadReply> = match read {
            Err(error) if no_group(&error) => {
                self.make_group(connection).await?;
                connection.xread_options(&[&self.key], &[">"], &options).await?
            }
            other => other?,
        };
        let keys = reply.unwrap_or_default().keys;
        Ok(keys.into_iter().flat_map(|key| key.ids).map(entry).collect())
    }

    async fn make_group(&self, connection: &mut (impl ConnectionLike + Send + Sync)) -> RedisResult<()> {
        let made: RedisResult<()> = connection.xgroup_create_mkstream(&self.key, self.group, "0").await;
        match made {
            // Another reader was quicker.
            Err(error) if error.code() == Some("BUSYGROUP") => Ok(()),
            other => other,
        }
    }
}

/// A blocking reader. After an error its connection may be out of step and is to be thrown away with it.
pub struct Reader {
    stream: Stream,
    connection: MultiplexedConnection,
    consumer: String,
}

impl Reader {
    /// Up to `count` entries nobody has read; none after [`BLOCK`] without any.
    pub async fn read(&mut self, count: usize) -> RedisResult<Vec<Entry>> {
        let block = usize::try_from(BLOCK.as_millis()).unwrap_or(usize::MAX);
        let options = StreamReadOptions::default().count(count).block(block);
        self.stream.read(&mut self.connection, &self.consumer, options).await
    }
}

fn no_group(error: &redis::RedisError) -> bool {
    error.code() == Some("NOGROUP")
}

/// An entry without our field is somebody else's doing; its empty value stands for nothing and is dropped by the lookup.
fn entry(raw: StreamId) -> Entry {
    let value = raw.get(FIELD).unwrap_or_default();
    Entry { id: raw.id, value }
}
