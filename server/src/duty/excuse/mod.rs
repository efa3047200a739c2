//! What is decided about duties: 免办, 不适用 and 延期, proposed with a reason by one person (who may withdraw it while it
//! waits), decided by another, and taken back; 交办, which needs nobody else. For one duty, or for many in one go ([`batch`]).

mod api;
pub mod batch;
mod postpone;
pub mod proposals;
mod reached;
mod sql;
mod sql_batch;
mod tell;
mod touched;
mod undo;
mod withdraw;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

pub use api::Api;
pub use reached::reached;
pub use undo::undo;
pub use withdraw::withdraw;

use super::{share, sql_remind};
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult, OnConstraint};
use crate::identity::Caller;
use crate::ids::{DutyId, PersonId};
use crate::named::named;
use crate::platform::clock;
use crate::{audit, notify, org};

named! {
    /// What is decided about a duty.
    pub enum ExcuseKind {
        /// Owed, but let off this time (a flood, an illness).
        Excused = "excused" "免办",
        /// Was never owed here.
        NotApplicable = "not_applicable" "不适用",
        /// Owed by a later day.
        Postponed = "postponed" "延期",
        /// Owed all the same, by somebody else.
        Delegated = "delegated" "交办",
    }
}

/// What a duty's proposal asks for.
pub struct Wish<'a> {
    pub kind: ExcuseKind,
    pub reason: &'a str,
    /// Postponed: to this day …
    pub last: Option<NaiveDate>,
    /// … with so many days of grace; those of the rule if absent.
    pub grace_days: Option<u32>,
}

/// Proposes to let a duty off, or to postpone it.
pub async fn propose(
    tx: &mut PgConnection,
    caller: &Caller,
    duty: DutyId,
    wish: &Wish<'_>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let row = live(tx, caller, Action::ProposeExcuse, duty).await?;
    let to = match (wish.kind, wish.last) {
        (ExcuseKind::Delegated, _) => {
            return Err(ApiError::refused("duty.delegate_directly", "交办不用申请,请直接交给要办的人。"));
        }
        (ExcuseKind::Postponed, Some(last)) => {
            Some(postpone::to(&row.dates(), last, wish.grace_days, clock::today(now))?)
        }
        (ExcuseKind::Postponed, None) => return Err(postpone::no_day()),
        (ExcuseKind::Excused | ExcuseKind::NotApplicable, Some(_)) => {
            return Err(ApiError::refused("duty.only_postponed_to", "只有延期才写新的最后一天。"));
        }
        (ExcuseKind::Excused | ExcuseKind::NotApplicable, None) => None,
    };
    let new = sql::New {
        id: Uuid::now_v7(),
        duty,
        kind: wish.kind.name(),
        reason: wish.reason,
        last: to.map(|to| to.last),
        grace: to.map(|to| to.grace_last),
    };
    sql::insert(tx, caller.town, &new, caller.person, now).await.on_constraint("excuse_open_once", || {
        ApiError::conflict("duty.excuse_pending", "这项待办已有一份申请在等镇里决定。")
    })?;
    let facts = json!({ "kind": wish.kind.name(), "last": new.last });
    log(tx, caller, "duty.excuse_proposed", duty, facts, now).await
}

/// A reason has 2 to 500 characters; the API checks it in its forms.
pub fn check_reason(reason: &str) -> ApiResult<()> {
    if (2..=500).contains(&reason.trim().chars().count()) {
        return Ok(());
    }
    Err(ApiError::refused("duty.reason_length", "请写明原因,2 到 500 个字。"))
}

