//! 电话通知: who has to be told by a human. Struck off when somebody says they have called.

use std::collections::HashMap;

use maud::{Markup, html};
use poem::http::StatusCode;
use poem::web::{Data, Form, Path, Query};
use poem::{Response, handler};
use serde::Deserialize;
use uuid::Uuid;

use super::desk::{Desk, see};
use super::layout::{self, instant, key, said};
use crate::App;
use crate::access::Action;
use crate::duty::ledger;
use crate::error::ApiResult;
use crate::ids::{CallItemId, PersonId};
use crate::notify::calls::{self, CallList};
use crate::org::phone;

#[derive(Deserialize)]
pub struct Asked {
    after: Option<String>,
    done: Option<String>,
}

#[handler]
pub async fn show(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let list = calls::open(&app, &desk.caller, asked.after.as_deref()).await?;
    let titles = titles(&app, &desk, &list).await?;
    let body = html! {
        (said(asked.done.as_ref().map(|_| "记下了:已电话告知。")))
        @if list.items.is_empty() {
            p class="empty" { "没有要打的电话。" }
        } @else {
            @if desk.may(Action::RevealPhone) {
                form class="bar no-print" method="post" action="/console/calls/print" {
                    (key(&desk))
                    input type="hidden" name="after" value=(asked.after.as_deref().unwrap_or_default());
                    label for="reason" { "带号码的名单,为什么要看" }
                    input id="reason" type="text" name="reason" value="电话通知到期事项" required minlength="2" maxlength="200";
                    button { "打印名单" }
                }
            }
            (table(&desk, &list, &titles, None))
            @if let Some(next) = &list.next {
                p class="no-print" { a class="button" href=(format!("/console/calls?after={next}")) { "下一页" } }
            }
        }
    };
    Ok(layout::page(&app, &desk, "/console/calls", "电话通知", &body))
}

#[derive(Deserialize)]
pub struct Printing {
    reason: String,
    #[serde(default)]
    after: String,
}

/// The same page of the list with the numbers on it, for who sits by the telephone; each number shown is logged.
#[handler]
pub async fn print(app: Data<&App>, desk: Desk, form: Form<Printing>) -> ApiResult<Response> {
    let after = Some(form.after.as_str()).filter(|after| !after.is_empty());
    let list = calls::open(&app, &desk.caller, after).await?;
    let titles = titles(&app, &desk, &list).await?;
    let mut numbers = Numbers::new();
    let mut tx = app.db.begin().await?;
    for person in list.items.iter().filter_map(|item| item.person_id) {
        if numbers.contains_key(&person) {
            continue;
        }
        let reason = form.reason.trim();
        let number = match phone::reveal(&mut tx, &app.keys, &desk.caller, person, reason, desk.now).await {
            Ok(number) => number,
            // Of who works for another unit the caller may not see it: somebody else makes that call.
            Err(error) if error.status == StatusCode::FORBIDDEN || error.status == StatusCode::NOT_FOUND => {
                None
            }
            Err(error) => return Err(error),
        };
        numbers.insert(person, number.unwrap_or_else(|| "—".to_owned()));
    }
    tx.commit().await?;
    let body = html! {
        p class="hint no-print" { "号码已记入操作日志。用浏览器的打印功能打印,用完请收好。" }
        (table(&desk, &list, &titles, Some(&numbers)))
        p class="no-print" { a class="button" href="/console/calls" { "回到名单" } }
    };
    Ok(layout::page(&app, &desk, "/console/calls", "电话通知名单", &body))
}

type Numbers = HashMap<PersonId, String>;

/// What the duties on the list are called.
async fn titles(app: &App, desk: &Desk, list: &CallList) -> ApiResult<HashMap<Uuid, String>> {
    let duties = list.items.iter().filter(|item| item.subject_kind == "duty").map(|item| item.subject_id);
    ledger::titles(app, &desk.caller, &duties.collect::<Vec<_>>()).await
}

fn table(desk: &Desk, list: &CallList, titles: &HashMap<Uuid, String>, numbers: Option<&Numbers>) -> Markup {
    html! {
        div class="scroll" {
            table {
                thead {
                    tr {
                        th { "给谁" }
                        @if numbers.is_some() { th { "电话" } }
                        th { "组织" } th { "什么事" } th { "为什么打" } th { "从什么时候起" } th class="no-print" { "" }
                    }
                }
                tbody {
                    @for item in &list.items {
                        tr {
                            td { (item.person_name.as_deref().unwrap_or("(没有人担任)")) }
                            @if let Some(numbers) = numbers {
                                td { (item.person_id.and_then(|person| numbers.get(&person)).map_or("—", String::as_str)) }
                            }
                            td { (item.unit_name) }
                            td { (titles.get(&item.subject_id).map_or("", String::as_str)) }
                            td { (why(&item.why)) }
                            td { (instant(item.created_at)) }
                            td class="no-print" {
                                form method="post" action=(format!("/console/calls/{}/done", item.id)) {
                                    (key(desk))
                                    button class="quiet" { "打过了" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
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

#[handler]
pub async fn done(app: Data<&App>, desk: Desk, Path(item): Path<CallItemId>) -> ApiResult<Response> {
    let mut tx = app.db.begin().await?;
    calls::made(&mut tx, &desk.caller, item, desk.now).await?;
    tx.commit().await?;
    Ok(see("/console/calls?done=1"))
}
