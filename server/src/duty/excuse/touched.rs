//! Which duties a batch would touch: those of the units, rules and days named, the ones that do not exist yet among them.
//! Preview and proposal ask the same function, so that what was shown is what is done.

use chrono::NaiveDate;
use poem_openapi::Object;
use sqlx::PgConnection;
use uuid::Uuid;

use super::ExcuseKind;
use super::postpone::{self, Dates};
use crate::access::{self, Action, Scope};
use crate::duty::ledger::{self, Status};
use crate::duty::outlook::{Days, Outlook};
use crate::duty::town::Owed;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{PersonId, UnitId};
use crate::org;
use crate::plan::is_of_this_century;

/// The most duties of one batch, and the longest stretch of days: enough for a town's quarter.
const MOST: usize = 1_000;
const LONGEST: i64 = 400;
const MOST_UNITS: usize = 200;

/// What is to be decided about which duties.
#[derive(Debug, Clone, Object, serde::Serialize)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct Choice {
    pub kind: ExcuseKind,
    /// Duties whose last day is from this day …
    pub from: NaiveDate,
    /// … to this one.
    pub until: NaiveDate,
    /// Of these units and all below them.
    pub units: Vec<UnitId>,
    /// Codes of rules; all if empty.
    #[oai(default)]
    pub rules: Vec<String>,
    /// Postponed: the new last day.
    pub last: Option<NaiveDate>,
    /// Postponed: days of grace; each rule's own if absent.
    pub grace_days: Option<u32>,
    /// Handed over: to whom.
    pub to: Option<PersonId>,
}

/// One duty of a preview.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct TouchedDuty {
    /// Names the duty in the proposal, also one that does not exist yet.
    pub key: String,
    pub task_code: String,
    pub title: String,
    pub unit_name: String,
    pub last: Option<NaiveDate>,
    pub status: Status,
    /// It does not exist yet and will be made for this.
    pub planned: bool,
    /// Why it is left out.
    pub left_out: Option<String>,
}

/// What would be done.
#[derive(Debug, Object)]
pub struct Preview {
    /// What a proposal may name.
    pub duties: Vec<TouchedDuty>,
    /// Of the same units and days, but not to be touched.
    pub left: Vec<TouchedDuty>,
}

/// A duty that may be named, and what would be written.
pub(super) struct Candidate {
    pub shown: TouchedDuty,
    /// None: does not exist yet.
    pub id: Option<Uuid>,
    pub owed: Option<Owed>,
    pub to: Option<(NaiveDate, NaiveDate)>,
}

