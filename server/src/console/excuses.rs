//! 申请: what was proposed about duties (免办、不适用、延期), to be decided; and what was decided, to be taken back.

use maud::{Markup, html};
use poem::web::{Data, Form, Path, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::{Desk, see};
use super::filled::{Filled, Refused, gone, slip, wrong};
use super::layout::{self, instant, key, last_day, said};
use crate::App;
use crate::access::Action;
use crate::duty::excuse::proposals::{self, Proposal};
use crate::duty::excuse::{self, ExcuseKind, batch};
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::ids::{BatchId, DutyId};

#[derive(Deserialize)]
pub struct Asked {
    decided: Option<String>,
    after: Option<String>,
    /// What has just been done, and to how many duties.
    said: Option<String>,
    done: Option<u32>,
    left: Option<u32>,
}

impl Asked {
    fn outcome(&self) -> Option<String> {
        let done = self.done.unwrap_or(1);
        let left = match self.left.unwrap_or_default() {
            0 => String::new(),
            left => format!(";另有{left}项已有新的情况,没有动"),
        };
        Some(match self.said.as_deref()? {
            "proposed" => format!("已提出申请,共{done}项,等别人决定。"),
            "handed" => format!("已交办{done}项,已通知本人。"),
            "approved" => format!("已同意{done}项{left},已通知有关的人。"),
            "refused" => format!("没有同意{done}项,已通知有关的人。"),
            "withdrawn" => format!("已撤回申请,共{done}项,照常办理。"),
            "undone" => format!("已撤销{done}项{left},照常办理,已通知有关的人。"),
            _ => return None,
        })
    }
}

#[handler]
pub async fn show(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let outcome = said(asked.outcome().as_deref());
    page(&app, &desk, asked.decided.is_some(), asked.after.as_deref(), &outcome, None).await
}

/// `refused`: an undoing as it was typed; its field `target` says of which.
async fn page(
    app: &App,
    desk: &Desk,
    decided: bool,
    after: Option<&str>,
    outcome: &Markup,
    refused: Option<Refused<'_>>,
) -> ApiResult<Response> {
    let page = proposals::list(app, &desk.caller, decided, after).await?;
    let is_there = |refused: &Refused<'_>| {
        page.proposals.iter().any(|one| undoable(desk, one) && target(one) == refused.filled.of("target"))
    };
    let body = html! {
        (outcome)
        @if let Some(refused) = refused.filter(|refused| !is_there(refused)) { (gone(refused)) }
        (super::duties::tabs(desk, "/console/excuses"))
        p class="tabs no-print" {
            a href="/console/excuses" aria-current=[(!decided).then_some("page")] { "等决定" }
            a href="/console/excuses?decided=1" aria-current=[decided.then_some("page")] { "已决定" }
            a href="/console/excuses/new" { "成批申请(如抗洪)" }
        }
        @if page.proposals.is_empty() {
            p class="empty" { @if decided { "还没有决定过的申请。" } @else { "没有等决定的申请。" } }
        }
        @for one in &page.proposals { (card(desk, one, (after, refused))) }
        @if let Some(next) = &page.next {
            p class="no-print" {
                a class="button" href=(format!("/console/excuses?after={next}{}", if decided { "&decided=1" } else { "" })) { "下一页" }
            }
        }
    };
    let mut response = layout::page(app, desk, "/console/duties", "申请", &body);
    if let Some(refused) = refused {
        response.set_status(refused.error.status);
    }
    Ok(response)
}

/// The end of the addresses of what can be done with it.
fn target(one: &Proposal) -> String {
    match (one.batch_id, one.duty_id) {
        (Some(batch), _) => format!("batch/{batch}"),
        (None, Some(duty)) => format!("duty/{duty}"),
        (None, None) => String::new(),
    }
}

fn undoable(desk: &Desk, one: &Proposal) -> bool {
    one.decision.as_deref() == Some("approved")
        && one.undone_at.is_none()
        && desk.may(if one.kind == ExcuseKind::Delegated { Action::Delegate } else { Action::DecideExcuse })
        && (one.kind != ExcuseKind::Delegated || one.batch_id.is_some())
}

