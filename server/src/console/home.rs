//! The first page: what waits for whoever sits here.

use maud::{Markup, html};
use poem::web::Data;
use poem::{Response, handler};

use super::desk::Desk;
use super::layout;
use crate::App;
use crate::access::Action;
use crate::checkin::lists;
use crate::duty::excuse::proposals;
use crate::duty::ledger;
use crate::edge::date_label;
use crate::error::ApiResult;
use crate::evidence::{self, Usage};
use crate::feedback;
use crate::notify::calls;
use crate::platform::clock;

#[handler]
pub async fn show(app: Data<&App>, desk: Desk) -> ApiResult<Response> {
    let mut cards = Vec::new();
    if desk.may(Action::Review) {
        let wanted = lists::Wanted { to_review: true, ..Default::default() };
        let page = lists::page(&app, &desk.caller, wanted).await?;
        let count = many(page.records.len(), page.next.is_some());
        cards.push(card("/console/review", "等我审核", &count, "通过,或说明原因退回"));
    }
    if desk.may(Action::ReadDuties) {
        let wanted = ledger::Wanted { overdue: true, ..Default::default() };
        let page = ledger::page(&app, &desk.caller, wanted).await?;
        let count = many(page.duties.len(), page.next.is_some());
        cards.push(card(
            "/console/duties?overdue=1",
            "过了期限还没有记录",
            &count,
            "可以补录,先问问有什么困难",
        ));
    }
    if desk.may(Action::DecideExcuse) {
        let page = proposals::list(&app, &desk.caller, false, None).await?;
        let count = many(page.proposals.len(), page.next.is_some());
        cards.push(card("/console/excuses", "免办、延期的申请", &count, "同意或不同意,都会通知有关的人"));
    }
    if desk.may(Action::ReadCallList) {
        let unreached = ledger::unreached(&app, &desk.caller).await?.len();
        cards.push(card(
            "/console/duties?unreached=1",
            "提醒送不到人",
            &many(unreached, unreached >= 500),
            "没有人管,或没有绑定微信",
        ));
        let list = calls::open(&app, &desk.caller, None).await?;
        let count = many(list.items.len(), list.next.is_some());
        cards.push(card("/console/calls", "要打电话通知", &count, "打过了就销掉"));
    }
    if desk.may(Action::ReadFeedback) {
        let page =
            feedback::lists::inbox(&app, &desk.caller, Some(feedback::State::Open), None, None).await?;
        let count = many(page.feedback.len(), page.next.is_some());
        cards.push(card("/console/feedback", "意见建议等答复", &count, "答复会送到写的人手机上"));
    }
    let full = if desk.may(Action::WriteOrg) {
        evidence::usage(&app, desk.caller.town).await?
    } else {
        Usage::default()
    };
    let body = html! {
        (nearly_full(full))
        p class="soft" { (date_label(clock::today(desk.now))) }
        div class="cards" { @for card in &cards { (card) } }
        @if cards.is_empty() {
            p class="said" { "您的职务在办公台上没有要办的事,请用手机上的小程序。" }
        }
    };
    Ok(layout::page(&app, &desk, "/console/", "今天要办的", &body))
}

/// A town whose photos will soon find no room.
fn nearly_full(usage: Usage) -> Markup {
    html! {
        @if usage.is_tight() {
            p class="said" role="status" {
                "照片已经占了 " (Usage::gigabytes(usage.bytes)) ",上限是 " (Usage::gigabytes(usage.limit))
                "。请联系系统管理员扩大;用完以后新照片会等在各人的手机里,不会丢。"
            }
        }
    }
}

/// 50+ where there are more than a page.
fn many(shown: usize, more: bool) -> String {
    format!("{shown}{}", if more { "+" } else { "" })
}

fn card(to: &str, title: &str, count: &str, words: &str) -> Markup {
    html! {
        a class="card" href=(to) {
            span class="count" { (count) }
            strong { (title) }
            span class="soft" { (words) }
        }
    }
}
