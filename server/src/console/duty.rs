//! One duty told whole on one screen: why it is owed, until when, what counts, how it stands, who was told and with what
//! result, who holds it, what was decided. The words are those of the API.

use maud::{Markup, html};
use poem::web::{Data, Path, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::{Desk, see};
use super::entry;
use super::filled::{Filled, Refused, at, gone, slip, wrong};
use super::layout::{self, instant, key, last_day, said};
use crate::App;
use crate::access::Action;
use crate::duty::excuse::{self, ExcuseKind, Wish};
use crate::duty::explain::{self, Decision, Explanation, Told};
use crate::duty::ledger::Status;
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::ids::DutyId;

#[derive(Deserialize)]
pub struct Asked {
    proposed: Option<String>,
}

#[handler]
pub async fn show(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<DutyId>,
    asked: Query<Asked>,
) -> ApiResult<Response> {
    let outcome = said(asked.proposed.as_ref().map(|_| "申请已提出,等别人决定。"));
    page(&app, &desk, id, &outcome, None).await
}

async fn page(
    app: &App,
    desk: &Desk,
    id: DutyId,
    outcome: &Markup,
    refused: Option<Refused<'_>>,
) -> ApiResult<Response> {
    let view = explain::explain(app, &desk.caller, id).await?;
    let body = html! {
        (outcome)
        p class="soft" { (view.unit_name) " · " (view.stands.status.label()) }
        (stands(&view))
        (why(&view))
        (told(&view.told))
        (decisions(&view.decisions))
        (wish(desk, &view, refused))
        p class="bar no-print" {
            @if entry::is_owed(view.stands.status) && let Some(form) = entry::form_for(desk, &view.counts.record_kind, view.id) {
                a class="button main" href=(form) { "代为录入" }
            }
            a class="button" href="/console/duties" { "回到台账" }
            a class="button" href=(format!("/console/not-owed?unit={}", view.unit_id)) { "这个组织不用办的事" }
        }
    };
    let mut response = layout::page(app, desk, "/console/duties", &view.title, &body);
    if let Some(refused) = refused {
        response.set_status(refused.error.status);
    }
    Ok(response)
}

fn stands(view: &Explanation) -> Markup {
    let names: Vec<&str> = view.holders.iter().filter_map(|one| one.name.as_deref()).collect();
    html! {
        dl class="card" {
            dt { "现在怎样" }
            dd {
                (view.stands.sentence)
                @if let Some(record) = view.stands.record_id {
                    " " a href=(format!("/console/records/{record}")) { "打开记录" }
                }
            }
            @if let Some(day) = view.stands.return_due { dt { "补正期限" } dd { (date_label(day)) } }
            dt { "谁来办" }
            dd { (view.held_by) @if !names.is_empty() { ":" (names.join("、")) } }
            dt { "期限" } dd { (view.when.sentence) }
            dt { "怎样算办结" } dd { (view.counts.sentence) }
        }
    }
}

fn why(view: &Explanation) -> Markup {
    let why = &view.why;
    html! {
        dl class="card" {
            dt { "为什么有这件事" } dd { (why.sentence) }
            dt { "要求" } dd { (why.requirement) }
            dt { "时间节点" } dd { (why.time) }
            dt { "属于" } dd { (why.action) ",第 " (why.task_code) " 项" }
            dt { "责任人" } dd { (why.lead) }
            dt { "上台账" } dd { (date_label(view.when.opened_on)) ";最后一天:" (last_day(view.when.last)) }
        }
    }
}

fn told(all: &[Told]) -> Markup {
    html! {
        h2 { "告诉过谁" }
        @if all.is_empty() {
            p class="empty" { "还没有提醒过。" }
        } @else {
            div class="scroll told" {
                table {
                    thead { tr { th { "时间" } th { "什么" } th { "谁" } th { "怎么送" } th { "结果" } } }
                    tbody {
                        @for one in all {
                            tr {
                                td { (instant(one.at)) }
                                td { (one.what) }
                                td { (one.who.as_deref().unwrap_or("—")) }
                                td { (one.through) }
                                td { (one.result) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn decisions(all: &[Decision]) -> Markup {
    html! {
        @if !all.is_empty() {
            h2 { "申请和决定" }
            @for one in all {
                div class="card" {
                    p { strong { (one.sentence) } " " (one.reason) }
                    p class="soft" {
                        "提出:" (one.proposed_by.as_deref().unwrap_or("—")) " · " (instant(one.proposed_at))
                        @if let Some(at) = one.decided_at {
                            br; "决定:" (one.decided_by.as_deref().unwrap_or("—")) " · " (instant(at))
                        }
                    }
                }
            }
        }
    }
}

/// What may be asked for while it is owed.
fn wish(desk: &Desk, view: &Explanation, refused: Option<Refused<'_>>) -> Markup {
    let over = matches!(view.stands.status, Status::Met | Status::Excused | Status::NotApplicable);
    let blank = Filled::default();
    let (typed, error) =
        (refused.map_or(&blank, |refused| refused.filled), refused.map(|refused| refused.error));
    let chosen = |kind: ExcuseKind| typed.of("kind") == kind.name();
    html! {
        @if over && let Some(refused) = refused { (gone(refused)) }
        @if !over && desk.may(Action::ProposeExcuse) {
            details class="no-print" open[refused.is_some()] {
                summary { "申请免办、延期、不适用" }
                form class="card" method="post" action=(format!("/console/duties/{}/excuse", view.id)) {
                    (key(desk))
                    (wrong(error, ""))
                    div class="fields" {
                        div {
                            label for="kind" { "申请什么" }
                            select id="kind" name="kind" {
                                option value="excused" { "免办" }
                                @if view.when.last.is_some() { option value="postponed" selected[chosen(ExcuseKind::Postponed)] { "延期" } }
                                option value="not_applicable" selected[chosen(ExcuseKind::NotApplicable)] { "不适用" }
                            }
                        }
                        @if view.when.last.is_some() {
                            div {
                                label for="last" { "延期到(只有延期才填)" }
                                input id="last" type="date" name="last" value=(typed.of("last"));
                                (wrong(error, "last"))
                            }
                        }
                    }
                    label for="reason" { "原因" }
                    textarea id="reason" name="reason" rows="2" required minlength="2" maxlength="500" { (typed.of("reason")) }
                    (wrong(error, "reason"))
                    button class="main" { "提出申请" }
                    p class="soft" { "由党建办的另一个人决定。" }
                }
            }
        }
    }
}

#[handler]
pub async fn propose(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<DutyId>,
    filled: Filled,
) -> ApiResult<Response> {
    match proposed(&app, &desk, id, &filled).await {
        Ok(()) => Ok(see(&format!("/console/duties/{id}?proposed=1"))),
        Err(error) => {
            let error = slip(match error.code {
                "duty.reason_length" => at("reason", error),
                "duty.no_date" => at("last", error),
                code if code.starts_with("duty.postpone") => at("last", error),
                _ => error,
            })?;
            page(&app, &desk, id, &html! {}, Some(Refused { form: "excuse", filled: &filled, error: &error }))
                .await
        }
    }
}

async fn proposed(app: &App, desk: &Desk, id: DutyId, filled: &Filled) -> ApiResult<()> {
    let reason = filled.of("reason");
    excuse::check_reason(reason)?;
    let no_kind = || ApiError::refused("form.empty", "请选择申请什么。");
    let no_day = || at("last", ApiError::refused("form.invalid", "请选择延期到哪天。"));
    let kind = ExcuseKind::parse(filled.of("kind")).ok_or_else(no_kind)?;
    let last = match (kind, filled.of("last")) {
        (ExcuseKind::Postponed, text) if !text.is_empty() => Some(text.parse().map_err(|_| no_day())?),
        _ => None,
    };
    let mut tx = app.db.begin().await?;
    let wish = Wish { kind, reason, last, grace_days: None };
    excuse::propose(&mut tx, &desk.caller, id, &wish, desk.now).await?;
    Ok(tx.commit().await?)
}
