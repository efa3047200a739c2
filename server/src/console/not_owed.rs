//! What a unit does not owe, and by which fact: so that nobody holds a meeting the branch need not hold.

use maud::html;
use poem::web::{Data, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::Desk;
use super::layout;
use crate::App;
use crate::access::Action;
use crate::duty::explain;
use crate::error::ApiResult;
use crate::ids::UnitId;
use crate::org;

#[derive(Deserialize)]
pub struct Asked {
    unit: Option<String>,
}

#[handler]
pub async fn show(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let units = org::units(&app.db, &desk.caller, Action::ReadDuties).await?;
    let unit = asked.unit.as_deref().and_then(|text| text.parse().ok()).map(UnitId);
    let found = match unit {
        Some(unit) => Some(explain::not_owed(&app, &desk.caller, unit).await?),
        None => None,
    };
    let body = html! {
        (super::duties::tabs(&desk, "/console/not-owed"))
        form class="bar no-print" method="get" action="/console/not-owed" {
            label for="unit" { "组织" }
            select id="unit" name="unit" {
                @for one in &units { option value=(one.id) selected[unit == Some(one.id)] { (one.name) } }
            }
            button { "查看" }
        }
        @if let Some(found) = &found {
            @if found.rules.is_empty() {
                p class="empty" { (found.unit_name) "没有可以不办的事。" }
            } @else {
                div class="scroll" {
                    table {
                        thead { tr { th { "序号" } th { "事项" } th { "多久一次" } th { "为什么不用办" } } }
                        tbody {
                            @for rule in &found.rules {
                                tr {
                                    td { (rule.task_code) }
                                    td { (rule.title) }
                                    td { (rule.cadence) }
                                    td { (rule.reason) }
                                }
                            }
                        }
                    }
                }
            }
        } @else {
            p class="empty" { "选一个组织,看它哪些事不用办、为什么。" }
        }
    };
    Ok(layout::page(&app, &desk, "/console/duties", "不用办的事", &body))
}