fn card(desk: &Desk, one: &Proposal, (after, refused): (Option<&str>, Option<Refused<'_>>)) -> Markup {
    let target = target(one);
    let refused = refused.filter(|refused| refused.filled.of("target") == target);
    html! {
        section class="card" {
            p {
                strong {
                    (one.label) " · "
                    @match one.duty_id {
                        Some(duty) => a href=(format!("/console/duties/{duty}")) { (one.title) },
                        None => { (one.title) "等 " (one.duties) " 项" }
                    }
                }
                " · " (one.unit_name) @if one.units > 1 { "等 " (one.units) " 个组织" }
                @if let Some(word) = state(one) { " " span class="mark" { (word) } }
            }
            p {
                "最后一天:" (last_day(one.last))
                @if let Some(day) = one.new_last { ",延期到 " (date_label(day)) }
            }
            p class="words" { (one.reason) }
            p class="soft" {
                "提出:" (one.proposed_by) " · " (instant(one.proposed_at))
                @if let Some(at) = one.decided_at {
                    br; @if one.decision.as_deref() == Some("withdrawn") { "撤回:" (one.proposed_by) } @else { "决定:" (one.decided_by.as_deref().unwrap_or("直接交办")) } " · " (instant(at))
                }
                @if let Some(at) = one.undone_at { br; "撤销:" (instant(at)) }
            }
            @if one.mine_to_decide {
                form class="bar no-print" method="post" action=(format!("/console/excuses/{target}/decide")) {
                    (key(desk))
                    button class="main" name="deed" value="approve" { "同意" }
                    button name="deed" value="refuse" { "不同意" }
                }
            } @else if one.decision.is_none() {
                p class="hint" { "等别人决定:自己提出的不能自己决定。" }
            }
            @if one.mine && one.decision.is_none() {
                form class="bar no-print" method="post" action=(format!("/console/excuses/{target}/withdraw")) {
                    (key(desk))
                    button { "撤回申请" }
                }
            }
            @if undoable(desk, one) {
                details class="no-print" open[refused.is_some()] {
                    summary { "撤销这个决定" }
                    form method="post" action=(format!("/console/excuses/{target}/undo")) {
                        (key(desk))
                        input type="hidden" name="target" value=(target);
                        input type="hidden" name="after" value=(after.unwrap_or_default());
                        label for=(format!("why-{target}")) { "为什么撤销" }
                        textarea id=(format!("why-{target}")) name="reason" rows="2" required minlength="2" maxlength="500" {
                            (refused.map_or("", |refused| refused.filled.of("reason")))
                        }
                        (wrong(refused.map(|refused| refused.error), ""))
                        button { "撤销,照常办理" }
                    }
                }
            }
        }
    }
}

fn state(one: &Proposal) -> Option<&'static str> {
    match (one.decision.as_deref()?, one.undone_at.is_some()) {
        (_, true) => Some("已撤销"),
        ("approved", _) => Some("已同意"),
        ("lapsed", _) => Some("决定前已办结"),
        ("withdrawn", _) => Some("本人已撤回"),
        _ => Some("没有同意"),
    }
}

#[derive(Deserialize)]
pub struct Deciding {
    deed: String,
}

#[handler]
pub async fn decide(
    app: Data<&App>,
    desk: Desk,
    Path(duty): Path<DutyId>,
    form: Form<Deciding>,
) -> ApiResult<Response> {
    let approve = form.deed == "approve";
    let mut tx = app.db.begin().await?;
    excuse::decide(&mut tx, &desk.caller, duty, approve, desk.now).await?;
    tx.commit().await?;
    Ok(see(&format!("/console/excuses?said={}", if approve { "approved" } else { "refused" })))
}

#[handler]
pub async fn decide_batch(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<BatchId>,
    form: Form<Deciding>,
) -> ApiResult<Response> {
    let approve = form.deed == "approve";
    let mut tx = app.db.begin().await?;
    let done = batch::decide(&mut tx, &desk.caller, id, approve, desk.now).await?;
    tx.commit().await?;
    let word = if approve { "approved" } else { "refused" };
    Ok(see(&format!("/console/excuses?said={word}&done={}&left={}", done.done, done.left)))
}

#[handler]
pub async fn withdraw(app: Data<&App>, desk: Desk, Path(duty): Path<DutyId>) -> ApiResult<Response> {
    let mut tx = app.db.begin().await?;
    excuse::withdraw(&mut tx, &desk.caller, duty, desk.now).await?;
    tx.commit().await?;
    Ok(see("/console/excuses?said=withdrawn"))
}

#[handler]
pub async fn withdraw_batch(app: Data<&App>, desk: Desk, Path(id): Path<BatchId>) -> ApiResult<Response> {
    let mut tx = app.db.begin().await?;
    let done = batch::withdraw(&mut tx, &desk.caller, id, desk.now).await?;
    tx.commit().await?;
    Ok(see(&format!("/console/excuses?said=withdrawn&done={}", done.done)))
}

/// The decided ones once more, with what was typed to take one back.
async fn again(app: &App, desk: &Desk, filled: &Filled, error: ApiError) -> ApiResult<Response> {
    let error = slip(error)?;
    let after = Some(filled.of("after")).filter(|after| !after.is_empty());
    page(app, desk, true, after, &html! {}, Some(Refused { form: "undo", filled, error: &error })).await
}

#[handler]
pub async fn undo(
    app: Data<&App>,
    desk: Desk,
    Path(duty): Path<DutyId>,
    filled: Filled,
) -> ApiResult<Response> {
    let deed = async {
        excuse::check_reason(filled.of("reason"))?;
        let mut tx = app.db.begin().await?;
        excuse::undo(&mut tx, &desk.caller, duty, filled.of("reason"), desk.now).await?;
        Ok(tx.commit().await?)
    };
    match deed.await {
        Ok(()) => Ok(see("/console/excuses?decided=1&said=undone")),
        Err(error) => again(&app, &desk, &filled, error).await,
    }
}

#[handler]
pub async fn undo_batch(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<BatchId>,
    filled: Filled,
) -> ApiResult<Response> {
    let deed = async {
        excuse::check_reason(filled.of("reason"))?;
        let mut tx = app.db.begin().await?;
        let done = batch::take_back(&mut tx, &desk.caller, id, filled.of("reason"), desk.now).await?;
        tx.commit().await?;
        Ok(done)
    };
    match deed.await {
        Ok(done) => {
            Ok(see(&format!("/console/excuses?decided=1&said=undone&done={}&left={}", done.done, done.left)))
        }
        Err(error) => again(&app, &desk, &filled, error).await,
    }
}
