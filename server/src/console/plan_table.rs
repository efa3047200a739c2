//! 任务分解表 at a desk: the plan in force as a workbook or a document, and loading a table. It is looked at line by line
//! first; the page that shows it carries the file along, so that what is loaded is what was seen.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use maud::{Markup, html};
use poem::http::StatusCode;
use poem::web::{Data, Multipart, Path};
use poem::{IntoResponse, Response, handler};

use super::desk::Desk;
use super::form_key::{self, broken};
use super::layout::{self, key};
use crate::App;
use crate::access::Action;
use crate::duty::table as loading;
use crate::error::{ApiError, ApiResult};
use crate::plan::table::{self, Format, Paper, Problem, Report, State};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// What the form brought, and brings again when something was wrong.
#[derive(Default)]
struct Sent {
    issued_on: String,
    number: String,
    file: Vec<u8>,
    seen: String,
}

/// What came of pressing a button.
enum Outcome {
    Nothing,
    Seen(Box<Report>),
    Loaded(Box<Report>),
    Wrong(ApiError),
}

#[handler]
pub async fn show(app: Data<&App>, desk: Desk) -> ApiResult<Response> {
    Ok(page(&app, &desk, &Sent::default(), &Outcome::Nothing))
}

/// Looks at a table, or loads the one that was looked at.
#[handler]
pub async fn load(app: Data<&App>, desk: Desk, form: Multipart) -> ApiResult<Response> {
    let sent = read(form_key::opened(&app, &desk, form).await?).await?;
    crate::access::check_town(&desk.caller, Action::WritePlan)?;
    let outcome = match tried(&app, &desk, &sent).await {
        Ok(outcome) => outcome,
        Err(error) => match error.status {
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT | StatusCode::PAYLOAD_TOO_LARGE => {
                Outcome::Wrong(error)
            }
            _ => return Err(error),
        },
    };
    let mut response = page(&app, &desk, &sent, &outcome);
    if let Outcome::Wrong(error) = &outcome {
        response.set_status(error.status);
    }
    Ok(response)
}

async fn tried(app: &App, desk: &Desk, sent: &Sent) -> ApiResult<Outcome> {
    let issued_on = match sent.issued_on.trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| {
            ApiError::refused("plan.table_issued_on", "印发日期没有填对,请写成“2021-09-29”的样子。")
        })?),
    };
    let paper = Paper { issued_on, number: Some(sent.number.clone()) };
    let read = table::read(sent.file.clone()).await?;
    let mut tx = app.db.begin().await?;
    if sent.seen.is_empty() {
        let report = loading::look(&mut tx, &desk.caller, &read, &paper, desk.now).await?;
        return Ok(Outcome::Seen(Box::new(report)));
    }
    let report = loading::load(&mut tx, &desk.caller, &read, &paper, &sent.seen, desk.now).await?;
    tx.commit().await?;
    Ok(Outcome::Loaded(Box::new(report)))
}

#[handler]
pub async fn export(app: Data<&App>, desk: Desk, Path(name): Path<String>) -> ApiResult<Response> {
    let (bytes, kind) = match name.as_str() {
        "plan.xlsx" => (table::export(&app, &desk.caller, Format::Xlsx).await?, XLSX),
        "plan.docx" => (table::export(&app, &desk.caller, Format::Docx).await?, DOCX),
        "plan-template.xlsx" => (table::template().await?, XLSX),
        _ => return Err(ApiError::not_found()),
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    let mut response =
        bytes.with_content_type(kind).with_header("content-disposition", disposition).into_response();
    desk.touch(&app.keys, &mut response);
    Ok(response)
}

async fn read(mut form: Multipart) -> ApiResult<Sent> {
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        match field.name() {
            Some("issued_on") => sent.issued_on = form_key::text(field).await?,
            Some("number") => sent.number = form_key::text(field).await?.chars().take(60).collect(),
            Some("seen") => sent.seen = form_key::text(field).await?,
            Some("file") => sent.file = field.bytes().await.map_err(|error| broken(&error))?,
            Some("file.kept") => {
                let text = field.text().await.map_err(|error| broken(&error))?;
                sent.file = BASE64_STANDARD.decode(text.trim()).map_err(|error| broken(&error))?;
            }
            _ => {}
        }
    }
    Ok(sent)
}

fn page(app: &App, desk: &Desk, sent: &Sent, outcome: &Outcome) -> Response {
    let body = html! {
        @match outcome {
            Outcome::Nothing => {}
            Outcome::Loaded(report) => {
                p class="said" role="status" { (report.message) " " a href="/console/rules" { "去看方案任务" } }
            }
            Outcome::Wrong(error) => { (wrong(error)) }
            Outcome::Seen(report) => {
                p class="said" role="status" { (report.message) }
                @if !report.changes_nothing { (confirm(desk, sent, report)) }
            }
        }
        @if let Outcome::Seen(report) | Outcome::Loaded(report) = outcome { (told(report)) }
        (form(desk, sent))
    };
    layout::page(app, desk, "/console/rules", "任务分解表", &body)
}

