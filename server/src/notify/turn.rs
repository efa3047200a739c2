//! One turn of the sender: it commits what came of some sends and marks the next ones in their place.
//!
//! Both in one statement, because they share the commit and the slots: what ends here makes room for what begins here, so
//! that no more are under way after it than before, and a slot never waits for a second commit. Only what needs a closer
//! look takes a transaction: results from which something follows for the next marks, and messages that are not to be sent
//! as they were composed. What follows from a result for its own message is booked later, see [`super::books`].

use std::collections::HashSet;
use std::time::Instant;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::finish::{Finish, list_late};
use super::mark::{Plan, Work};
use super::relay::Key;
use super::sql;
use super::sql::turn::Taken;
use super::worker::Worker;
use crate::platform::metrics;
use crate::platform::wechat::Outcome;

/// What came of a turn.
pub(super) struct Turn {
    /// What is to be sent now: it is marked, whatever becomes of the rest.
    pub works: Vec<Work>,
    /// What something speaks against, to be looked at more closely.
    pub rest: HashSet<Key>,
}

/// What came of marks.
#[derive(Default)]
pub(super) struct Marks {
    pub works: Vec<Work>,
    /// Keys of which nothing is known: their transaction failed, at its end perhaps.
    pub failed: Vec<Key>,
}

impl Marks {
    pub fn none(keys: &HashSet<Key>) -> Self {
        Self { works: Vec::new(), failed: keys.iter().copied().collect() }
    }
}

/// Commits `results` and marks what may be sent of `keys` for the worker's epoch `id`. An error means that neither results nor
/// marks are known to stand.
pub(super) async fn take(
    worker: &Worker,
    results: &[(Work, Outcome)],
    id: Uuid,
    keys: &HashSet<Key>,
    now: DateTime<Utc>,
) -> Result<Turn, sqlx::Error> {
    let begun = Instant::now();
    let finish = Finish::of(results, now);
    let ended = finish.ended();
    let Taken { ended: held, works } = if finish.is_of_consequence() {
        let mut tx = worker.db.begin().await?;
        let first = sql::turn::take(&mut tx, &ended, id, &HashSet::new(), begun, now).await?;
        finish.follow(&mut tx, worker, now).await?;
        let then = sql::turn::take(&mut tx, &[], id, keys, begun, now).await?;
        tx.commit().await?;
        Taken { ended: first.ended, works: then.works }
    } else {
        let mut connection = worker.db.acquire().await?;
        sql::turn::take(&mut connection, &ended, id, keys, begun, now).await?
    };
    metrics::mark_commit(begun.elapsed());
    finish.report();
    if held.len() < ended.len()
        && let Err(error) = list_late(&worker.db, &ended, &held, now).await
    {
        tracing::warn!(%error, "results that came too late are not listed");
    }
    let marked: HashSet<Key> = works.iter().map(|work| work.key).collect();
    Ok(Turn { works, rest: keys - &marked })
}

/// Commits results alone.
pub(super) async fn finish(
    worker: &Worker,
    results: &[(Work, Outcome)],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    take(worker, results, Uuid::nil(), &HashSet::new(), now).await.map(drop)
}

/// Marks alone.
pub(super) async fn mark(worker: &Worker, id: Uuid, keys: &HashSet<Key>, now: DateTime<Utc>) -> Marks {
    match take(worker, &[], id, keys, now).await {
        Ok(Turn { works, rest }) => {
            let mut marks = look_closer(worker, id, &rest, now).await;
            marks.works.extend(works);
            marks
        }
        Err(error) if is_behind(&error) => look_closer(worker, id, keys, now).await,
        Err(error) => {
            tracing::warn!(%error, "nothing is marked");
            Marks::none(keys)
        }
    }
}

/// Finds out what speaks against sending `keys` as they were composed, and marks those that are to be sent all the same. What
/// is neither among the works nor failed is not to be sent now by this worker.
///
/// Where another transaction marks a message to the same WeChat identity in this very moment, say of another town, the
/// database refuses the whole batch; then each is tried by itself, and the one behind is left for later.
pub(super) async fn look_closer(worker: &Worker, id: Uuid, keys: &HashSet<Key>, now: DateTime<Utc>) -> Marks {
    match closely(worker, id, keys, now).await {
        Ok(works) => return Marks { works, failed: Vec::new() },
        Err(error) if is_behind(&error) => {}
        Err(error) => {
            tracing::warn!(%error, "nothing more is marked");
            return Marks::none(keys);
        }
    }
    let mut marks = Marks::default();
    for key in keys {
        match closely(worker, id, &HashSet::from([*key]), now).await {
            Ok(works) => marks.works.extend(works),
            Err(error) if is_behind(&error) => tracing::debug!(%error, "one message is left for later"),
            Err(error) => {
                tracing::warn!(%error, "one message is not marked");
                marks.failed.push(*key);
            }
        }
    }
    marks
}

async fn closely(
    worker: &Worker,
    id: Uuid,
    keys: &HashSet<Key>,
    now: DateTime<Utc>,
) -> Result<Vec<Work>, sqlx::Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let begun = Instant::now();
    let mut tx = worker.db.begin().await?;
    let mut plan = Plan::make(&mut tx, keys, now).await?;
    let works = plan.mark(&mut tx, id, begun, now).await?;
    sql::books::move_notices(&mut tx, &plan.moves().collect::<Vec<_>>(), now).await?;
    tx.commit().await?;
    Ok(works)
}

fn is_behind(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.constraint() == Some("sending_pkey"))
}
