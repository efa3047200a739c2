//! What a dead worker left under way: nobody knows whether it was sent, so it is held (queue rule 5).

use chrono::{DateTime, Utc};

use super::grants::{self, Spent, Why};
use super::sql::{self, books::Move};
use super::worker::Place;
use crate::App;
use crate::platform::metrics;

/// Ends lapsed leases and those of dead processes of this very machine, and calls what they had under way unknown.
/// Returns how many sends that were.
pub async fn pass(app: &App, now: DateTime<Utc>) -> Result<usize, sqlx::Error> {
    sql::worker::end_lapsed(&app.db).await?;
    for (worker, pid) in sql::worker::neighbours(&app.db, &Place::here()).await? {
        if Place::is_dead(pid) {
            tracing::warn!(%worker, "a former process of this machine died without a word");
            sql::worker::end(&app.db, worker).await?;
        }
    }
    let mut tx = app.db.begin().await?;
    let orphans = sql::worker::orphans(&mut tx, now).await?;
    if orphans.is_empty() {
        return Ok(0);
    }
    // What is made again has paid.
    let spent: Vec<Spent<'_>> = orphans
        .iter()
        .filter(|orphan| !orphan.resend)
        .map(|orphan| Spent {
            purse: grants::Purse { appid: &orphan.appid, openid: &orphan.openid, template: &orphan.template },
            why: Why::Unknown.name(),
            dedupe: grants::of_send(orphan.key, orphan.attempt),
        })
        .collect();
    grants::spend(&mut tx, &spent, now).await?;
    let moves: Vec<Move<'_>> = orphans.iter().map(|orphan| Move::all(orphan.key, "inbox")).collect();
    sql::books::move_notices(&mut tx, &moves, now).await?;
    tx.commit().await?;
    for _ in &orphans {
        metrics::send("unknown", 0);
    }
    tracing::warn!(count = orphans.len(), "sends of a dead worker are held as unknown");
    Ok(orphans.len())
}
