//! How much a town's photos may take. The count is PostgreSQL's own (a trigger of `photo`), so that it is exact whoever
//! writes and whoever sweeps; the limit is the configuration's, or the town's own.

use poem::http::StatusCode;
use serde_json::json;
use sqlx::PgConnection;

use super::sql;
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::ids::TownId;

/// What a town's photos take, all three forms of each, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    pub bytes: i64,
    pub limit: i64,
}

impl Usage {
    /// Nine tenths are used: the office should know before phones have to wait.
    pub fn is_tight(self) -> bool {
        self.limit > 0 && self.bytes >= self.limit / 10 * 9
    }

    /// 1,000,000,000 bytes, with one decimal.
    pub fn gigabytes(bytes: i64) -> String {
        let tenths = (bytes + 50_000_000) / 100_000_000;
        format!("{}.{} GB", tenths / 10, tenths % 10)
    }
}

/// What the town's photos take now.
pub async fn usage(app: &App, town: TownId) -> ApiResult<Usage> {
    let mut db = app.db.acquire().await?;
    of(app, &mut db, town).await
}

async fn of(app: &App, db: &mut PgConnection, town: TownId) -> ApiResult<Usage> {
    let row = sql::usage(db, town.0).await?;
    let (bytes, limit) = row.unwrap_or_default();
    Ok(Usage { bytes, limit: limit.unwrap_or(app.config.photos.town_bytes) })
}

/// Gives a town a limit of its own, or with none the configured one again.
pub async fn set_limit(db: &mut PgConnection, town: TownId, limit: Option<i64>) -> ApiResult<()> {
    Ok(sql::set_limit(db, town.0, limit).await?)
}

/// Looks before anything is decoded or written whether `more` bytes still go in.
pub async fn check_room(app: &App, town: TownId, more: usize) -> ApiResult<()> {
    let usage = usage(app, town).await?;
    let more = i64::try_from(more).unwrap_or(i64::MAX);
    if usage.bytes.saturating_add(more) > usage.limit { Err(refusal(town, usage)) } else { Ok(()) }
}

/// Whether what this transaction has added is too much. The town's count is locked by then: of two at once the second
/// sees the first.
pub async fn over(app: &App, tx: &mut PgConnection, town: TownId) -> ApiResult<()> {
    let usage = of(app, tx, town).await?;
    if usage.bytes > usage.limit { Err(refusal(town, usage)) } else { Ok(()) }
}

/// The phone keeps the photo and tries again within the hour.
fn refusal(town: TownId, usage: Usage) -> ApiError {
    tracing::error!(%town, bytes = usage.bytes, limit = usage.limit, "a town's photos have used up their room");
    let mut error = ApiError::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "photo.quota",
        "镇里存照片的空间用完了,请告诉镇党建办联系管理员扩大;手机里的照片请保留,扩大以后会自动再传。",
    )
    .with_details(json!({ "bytes": usage.bytes, "limit": usage.limit }));
    error.retry_after = Some(1800);
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_office_is_told_from_nine_tenths_on() {
        let tight = |bytes| Usage { bytes, limit: 200_000_000_000 }.is_tight();
        assert!(!tight(179_999_999_999) && tight(180_000_000_000) && tight(250_000_000_000));
        assert_eq!(Usage::gigabytes(181_260_000_000), "181.3 GB");
        assert_eq!(Usage::gigabytes(40_000_000), "0.0 GB");
    }
}
