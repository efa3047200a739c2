//! 月历 and 年度计划: what is due when, of one unit or of all. Both print; the year on A4 lying.

use chrono::{Datelike, Days, NaiveDate};
use maud::{Markup, html};
use poem::web::{Data, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::Desk;
use super::{duties, layout};
use crate::App;
use crate::access::Action;
use crate::duty::calendar::add_months;
use crate::duty::ledger::Status;
use crate::duty::schedule::{self, Day, DayEntry, Item, MonthView, YearView};
use crate::error::{ApiError, ApiResult};
use crate::ids::UnitId;
use crate::org::{self, Named};
use crate::platform::clock;

#[derive(Deserialize)]
pub struct Asked {
    unit: Option<String>,
    /// `2021-10`
    month: Option<String>,
    year: Option<i32>,
}

impl Asked {
    fn unit(&self) -> Option<UnitId> {
        self.unit.as_deref()?.parse().ok().map(UnitId)
    }
}

fn chooser(units: &[Named], unit: Option<UnitId>, all: bool) -> Markup {
    html! {
        label for="unit" { "组织" }
        select id="unit" name="unit" {
            @if all { option value="" { "全部" } }
            @for one in units { option value=(one.id) selected[unit == Some(one.id)] { (one.name) } }
        }
    }
}

#[handler]
pub async fn month(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let wrong = || ApiError::bad_request("request.invalid", "月份要写成“2021-10”的样子。");
    let day = match asked.month.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => format!("{text}-01").parse::<NaiveDate>().map_err(|_| wrong())?,
        None => clock::today(desk.now),
    };
    let unit = asked.unit();
    let view = schedule::month(&app, &desk.caller, Some(day), unit, false).await?;
    let units = org::units(&app.db, &desk.caller, Action::ReadDuties).await?;
    let to = |by: i32| {
        let there = add_months(view.first, by).format("%Y-%m");
        let unit = unit.map(|unit| format!("&unit={unit}")).unwrap_or_default();
        format!("/console/calendar?month={there}{unit}")
    };
    let title = format!(
        "{}年{}月 · {}",
        view.first.year(),
        view.first.month(),
        view.unit_name.as_deref().unwrap_or("全部组织")
    );
    let body = html! {
        (duties::tabs(&desk, "/console/calendar"))
        form class="bar no-print" method="get" action="/console/calendar" {
            (chooser(&units, unit, true))
            label for="month" { "月份" }
            input id="month" type="month" name="month" value=(view.first.format("%Y-%m"));
            button { "查看" }
            a class="button" href=(to(-1)) { "上个月" }
            a class="button" href=(to(1)) { "下个月" }
        }
        (legend())
        @if view.days.is_empty() { p class="empty" { "这个月没有到期的事。" } }
        (grid(&view, clock::today(desk.now)))
    };
    Ok(layout::page(&app, &desk, "/console/duties", &title, &body))
}

/// Weeks from Monday; on a narrow screen the days with something due, one below the other.
fn grid(view: &MonthView, today: NaiveDate) -> Markup {
    let lead = view.first.weekday().num_days_from_monday();
    let mut days = Vec::new();
    let mut date = view.first;
    while date <= view.last {
        days.push((date, view.days.iter().find(|day| day.date == date)));
        date = date.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
    }
    let trail = 6 - view.last.weekday().num_days_from_monday();
    html! {
        (lying())
        div class="month" role="list" {
            @for name in ["周一", "周二", "周三", "周四", "周五", "周六", "周日"] {
                div class="weekday" aria-hidden="true" { (name) }
            }
            @for _ in 0..lead { div class="blank" aria-hidden="true" {} }
            @for (date, day) in &days { (cell(*date, *day, *date == today)) }
            @for _ in 0..trail { div class="blank" aria-hidden="true" {} }
        }
    }
}