fn form(desk: &Desk, sent: &Sent) -> Markup {
    html! {
        section class="card no-print" {
            h2 { "导出本镇方案" }
            p class="bar" {
                a class="button" href="/console/rules/table/plan.docx" { "导出 Word" }
                a class="button" href="/console/rules/table/plan.xlsx" { "导出 Excel" }
            }
        }
        section class="card no-print" {
            h2 { "载入任务分解表" }
            p { "1. 表头和附件1一样:序号、行动类别、内容、要求、时间节点、责任人、备注。也可以"
                a href="/console/rules/table/plan-template.xlsx" { "下载模板" } "。" }
            p { "2. 先看一遍:每一行读成什么、多久一次、哪些要您自己定;有读不懂的格子会说明在哪里、该怎么写,什么都不会载入。" }
            p { "3. 看过再确认。载入不会让谁逾期:写的日期已过的,只请党建办另定时间。" }
            form method="post" action="/console/rules/table" enctype="multipart/form-data" {
                (key(desk))
                div class="fields" {
                    div {
                        label for="issued_on" { "印发日期(第一次载入时填)" }
                        input id="issued_on" type="date" name="issued_on" value=(sent.issued_on);
                    }
                    div {
                        label for="number" { "文号(第一次载入时填)" }
                        input id="number" type="text" name="number" maxlength="60" value=(sent.number);
                    }
                    div {
                        label for="file" { "任务分解表(.xlsx,1 MB 以内)" }
                        input id="file" type="file" name="file" accept=".xlsx" required;
                    }
                }
                p class="bar" { button class="main" { "先看一遍" } }
            }
        }
    }
}

/// Loads what is shown: the file goes along in the page.
fn confirm(desk: &Desk, sent: &Sent, report: &Report) -> Markup {
    html! {
        form class="bar no-print" method="post" action="/console/rules/table" enctype="multipart/form-data" {
            (key(desk))
            input type="hidden" name="issued_on" value=(sent.issued_on);
            input type="hidden" name="number" value=(sent.number);
            input type="hidden" name="seen" value=(report.seen);
            input type="hidden" name=(format!("file{}", form_key::KEPT)) value=(BASE64_STANDARD.encode(&sent.file));
            button class="main" { "看过了,载入" }
            a class="button" href="/console/rules/table" { "不载入" }
        }
    }
}

fn told(report: &Report) -> Markup {
    html! {
        @for warning in &report.warnings { p class="hint" { (warning) } }
        @if !report.dropped.is_empty() {
            h2 { "表里没有了的" }
            div class="scroll" {
                table {
                    thead { tr { th { "序号" } th { "任务" } th { "会怎样" } } }
                    tbody {
                        @for one in &report.dropped {
                            tr { td { (one.code) } td { (one.requirement) } td { (one.told) } }
                        }
                    }
                }
            }
        }
        h2 { (report.title) }
        div class="scroll" {
            table {
                thead { tr { th { "行" } th { "序号" } th { "读到的任务" } th { "时间节点" } th { "成为什么规则" } } }
                tbody { @for line in &report.lines { (row(line)) } }
            }
        }
    }
}

fn row(line: &table::LineReport) -> Markup {
    html! {
        tr {
            td { (line.row) }
            td { (line.code) br; @if line.state != State::Unchanged { span class="mark" { (line.state.label()) } } }
            td {
                span class="soft" { (line.action) " · " (line.item) } br;
                span class="words" { (line.requirement) }
                @if let Some(was) = &line.was { br; span class="soft" { "原来:" (was) } }
                br; span class="soft" { "责任人:" (line.lead) }
                @if !line.changed.is_empty() { br; span class="soft" { "改了:" (line.changed.join("、")) } }
            }
            td { (line.time) @if let Some(was) = &line.was_time { br; span class="soft" { "原来:" (was) } } }
            td {
                @for rule in &line.rules {
                    (rule.title) ":" (rule.often) br;
                    span class="soft" { (rule.audience) } @if rule.is_new { " " span class="mark" { "新" } } br;
                }
                @if let Some(asks) = &line.asks { strong { (asks) } }
            }
        }
    }
}

fn wrong(error: &ApiError) -> Markup {
    let listed =
        error.details.as_ref().and_then(|details| details.get("problems")).cloned().unwrap_or_default();
    let listed: Vec<Problem> = serde_json::from_value(listed).unwrap_or_default();
    html! {
        p class="said wrong" role="alert" { (error.message) }
        @if !listed.is_empty() {
            div class="scroll" {
                table {
                    thead { tr { th { "行" } th { "列" } th { "看到的" } th { "怎么改" } } }
                    tbody {
                        @for one in &listed {
                            tr {
                                td { @if one.row > 0 { (one.row) } }
                                td { (one.column) } td { (one.saw) } td { (one.told) }
                            }
                        }
                    }
                }
            }
        }
    }
}
