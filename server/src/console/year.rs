//! 转入新年度: which rules go on, which want another date, and what then falls due month by month; looked at before it is saved.

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};
use poem::web::{Data, Query};
use poem::{Response, handler};
use serde::Deserialize;
use serde_json::{Value, json};

use super::desk::{Desk, see};
use super::filled::{Filled, slip};
use super::layout::{self, key, said};
use crate::App;
use crate::duty::year::{self, CarriedRule, DatedRule, YearReport};
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::plan::year::{Deed, YearChoice};
use crate::platform::clock;

#[derive(Deserialize)]
pub struct Asked {
    year: Option<i32>,
    done: Option<String>,
}

/// What came of pressing a button.
enum Outcome {
    Nothing,
    Seen,
    Wrong(ApiError),
}

/// From November on one thinks of the next year.
const NEXT_FROM: u32 = 11;

#[handler]
pub async fn show(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let today = clock::today(desk.now);
    let [this, next] = year::years(today);
    let year = asked.year.unwrap_or(if today.month() < NEXT_FROM { this } else { next });
    let report = looked(&app, &desk, year, None).await?;
    let words = asked.done.as_deref().map(|_| "已转入,待办已跟着调整。以前各年的待办和记录都没有动。");
    Ok(page(&app, &desk, &report, &filled_by(&report), &Outcome::Nothing, words))
}

/// Looks at the choices, or carries the plan as it was looked at.
#[handler]
pub async fn carry(app: Data<&App>, desk: Desk, filled: Filled) -> ApiResult<Response> {
    let year = filled.of("year").parse().map_err(|_| ApiError::not_found())?;
    let wrong = match tried(&app, &desk, year, &filled).await {
        Ok(Tried::Carried) => return Ok(see(&format!("/console/rules/year?year={year}&done=1"))),
        Ok(Tried::Looked(report)) => {
            return Ok(page(&app, &desk, &report, &filled, &Outcome::Seen, None));
        }
        Err(error) => slip(error)?,
    };
    let report = looked(&app, &desk, year, None).await?;
    let status = wrong.status;
    let mut response = page(&app, &desk, &report, &filled, &Outcome::Wrong(wrong), None);
    response.set_status(status);
    Ok(response)
}

enum Tried {
    Carried,
    Looked(Box<YearReport>),
}

async fn tried(app: &App, desk: &Desk, year: i32, filled: &Filled) -> ApiResult<Tried> {
    let choices = choices(filled)?;
    if filled.of("deed") == "save" && !filled.of("seen").is_empty() {
        let mut tx = app.db.begin().await?;
        match year::carry(&mut tx, &desk.caller, year, &choices, filled.of("seen"), desk.now).await {
            Ok(_) => {
                tx.commit().await?;
                return Ok(Tried::Carried);
            }
            // Filled in otherwise since the look: looked at again.
            Err(error) if error.code == "plan.year_not_seen" => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Tried::Looked(Box::new(looked(app, desk, year, Some(&choices)).await?)))
}

async fn looked(app: &App, desk: &Desk, year: i32, choices: Option<&[YearChoice]>) -> ApiResult<YearReport> {
    let mut db = app.db.acquire().await.map_err(ApiError::from)?;
    year::look(&mut db, &desk.caller, year, choices, desk.now).await
}

/// What the form chooses, rule by rule.
fn choices(filled: &Filled) -> ApiResult<Vec<YearChoice>> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for code in filled.all("code") {
        let mut day = |name: &str| -> Option<NaiveDate> {
            let text = filled.of(&format!("{name}.{code}"));
            let read = text.parse().ok();
            if read.is_none() && !text.is_empty() {
                problems.push(
                    json!({ "code": code, "field": name, "message": "日期请写成“2023-10-31”的样子。" }),
                );
            }
            read
        };
        let (opens, due) = (day("opens"), day("due"));
        let Some(deed) = Deed::parse(filled.of(&format!("deed.{code}"))) else { continue };
        let reason = Some(filled.of(&format!("reason.{code}")).chars().take(200).collect());
        found.push(YearChoice { code: code.to_owned(), deed, opens, due, reason });
    }
    if problems.is_empty() {
        return Ok(found);
    }
    let told = format!("有{}个日期没有填对,什么都没有保存。", problems.len());
    Err(ApiError::refused("plan.year_choices", told).with_details(json!({ "problems": problems })))
}

