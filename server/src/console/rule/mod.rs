//! One rule: what it is, a form to change it with a look at the next twelve months before anything is saved, what happened
//! under it as occasions, and its versions.

mod fields;
mod form;
mod occasions;

use chrono::Datelike;
use maud::{Markup, html};
use poem::web::{Data, Form, Path, Query};
use poem::{Response, handler};
use poem_openapi::types::ToJSON;
use serde::Deserialize;

use self::fields::Fields;
pub use self::occasions::{open, withdraw};
use super::desk::{Desk, see};
use super::filled::{Refused, slip};
use super::layout::{self, instant, said};
use crate::App;
use crate::access::Action;
use crate::duty::edit;
use crate::duty::preview::{RulePreview, UnitChange};
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::plan::view::{self, RuleView};
use crate::plan::{Enough, RecordKind, RuleForm};
use crate::platform::clock;
use crate::platform::keys::sha256;

#[derive(Deserialize)]
pub struct Asked {
    done: Option<String>,
}

/// What came of pressing a button.
enum Outcome {
    Nothing,
    Seen(Box<RulePreview>, String),
    Wrong(ApiError),
}

#[handler]
pub async fn show(
    app: Data<&App>,
    desk: Desk,
    Path(code): Path<String>,
    asked: Query<Asked>,
) -> ApiResult<Response> {
    let view = view::rule(&app, &desk.caller, &code).await?;
    let words = match asked.done.as_deref() {
        Some("saved") => Some("已保存,待办已跟着调整。"),
        Some("opened") => Some("已开出,相关组织的待办里有了这件事。"),
        Some("withdrawn") => Some("已撤回。"),
        _ => None,
    };
    let fields = Fields::of(&view);
    page(&app, &desk, &view, &fields, &Outcome::Nothing, &said(words), None).await
}

/// The page with a form of an occasion as it was refused.
async fn refused(app: &App, desk: &Desk, code: &str, refused: Refused<'_>) -> ApiResult<Response> {
    let view = view::rule(app, &desk.caller, code).await?;
    let fields = Fields::of(&view);
    let status = refused.error.status;
    let nothing = Outcome::Nothing;
    let mut response = page(app, desk, &view, &fields, &nothing, &html! {}, Some(refused)).await?;
    response.set_status(status);
    Ok(response)
}

/// Looks at a change, or saves what has been looked at.
#[handler]
pub async fn change(
    app: Data<&App>,
    desk: Desk,
    Path(code): Path<String>,
    Form(mut sent): Form<Fields>,
) -> ApiResult<Response> {
    let outcome = match sent.form() {
        Ok(form) => {
            let digest = hex::encode(sha256(form.to_json_string().as_bytes()));
            if sent.deed == "save" && sent.seen == digest {
                match save(&app, &desk, &code, &form).await {
                    Ok(()) => return Ok(see(&format!("/console/rules/{code}?done=saved"))),
                    Err(error) => told(error)?,
                }
            } else {
                let mut tx = app.db.begin().await?;
                match edit::preview(&mut tx, &desk.caller, &code, &form, desk.now).await {
                    Ok(preview) => Outcome::Seen(Box::new(preview), digest),
                    Err(error) => told(error)?,
                }
            }
        }
        Err(error) => told(error)?,
    };
    let view = view::rule(&app, &desk.caller, &code).await?;
    if matches!(&outcome, Outcome::Wrong(error) if error.code == "plan.rule_changed") {
        // Looked at once more, it is a change of what somebody else has made of the rule.
        sent.base_version = view.version.to_string();
    }
    let mut response = page(&app, &desk, &view, &sent, &outcome, &html! {}, None).await?;
    if let Outcome::Wrong(error) = &outcome {
        response.set_status(error.status);
    }
    Ok(response)
}

async fn save(app: &App, desk: &Desk, code: &str, form: &RuleForm) -> ApiResult<()> {
    let mut tx = app.db.begin().await?;
    edit::change(&mut tx, &desk.caller, code, form, desk.now).await?;
    Ok(tx.commit().await?)
}

/// A slip in the form is said beside it, with what was typed; anything else is a page of its own.
fn told(error: ApiError) -> ApiResult<Outcome> {
    slip(error).map(Outcome::Wrong)
}