fn cell(date: NaiveDate, day: Option<&Day>, is_today: bool) -> Markup {
    html! {
        div role="listitem" class=(if day.is_some() { "day" } else { "day blank" }) {
            p class="date" { (date.day()) span class="narrow-only" { "日" } @if is_today { " " span class="mark" { "今天" } } }
            @if let Some(day) = day { @for entry in &day.entries { (due(entry)) } }
        }
    }
}

fn due(entry: &DayEntry) -> Markup {
    html! {
        @if entry.items.is_empty() {
            p class="due" {
                (entry.title) " "
                @for count in &entry.counts {
                    span class="state" title=(count.label) { (count.mark) (count.count) }
                }
            }
        }
        @for item in &entry.items {
            p class=(if item.status.is_none() { "due planned" } else { "due" }) {
                span class="state" title=(item.label) { (item.mark) }
                @match item.duty_id {
                    Some(id) => a href=(format!("/console/duties/{id}")) { (entry.title) },
                    None => (entry.title),
                }
            }
        }
    }
}

/// On paper: A4 lying.
fn lying() -> Markup {
    html! { link rel="stylesheet" href="/console/landscape.css"; }
}

/// What the marks mean, on the page and on paper.
fn legend() -> Markup {
    let states = [
        Status::Met,
        Status::Submitted,
        Status::Open,
        Status::Grace,
        Status::Overdue,
        Status::Returned,
        Status::Excused,
        Status::NotApplicable,
    ];
    html! {
        p class="legend" {
            @for state in states { span { span class="state" { (schedule::mark(Some(state))) } (state.label()) } }
            span { span class="state" { (schedule::mark(None)) } "计划(还没到时候)" }
        }
    }
}

#[handler]
pub async fn year(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let units = org::units(&app.db, &desk.caller, Action::ReadDuties).await?;
    let unit = asked.unit();
    let view = match unit {
        Some(unit) => Some(schedule::year(&app, &desk.caller, asked.year, unit).await?),
        None => None,
    };
    let year = asked.year.unwrap_or_else(|| clock::today(desk.now).year());
    let title = match &view {
        Some(view) => format!("{} {}年度计划", view.unit_name, view.year),
        None => "年度计划".to_owned(),
    };
    let body = html! {
        (duties::tabs(&desk, "/console/year"))
        form class="bar no-print" method="get" action="/console/year" {
            (chooser(&units, unit, false))
            label for="year" { "年份" }
            input id="year" type="number" name="year" min="2000" max="2100" value=(year);
            button { "查看" }
        }
        @match &view {
            None => p class="empty" { "选一个组织,看它全年要办的事。" },
            Some(view) if view.rows.is_empty() => p class="empty" { "这一年没有要办的事。" },
            Some(view) => (table(view)),
        }
    };
    Ok(layout::page(&app, &desk, "/console/duties", &title, &body))
}

fn table(view: &YearView) -> Markup {
    let undated = view.rows.iter().any(|row| !row.undated.is_empty());
    html! {
        (lying())
        (legend())
        div class="scroll year" {
            table {
                thead {
                    tr {
                        th { "序号" } th { "事项" }
                        @for no in 1..=12 { th class="of-month" { (no) "月" } }
                        @if undated { th { "不定期" } }
                    }
                }
                tbody {
                    @for row in &view.rows {
                        tr {
                            td { (row.rule_code) }
                            td { (row.title) }
                            @for of_month in &row.months { td class="of-month" { (items(of_month)) } }
                            @if undated { td class="of-month" { (items(&row.undated)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Those of one day that stand alike are one mark with a number.
fn items(all: &[Item]) -> Markup {
    let mut groups: Vec<(&Item, usize)> = Vec::new();
    for item in all {
        if let Some((_, count)) =
            groups.iter_mut().find(|(one, _)| one.last == item.last && one.label == item.label)
        {
            *count += 1;
        } else {
            groups.push((item, 1));
        }
    }
    html! {
        @for (item, count) in groups {
            div class=(if item.status.is_none() { "planned" } else { "" }) title=(item.label) {
                @if let Some(day) = item.last { (day.day()) "日" }
                span class="state" { (item.mark) }
                @if count > 1 { "×" (count) }
            }
        }
    }
}