/// Finds them, after asking whether the caller may.
pub(super) async fn find(
    tx: &mut PgConnection,
    caller: &Caller,
    choice: &Choice,
    today: NaiveDate,
) -> ApiResult<(Vec<Candidate>, Vec<TouchedDuty>)> {
    let action = if choice.kind == ExcuseKind::Delegated { Action::Delegate } else { Action::ProposeExcuse };
    if choice.units.is_empty() || choice.units.len() > MOST_UNITS {
        access::check_any(caller, action)?;
        return Err(ApiError::refused("duty.batch_units", "请选1到200个组织。"));
    }
    let mut scope = Scope::default();
    let mut paths = Vec::new();
    for unit in &choice.units {
        let unit = org::unit(tx, caller.town, *unit).await?;
        access::check(caller, action, &unit.path)?;
        scope.push(&unit.path);
        paths.push(unit.path);
    }
    check(choice)?;
    if let Some(person) = choice.to {
        super::may_hold(
            tx,
            caller,
            person,
            paths.iter().map(String::as_str),
            crate::platform::clock::start_of(today),
        )
        .await?;
    }
    let days = Days { scope: &scope, from: choice.from, until: choice.until, undated: false };
    let outlook = Outlook::load(&mut *tx, caller.town, days).await?;
    let wanted = |code: &str| choice.rules.is_empty() || choice.rules.iter().any(|rule| rule == code);
    let (mut found, mut left) = (Vec::new(), Vec::new());
    for duty in &outlook.duties {
        let live = matches!(duty.state.as_str(), "open" | "returned" | "submitted");
        let in_days = duty.window_last.is_some_and(|last| (choice.from..=choice.until).contains(&last));
        if !live || !in_days || !wanted(&duty.rule_code) {
            continue;
        }
        let dates = (duty.window_first, duty.window_last, duty.grace_last);
        let mut shown = TouchedDuty {
            key: key(duty.rule_id, duty.subject_id, &duty.window_key),
            task_code: duty.task_code.clone(),
            title: duty.title.clone(),
            unit_name: outlook.units.get(&duty.unit_id).map_or_else(String::new, |unit| unit.name.clone()),
            last: duty.window_last,
            status: ledger::status_of(&duty.state, dates, today),
            planned: false,
            left_out: None,
        };
        let dates = Dates { last: duty.window_last, grace_last: duty.grace_last, state: &duty.state };
        match new_dates(choice, &dates, today) {
            Ok(to) if !duty.pending => {
                found.push(Candidate { shown, id: Some(duty.id), owed: None, to });
            }
            refusal => {
                let why =
                    refusal.err().map_or_else(|| "已有一份申请在等决定。".to_owned(), |error| error.message);
                shown.left_out = Some(why);
                left.push(shown);
            }
        }
    }
    for planned in outlook.planned(choice.from, choice.until, today) {
        if !wanted(&planned.rule.code) {
            continue;
        }
        let owed = &planned.owed;
        let mut shown = TouchedDuty {
            key: key(owed.rule, owed.subject(), &owed.window.key),
            task_code: planned.rule.task_code.clone(),
            title: planned.rule.title.clone(),
            unit_name: planned.unit.name.clone(),
            last: owed.window.last,
            status: Status::Upcoming,
            planned: true,
            left_out: None,
        };
        let dates = Dates { last: owed.window.last, grace_last: owed.window.grace_last, state: "open" };
        match new_dates(choice, &dates, today) {
            Ok(to) => found.push(Candidate { shown, id: None, owed: Some(planned.owed), to }),
            Err(error) => {
                shown.left_out = Some(error.message);
                left.push(shown);
            }
        }
    }
    if found.len() > MOST {
        return Err(ApiError::refused(
            "duty.batch_too_many",
            format!("一次最多1000项,现在有{}项,请缩小组织、事项或日期的范围。", found.len()),
        ));
    }
    Ok((found, left))
}

/// What cannot be right about a choice, whatever there is to choose from.
fn check(choice: &Choice) -> ApiResult<()> {
    let days = (choice.until - choice.from).num_days();
    if !(0..=LONGEST).contains(&days) || !is_of_this_century(choice.from) {
        return Err(ApiError::refused("duty.batch_days", "请从前往后选日期,最多400天。"));
    }
    match (choice.kind, choice.last, choice.to) {
        (ExcuseKind::Postponed, None, _) => Err(postpone::no_day()),
        (ExcuseKind::Delegated, _, None) => {
            Err(ApiError::refused("duty.delegate_whom", "请选把这些事交给谁。"))
        }
        _ => Ok(()),
    }
}

fn new_dates(
    choice: &Choice,
    dates: &Dates<'_>,
    today: NaiveDate,
) -> ApiResult<Option<(NaiveDate, NaiveDate)>> {
    match (choice.kind, choice.last) {
        (ExcuseKind::Postponed, Some(last)) => {
            let to = postpone::to(dates, last, choice.grace_days, today)?;
            Ok(Some((to.last, to.grace_last)))
        }
        _ => Ok(None),
    }
}

fn key(rule: Uuid, subject: Uuid, window: &str) -> String {
    format!("{}.{}.{window}", rule.simple(), subject.simple())
}
