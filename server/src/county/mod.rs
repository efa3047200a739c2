//! 县级: what the county sees of its towns, numbers made once a day and nothing else (design D10).

mod api;
mod sql;

use chrono::{DateTime, Utc};
use sqlx::PgPool;

pub use api::Api;

use crate::error::ApiResult;
use crate::platform::clock;

/// Counts every town as of today. Town by town, so that no statement grows with the county; again on the same day
/// replaces that day's numbers.
pub async fn count_towns(db: &PgPool, now: DateTime<Utc>) -> ApiResult<()> {
    for town in sql::towns(db).await? {
        sql::count(db, town, clock::today(now), now).await?;
    }
    Ok(())
}
