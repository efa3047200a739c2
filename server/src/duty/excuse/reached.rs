//! 联系上了: who has spoken with whoever owes a duty says so, and nobody further up is told of it (see [`crate::duty::escalate`]).

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::{live, log, sql};
use crate::access::Action;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{DutyId, UnitId};
use crate::notify;
use crate::platform::clock;

/// The caller has spoken with whoever owes the duty, by telephone or in person: escalation ends (see [`crate::duty::escalate`]).
/// Said again, it is said once. Of one's own duty nobody says so.
pub async fn reached(
    tx: &mut PgConnection,
    caller: &Caller,
    duty: DutyId,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let row = live(tx, caller, Action::ReportReached, duty).await?;
    let holders = sql::holders(tx, caller.town, &[duty.0], clock::today(now)).await?;
    if holders.contains(&(duty.0, caller.person.0)) {
        return Err(ApiError::conflict("duty.reached_oneself", "这项待办就是您自己的,办好后提交记录即可。"));
    }
    notify::spoken(tx, caller, UnitId(row.unit_id), ("duty", duty.0), now).await?;
    log(tx, caller, "duty.reached", duty, json!({}), now).await
}
