//! What operators watch: see `docs/metrics.md`.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::{relay, sql};
use crate::App;
use crate::platform::metrics;

/// What a second can change.
pub(super) async fn pass(app: &App, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let oldest = sql::gauges::oldest_due(&app.db, now).await?;
    let unknown = sql::gauges::unknown(&app.db).await?;
    metrics::outbox(oldest.map_or(0, |at| (now - at).num_seconds().max(0)), &unknown);
    // Without Redis the last numbers stand; the oldest message due tells of it.
    if let Ok((length, pending)) = relay::stream(app).backlog().await {
        metrics::stream(length, pending);
    }
    Ok(())
}

/// What changes slowly and costs more to count.
pub(super) async fn stock(db: &PgPool) -> Result<(), sqlx::Error> {
    let (dead, credits) = (sql::gauges::dead(db).await?, sql::gauges::credits(db).await?);
    metrics::stock(&dead, &credits, sql::worker::oldest_transaction(db).await?);
    Ok(())
}
