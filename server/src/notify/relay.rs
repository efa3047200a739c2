//! From PostgreSQL to the stream: messages that are due are put where the senders read, a town's next to another's, so that
//! nobody waits for a whole wave of somebody else's. Only the key travels.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::sql;
use super::sql::relay::Due;
use crate::App;
use crate::platform::stream::Stream;

/// Messages put into the stream in one round trip.
const BATCH: usize = 1_000;
/// The stream is kept this short for each place of a sender: it is there to hand work out, and whoever comes later stands
/// behind all that is in it. At WeChat's pace that is some seconds.
const AHEAD: usize = 64;
/// Where a rate is set, the stream holds no more than goes in so many seconds: an entry that waits until it counts as lost is
/// handed out twice, and each costs its token.
const SECONDS_AHEAD: usize = 20;
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
    let (stream, wechat) = (stream(app), &app.config.wechat);
    let most = match wechat.per_second as usize {
        0 => wechat.in_flight * AHEAD,
        rate => (wechat.in_flight * AHEAD).min(rate * SECONDS_AHEAD),
    };
    let mut handed_out = 0;
    loop {
        let room = match stream.len().await {
            Ok(length) => most.saturating_sub(length).min(BATCH),
            Err(error) => {
                tracing::warn!(%error, "no redis: messages wait in the database");
                return Ok(handed_out);
            }
        };
        let keys = claim(app, room, now).await?;
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
        // What the senders take meanwhile is made up for in the next pass, many at once.
        if keys.len() < BATCH {
            return Ok(handed_out);
        }
    }
}

/// Claims up to about `room` messages: of each town as many as of the others, while it has them.
async fn claim(app: &App, room: usize, now: DateTime<Utc>) -> Result<Vec<Key>, sqlx::Error> {
    if room == 0 {
        return Ok(Vec::new());
    }
    let lost_before = now - LOST_AFTER;
    let mut tx = app.db.begin().await?;
    // A claim that is lost is made again, and an entry that is there twice is sent once.
    sql::books::need_not_last(&mut tx).await?;
    let towns = sql::relay::towns(&mut tx, now, lost_before).await?;
    let share = i64::try_from(room.div_ceil(towns.len().max(1))).unwrap_or(1);
    let due = sql::relay::claim(&mut tx, &towns, share, now, lost_before).await?;
    tx.commit().await?;
    Ok(in_turn(due))
}

/// The first of every town, then the second, and so on; a town's own in the order in which they fell due.
fn in_turn(mut due: Vec<Due>) -> Vec<Key> {
    due.sort_unstable_by_key(|due| (due.next_at, due.id));
    let mut had: HashMap<Uuid, usize> = HashMap::new();
    let mut ranked: Vec<(usize, Key)> = due
        .iter()
        .map(|due| {
            let rank = had.entry(due.town).and_modify(|n| *n += 1).or_default();
            (*rank, Key { town: due.town, id: due.id })
        })
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, key)| key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towns_take_turns_and_a_towns_own_messages_keep_their_order() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let due = |town, id: u128, minute| Due {
            town,
            id: Uuid::from_u128(id),
            next_at: DateTime::UNIX_EPOCH + TimeDelta::minutes(minute),
        };
        let order = in_turn(vec![due(a, 12, 2), due(a, 10, 0), due(b, 20, 5), due(a, 11, 1), due(b, 21, 6)]);
        let ids: Vec<u128> = order.iter().map(|key| key.id.as_u128()).collect();
        assert_eq!(ids, [10, 20, 11, 21, 12]);
    }

    #[test]
    fn a_key_travels_as_text_and_nothing_else_is_one() {
        let key = Key { town: Uuid::now_v7(), id: Uuid::now_v7() };
        assert_eq!(key.to_string().parse(), Ok(key));
        for bad in ["", "/", "x/y", &key.id.to_string()] {
            assert!(bad.parse::<Key>().is_err(), "{bad}");
        }
    }
}
