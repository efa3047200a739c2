//! Taking a decision back: the duty is owed again as it was, unless something has happened to it since.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::{ExcuseKind, log, sql, tell};
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::DutyId;
use crate::notify;
use crate::platform::clock;

/// Takes back what was decided last about a duty.
pub async fn undo(
    tx: &mut PgConnection,
    caller: &Caller,
    duty: DutyId,
    reason: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let row = sql::lock(tx, caller.town, duty).await?.ok_or_else(ApiError::not_found)?;
    access::check(caller, Action::DecideExcuse, &row.path)?;
    let last = sql::last_decided(tx, caller.town, duty)
        .await?
        .ok_or_else(|| ApiError::conflict("duty.nothing_to_undo", "这项待办没有可以撤销的决定。"))?;
    if last.batch_id.is_some() {
        return Err(ApiError::conflict("duty.in_batch", "这是成批决定的,请到办公台“申请”里整批撤销。"));
    }
    if !last.stands {
        return Err(since());
    }
    sql::take_back(tx, caller.town, &[last.id], caller.person, reason, now).await?;
    notify::withdraw(tx, caller.town, &[("duty", duty.0), ("excuse", last.id)], now).await?;
    let holders = sql::holders(tx, caller.town, &[duty.0], clock::today(now)).await?;
    tell::decided(tx, caller, last.id, "undone", &holders, now).await?;
    let kind = ExcuseKind::parse(&last.kind).map(ExcuseKind::name);
    log(tx, caller, "duty.excuse_undone", duty, json!({ "kind": kind }), now).await
}

pub(super) fn since() -> ApiError {
    ApiError::conflict("duty.changed_since", "决定以后这项待办又有了新的情况,不能撤销,请打开看一看。")
}
