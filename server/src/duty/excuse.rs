//! 免办 and 不适用: proposed with a reason by one person, decided by another. And delegation.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::sql;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult, OnConstraint};
use crate::identity::Caller;
use crate::ids::{DutyId, PersonId, UnitId};
use crate::named::named;
use crate::platform::clock;
use crate::{audit, notify, org};

named! {
    /// Why a duty is not to be done.
    pub enum ExcuseKind {
        /// Owed, but let off this time (a flood, an illness).
        Excused = "excused" "免办",
        /// Was never owed here.
        NotApplicable = "not_applicable" "不适用",
    }
}

/// Proposes to let a duty off.
pub async fn propose(
    tx: &mut PgConnection,
    caller: &Caller,
    duty: DutyId,
    kind: ExcuseKind,
    reason: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    live(tx, caller, Action::ProposeExcuse, duty).await?;
    sql::insert_excuse(tx, caller.town, Uuid::now_v7(), duty, kind.name(), reason, caller.person, now)
        .await
        .on_constraint("excuse_open_once", || {
            ApiError::conflict("duty.excuse_pending", "这项待办已有一份申请在等镇里决定。")
        })?;
    log(tx, caller, "duty.excuse_proposed", duty, json!({ "kind": kind.name() }), now).await
}

/// Decides the proposal that is open. Whoever proposed it does not decide it.
pub async fn decide(
    tx: &mut PgConnection,
    caller: &Caller,
    duty: DutyId,
    approve: bool,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    live(tx, caller, Action::DecideExcuse, duty).await?;
    let excuse = sql::open_excuse(tx, caller.town, duty)
        .await?
        .ok_or_else(|| ApiError::conflict("duty.no_excuse", "这项待办没有等待决定的申请。"))?;
    if excuse.proposed_by == caller.person.0 {
        return Err(ApiError::new(
            poem::http::StatusCode::FORBIDDEN,
            "duty.own_excuse",
            "自己提出的申请要由别人决定。",
        ));
    }
    let decision = if approve { "approved" } else { "refused" };
    sql::decide_excuse(tx, caller.town, excuse.id, decision, caller.person, now).await?;
    if approve {
        sql::close(tx, caller.town, duty, &excuse.kind, now).await?;
        notify::withdraw(tx, caller.town, &[("duty", duty.0)], now).await?;
    }
    log(tx, caller, "duty.excuse_decided", duty, json!({ "decision": decision }), now).await
}

/// Hands the duty to a person with a post over its unit, or back to whom it falls by rule.
pub async fn delegate(
    tx: &mut PgConnection,
    caller: &Caller,
    duty: DutyId,
    to: Option<PersonId>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let row = live(tx, caller, Action::Delegate, duty).await?;
    if let Some(person) = to {
        let paths = org::person_paths(tx, caller.town, person, clock::today(now)).await?;
        if !paths.iter().any(|path| row.path.starts_with(path.as_str()) || path.starts_with(&row.path)) {
            return Err(ApiError::refused("duty.delegate_outside", "只能交给本组织有职务或党籍的人。"));
        }
    }
    sql::delegate(tx, caller.town, duty, to).await?;
    notify::withdraw(tx, caller.town, &[("duty", duty.0)], now).await?;
    log(tx, caller, "duty.delegated", duty, json!({ "to": to }), now).await
}

/// The caller has spoken with whoever owes the duty, by telephone or in person: escalation ends (see [`super::escalate`]).
/// Said again, it is said once. Of one's own duty nobody says so.
pub async fn reached(
    tx: &mut PgConnection,
    caller: &Caller,
    duty: DutyId,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let row = live(tx, caller, Action::ReportReached, duty).await?;
    if sql::holders(tx, caller.town, duty, clock::today(now)).await?.contains(&caller.person.0) {
        return Err(ApiError::conflict("duty.reached_oneself", "这项待办就是您自己的,办好后提交记录即可。"));
    }
    notify::spoken(tx, caller, UnitId(row.unit_id), ("duty", duty.0), now).await?;
    log(tx, caller, "duty.reached", duty, json!({}), now).await
}

/// A duty that is still owed, locked, over whose unit the caller may do `action`.
async fn live(
    tx: &mut PgConnection,
    caller: &Caller,
    action: Action,
    duty: DutyId,
) -> ApiResult<sql::DutyUnit> {
    let row = sql::lock_one(tx, caller.town, duty).await?.ok_or_else(ApiError::not_found)?;
    access::check(caller, action, &row.path)?;
    if !matches!(row.state.as_str(), "open" | "returned" | "submitted") {
        return Err(ApiError::conflict("duty.closed", "这项待办已经办结。"));
    }
    Ok(row)
}

async fn log(
    tx: &mut PgConnection,
    caller: &Caller,
    action: &'static str,
    duty: DutyId,
    facts: Value,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action,
        subject_kind: "duty",
        subject: Some(duty.0),
        facts: &facts,
    };
    audit::record(tx, entry, now).await
}
