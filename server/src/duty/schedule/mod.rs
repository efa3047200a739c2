//! 月历和年度计划: what is due on which day, duties that exist and windows to come alike. How a thing stands is said by a
//! word and a mark, never by colour alone.

mod api;

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use poem_openapi::Object;
use uuid::Uuid;

pub use api::Api;

use super::calendar;
use super::ledger::{self, Status};
use super::outlook::{Days, Outlook};
use crate::App;
use crate::access::{self, Action, Scope};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{DutyId, UnitId};
use crate::plan::is_of_this_century;
use crate::platform::clock;

/// More things due in a month than this are counted only: nobody reads them one by one on a phone.
const MOST_LISTED: usize = 200;

/// One thing due.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Item {
    /// Absent while it is only planned.
    pub duty_id: Option<DutyId>,
    pub unit_name: String,
    /// Absent for 立即.
    pub last: Option<NaiveDate>,
    /// Absent while it is only planned.
    pub status: Option<Status>,
    /// 已办结、待办、计划……
    pub label: String,
    /// One character that says the same: √ ○ ! …
    pub mark: String,
}

/// A rule on a day: how many owe it, and how they stand.
#[derive(Debug, Clone, Object)]
pub struct DayEntry {
    pub rule_code: String,
    pub task_code: String,
    pub title: String,
    pub counts: Vec<StandingCount>,
    /// Each of them, where one unit is asked for, or each and they are few; else none: a town's are too many to list.
    pub items: Vec<Item>,
}

/// How many stand alike.
#[derive(Debug, Clone, Object)]
pub struct StandingCount {
    pub label: String,
    pub mark: String,
    pub count: u32,
}

#[derive(Debug, Clone, Object)]
pub struct Day {
    pub date: NaiveDate,
    pub entries: Vec<DayEntry>,
}

/// 月历
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MonthView {
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// Absent for all units of the caller.
    pub unit_name: Option<String>,
    /// Days with something due, in order.
    pub days: Vec<Day>,
}

/// A rule over the year.
#[derive(Debug, Clone, Object)]
pub struct YearRow {
    pub rule_code: String,
    pub task_code: String,
    pub title: String,
    /// Twelve lists, January first.
    pub months: Vec<Vec<Item>>,
    /// Without a date.
    pub undated: Vec<Item>,
}

/// 年度计划
#[derive(Debug, Clone, Object)]
pub struct YearView {
    pub year: i32,
    pub unit_name: String,
    pub rows: Vec<YearRow>,
}

/// The mark of a state; every one is told apart without colour.
pub fn mark(status: Option<Status>) -> &'static str {
    match status {
        None => "·",
        Some(Status::Met) => "√",
        Some(Status::Submitted) => "审",
        Some(Status::Returned) => "退",
        Some(Status::Open | Status::Upcoming) => "○",
        Some(Status::Grace) => "△",
        Some(Status::Overdue) => "!",
        Some(Status::Excused) => "免",
        Some(Status::NotApplicable) => "—",
    }
}

fn label(status: Option<Status>) -> &'static str {
    status.map_or("计划", Status::label)
}

/// Something due, with the rule it is due by.
struct Due {
    rule_code: String,
    task_code: String,
    title: String,
    unit: Uuid,
    item: Item,
}

/// Everything due in these days in scope, in the order of days and of the annex.
fn dues(outlook: &Outlook, from: NaiveDate, until: NaiveDate, today: NaiveDate) -> Vec<Due> {
    let name = |unit: Uuid| outlook.units.get(&unit).map_or_else(String::new, |unit| unit.name.clone());
    let inside = |last: Option<NaiveDate>| last.is_none_or(|last| (from..=until).contains(&last));
    let exist = outlook.duties.iter().filter(|duty| duty.state != "withdrawn" && inside(duty.window_last));
    let mut all: Vec<Due> = exist
        .map(|duty| {
            let dates = (duty.window_first, duty.window_last, duty.grace_last);
            let status = Some(ledger::status_of(&duty.state, dates, today));
            Due {
                rule_code: duty.rule_code.clone(),
                task_code: duty.task_code.clone(),
                title: duty.title.clone(),
                unit: duty.unit_id,
                item: Item {
                    duty_id: Some(DutyId(duty.id)),
                    unit_name: name(duty.unit_id),
                    last: duty.window_last,
                    status,
                    label: label(status).into(),
                    mark: mark(status).into(),
                },
            }
        })
        .collect();
    all.extend(outlook.planned(from, until, today).into_iter().map(|planned| Due {
        rule_code: planned.rule.code.clone(),
        task_code: planned.rule.task_code.clone(),
        title: planned.rule.title.clone(),
        unit: planned.unit.id,
        item: Item {
            duty_id: None,
            unit_name: planned.unit.name.clone(),
            last: planned.owed.window.last,
            status: None,
            label: label(None).into(),
            mark: mark(None).into(),
        },
    }));
    all
}

/// How many stand alike, in the order they are met.
fn counted(items: &[Item]) -> Vec<StandingCount> {
    let mut found: Vec<StandingCount> = Vec::new();
    for item in items {
        if let Some(one) = found.iter_mut().find(|one| one.label == item.label) {
            one.count += 1;
        } else {
            let (label, mark) = (item.label.clone(), item.mark.clone());
            found.push(StandingCount { label, mark, count: 1 });
        }
    }
    found
}

