//! 审核: what falls to the caller, accepted in one go where nothing needs a look.

use maud::{Markup, html};
use poem::web::{Data, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::{Desk, see};
use super::filled::Filled;
use super::layout::{self, instant, key, said};
use crate::App;
use crate::access::{self, Action};
use crate::checkin::lists::{self, Wanted};
use crate::checkin::{self, Kind, RecordLine, State};
use crate::edge::date_label;
use crate::error::ApiResult;
use crate::ids::{RecordId, VersionId};

#[derive(Deserialize)]
pub struct Asked {
    after: Option<String>,
    /// Everything that waits, also what is somebody else's to review.
    all: Option<String>,
    accepted: Option<usize>,
    left: Option<usize>,
}

#[handler]
pub async fn queue(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    access::check_any(&desk.caller, Action::Review)?;
    let all = asked.all.is_some();
    let wanted = Wanted {
        to_review: !all,
        state: all.then_some(State::Submitted),
        after: asked.after.clone(),
        ..Default::default()
    };
    let page = lists::page(&app, &desk.caller, wanted).await?;
    let outcome = asked.accepted.map(|accepted| match asked.left.unwrap_or_default() {
        0 => format!("通过了 {accepted} 条。"),
        left => format!("通过了 {accepted} 条;另有 {left} 条有需要注意的地方,请逐条打开看。"),
    });
    let body = html! {
        (said(outcome.as_deref()))
        p class="tabs" {
            a href="/console/review" aria-current=[(!all).then_some("page")] { "等我审核" }
            a href="/console/review?all=1" aria-current=[all.then_some("page")] { "全部待审" }
        }
        @if page.records.is_empty() {
            p class="empty" { "现在没有要审的记录。" }
        } @else {
            form method="post" action="/console/review" {
                (key(&desk))
                (table(&page.records))
                @if page.records.iter().any(in_bulk) {
                    p class="bar" {
                        button class="main" { "通过勾选的" }
                        span class="soft" { "有照片、补录或改动要看的,请点开再审。" }
                    }
                }
            }
            @if let Some(next) = &page.next {
                p { a class="button" href=(format!("/console/review?after={next}{}", if all { "&all=1" } else { "" })) { "下一页" } }
            }
        }
    };
    Ok(layout::page(&app, &desk, "/console/review", "审核", &body))
}

/// What may be accepted without opening it; the server looks again.
fn in_bulk(line: &RecordLine) -> bool {
    line.mine_to_review
        && !line.late
        && line.flags.is_empty()
        && !line.needs_confirmation
        && line.kind != Kind::SignSurvey
}

fn table(records: &[RecordLine]) -> Markup {
    html! {
        div class="scroll" {
            table {
                thead { tr { th { "" } th { "记录" } th { "组织" } th { "哪天" } th { "谁写的" } th { "镇里收到" } th { "注意" } } }
                tbody {
                    @for line in records {
                        tr {
                            td {
                                @if in_bulk(line) {
                                    input type="checkbox" name="record" value=(format!("{}.{}", line.id, line.version_id))
                                        aria-label=(format!("勾选 {} {}", line.unit_name, line.label));
                                }
                            }
                            td {
                                a href=(format!("/console/records/{}", line.id)) { (line.label) }
                                @if let Some(about) = &line.about { br; span class="soft" { (about) } }
                            }
                            td { (line.unit_name) }
                            td { (date_label(line.happened_on)) }
                            td { (line.writer) @if let Some(name) = line.entered_for_name.as_ref().filter(|name| **name != line.writer) { "(代" (name) "录)" } }
                            td { (instant(line.received_at)) }
                            td { (remarks(line)) }
                        }
                    }
                }
            }
        }
    }
}

/// What a reviewer should know before opening it, never by colour alone.
pub fn remarks(line: &RecordLine) -> Markup {
    html! {
        @if line.late { span class="mark" { "补录" } }
        @if line.flags.iter().any(|flag| flag == "corrected") { span class="mark" { "通过后又改过" } }
        @if line.flags.iter().any(|flag| flag == "mended") { span class="mark" { "退回后补正" } }
        @if line.flags.iter().any(|flag| flag == "photos") { span class="mark" { "照片要看" } }
        @if line.needs_confirmation { span class="mark" { "待书记确认" } }
    }
}

/// Accepts what was ticked. Each stands for itself: one that must be looked at keeps no other from passing.
#[handler]
pub async fn accept_many(app: Data<&App>, desk: Desk, form: Filled) -> ApiResult<Response> {
    let ticked: Vec<(RecordId, VersionId)> = form.all("record").filter_map(pair).collect();
    let result = checkin::accept_many(&app, &desk.caller, &ticked, desk.now).await?;
    Ok(see(&format!("/console/review?accepted={}&left={}", result.accepted.len(), result.left.len())))
}

fn pair(text: &str) -> Option<(RecordId, VersionId)> {
    let (record, version) = text.split_once('.')?;
    Some((RecordId(record.parse().ok()?), VersionId(version.parse().ok()?)))
}
