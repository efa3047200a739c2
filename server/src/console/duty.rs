//! One duty: where it comes from, until when, and what has come of it.

use maud::html;
use poem::web::{Data, Path};
use poem::{Response, handler};

use super::desk::Desk;
use super::entry;
use super::layout::{self, last_day};
use crate::App;
use crate::duty::Verdict;
use crate::duty::ledger;
use crate::edge::date_label;
use crate::error::ApiResult;
use crate::ids::DutyId;

#[handler]
pub async fn show(app: Data<&App>, desk: Desk, Path(id): Path<DutyId>) -> ApiResult<Response> {
    let view = ledger::one(&app, &desk.caller, id).await?;
    let line = &view.line;
    let body = html! {
        p class="soft" { (line.unit_name) " · " (line.status.label()) }
        dl class="card" {
            dt { "要求" } dd { (view.requirement) }
            dt { "从哪天起" } dd { (date_label(line.first)) }
            dt { "最后一天" } dd { (last_day(line.last)) }
            @if let Some(day) = line.return_due { dt { "补正期限" } dd { (date_label(day)) } }
            dt { "怎样算办结" }
            dd { @if view.counts == "acceptance" { "审核通过才算" } @else { "收到记录就算" } }
            @if line.photos_required > 0 { dt { "照片" } dd { "至少 " (line.photos_required) " 张" } }
            @if let Some(verdict) = line.verdict.as_deref().and_then(Verdict::parse) {
                dt { "按时还是补录" } dd { (verdict.label()) }
            }
            @if let Some(record) = line.record_id {
                dt { "记录" } dd { a href=(format!("/console/records/{record}")) { "打开" } }
            }
        }
        dl class="card" {
            dt { "为什么有这件事" } dd { (view.source) ",附件 1 第 " (line.task_code) " 项:" (view.item) }
            dt { "时间节点" } dd { (view.time) }
            dt { "责任人" } dd { (view.lead) }
        }
        @if view.excuse_pending { p class="hint" { "有人申请免办,请在手机小程序里决定。" } }
        p class="bar no-print" {
            @if entry::is_owed(line.status) && let Some(form) = entry::form_for(&desk, &line.record_kind, line.id) {
                a class="button main" href=(form) { "代为录入" }
            }
            a class="button" href="/console/duties" { "回到台账" }
        }
    };
    Ok(layout::page(&app, &desk, "/console/duties", &line.title, &body))
}
