//! The plan as it is read: its tasks, and each rule with how it came to be what it is.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use poem_openapi::Object;
use serde::Deserialize;
use serde_json::Value;

use super::rule::{Audience, Condition, Counts, Desk, Enough, Ladder, MeetingType, RecordKind};
use super::{Cadence, sql, sql_edit};
use crate::App;
use crate::access::{self, Action};
use crate::edge::local;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::PersonId;

/// 任务
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct TaskView {
    pub code: String,
    pub action_no: i32,
    pub action: String,
    pub item: String,
    pub requirement: String,
    /// 时间节点, in the annex's words.
    pub time: String,
    pub kind: String,
    /// False for what only the notice's body asks for: left out where the annex is printed.
    pub in_annex: bool,
    /// 责任人, or 待确认.
    pub lead: String,
    pub lead_id: Option<PersonId>,
    /// 备注, as the annex has it.
    pub note: String,
    /// The rules it splits into, as they stand.
    pub rules: Value,
}

/// A rule as a list shows it, read from [`TaskView::rules`].
#[derive(Deserialize)]
pub struct RuleLine {
    pub code: String,
    pub version: i32,
    pub title: String,
    pub cadence: Cadence,
    pub record_kind: RecordKind,
    pub photos_required: u32,
    pub counts: Counts,
    pub minutes: u32,
    pub audience: Audience,
    pub reviewer: Desk,
    pub off: bool,
}

/// 任务细化, as it stands
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RuleView {
    pub code: String,
    pub task_code: String,
    pub item: String,
    pub requirement: String,
    /// 时间节点
    pub time: String,
    /// 责任人, or 待确认.
    pub lead: String,
    /// Where the notice says so.
    pub source: String,
    pub version: i32,
    pub off: bool,
    pub title: String,
    pub cadence: Value,
    /// The cadence in words.
    pub often: String,
    pub first_on: Option<NaiveDate>,
    pub audience: Audience,
    pub applies: Vec<Condition>,
    pub record_kind: String,
    pub meeting_types: Vec<MeetingType>,
    pub photos_required: i32,
    pub counts: Counts,
    /// Of several who hold it: whether one is enough, or each hands in their own.
    pub enough: Enough,
    pub grace_days: i32,
    pub ladder: Ladder,
    pub reviewer: Desk,
    pub minutes: i32,
    /// The newest first.
    pub versions: Vec<RuleVersion>,
}

/// A version of a rule
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RuleVersion {
    pub version: i32,
    pub title: String,
    /// The cadence in words.
    pub often: String,
    pub off: bool,
    pub enough: Enough,
    /// From this day on it owes windows; absent for the version that came with the plan.
    pub effective_on: Option<NaiveDate>,
    /// The year into which it was carried by this version.
    pub carried_to: Option<i32>,
    /// Why the office let it fall then.
    pub note: Option<String>,
    pub made_at: DateTime<FixedOffset>,
    pub made_by: Option<String>,
}

/// The active plan's tasks, in its order.
pub async fn tasks(app: &App, caller: &Caller) -> ApiResult<Vec<TaskView>> {
    Ok(titled(app, caller).await?.1)
}

/// The same with the plan's title; `None` where there is no task.
pub async fn titled(app: &App, caller: &Caller) -> ApiResult<(Option<String>, Vec<TaskView>)> {
    access::check_any(caller, Action::ReadPlan)?;
    let rows = sql::tasks(&app.db, caller.town).await?;
    let title = rows.first().map(|row| row.plan_name.clone());
    let views = rows.into_iter().map(|row| TaskView {
        code: row.code,
        action_no: row.action_no,
        action: row.action_name,
        item: row.item,
        requirement: row.requirement,
        time: row.time_node,
        kind: row.kind,
        in_annex: row.in_annex,
        lead: lead(row.lead_name),
        lead_id: row.lead_id.map(PersonId),
        note: row.note,
        rules: row.rules,
    });
    Ok((title, views.collect()))
}

/// One rule in force, with its versions.
pub async fn rule(app: &App, caller: &Caller, code: &str) -> ApiResult<RuleView> {
    access::check_any(caller, Action::ReadPlan)?;
    let row = sql_edit::view(&app.db, caller.town, code).await?.ok_or_else(ApiError::not_found)?;
    let unknown = |what: &str| ApiError::internal(format!("rule {code}: {what}"));
    let versions: Vec<sql_edit::VersionRow> =
        serde_json::from_value(row.versions).map_err(ApiError::internal)?;
    Ok(RuleView {
        often: words(&row.cadence)?,
        audience: Audience::parse(&row.audience).ok_or_else(|| unknown("audience"))?,
        applies: serde_json::from_value(row.conditions).map_err(ApiError::internal)?,
        meeting_types: row.meeting_types.iter().filter_map(|name| MeetingType::parse(name)).collect(),
        counts: Counts::parse(&row.counts).ok_or_else(|| unknown("counts"))?,
        enough: Enough::parse(&row.enough).ok_or_else(|| unknown("enough"))?,
        ladder: Ladder::parse(&row.ladder).ok_or_else(|| unknown("ladder"))?,
        reviewer: Desk::parse(&row.reviewer).ok_or_else(|| unknown("reviewer"))?,
        versions: versions.into_iter().map(RuleVersion::of).collect::<ApiResult<_>>()?,
        code: row.code,
        task_code: row.task_code,
        item: row.item,
        requirement: row.requirement,
        time: row.time_node,
        lead: lead(row.lead_name),
        source: row.source,
        version: row.version,
        off: row.off,
        title: row.title,
        cadence: row.cadence,
        first_on: row.first_on,
        record_kind: row.record_kind,
        photos_required: row.photos_required,
        grace_days: row.grace_days,
        minutes: row.minutes,
    })
}

impl RuleVersion {
    fn of(row: sql_edit::VersionRow) -> ApiResult<Self> {
        let made_at: DateTime<Utc> = row.made_at;
        Ok(Self {
            version: row.version,
            title: row.title,
            often: words(&row.cadence)?,
            off: row.off,
            enough: row.enough,
            effective_on: row.effective_on,
            carried_to: row.carried_to,
            note: Some(row.note).filter(|note| !note.is_empty()),
            made_at: local(made_at),
            made_by: row.made_by,
        })
    }
}

fn words(cadence: &Value) -> ApiResult<String> {
    let cadence: Cadence = serde_json::from_value(cadence.clone()).map_err(ApiError::internal)?;
    Ok(cadence.words())
}

fn lead(name: Option<String>) -> String {
    name.unwrap_or_else(|| "待确认".to_owned())
}
