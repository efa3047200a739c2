//! One transaction of the sender: it commits what came of some sends and marks the next ones in their place.
//!
//! Both in one, because they share the commit and the slots: what ends here makes room for what begins here, so that no
//! more are under way after it than before, and a slot never waits for a second commit.
//!
//! Results come first, then the marks, which see the pauses and the ends of the results. What follows from a result is
//! booked later, see [`super::books`].

use std::collections::HashSet;
use std::time::Instant;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::finish::Finish;
use super::mark::{Plan, Work};
use super::relay::Key;
use super::sql;
use super::worker::Worker;
use crate::platform::metrics;
use crate::platform::wechat::Outcome;

/// Commits `results` and marks what may be sent of `keys` for the worker's epoch `id`. What is not among the works is not
/// to be sent now by this worker.
pub(super) async fn take(
    worker: &Worker,
    results: &[(Work, Outcome)],
    id: Uuid,
    keys: &HashSet<Key>,
    now: DateTime<Utc>,
) -> Result<Vec<Work>, sqlx::Error> {
    let begun = Instant::now();
    let finish = Finish::of(results, now);
    let mut tx = worker.db.begin().await?;
    finish.end(&mut tx, worker, now).await?;
    let mut works = sql::mark::mark_plain(&mut tx, id, keys, begun, now).await?;
    let marked: HashSet<Key> = works.iter().map(|work| work.key).collect();
    let mut plan = Plan::make(&mut tx, &(keys - &marked), now).await?;
    works.extend(plan.mark(&mut tx, id, begun, now).await?);
    sql::books::move_notices(&mut tx, &plan.moves().collect::<Vec<_>>(), now).await?;
    tx.commit().await?;
    metrics::mark_commit(begun.elapsed());
    finish.report();
    Ok(works)
}

/// Commits results alone.
pub(super) async fn finish(
    worker: &Worker,
    results: &[(Work, Outcome)],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    take(worker, results, Uuid::nil(), &HashSet::new(), now).await.map(drop)
}

/// What came of marks.
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

/// Marks alone.
///
/// Where another transaction marks a message to the same WeChat identity in this very moment, say of another town, the
/// database refuses the whole batch; then each is tried by itself, and the one behind is left for later.
pub(super) async fn mark(worker: &Worker, id: Uuid, keys: &HashSet<Key>, now: DateTime<Utc>) -> Marks {
    let mut marks = Marks { works: Vec::new(), failed: Vec::new() };
    match take(worker, &[], id, keys, now).await {
        Ok(works) => return Marks { works, ..marks },
        Err(error) if is_behind(&error) => {}
        Err(error) => {
            tracing::warn!(%error, "nothing is marked");
            return Marks::none(keys);
        }
    }
    for key in keys {
        match take(worker, &[], id, &HashSet::from([*key]), now).await {
            Ok(work) => marks.works.extend(work),
            // What is marked already must be sent, whatever becomes of the rest.
            Err(error) if is_behind(&error) => tracing::debug!(%error, "one message is left for later"),
            Err(error) => {
                tracing::warn!(%error, "one message is not marked");
                marks.failed.push(*key);
            }
        }
    }
    marks
}

fn is_behind(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.constraint() == Some("message_sending_once"))
}
