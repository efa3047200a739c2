//! 待办台账: who owes what, by its last day; what is past first, when asked for. Prints as it stands.

use maud::{Markup, html};
use poem::web::{Data, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::Desk;
use super::layout::{self, last_day};
use crate::App;
use crate::access::Action;
use crate::duty::ledger::{self, DutyLine, Status, UnreachedDuty, Wanted};
use crate::edge::date_label;
use crate::error::ApiResult;
use crate::ids::UnitId;
use crate::org;

#[derive(Deserialize)]
pub struct Asked {
    unit: Option<String>,
    overdue: Option<String>,
    after: Option<String>,
    /// Opens the list of those nobody can be reminded of.
    unreached: Option<String>,
}

#[handler]
pub async fn show(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let wanted = asked.wanted();
    let (unit, overdue) = (wanted.unit, wanted.overdue);
    let page = ledger::page(&app, &desk.caller, wanted).await?;
    let units = org::units(&app.db, &desk.caller, Action::ReadDuties).await?;
    let unreached = if desk.may(Action::ReadCallList) && asked.after.is_none() && !overdue && unit.is_none() {
        ledger::unreached(&app, &desk.caller).await?
    } else {
        Vec::new()
    };
    let body = html! {
        (tabs(&desk, "/console/duties"))
        form class="bar no-print" method="get" action="/console/duties" {
            label for="unit" { "组织" }
            select id="unit" name="unit" {
                option value="" { "全部" }
                @for one in &units {
                    option value=(one.id) selected[unit == Some(one.id)] { (one.name) }
                }
            }
            label { input type="checkbox" name="overdue" value="1" checked[overdue]; " 只看过了期限的" }
            button { "查看" }
            a class="button" href=(format!("/console/duties/export?{}", asked.filter())) { "导出 Excel" }
        }
        @if !unreached.is_empty() { (nobody(&unreached, asked.unreached.is_some())) }
        @if page.duties.is_empty() {
            p class="empty" { @if overdue { "没有过了期限的事。" } @else { "没有待办。" } }
        } @else {
            (table(&page.duties))
        }
        @if let Some(next) = &page.next {
            p class="no-print" { a class="button" href=(format!("/console/duties?after={next}&{}", asked.filter())) { "下一页" } }
        }
    };
    Ok(layout::page(&app, &desk, "/console/duties", "待办台账", &body))
}

/// What else there is to see about duties.
pub fn tabs(desk: &Desk, path: &str) -> Markup {
    let pages = [
        ("/console/duties", "台账", Action::ReadDuties),
        ("/console/calendar", "月历", Action::ReadDuties),
        ("/console/year", "年度计划", Action::ReadDuties),
        ("/console/not-owed", "不用办的事", Action::ReadDuties),
        ("/console/excuses", "申请", Action::ProposeExcuse),
    ];
    html! {
        p class="tabs no-print" {
            @for (to, name, action) in pages {
                @if desk.may(action) { a href=(to) aria-current=[(path == to).then_some("page")] { (name) } }
            }
        }
    }
}

impl Asked {
    /// What is asked of the ledger.
    pub fn wanted(&self) -> Wanted {
        Wanted { unit: self.unit(), overdue: self.overdue.is_some(), after: self.after.clone() }
    }

    fn unit(&self) -> Option<UnitId> {
        self.unit.as_deref()?.parse().ok().map(UnitId)
    }

    /// The same filter, for another address.
    fn filter(&self) -> String {
        let unit = self.unit().map(|unit| format!("unit={unit}&")).unwrap_or_default();
        format!("{unit}{}", if self.overdue.is_some() { "overdue=1" } else { "" })
    }
}

fn table(duties: &[DutyLine]) -> Markup {
    html! {
        div class="scroll" {
            table {
                thead { tr { th { "序号" } th { "事项" } th { "组织" } th { "最后一天" } th { "情况" } th { "记录" } } }
                tbody {
                    @for duty in duties {
                        tr {
                            td { (duty.task_code) }
                            td { a href=(format!("/console/duties/{}", duty.id)) { (duty.title) } }
                            td { (duty.unit_name) }
                            td {
                                (last_day(duty.last))
                                @if let Some(day) = duty.return_due { br; "补正到 " (date_label(day)) }
                            }
                            td {
                                span class=[(duty.status == Status::Overdue).then_some("mark")] { (duty.status.label()) }
                            }
                            td {
                                @if let Some(record) = duty.record_id {
                                    a href=(format!("/console/records/{record}")) { "打开" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn nobody(duties: &[UnreachedDuty], open: bool) -> Markup {
    html! {
        details open[open] {
            summary { "提醒送不到人(" (duties.len()) ")" }
            div class="scroll" {
                table {
                    thead { tr { th { "事项" } th { "组织" } th { "谁的" } th { "为什么" } th { "最后一天" } } }
                    tbody {
                        @for duty in duties {
                            tr {
                                td { (duty.title) }
                                td { (duty.unit_name) }
                                td { (duty.holder.as_deref().unwrap_or("")) }
                                td { (duty.why) }
                                td { (last_day(duty.last)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
