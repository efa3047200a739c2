//! 名册: the workbook that loads units, people and posts. Checked first, then imported whole or not at all; what is wrong is
//! listed by sheet, row and column.

use maud::{Markup, html};
use poem::web::{Data, Multipart};
use poem::{IntoResponse, Response, handler};
use serde::Deserialize;

use super::desk::Desk;
use super::form_key::{self, broken};
use super::layout::{self, key};
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::org::{self, roster};

#[handler]
pub async fn show(app: Data<&App>, desk: Desk) -> ApiResult<Response> {
    access::check_any(&desk.caller, Action::WriteOrg)?;
    org::may_import(&app, &desk.caller).await?;
    Ok(page(&app, &desk, &html! {}))
}

fn page(app: &App, desk: &Desk, outcome: &Markup) -> Response {
    let body = html! {
        (outcome)
        div class="card" {
            p { "1. " a href="/console/roster/template" { "下载名册模板" } ",照说明填好组织、人员、职务。" }
            p { "2. 先检查。有问题会逐条列出在哪张表、哪一行、哪一列,什么都不会导入。" }
            p { "3. 没有问题再导入。没写在名册里的人和组织保持原样,不会删掉。" }
            form method="post" action="/console/roster" enctype="multipart/form-data" {
                (key(desk))
                label for="file" { "名册文件(.xlsx,5 MB 以内) " }
                input id="file" type="file" name="file" accept=".xlsx" required;
                p class="bar" {
                    button name="deed" value="check" { "先检查" }
                    button class="main" name="deed" value="import" { "导入" }
                }
            }
        }
    };
    layout::page(app, desk, "/console/roster", "名册", &body)
}

#[handler]
pub async fn template(desk: Desk) -> ApiResult<Response> {
    access::check_any(&desk.caller, Action::WriteOrg)?;
    let bytes = tokio::task::spawn_blocking(roster::template).await.map_err(ApiError::internal)??;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let response = bytes.with_content_type(kind);
    Ok(response
        .with_header("content-disposition", "attachment; filename=\"roster-template.xlsx\"")
        .into_response())
}

/// What the form brought.
#[derive(Default)]
struct Sent {
    deed: String,
    file: Vec<u8>,
}

#[handler]
pub async fn import(app: Data<&App>, desk: Desk, form: Multipart) -> ApiResult<Response> {
    let sent = read(form_key::opened(&app, &desk, form).await?).await?;
    access::check_any(&desk.caller, Action::WriteOrg)?;
    org::may_import(&app, &desk.caller).await?;
    let (town, actor, dry_run) = (desk.caller.town, Some(desk.caller.person), sent.deed != "import");
    let done = roster::import_bytes(&app.db, &app.keys, town, actor, sent.file, dry_run, desk.now).await;
    let (status, outcome) = match done {
        Ok(report) => (poem::http::StatusCode::OK, told(&report)),
        Err(error) if error.code == "org.roster_invalid" => (error.status, problems(&error)),
        Err(error) => return Err(error),
    };
    let mut response = page(&app, &desk, &outcome);
    response.set_status(status);
    Ok(response)
}

async fn read(mut form: Multipart) -> ApiResult<Sent> {
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        match field.name() {
            Some("deed") => sent.deed = form_key::text(field).await?,
            Some("file") => sent.file = field.bytes().await.map_err(|error| broken(&error))?,
            _ => {}
        }
    }
    Ok(sent)
}

fn told(report: &roster::Report) -> Markup {
    html! {
        p class="said" role="status" { (report.message) }
        @for warning in &report.warnings { p class="hint" { (warning) } }
        @for (what, absent) in [("组织", &report.absent_units), ("人员", &report.absent_people), ("职务", &report.absent_posts)] {
            @if absent.count > 0 {
                details {
                    summary { "系统里有、名册里没有的" (what) "(" (absent.count) ")" }
                    p { (absent.names.join("、")) }
                }
            }
        }
    }
}

/// As the import lists it.
#[derive(Deserialize)]
struct Line {
    sheet: String,
    row: u32,
    column: String,
    problem: String,
}

fn problems(error: &ApiError) -> Markup {
    let listed =
        error.details.as_ref().and_then(|details| details.get("problems")).cloned().unwrap_or_default();
    let listed: Vec<Line> = serde_json::from_value(listed).unwrap_or_default();
    html! {
        p class="said wrong" role="alert" { (error.message) }
        div class="scroll" {
            table {
                thead { tr { th { "表" } th { "行" } th { "列" } th { "问题" } } }
                tbody {
                    @for one in &listed {
                        tr { td { (one.sheet) } td { (one.row) } td { (one.column) } td { (one.problem) } }
                    }
                }
            }
        }
    }
}
