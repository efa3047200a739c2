//! What a dead worker left under way: nobody knows whether it was sent, so it is held (queue rule 5). What that costs and
//! where its notices go, the [`super::books`] say.

use chrono::{DateTime, Utc};

use super::sql;
use super::worker::Place;
use crate::App;
use crate::platform::metrics;

/// Ends lapsed leases and those of dead processes of this very machine, and calls what they had under way unknown.
/// Returns how many sends that were.
pub async fn pass(app: &App, now: DateTime<Utc>) -> Result<u64, sqlx::Error> {
    sql::worker::end_lapsed(&app.db).await?;
    for (worker, pid) in sql::worker::neighbours(&app.db, &Place::here()).await? {
        if Place::is_dead(pid) {
            tracing::warn!(%worker, "a former process of this machine died without a word");
            sql::worker::end(&app.db, worker).await?;
        }
    }
    let held = sql::worker::hold_orphans(&app.db, now).await?;
    sql::worker::adopt(&app.db).await?;
    // What was adopted just now is held in the next pass.
    for _ in 0..held {
        metrics::send("unknown", 0);
    }
    if held > 0 {
        tracing::warn!(held, "sends of a dead worker are held as unknown");
    }
    Ok(held)
}