/// The form as the report has it.
fn filled_by(report: &YearReport) -> Filled {
    let mut filled = Filled::default();
    for rule in &report.dated {
        let mut add = |name: &str, value: String| filled.add(format!("{name}.{}", rule.code), value);
        add("deed", rule.deed.name().to_owned());
        add("opens", rule.opens.map(|day| day.to_string()).unwrap_or_default());
        add("due", rule.due.map(|day| day.to_string()).unwrap_or_default());
        add("reason", rule.reason.clone().unwrap_or_default());
    }
    filled
}

fn page(
    app: &App,
    desk: &Desk,
    report: &YearReport,
    filled: &Filled,
    outcome: &Outcome,
    words: Option<&str>,
) -> Response {
    let year = report.year;
    let wrong = match outcome {
        Outcome::Wrong(error) => Some(error),
        Outcome::Nothing | Outcome::Seen => None,
    };
    let looked = matches!(outcome, Outcome::Seen);
    let seen = Some(&report.seen).filter(|_| looked && report.changes > 0);
    let body = html! {
        (said(words))
        p class="tabs no-print" {
            @for one in year::years(clock::today(desk.now)) {
                a href=(format!("/console/rules/year?year={one}")) aria-current=[(one == year).then_some("page")] { (one) "年度" }
            }
        }
        @if let Some(error) = wrong {
            p class="said wrong" role="alert" { (error.message) " 已经填的都还在。" }
        }
        (lost(report, filled))
        @if looked { (effect(report)) }
        @if report.dated.is_empty() {
            p class="empty" { (year) "年度没有要定新日期的任务,不用转入;按周期办的会自己接着来。" }
        } @else {
            (form(desk, report, filled, seen, wrong))
        }
        @if !report.running.is_empty() {
            h2 { "还没到期的(" (report.running.len()) "项)" }
            p class="hint" { "这些还在办。到期以后再打开这一页给它们定新的日期,现在不动。" }
            (listed(report.year, &report.running))
        }
        details {
            summary { "照常接着办的(" (report.goes_on.len()) "项)" @if report.off > 0 { ",已停用、不转的" (report.off) "项" } }
            (listed(report.year, &report.goes_on))
        }
        p class="no-print" { a class="button" href="/console/rules" { "回到方案任务" } }
    };
    layout::page(app, desk, "/console/rules", &format!("转入{year}年度"), &body)
}

/// Reasons that were typed for rules that want no date any more: somebody else was faster.
fn lost(report: &YearReport, filled: &Filled) -> Markup {
    let gone: Vec<(&str, &str)> = filled
        .fields()
        .filter_map(|(name, text)| Some((name.strip_prefix("reason.")?, text)))
        .filter(|(code, text)| !text.is_empty() && report.dated.iter().all(|rule| rule.code != *code))
        .collect();
    html! { @for (code, text) in gone { p class="hint" { "您刚才给第 " (code) " 项填的:" (text) } } }
}

fn form(
    desk: &Desk,
    report: &YearReport,
    filled: &Filled,
    seen: Option<&String>,
    refusal: Option<&ApiError>,
) -> Markup {
    html! {
        form method="post" action="/console/rules/year" {
            (key(desk))
            input type="hidden" name="year" value=(report.year);
            h2 { "日期已过、要您定的(" (report.dated.len()) "项)" }
            p class="soft" {
                "先填了往后推到" (report.year) "年的同一天,可以改。选“待定”的,党建办会收到一件待办,定了日期才要办。转入不会让谁逾期,以前的待办和记录都不动。"
            }
            @for rule in &report.dated { (one(rule, filled, refusal)) }
            @if let Some(seen) = seen { input type="hidden" name="seen" value=(seen); }
            p class="bar no-print" {
                button name="deed" value="look" { @if seen.is_some() { "再看效果" } @else { "先看效果" } }
                @if seen.is_some() { button class="main" name="deed" value="save" { "转入" (report.year) "年度" } }
            }
        }
    }
}

