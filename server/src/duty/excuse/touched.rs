//! Which duties a batch would touch: those of the units, rules and days named, the ones that do not exist yet among them.
//! Preview and proposal ask the same function, so that what was shown is what is done.

use std::collections::HashSet;

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
use crate::duty::{share, sql_hand_over};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{PersonId, TownId, UnitId};
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
    /// Handed over: only what this person holds now. Names of units are then not needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<PersonId>,
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
    let (scope, paths) = scope_of(tx, caller, choice).await?;
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
    let held = match choice.holder {
        Some(holder) => Some(Held::of(tx, caller.town, holder, choice.to, today).await?),
        None => None,
    };
    let handed_in = match choice.to {
        Some(to) => share::handed_in(tx, caller.town, to, None).await?,
        None => HashSet::new(),
    };
    let days = Days { scope: &scope, from: choice.from, until: choice.until, undated: false };
    let outlook = Outlook::load(&mut *tx, caller.town, days).await?;
    let wanted = |code: &str| choice.rules.is_empty() || choice.rules.iter().any(|rule| rule == code);
    let (mut found, mut left) = (Vec::new(), Vec::new());
    for duty in &outlook.duties {
        let live = matches!(duty.state.as_str(), "open" | "returned" | "submitted");
        let in_days = duty.window_last.is_some_and(|last| (choice.from..=choice.until).contains(&last));
        let others = held.as_ref().is_some_and(|held| !held.duties.contains(&duty.id));
        if !live || !in_days || others || !wanted(&duty.rule_code) {
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
        let path = outlook.units.get(&duty.unit_id).map_or("", |unit| unit.path.as_str());
        let refusal = match &held {
            Some(held) if !held.may_take(path) => Some(super::outside()),
            // One person's share is not to be had without everybody else's.
            Some(_) if duty.each => Some(super::each_by_itself()),
            _ => handed_in.contains(&duty.id).then(super::has_handed_in),
        };
        if let Some(refusal) = refusal {
            shown.left_out = Some(refusal.message);
            left.push(shown);
            continue;
        }
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
    // What does not exist yet is in nobody's hands.
    let planned = if held.is_some() { Vec::new() } else { outlook.planned(choice.from, choice.until, today) };
    for planned in planned {
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

/// The units a choice is about, after asking whether the caller may; with their paths, as far as they are named.
async fn scope_of(
    tx: &mut PgConnection,
    caller: &Caller,
    choice: &Choice,
) -> ApiResult<(Scope, Vec<String>)> {
    let action = if choice.kind == ExcuseKind::Delegated { Action::Delegate } else { Action::ProposeExcuse };
    let of_holder = choice.holder.is_some() && choice.units.is_empty();
    if (choice.units.is_empty() && !of_holder) || choice.units.len() > MOST_UNITS {
        access::check_any(caller, action)?;
        return Err(ApiError::refused("duty.batch_units", "请选1到200个组织。"));
    }
    let mut scope = if of_holder { access::scope(caller, action)? } else { Scope::default() };
    let mut paths = Vec::new();
    for unit in &choice.units {
        let unit = org::unit(tx, caller.town, *unit).await?;
        access::check(caller, action, &unit.path)?;
        scope.push(&unit.path);
        paths.push(unit.path);
    }
    Ok((scope, paths))
}

/// What somebody holds, and where another may take it over.
struct Held {
    duties: HashSet<Uuid>,
    /// Of whom it goes to.
    paths: Vec<String>,
}

impl Held {
    async fn of(
        tx: &mut PgConnection,
        town: TownId,
        holder: PersonId,
        to: Option<PersonId>,
        today: NaiveDate,
    ) -> ApiResult<Self> {
        let duties = sql_hand_over::held_by(tx, town, holder, today).await?.into_iter().collect();
        let paths = match to {
            Some(to) => org::person_paths(tx, town, to, today).await?,
            None => Vec::new(),
        };
        Ok(Self { duties, paths })
    }

    fn may_take(&self, unit: &str) -> bool {
        super::reaches(&self.paths, unit)
    }
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
        (ExcuseKind::Delegated, _, to) if to == choice.holder => {
            Err(ApiError::refused("duty.delegate_to_self", "代办的人就是本人,请另选一位。"))
        }
        (kind, ..) if kind != ExcuseKind::Delegated && choice.holder.is_some() => {
            Err(ApiError::refused("duty.holder_only_delegates", "只有交办才按办事的人选。"))
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
