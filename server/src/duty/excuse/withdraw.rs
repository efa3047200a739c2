//! Taking a proposal back before anybody has decided it: only whoever made it. Against a decision at the same moment the
//! lock of the duty, or of the batch, tells who was first; the other is refused.

use chrono::{DateTime, Utc};
use poem::http::StatusCode;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{log, sql};
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::DutyId;

/// As stored with a proposal that was taken back.
pub(super) const WITHDRAWN: &str = "withdrawn";

/// Takes back the caller's own proposal about a duty. Nobody was told of it yet, so nobody is told now.
pub async fn withdraw(
    tx: &mut PgConnection,
    caller: &Caller,
    duty: DutyId,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let row = sql::lock(tx, caller.town, duty).await?.ok_or_else(ApiError::not_found)?;
    access::check(caller, Action::ProposeExcuse, &row.path)?;
    let excuse = sql::open(tx, caller.town, duty).await?.ok_or_else(|| {
        ApiError::conflict("duty.nothing_to_withdraw", "没有等着决定的申请:镇里已经决定,或已经撤回了。")
    })?;
    if excuse.batch_id.is_some() {
        return Err(ApiError::conflict("duty.in_batch", "这项待办在一份成批的申请里,请在“申请”里整批撤回。"));
    }
    only_own(caller, excuse.proposed_by)?;
    sql::decide(tx, caller.town, &[excuse.id], WITHDRAWN, None, now).await?;
    log(tx, caller, "duty.excuse_withdrawn", duty, json!({ "kind": excuse.kind }), now).await
}

/// Nobody takes back what somebody else has proposed: that is for the office to decide.
pub(super) fn only_own(caller: &Caller, proposer: Uuid) -> ApiResult<()> {
    if proposer == caller.person.0 {
        return Ok(());
    }
    Err(ApiError::new(StatusCode::FORBIDDEN, "duty.others_excuse", "只能撤回自己提出的申请。"))
}
