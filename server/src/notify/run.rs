//! The background work of one process: compose, rescue and gauges every second; the relay; the sender; the books; the
//! lease.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::worker::{self, LeaseTooShort, RENEW, Worker};
use super::{books, compose, evidence, gauges, is_stopped, relay, rescue, resend, send};
use crate::App;
use crate::platform::{db, metrics};

const TICK: Duration = Duration::from_secs(1);
/// Ticks between two counts of what changes slowly and costs more to count.
const STOCK_EVERY: u64 = 30;
const SHORT_TICK: Duration = Duration::from_millis(200);
/// Of the worker's own: for the desks, the books and the lease, so that requests keep nobody from sending.
const CONNECTIONS: u32 = 4;

/// Runs until `stop` becomes true or its sender is dropped; returns when everything under way is finished and committed.
/// Refuses at once where the WeChat timeout does not fit into the lease.
pub async fn run(app: App, stop: watch::Receiver<bool>) -> Result<(), LeaseTooShort> {
    worker::check(app.config.wechat.timeout)?;
    let Some(worker) = register(&app, stop.clone()).await else { return Ok(()) };
    let (over, is_over) = watch::channel(false);
    let lease = tokio::spawn(keep_lease(Arc::clone(&worker), is_over.clone()));
    let bookkeeper = tokio::spawn(keep_books(app.clone(), Arc::clone(&worker), is_over));
    let looks = tokio::spawn(look_after(app.clone(), stop.clone()));
    let relay = tokio::spawn(hand_out(app.clone(), stop.clone()));
    let sender = tokio::spawn(send::run(app, Arc::clone(&worker), stop));
    for (task, what) in [(looks, "compose"), (relay, "relay"), (sender, "sender")] {
        if let Err(error) = task.await {
            tracing::error!(%error, what, "the notify work ended badly");
        }
    }
    // The lease is kept until the last result is committed.
    over.send_replace(true);
    for (task, what) in [(lease, "lease"), (bookkeeper, "books")] {
        if let Err(error) = task.await {
            tracing::error!(%error, what, "the notify work ended badly");
        }
    }
    if let Err(error) = worker.end().await {
        tracing::warn!(%error, "the lease lapses by itself");
    }
    Ok(())
}

/// Waits for a database, unless told to stop first.
async fn register(app: &App, mut stop: watch::Receiver<bool>) -> Option<Arc<Worker>> {
    let db = db::beside(&app.db, CONNECTIONS);
    while !is_stopped(&stop) {
        match Worker::start(&db, app.config.wechat.timeout).await {
            Ok(worker) => return Some(Arc::new(worker)),
            Err(error) => tracing::warn!(%error, "no worker yet"),
        }
        pause(TICK, &mut stop).await;
    }
    None
}

async fn keep_lease(worker: Arc<Worker>, mut over: watch::Receiver<bool>) {
    while !is_stopped(&over) {
        pause(RENEW, &mut over).await;
        if let Err(error) = worker.renew().await {
            tracing::warn!(%error, "the lease is not renewed; no send starts when it grows old");
        }
    }
}

/// Books until nothing comes any more.
async fn keep_books(app: App, worker: Arc<Worker>, mut over: watch::Receiver<bool>) {
    loop {
        let last = is_stopped(&over);
        if let Err(error) = books::pass(&worker.db, app.clock.now()).await {
            tracing::warn!(%error, "nothing is booked; the next pass makes up for it");
        }
        metrics::lease_age(worker.lease_age());
        if last {
            return;
        }
        pause(SHORT_TICK, &mut over).await;
    }
}

/// Every second: what dead workers left, what is due to people, the gauges.
async fn look_after(app: App, mut stop: watch::Receiver<bool>) {
    let mut beat: u64 = 0;
    while !is_stopped(&stop) {
        if let Err(error) = look(&app, app.clock.now()).await {
            tracing::warn!(%error, "a pass failed; the next one makes up for it");
        }
        if beat.is_multiple_of(STOCK_EVERY)
            && let Err(error) = gauges::stock(&app.db).await
        {
            tracing::warn!(%error, "the stock is not counted");
        }
        beat += 1;
        pause(TICK, &mut stop).await;
    }
}

async fn look(app: &App, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    // First, so that what a former process of this machine left under way holds nobody up.
    rescue::pass(app, now).await?;
    // Neither of these is worth a second's reminders: what they leave, they find again.
    if let Err(error) = evidence::pass(&app.db, now).await {
        tracing::warn!(%error, "words about sends are left for the next pass");
    }
    if let Err(error) = resend::pass(app, now).await {
        tracing::warn!(%error, "no held message is made again in this pass");
    }
    compose::pass(app, now).await?;
    gauges::pass(app, now).await
}

/// Often enough that the senders never empty what the stream may hold before more comes.
async fn hand_out(app: App, mut stop: watch::Receiver<bool>) {
    while !is_stopped(&stop) {
        if let Err(error) = relay::pass(&app, app.clock.now()).await {
            tracing::warn!(%error, "nothing handed out; the next pass makes up for it");
        }
        pause(SHORT_TICK, &mut stop).await;
    }
}

/// Sleeps, or less if told to stop.
async fn pause(time: Duration, stop: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        _ = stop.changed() => {}
    }
}
