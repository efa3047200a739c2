//! 方案: the tasks of the plan and what each asks for, of whom, how often, shown by what. The office opens a rule to change it.

use maud::{Markup, html};
use poem::web::Data;
use poem::{Response, handler};

use super::desk::Desk;
use super::layout;
use crate::App;
use crate::access::Action;
use crate::error::{ApiError, ApiResult};
use crate::plan::view::{self, RuleLine, TaskView};

#[handler]
pub async fn show(app: Data<&App>, desk: Desk) -> ApiResult<Response> {
    let mut tasks = Vec::new();
    for task in view::tasks(&app, &desk.caller).await? {
        let rules = serde_json::from_value(task.rules.clone()).map_err(ApiError::internal)?;
        tasks.push(Row { task, rules });
    }
    let body = html! {
        p class="bar no-print" {
            @if desk.may(Action::WritePlan) {
                a class="button" href="/console/rules/table" { "载入任务分解表" }
                @if !tasks.is_empty() { a class="button" href="/console/rules/year" { "转入新年度" } }
            }
            @if !tasks.is_empty() {
                a class="button" href="/console/rules/table/plan.docx" { "导出 Word" }
                a class="button" href="/console/rules/table/plan.xlsx" { "导出 Excel" }
            }
        }
        @if tasks.is_empty() { p class="empty" { "还没有载入方案。" } }
        // What the notice's body asks for may have the number of an action that a table has added.
        @for of_action in tasks.chunk_by(|one, next| one.action() == next.action()) {
            @if let Some(first) = of_action.first() { h2 { (first.task.action) } }
            (table(of_action))
        }
    };
    Ok(layout::page(&app, &desk, "/console/rules", "方案任务", &body))
}

/// A task with its rules.
struct Row {
    task: TaskView,
    rules: Vec<RuleLine>,
}

impl Row {
    fn action(&self) -> (i32, bool) {
        (self.task.action_no, self.task.in_annex)
    }
}

fn table(tasks: &[Row]) -> Markup {
    html! {
        div class="scroll" {
            table {
                thead {
                    tr {
                        th { "序号" } th { "要做什么" } th { "多久一次" } th { "谁来办" } th { "要交什么" } th { "谁审核" }
                        th { "每次约" } th { "第几版" }
                    }
                }
                tbody {
                    @for Row { task, rules } in tasks {
                        tr {
                            td { (task.code) }
                            td colspan="7" { (task.requirement) span class="soft" { " · 责任人:" (task.lead) } }
                        }
                        @for rule in rules { (line(rule)) }
                    }
                }
            }
        }
    }
}

fn line(rule: &RuleLine) -> Markup {
    html! {
        tr {
            td class="soft" { (rule.code) }
            td {
                a href=(format!("/console/rules/{}", rule.code)) { (rule.title) }
                @if rule.off { " " span class="mark" { "已停用" } }
            }
            td { (rule.cadence.words()) }
            td { (rule.audience.label()) }
            td {
                (rule.record_kind.label())
                @if rule.photos_required > 0 { ",照片至少" (rule.photos_required) "张" }
                br; span class="soft" { (rule.counts.label()) }
            }
            td { (rule.reviewer.label()) }
            td { (rule.minutes) "分钟" }
            td { (rule.version) }
        }
    }
}
