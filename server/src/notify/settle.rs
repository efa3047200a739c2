//! Running the queue to empty in the caller's own task: for tests and for the demo's clock.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use futures_util::stream;

use super::relay::{self, Key};
use super::turn::{self, Marks};
use super::worker::Worker;
use super::{books, compose, desk, evidence, resend, send};
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::platform::stream::Entry;

/// Rounds in which messages are only handed out and read: they wait for a send of somebody else's to the same person, and
/// who that was may be dead, which only its lease tells.
const IDLE_ROUNDS: usize = 10;
/// A queue that does not come to rest in so many rounds never will.
const MOST_ROUNDS: usize = 1_000;

/// Composes, relays and sends by the same functions as the background work, at the time `now`, until nothing is due any
/// more; returns how many messages were tried.
pub async fn settle(app: &App, now: DateTime<Utc>) -> ApiResult<usize> {
    let worker = Arc::new(Worker::start(&app.db, app.config.wechat.timeout).await?);
    let settled = rounds(app, &worker, now).await;
    worker.end().await?;
    settled
}

async fn rounds(app: &App, worker: &Worker, now: DateTime<Utc>) -> ApiResult<usize> {
    let (mut tried, mut idle) = (0, 0);
    for _ in 0..MOST_ROUNDS {
        let booked = books::pass(&app.db, now).await?;
        let told = evidence::pass(&app.db, now).await? + resend::pass(app, now).await?;
        let composed = compose::pass(app, now).await?;
        let relayed = relay::pass(app, now).await?;
        let (read, sent) = drain(app, worker, now).await?;
        tried += sent;
        let done = booked + told + composed + sent;
        idle = if done == 0 { idle + 1 } else { 0 };
        if done + relayed + read == 0 || idle == IDLE_ROUNDS {
            return Ok(tried);
        }
    }
    Err(ApiError::internal("the queue does not come to rest"))
}

/// Sends what stands in the stream; returns how many entries were read and how many messages tried.
async fn drain(app: &App, worker: &Worker, now: DateTime<Utc>) -> ApiResult<(usize, usize)> {
    // No more are marked at once than may be under way.
    let (stream, consumer, count) =
        (relay::stream(app), worker.id().to_string(), app.config.wechat.in_flight);
    let (mut read, mut sent) = (0, 0);
    loop {
        // Without Redis there is nothing to read; what is due stays due.
        let entries: Vec<Entry> = stream.read_now(&consumer, count).await.unwrap_or_default();
        if entries.is_empty() {
            return Ok((read, sent));
        }
        read += entries.len();
        worker.renew().await?;
        let keys: HashSet<Key> = entries.iter().filter_map(|entry| entry.value.parse().ok()).collect();
        let Marks { works, failed } = turn::mark(worker, worker.id(), &keys, now).await;
        if works.is_empty() && !failed.is_empty() {
            return Err(ApiError::internal("the database did not mark what is to be sent"));
        }
        sent += works.len();
        let posts = works.into_iter().map(|work| async {
            let outcome = send::post(app, worker, &work).await;
            (work, outcome)
        });
        let results: Vec<_> =
            stream::iter(posts).buffer_unordered(app.config.wechat.in_flight).collect().await;
        if !results.is_empty() {
            turn::finish(worker, &results, now).await?;
        }
        let ids: Vec<String> = entries.into_iter().map(|entry| entry.id).collect();
        desk::acknowledge(&stream, &ids).await;
    }
}
