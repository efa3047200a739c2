//! Loading a plan into a town: its tasks and rules become rows. One plan is active at a time.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::cadence::OTHER_CENTURY;
use super::{Cadence, Definition, Rule, edit, is_of_this_century, sql};
use crate::audit;
use crate::error::{ApiError, ApiResult, OnConstraint};
use crate::ids::{PersonId, TownId};

/// Loads `definition`; windows that end before `start_on` are not owed (design D12).
pub async fn load(
    tx: &mut PgConnection,
    town: TownId,
    by: Option<PersonId>,
    definition: &Definition,
    start_on: NaiveDate,
    now: DateTime<Utc>,
) -> ApiResult<Uuid> {
    if !is_of_this_century(start_on) {
        return Err(ApiError::refused("plan.start_on", OTHER_CENTURY));
    }
    let plan = Uuid::now_v7();
    sql::insert_plan(tx, town, plan, definition, start_on, by, now)
        .await
        .on_constraint("plan_active_once", || {
            ApiError::conflict("plan.already_loaded", "本镇已有正在执行的方案,不能重复载入。")
        })?;
    for (position, task) in definition.tasks.iter().enumerate() {
        let id = Uuid::now_v7();
        let action = definition
            .actions
            .iter()
            .find(|action| action.no == task.action)
            .ok_or_else(|| ApiError::internal(format!("task {} belongs to no action", task.code)))?;
        let position = i32::try_from(position).map_err(ApiError::internal)?;
        sql::insert_task(tx, town, plan, id, position, action, task).await?;
        for rule in &task.rules {
            sql::insert_rule(tx, town, id, rule, &sql::Version::FIRST, now).await?;
        }
    }
    let facts = json!({ "version": definition.version, "start_on": start_on });
    log(tx, town, by, "plan.loaded", plan, &facts, now).await?;
    Ok(plan)
}

/// Gives a rule a date: a new version that is due then, in place of 立即 or of a date already past. Duties of the former version
/// that are still owed are withdrawn; what was done under it stays done. Returns the former version.
pub async fn set_date(
    tx: &mut PgConnection,
    town: TownId,
    by: PersonId,
    code: &str,
    opens: NaiveDate,
    due: NaiveDate,
    now: DateTime<Utc>,
) -> ApiResult<Uuid> {
    if opens > due {
        return Err(ApiError::refused("plan.date_order", "开始日期不能晚于截止日期。"));
    }
    let stored = edit::stored(tx, town, code).await?;
    if !stored.rule.cadence.is_single() {
        return Err(ApiError::refused("plan.not_dated", "这项任务按周期办理,不能单独定日期。"));
    }
    let cadence = Cadence::Once { opens, due };
    if let Some(problem) = cadence.problems().first() {
        return Err(ApiError::refused("plan.date_order", format!("{problem}。")));
    }
    let rule = Rule { cadence, first: None, ..stored.dated(tx, town).await? };
    sql::supersede(tx, town, stored.id(), crate::platform::clock::today(now)).await?;
    let version =
        sql::Version { number: stored.version + 1, off: stored.off, by: Some(by), ..sql::Version::FIRST };
    let new = sql::insert_rule(tx, town, stored.task, &rule, &version, now).await?;
    log(tx, town, Some(by), "plan.date_set", new, &json!({ "code": code, "due": due }), now).await?;
    Ok(stored.id())
}

/// Names who carries a task. Its followers in the same item inherit the name where the plan left theirs blank.
pub async fn set_lead(
    tx: &mut PgConnection,
    town: TownId,
    by: PersonId,
    code: &str,
    lead: Option<PersonId>,
    name: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let task = sql::set_lead(tx, town, code, lead, name).await?.ok_or_else(ApiError::not_found)?;
    log(tx, town, Some(by), "plan.lead_named", task, &json!({ "code": code }), now).await
}

async fn log(
    tx: &mut PgConnection,
    town: TownId,
    actor: Option<PersonId>,
    action: &'static str,
    subject: Uuid,
    facts: &serde_json::Value,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let entry = audit::Entry { town, actor, action, subject_kind: "plan", subject: Some(subject), facts };
    audit::record(tx, entry, now).await
}
