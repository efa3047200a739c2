//! 电话通知: who has to be told by a human. Struck off when somebody says they have called.

use maud::html;
use poem::web::{Data, Form, Path, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::{Desk, see};
use super::layout::{self, instant, key, said};
use crate::App;
use crate::duty::ledger;
use crate::error::ApiResult;
use crate::ids::CallItemId;
use crate::notify::calls;

#[derive(Deserialize)]
pub struct Asked {
    after: Option<String>,
    done: Option<String>,
}

#[handler]
pub async fn show(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let list = calls::open(&app, &desk.caller, asked.after.as_deref()).await?;
    let duties: Vec<_> =
        list.items.iter().filter(|item| item.subject_kind == "duty").map(|item| item.subject_id).collect();
    let titles = ledger::titles(&app, &desk.caller, &duties).await?;
    let body = html! {
        (said(asked.done.as_ref().map(|_| "记下了:已电话告知。")))
        @if list.items.is_empty() {
            p class="empty" { "没有要打的电话。" }
        } @else {
            div class="scroll" {
                table {
                    thead { tr { th { "给谁" } th { "组织" } th { "什么事" } th { "为什么打" } th { "从什么时候起" } th class="no-print" { "" } } }
                    tbody {
                        @for item in &list.items {
                            tr {
                                td { (item.person_name.as_deref().unwrap_or("(没有人担任)")) }
                                td { (item.unit_name) }
                                td { (titles.get(&item.subject_id).map_or("", String::as_str)) }
                                td { (why(&item.why)) }
                                td { (instant(item.created_at)) }
                                td class="no-print" {
                                    form method="post" action=(format!("/console/calls/{}/done", item.id)) {
                                        (key(&desk))
                                        button class="quiet" { "打过了" }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            @if let Some(next) = &list.next {
                p class="no-print" { a class="button" href=(format!("/console/calls?after={next}")) { "下一页" } }
            }
        }
    };
    Ok(layout::page(&app, &desk, "/console/calls", "电话通知", &body))
}

fn why(code: &str) -> &str {
    match code {
        "unreachable" => "没有绑定微信,或没有收到提醒",
        "unanswered" => "逐级告知过,还没有办",
        "unmended" => "退回后逐级告知过,还没有补正",
        "unclaimed" => "没有人担任这个职务",
        other => other,
    }
}

#[derive(Deserialize)]
pub struct Called {
    form_key: String,
}

#[handler]
pub async fn done(
    app: Data<&App>,
    desk: Desk,
    Path(item): Path<CallItemId>,
    form: Form<Called>,
) -> ApiResult<Response> {
    desk.check(&form.form_key)?;
    let mut tx = app.db.begin().await?;
    calls::made(&mut tx, &desk.caller, item, desk.now).await?;
    tx.commit().await?;
    Ok(see("/console/calls?done=1"))
}