/// Decides the proposal that is open. Whoever proposed it does not decide it.
pub async fn decide(
    tx: &mut PgConnection,
    caller: &Caller,
    duty: DutyId,
    approve: bool,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let row = live(tx, caller, Action::DecideExcuse, duty).await?;
    let excuse = sql::open(tx, caller.town, duty)
        .await?
        .ok_or_else(|| ApiError::conflict("duty.no_excuse", "这项待办没有等待决定的申请。"))?;
    if excuse.batch_id.is_some() {
        return Err(ApiError::conflict(
            "duty.in_batch",
            "这项待办在一份成批的申请里,请到办公台“申请”里一起决定。",
        ));
    }
    not_own(caller, excuse.proposed_by)?;
    if approve && excuse.kind == ExcuseKind::Postponed.name() && row.state != "open" {
        return Err(postpone::handed_in());
    }
    let decision = if approve { "approved" } else { "refused" };
    let today = clock::today(now);
    let mut told = sql::holders(tx, caller.town, &[duty.0], today).await?;
    told.push((duty.0, excuse.proposed_by));
    sql::decide(tx, caller.town, &[excuse.id], decision, Some(caller.person), now).await?;
    if approve {
        sql::apply(tx, caller.town, &[excuse.id], now).await?;
        notify::withdraw(tx, caller.town, &[("duty", duty.0)], now).await?;
    }
    tell::decided(tx, caller, excuse.id, decision, &told, now).await?;
    log(tx, caller, "duty.excuse_decided", duty, json!({ "decision": decision }), now).await
}

/// Nobody decides what they have proposed themselves.
fn not_own(caller: &Caller, proposer: Uuid) -> ApiResult<()> {
    if proposer == caller.person.0 {
        return Err(ApiError::new(
            poem::http::StatusCode::FORBIDDEN,
            "duty.own_excuse",
            "自己提出的申请要由别人决定。",
        ));
    }
    Ok(())
}

/// Hands the duty to a person with a post over its unit, or back to whom it falls by rule.
pub async fn delegate(
    tx: &mut PgConnection,
    caller: &Caller,
    duty: DutyId,
    to: Option<PersonId>,
    reason: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let row = live(tx, caller, Action::Delegate, duty).await?;
    notify::withdraw(tx, caller.town, &[("duty", duty.0)], now).await?;
    match to {
        Some(person) => {
            may_hold(tx, caller, person, [row.path.as_str()], now).await?;
            if !share::handed_in(tx, caller.town, person, Some(&[duty.0])).await?.is_empty() {
                return Err(has_handed_in());
            }
            let id = Uuid::now_v7();
            sql::hand_over(tx, caller.town, id, duty, person, reason, caller.person, now).await?;
            tell::decided(tx, caller, id, "approved", &[(duty.0, person.0)], now).await?;
        }
        None => {
            if let Some(id) = sql::hand_back(tx, caller.town, duty, caller.person, now).await? {
                let holders = sql::holders(tx, caller.town, &[duty.0], clock::today(now)).await?;
                tell::decided(tx, caller, id, "undone", &holders, now).await?;
            }
        }
    }
    sql_remind::look_now(tx, caller.town, &[duty.0]).await?;
    log(tx, caller, "duty.delegated", duty, json!({ "to": to }), now).await
}

/// Whether the person belongs to the units at these paths, or has a post over them.
async fn may_hold(
    tx: &mut PgConnection,
    caller: &Caller,
    person: PersonId,
    units: impl IntoIterator<Item = &str>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let paths = org::person_paths(tx, caller.town, person, clock::today(now)).await?;
    for unit in units {
        if !reaches(&paths, unit) {
            return Err(outside());
        }
    }
    Ok(())
}

/// Whether somebody of these places may hold a duty of the unit at this path.
fn reaches(paths: &[String], unit: &str) -> bool {
    paths.iter().any(|path| unit.starts_with(path.as_str()) || path.starts_with(unit))
}

fn outside() -> ApiError {
    ApiError::refused("duty.delegate_outside", "只能交给本组织有职务或党籍的人。")
}

/// Nobody would be left to act on it.
fn has_handed_in() -> ApiError {
    ApiError::refused("duty.delegate_handed_in", "这一位已经交了自己的一份,请交给还没交的人,或另选一位。")
}

fn each_by_itself() -> ApiError {
    ApiError::refused(
        "duty.delegate_each",
        "承办人各办各的,不能只交出一个人的一份;要整项交给一个人,请到这项待办里交办。",
    )
}

/// A duty that is still owed, locked, over whose unit the caller may do `action`.
async fn live(
    tx: &mut PgConnection,
    caller: &Caller,
    action: Action,
    duty: DutyId,
) -> ApiResult<sql::Standing> {
    let row = sql::lock(tx, caller.town, duty).await?.ok_or_else(ApiError::not_found)?;
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