fn one(rule: &DatedRule, filled: &Filled, refusal: Option<&ApiError>) -> Markup {
    let code = &rule.code;
    let named = |field: &str| format!("{field}.{code}");
    let deed = named("deed");
    html! {
        fieldset class="card" {
            legend { (code) " " (rule.title) }
            input type="hidden" name="code" value=(code);
            p class="soft" {
                "原来的截止日期:" (date_label(rule.was))
                @if rule.asked { "。党建办的待办里已经在等新的日期" }
            }
            div class="fields" {
                p class="field" {
                    label for=(deed) { "怎么办" }
                    select id=(deed) name=(deed) {
                        @for choice in Deed::ALL {
                            option value=(choice.name()) selected[filled.of(&deed) == choice.name()] { (choice.label()) }
                        }
                    }
                    (slipped(refusal, code, "deed"))
                }
                @for (field, label) in [("opens", "新的开始日期"), ("due", "新的截止日期")] {
                    p class="field" {
                        label for=(named(field)) { (label) }
                        input id=(named(field)) type="date" name=(named(field)) value=(filled.of(&named(field)));
                        (slipped(refusal, code, field))
                    }
                }
                p class="field" {
                    label for=(named("reason")) { "不再办的原因(选“不再办”才填)" }
                    input id=(named("reason")) type="text" name=(named("reason")) value=(filled.of(&named("reason"))) maxlength="200";
                    (slipped(refusal, code, "reason"))
                }
            }
        }
    }
}

/// Why a field of this rule will not do.
fn slipped(refusal: Option<&ApiError>, code: &str, field: &str) -> Markup {
    let problems = refusal.and_then(|error| error.details.as_ref()?.get("problems")?.as_array());
    let about = |one: &&Value| one["code"] == code && one["field"] == field;
    let found = problems.and_then(|problems| problems.iter().find(about));
    html! { @if let Some(text) = found.and_then(|one| one["message"].as_str()) { strong class="slipped" { (text) } } }
}

/// What would fall due, month by month.
fn effect(report: &YearReport) -> Markup {
    let sum: u32 = report.months.iter().map(|month| month.duties).sum();
    html! {
        section class="card" {
            h2 { "转入后,今天起到" (report.year) "年底会这样" }
            p { @if report.changes == 0 { "没有要改的,不用保存。" } @else { "要改 " strong { (report.changes) } " 项规则;" } (report.year) "年到期的待办共 " strong { (sum) } " 件:" }
            div class="scroll" {
                table {
                    thead { tr { @for month in &report.months { th { (month.month) "月" } } } }
                    tbody { tr { @for month in &report.months { td { (month.duties) } } } }
                }
            }
            div class="scroll" {
                table {
                    thead { tr { th { "序号" } th { "要定日期的任务" } th { "怎么办" } th { "几件" } } }
                    tbody {
                        @for rule in &report.dated {
                            tr {
                                td { (rule.code) }
                                td { (rule.title) }
                                td {
                                    @match (rule.deed, rule.opens, rule.due) {
                                        (Deed::Date, Some(opens), Some(due)) => { (date_label(opens)) "至" (date_label(due)) }
                                        (Deed::Drop, ..) => { "不再办:" (rule.reason.as_deref().unwrap_or_default()) }
                                        _ => { "待定,党建办定了日期才要办" }
                                    }
                                }
                                td { (rule.duties) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn listed(year: i32, rules: &[CarriedRule]) -> Markup {
    html! {
        div class="scroll" {
            table {
                thead { tr { th { "序号" } th { "要做什么" } th { "多久一次" } th { (year) "年几件" } } }
                tbody {
                    @for rule in rules {
                        tr {
                            td { (rule.code) }
                            td { a href=(format!("/console/rules/{}", rule.code)) { (rule.title) } }
                            td { (rule.often) }
                            td { (rule.duties) }
                        }
                    }
                }
            }
        }
    }
}