/// The month `day` is in, for one unit or for all of the caller's. Read by one statement.
pub async fn month(
    app: &App,
    caller: &Caller,
    day: Option<NaiveDate>,
    unit: Option<UnitId>,
    each: bool,
) -> ApiResult<MonthView> {
    let today = clock::today(app.clock.now());
    let day = day.unwrap_or(today);
    if !is_of_this_century(day) {
        return Err(ApiError::bad_request("request.invalid", "月份不对,请重新选。"));
    }
    let first = day.with_day(1).unwrap_or(day);
    let last = calendar::month_end(day);
    let scope = access::scope(caller, Action::ReadDuties)?;
    let days = Days { scope: &scope, from: first, until: last, undated: false };
    let outlook = Outlook::load(&app.db, caller.town, days).await?;
    let unit_name = unit.map(|unit| name_of(&outlook, unit)).transpose()?;
    let mut by_day: BTreeMap<NaiveDate, Vec<DayEntry>> = BTreeMap::new();
    for due in dues(&outlook, first, last, today) {
        let (Some(date), true) = (due.item.last, unit.is_none_or(|unit| unit.0 == due.unit)) else {
            continue;
        };
        let entries = by_day.entry(date).or_default();
        match entries.iter_mut().find(|entry| entry.rule_code == due.rule_code) {
            Some(entry) => entry.items.push(due.item),
            None => entries.push(DayEntry {
                rule_code: due.rule_code,
                task_code: due.task_code,
                title: due.title,
                counts: Vec::new(),
                items: vec![due.item],
            }),
        }
    }
    let all: usize = by_day.values().flatten().map(|entry| entry.items.len()).sum();
    let listed = unit.is_some() || (each && all <= MOST_LISTED);
    for entry in by_day.values_mut().flatten() {
        entry.counts = counted(&entry.items);
        if !listed {
            entry.items.clear();
        }
    }
    let days = by_day.into_iter().map(|(date, entries)| Day { date, entries }).collect();
    Ok(MonthView { first, last, unit_name, days })
}

/// A year of one unit: every rule it owes, month by month. Read by one statement.
pub async fn year(app: &App, caller: &Caller, year: Option<i32>, unit: UnitId) -> ApiResult<YearView> {
    let today = clock::today(app.clock.now());
    let year = year.unwrap_or_else(|| today.year());
    let day = |month, day| NaiveDate::from_ymd_opt(year, month, day);
    let days = day(1, 1).zip(day(12, 31)).filter(|(first, _)| is_of_this_century(*first));
    let Some((first, last)) = days else {
        return Err(ApiError::bad_request("request.invalid", "年份不对,请重新选。"));
    };
    let scope: Scope = access::scope_or_none(caller, Action::ReadDuties, |_| true);
    let days = Days { scope: &scope, from: first, until: last, undated: true };
    let outlook = Outlook::load(&app.db, caller.town, days).await?;
    let unit_name = name_of(&outlook, unit)?;
    let mut rows: Vec<YearRow> = Vec::new();
    for due in dues(&outlook, first, last, today).into_iter().filter(|due| due.unit == unit.0) {
        let at = rows.iter().position(|row| row.rule_code == due.rule_code).unwrap_or_else(|| {
            rows.push(YearRow {
                rule_code: due.rule_code.clone(),
                task_code: due.task_code.clone(),
                title: due.title.clone(),
                months: vec![Vec::new(); 12],
                undated: Vec::new(),
            });
            rows.len() - 1
        });
        let Some(row) = rows.get_mut(at) else { continue };
        match due.item.last.and_then(|last| row.months.get_mut(usize::try_from(last.month0()).ok()?)) {
            Some(month) => month.push(due.item),
            None => row.undated.push(due.item),
        }
    }
    rows.sort_by_key(|row| order(&row.rule_code));
    Ok(YearView { year, unit_name, rows })
}

/// The unit's name, if the caller may read what it owes; else the 404 that tells nothing.
fn name_of(outlook: &Outlook, unit: UnitId) -> ApiResult<String> {
    outlook.units.get(&unit.0).map(|unit| unit.name.clone()).ok_or_else(ApiError::not_found)
}

/// Codes in the annex's order: 3.1.4 before 3.1.10.
fn order(code: &str) -> Vec<u32> {
    code.split(['.', '-']).map(|part| part.parse().unwrap_or(u32::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_in_the_annexs_order() {
        let mut codes = ["3.1.10", "3.1.4-2", "3.1.4", "2.2.1", "3.1.4-1"];
        codes.sort_by_key(|code| order(code));
        assert_eq!(codes, ["2.2.1", "3.1.4", "3.1.4-1", "3.1.4-2", "3.1.10"]);
    }

    #[test]
    fn what_asks_for_something_else_looks_different_without_colour() {
        let all = [None].into_iter().chain(Status::ALL.iter().map(|status| Some(*status)));
        let marks: std::collections::BTreeSet<&str> = all.map(mark).collect();
        // What has not begun and what is open are both simply to be done.
        assert_eq!(marks.len(), Status::ALL.len());
    }
}