async fn page(
    app: &App,
    desk: &Desk,
    view: &RuleView,
    fields: &Fields,
    outcome: &Outcome,
    words: &Markup,
    refused: Option<Refused<'_>>,
) -> ApiResult<Response> {
    let writes = desk.may(Action::WritePlan);
    let opened = if writes {
        occasions::part(app, desk, view, refused).await?
    } else {
        html! {}
    };
    let body = html! {
        (words)
        (about(view))
        @if writes && view.record_kind == RecordKind::SetDate.name() {
            p class="hint no-print" {
                "这项任务的日期已过,还没有新的。"
                a href=(format!("/console/rules/year?year={}", clock::today(desk.now).year())) { "去定日期" }
            }
        }
        @if writes {
            @match outcome {
                Outcome::Nothing | Outcome::Wrong(_) => {}
                Outcome::Seen(preview, _) => { (looked(preview)) }
            }
            @match outcome {
                // What was typed stands first when it is to be put right.
                Outcome::Wrong(error) => { (form::form(desk, view, fields, None, Some(error))) (opened) }
                Outcome::Seen(_, digest) => { (opened) (form::form(desk, view, fields, Some(digest), None)) }
                Outcome::Nothing => { (opened) (form::form(desk, view, fields, None, None)) }
            }
        }
        (versions(view))
        p class="no-print" { a class="button" href="/console/rules" { "回到方案任务" } }
    };
    Ok(layout::page(app, desk, "/console/rules", &view.title, &body))
}

fn about(view: &RuleView) -> Markup {
    html! {
        dl class="card" {
            dt { "出处" } dd { (view.source) ",第 " (view.task_code) " 项:" (view.item) }
            dt { "要求" } dd { (view.requirement) }
            dt { "时间节点" } dd { (view.time) }
            dt { "责任人" } dd { (view.lead) }
            dt { "多久一次" } dd { (view.often) @if view.off { " " span class="mark" { "已停用" } } }
            dt { "谁来办" } dd {
                (view.audience.label())
                @for condition in &view.applies { ",须" (condition.label()) }
            }
            dt { "怎样算办结" } dd { (view.counts.label()) ";由" (view.reviewer.label()) "审核" @if view.enough == Enough::Each { ";" (view.enough.label()) } }
            dt { "每次约" } dd { (view.minutes) "分钟" }
        }
    }
}

/// What the change would do, before it is saved.
fn looked(preview: &RulePreview) -> Markup {
    html! {
        section class="card" {
            h2 { "保存后,今后12个月会这样" }
            p {
                (date_label(preview.from)) "至" (date_label(preview.until)) ":共 " strong { (preview.duties_after) } " 件待办(现在是 "
                (preview.duties_before) " 件)。已经到期的、已经办的、免办的不变。"
            }
            @if !preview.windows.is_empty() {
                div class="scroll" {
                    table {
                        thead { tr { th { "从哪天" } th { "到哪天" } th { "几件" } } }
                        tbody {
                            @for window in &preview.windows {
                                tr {
                                    td { (date_label(window.first)) }
                                    td { (layout::last_day(window.last)) }
                                    td { (window.duties) }
                                }
                            }
                        }
                    }
                }
            }
            (changes("会多出待办的", &preview.gains))
            (changes("会减少待办的", &preview.loses))
            div class="scroll" {
                table {
                    thead { tr { th { "整个方案每月要花的时间" } th { "现在" } th { "保存后" } } }
                    tbody {
                        @for line in &preview.burden {
                            tr { td { (line.label) } td { (line.before) "分钟" } td { (line.after) "分钟" } }
                        }
                    }
                }
            }
        }
    }
}

fn changes(title: &str, units: &[UnitChange]) -> Markup {
    html! {
        @if !units.is_empty() {
            p {
                strong { (title) } ":"
                @for (n, one) in units.iter().enumerate() {
                    @if n > 0 { "、" } (one.unit) "(" (one.by) "件)"
                }
            }
        }
    }
}

fn versions(view: &RuleView) -> Markup {
    html! {
        h2 { "历次版本" }
        div class="scroll" {
            table {
                thead { tr { th { "第几版" } th { "标题" } th { "多久一次" } th { "从哪天起" } th { "谁改的" } th { "什么时候" } } }
                tbody {
                    @for version in &view.versions {
                        tr {
                            td { (version.version) }
                            td { (version.title) @if version.off { " " span class="mark" { "停用" } } @if let Some(note) = &version.note { br; span class="soft" { (note) } } }
                            td { (version.often) @if version.enough == Enough::Each { "," (version.enough.label()) } }
                            td { @if let Some(day) = version.effective_on { (date_label(day)) } @else { "随方案载入" } @if let Some(year) = version.carried_to { br; span class="soft" { "转入" (year) "年度" } } }
                            td { (version.made_by.as_deref().unwrap_or("")) }
                            td { (instant(version.made_at)) }
                        }
                    }
                }
            }
        }
    }
}
