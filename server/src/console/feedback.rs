//! 意见建议: what people have written to the town, and the town's answer. A complaint is read by 党建办 and 镇纪委 only.

use maud::{Markup, html};
use poem::web::{Data, Form, Path, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::{Desk, see};
use super::layout::{self, instant, key, said};
use crate::App;
use crate::access::Action;
use crate::error::ApiResult;
use crate::feedback::{self, Sent, State, View, lists};
use crate::ids::{AnswerId, FeedbackId};

#[derive(Deserialize)]
pub struct Asked {
    answered: Option<String>,
    after: Option<String>,
    done: Option<String>,
}

#[handler]
pub async fn show(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let answered = asked.answered.is_some();
    let state = if answered { State::Answered } else { State::Open };
    let page = lists::inbox(&app, &desk.caller, Some(state), None, asked.after.as_deref()).await?;
    let body = html! {
        (said(asked.done.as_ref().map(|_| "答复好了,已通知写的人。")))
        p class="tabs no-print" {
            a href="/console/feedback" aria-current=[(!answered).then_some("page")] { "等答复" }
            a href="/console/feedback?answered=1" aria-current=[answered.then_some("page")] { "已答复" }
        }
        @if page.feedback.is_empty() {
            p class="empty" { @if answered { "还没有答复过的。" } @else { "没有等答复的。" } }
        }
        @for one in &page.feedback { (card(&desk, one)) }
        @if let Some(next) = &page.next {
            p class="no-print" {
                a class="button" href=(format!("/console/feedback?after={next}{}", if answered { "&answered=1" } else { "" })) { "下一页" }
            }
        }
    };
    Ok(layout::page(&app, &desk, "/console/feedback", "意见建议", &body))
}

fn card(desk: &Desk, one: &View) -> Markup {
    html! {
        section class="card" {
            p {
                strong { (one.number) " 号 · " (one.label) } " · " (one.unit_name) " · " (one.writer) " · "
                (instant(one.received_at))
            }
            @if let Some(title) = &one.duty_title { p { "事项:" (title) } }
            p class="words" { (one.text) }
            @for given in &one.answers {
                p class="hint" { "答复(" (given.by) "," (instant(given.at)) "):" (given.text) }
            }
            @if one.answers.is_empty() && desk.may(Action::AnswerFeedback) {
                form class="no-print" method="post" action=(format!("/console/feedback/{}/answer", one.id)) {
                    (key(desk))
                    // Made with the page, so that a second press is the same answer.
                    input type="hidden" name="id" value=(AnswerId::new());
                    label for=(format!("a-{}", one.id)) { "答复" }
                    textarea id=(format!("a-{}", one.id)) name="text" rows="2" required maxlength="1000" {}
                    button class="main" { "答复" }
                }
            }
        }
    }
}

#[derive(Deserialize)]
pub struct Answering {
    id: AnswerId,
    text: String,
}

#[handler]
pub async fn answer(
    app: Data<&App>,
    desk: Desk,
    Path(about): Path<FeedbackId>,
    form: Form<Answering>,
) -> ApiResult<Response> {
    let sent = Sent { id: form.id, text: &form.text, corrects: None };
    let mut tx = app.db.begin().await?;
    feedback::answer(&mut tx, &desk.caller, about, &sent, desk.now).await?;
    tx.commit().await?;
    Ok(see("/console/feedback?done=1"))
}
