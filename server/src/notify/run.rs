//! The background work of one process: compose, relay, rescue and gauges every second; the sender; the lease.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::worker::{self, LeaseTooShort, RENEW, Worker};
use super::{compose, is_stopped, relay, rescue, send, sql};
use crate::App;
use crate::platform::metrics;

const TICK: Duration = Duration::from_secs(1);

/// Runs until `stop` becomes true or its sender is dropped; returns when everything under way is finished and committed.
/// Refuses at once where the WeChat timeout does not fit into the lease.
pub async fn run(app: App, stop: watch::Receiver<bool>) -> Result<(), LeaseTooShort> {
    worker::check(app.config.wechat.timeout)?;
    let Some(worker) = register(&app, stop.clone()).await else { return Ok(()) };
    let (over, is_over) = watch::channel(false);
    let lease = tokio::spawn(keep_lease(Arc::clone(&worker), is_over));
    let ticks = tokio::spawn(tick(app.clone(), stop.clone()));
    let sender = tokio::spawn(send::run(app, Arc::clone(&worker), stop));
    for (task, what) in [(ticks, "ticks"), (sender, "sender")] {
        if let Err(error) = task.await {
            tracing::error!(%error, what, "the notify work ended badly");
        }
    }
    // The lease is kept until the last result is committed.
    over.send_replace(true);
    if let Err(error) = lease.await {
        tracing::error!(%error, "the lease's task ended badly");
    }
    if let Err(error) = worker.end().await {
        tracing::warn!(%error, "the lease lapses by itself");
    }
    Ok(())
}

/// Waits for a database, unless told to stop first.
async fn register(app: &App, mut stop: watch::Receiver<bool>) -> Option<Arc<Worker>> {
    while !is_stopped(&stop) {
        match Worker::start(&app.db, app.config.wechat.timeout).await {
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

async fn tick(app: App, mut stop: watch::Receiver<bool>) {
    let mut clock = tokio::time::interval(TICK);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !is_stopped(&stop) {
        if let Err(error) = pass(&app, app.clock.now()).await {
            tracing::warn!(%error, "a pass failed; the next one makes up for it");
        }
        tokio::select! {
            _ = clock.tick() => {}
            _ = stop.changed() => {}
        }
    }
}

async fn pass(app: &App, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    // First, so that what a former process of this machine left under way holds nobody up.
    rescue::pass(app, now).await?;
    compose::pass(app, now).await?;
    relay::pass(app, now).await?;
    let (oldest, unknown) = sql::relay::gauges(&app.db, now).await?;
    metrics::outbox(oldest.map_or(0, |at| (now - at).num_seconds().max(0)), unknown);
    Ok(())
}

/// Sleeps, or less if told to stop.
async fn pause(time: Duration, stop: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        _ = stop.changed() => {}
    }
}
