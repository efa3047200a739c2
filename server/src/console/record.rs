//! One record as the office reads it, with the two answers it can get.

use maud::{Markup, html};
use poem::http::HeaderMap;
use poem::web::{Data, Form, Path, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::{Desk, see};
use super::entry::finish;
use super::layout::{self, instant, key, said};
use super::{facts, review, twins};
use crate::App;
use crate::access::Action;
use crate::checkin::{self, Channel, Kind, RecordView, State, lists};
use crate::edge::date_label;
use crate::error::ApiResult;
use crate::evidence;
use crate::ids::{RecordId, VersionId};

#[derive(Deserialize)]
pub struct Asked {
    done: Option<String>,
    /// Duties a record just entered does not count for.
    left: Option<usize>,
}

#[handler]
pub async fn show(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<RecordId>,
    asked: Query<Asked>,
) -> ApiResult<Response> {
    let view = lists::one(&app, &desk.caller, id).await?;
    let outcome = match asked.done.as_deref() {
        Some("accepted") => Some("已通过。"),
        Some("returned") => Some("已退回,已通知写的人。"),
        Some("entered") => Some("已保存。"),
        _ => None,
    };
    let line = &view.line;
    let body = html! {
        (said(outcome))
        @if asked.done.as_deref() == Some("entered") { (entered(&view, asked.left.unwrap_or_default())) }
        p class="soft" {
            (line.unit_name) " · " (date_label(line.happened_on)) " · " (line.state_label) " " (review::remarks(line))
        }
        div class="card" {
            (facts::list(line.kind, &view.facts))
            (photos(&desk, &view))
        }
        (twins::notes(&view))
        (duties(&view))
        dl class="card" {
            dt { "谁写的" } dd { (line.writer) @if let Some(name) = line.entered_for_name.as_ref().filter(|name| **name != line.writer) { "(代" (name) "录)" } }
            @if let Some(channel) = Channel::parse(&view.entry_channel).filter(|channel| *channel != Channel::Phone) {
                dt { "怎么录的" } dd { (channel.label()) }
            }
            dt { "镇里收到" } dd { (instant(line.received_at)) }
            @if view.versions > 1 { dt { "改过" } dd { (view.versions - 1) " 次" } }
        }
        (reviews(&view))
        @if line.mine_to_review && line.kind != Kind::SignSurvey { (answers(&desk, &view)) }
        @if line.mine_to_review && line.kind == Kind::SignSurvey {
            p class="hint" { "排查申报要逐处核对,请在手机小程序的“待审”里确认。" }
        }
        p class="bar no-print" {
            @if line.kind == Kind::Sign && line.state == State::Draft && desk.may(Action::WriteSign) {
                a class="button main" href=(finish(line.id)) { "办结这一处" }
            }
            @if desk.may(Action::Review) { a class="button" href="/console/review" { "回到审核" } }
            @if asked.done.as_deref() == Some("entered") { a class="button" href="/console/entry" { "再录一条" } }
        }
    };
    Ok(layout::page(&app, &desk, "/console/review", &line.label, &body))
}

/// What has come of what was just entered, where it is not all done.
fn entered(view: &RecordView, left: usize) -> Markup {
    html! {
        @if left > 0 {
            p class="hint" { "另有 " (left) " 项没有算上:日期不在那一项的期限内,或会议类型、人员对不上。" }
        }
        @if view.line.state == State::AwaitingPhotos {
            p class="hint" { "照片还不够,补上照片后才算数。" }
        }
        @if view.duties.is_empty() { p class="soft" { "没有选事项,作为一条单独的记录保存了。" } }
    }
}

fn photos(desk: &Desk, view: &RecordView) -> Markup {
    html! {
        @if !view.photos.is_empty() {
            div class="photos" {
                @for photo in &view.photos {
                    figure {
                        @match &photo.links {
                            Some(links) => a href=(links.display) { img src=(links.thumb) alt=(photo.label); },
                            None => span class="absent" { "还没传到" },
                        }
                        figcaption { (photo.label) }
                        @if photo.links.is_some() && desk.may(Action::ReadOriginal) { (to_original(&photo.hash)) }
                    }
                }
            }
        }
    }
}

/// A form that changes nothing: the reason goes along in the address, and onto the log.
fn to_original(hash: &str) -> Markup {
    let id = format!("why-{hash}");
    html! {
        details class="no-print" {
            summary { "调取原图" }
            form method="get" action=(format!("/console/photos/{hash}/original")) {
                p class="field" {
                    label for=(id) { "为什么要调取?会记入日志。" }
                    input id=(id) type="text" name="reason" required minlength="2" maxlength="200";
                }
                button { "下载原图" }
            }
        }
    }
}

#[derive(Deserialize)]
pub struct Fetching {
    reason: Option<String>,
}

#[handler]
pub async fn fetch_original(
    app: Data<&App>,
    desk: Desk,
    Path(hash): Path<String>,
    asked: Query<Fetching>,
    headers: &HeaderMap,
) -> ApiResult<Response> {
    let reason = asked.0.reason.unwrap_or_default();
    evidence::original(&app, &desk.caller, &hash, &reason, headers).await
}

fn duties(view: &RecordView) -> Markup {
    html! {
        @if !view.duties.is_empty() {
            dl class="card" {
                @for duty in &view.duties {
                    dt { "算作" }
                    dd {
                        (duty.title) " · " (duty.verdict_label)
                        @if duty.extra { span class="mark" { "已有另一条记录" } }
                    }
                }
            }
        }
    }
}

fn reviews(view: &RecordView) -> Markup {
    html! {
        @if !view.reviews.is_empty() {
            div class="card" {
                @for review in &view.reviews {
                    p {
                        strong { (review.label) } " · " (review.reviewer)
                        @if let Some(role) = &review.role { "(" (role) ")" }
                        " · " (instant(review.at))
                        @if let Some(reason) = &review.reason { br; "原因:" (reason) }
                        @if let Some(day) = review.due_on { br; "补正期限:" (date_label(day)) }
                    }
                }
            }
        }
    }
}

/// Both answers name the version seen here: what has been changed meanwhile is not judged by them.
fn answers(desk: &Desk, view: &RecordView) -> Markup {
    let (id, version) = (view.line.id, view.line.version_id);
    html! {
        div class="answers no-print" {
            form class="card" method="post" action=(format!("/console/records/{id}/accept")) {
                (key(desk))
                input type="hidden" name="version" value=(version);
                p { "内容、照片都对?" }
                button class="main" { "通过" }
            }
            form class="card" method="post" action=(format!("/console/records/{id}/return")) {
                (key(desk))
                input type="hidden" name="version" value=(version);
                label for="reason" { "要补正什么?写的人会看到这句话。" }
                textarea id="reason" name="reason" rows="3" required minlength="2" maxlength="500" {}
                p class="soft" { "期限是 7 天。" }
                button { "退回" }
            }
        }
    }
}

#[derive(Deserialize)]
pub struct Accepting {
    version: VersionId,
}

#[handler]
pub async fn accept(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<RecordId>,
    form: Form<Accepting>,
) -> ApiResult<Response> {
    let mut tx = app.db.begin().await?;
    checkin::accept_one(&mut tx, &desk.caller, id, form.version, desk.now).await?;
    tx.commit().await?;
    Ok(see(&format!("/console/records/{id}?done=accepted")))
}

#[derive(Deserialize)]
pub struct Returning {
    version: VersionId,
    reason: String,
}

#[handler]
pub async fn give_back(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<RecordId>,
    form: Form<Returning>,
) -> ApiResult<Response> {
    let reason = form.reason.trim();
    checkin::check_reason(reason)?;
    let mut tx = app.db.begin().await?;
    checkin::give_back(&mut tx, &desk.caller, id, form.version, reason, None, desk.now).await?;
    tx.commit().await?;
    Ok(see(&format!("/console/records/{id}?done=returned")))
}
