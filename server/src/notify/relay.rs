//! From PostgreSQL to the stream: messages that are due are put where the senders read. Only the key travels.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::sql;
use crate::App;
use crate::platform::stream::Stream;

/// Messages put into the stream in one round trip.
const BATCH: i64 = 1_000;
/// The stream is kept this short: it is there to hand work out, and the longer it is, the more rows the next pass finds
/// due and already handed out.
const HIGH_WATER: usize = 4_000;
/// What was handed out and is still due after this long is handed out again: its entry may be lost.
const LOST_AFTER: TimeDelta = TimeDelta::seconds(60);

/// A message's key, as it travels: `town/id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    pub town: Uuid,
    pub id: Uuid,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.town, self.id)
    }
}

impl FromStr for Key {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        let (town, id) = text.split_once('/').unwrap_or_default();
        Ok(Self { town: town.parse()?, id: id.parse()? })
    }
}

/// The keys' halves, as queries take them.
pub(super) fn halves<'a>(keys: impl IntoIterator<Item = &'a Key>) -> (Vec<Uuid>, Vec<Uuid>) {
    keys.into_iter().map(|key| (key.town, key.id)).unzip()
}

/// The stream the senders share.
pub(super) fn stream(app: &App) -> Stream {
    Stream::new(&app.redis, "notify", "senders")
}

/// Hands out what is due; returns how many messages. Rows are claimed before they are added, so that of several relays
/// one adds each; where Redis is away the claim is given back, where the process dies it lapses.
pub async fn pass(app: &App, now: DateTime<Utc>) -> Result<usize, sqlx::Error> {
    let stream = stream(app);
    let mut handed_out = 0;
    loop {
        match stream.len().await {
            Ok(length) if length < HIGH_WATER => {}
            Ok(_) => return Ok(handed_out),
            Err(error) => {
                tracing::warn!(%error, "no redis: messages wait in the database");
                return Ok(handed_out);
            }
        }
        let keys = sql::relay::claim(&app.db, now, now - LOST_AFTER, BATCH).await?;
        if keys.is_empty() {
            return Ok(handed_out);
        }
        let values: Vec<String> = keys.iter().map(Key::to_string).collect();
        if let Err(error) = stream.add(&values).await {
            tracing::warn!(%error, "no redis: messages wait in the database");
            sql::relay::give_back(&app.db, &keys).await?;
            return Ok(handed_out);
        }
        handed_out += keys.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_travels_as_text_and_nothing_else_is_one() {
        let key = Key { town: Uuid::now_v7(), id: Uuid::now_v7() };
        assert_eq!(key.to_string().parse(), Ok(key));
        for bad in ["", "/", "x/y", &key.id.to_string()] {
            assert!(bad.parse::<Key>().is_err(), "{bad}");
        }
    }
}
