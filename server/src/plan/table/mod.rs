//! 任务分解表: a plan as the annex prints it, read from a workbook and written as one, or as a document.
//!
//! `read` turns a workbook into lines or says of every cell why it could not; `look` compares the lines with the plan in
//! force; `load` writes what was seen, all of it or nothing. Duties follow through `duty::table`.

mod columns;
mod compare;
mod deadline;
mod document;
mod findings;
mod grid;
mod lines;
mod numeral;
mod pairing;
mod propose;
mod report;
mod sheet;
mod sql;
#[cfg(test)]
mod tests;
mod write;

pub use findings::Problem;
pub(super) use propose::SET_DATE;
pub use report::{LineReport, Report, State};
pub use write::{Paper, load, look};

use std::collections::BTreeMap;

use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::plan::view::{self, TaskView};
use crate::platform::keys::sha256;
use columns::Column;
use findings::Findings;
use lines::Line;

/// A table that was read whole.
#[derive(Debug)]
pub struct Table {
    title: Option<String>,
    lines: Vec<Line>,
    warnings: Vec<String>,
    /// Where what stands.
    columns: BTreeMap<Column, u32>,
    /// SHA-256 of the file.
    digest: String,
}

/// A sheet of explanations, in the template and skipped.
const NOTES: &str = "说明";

/// Reads a workbook, off the request threads; `plan.table_invalid` lists every cell that could not be read.
pub async fn read(bytes: Vec<u8>) -> ApiResult<Table> {
    // A panic of the reader over a malformed file ends here too.
    tokio::task::spawn_blocking(move || parse(bytes)).await.map_err(|_| grid::unreadable())?
}

fn parse(bytes: Vec<u8>) -> ApiResult<Table> {
    let digest = hex::encode(sha256(&bytes));
    let mut findings = Findings::default();
    let grids = grid::read(bytes)?;
    let mut tables = grids.iter().filter(|grid| !grid.name.starts_with(NOTES));
    let found = tables.find_map(|grid| Some((grid, columns::header(grid)?)));
    let Some((grid, header)) = found else {
        findings.whole("没有找到表头。表格要有一行写着“行动类别、内容、要求、时间节点、责任人”,请用下载的模板或把表头改成这样");
        findings.into_warnings()?;
        return Err(grid::unreadable());
    };
    for other in tables.filter(|grid| columns::header(grid).is_some()) {
        findings.warnings.push(format!("只读了工作表“{}”,没有读“{}”。", grid.name, other.name));
    }
    let layout = columns::layout(grid, header, &mut findings);
    let lines =
        if findings.problems.is_empty() { lines::lines(grid, &layout, &mut findings) } else { Vec::new() };
    if lines.is_empty() && findings.problems.is_empty() {
        findings.whole("表头下面没有任务,请填上任务再传");
    }
    let title = title(grid, header);
    Ok(Table { title, lines, warnings: findings.into_warnings()?, columns: layout.at, digest })
}

/// The last words above the header that are more than a label such as 附件1.
fn title(grid: &grid::Grid, header: u32) -> Option<String> {
    let above = grid.cells.range(..header).rev().flat_map(|(_, cells)| cells.values());
    let texts = above.filter_map(crate::org::roster::value::Value::as_text);
    texts.map(|text| text.replace('\n', "")).find(|text| (6..=100).contains(&text.chars().count()))
}

/// How a plan is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename = "PlanTableFormat", rename_all = "snake_case")]
pub enum Format {
    Xlsx,
    Docx,
}

/// The plan in force as a file, with the annex's columns and the plan's own words.
pub async fn export(app: &App, caller: &Caller, format: Format) -> ApiResult<Vec<u8>> {
    let (title, tasks) = view::titled(app, caller).await?;
    let tasks: Vec<TaskView> = tasks.into_iter().filter(|task| task.in_annex).collect();
    let Some(title) = title.filter(|_| !tasks.is_empty()) else {
        return Err(ApiError::refused("plan.none", "还没有载入方案,没有可以导出的内容。"));
    };
    let title = if title.ends_with('表') { title } else { format!("{title}任务分解表") };
    let made = tokio::task::spawn_blocking(move || match format {
        Format::Xlsx => sheet::plan(&title, &tasks),
        Format::Docx => document::plan(&title, &tasks),
    });
    made.await.map_err(ApiError::internal)?
}

/// The table to fill in.
pub async fn template() -> ApiResult<Vec<u8>> {
    tokio::task::spawn_blocking(sheet::template).await.map_err(ApiError::internal)?
}

/// A task with how many rows below it share its action and its item, for merging: 0 where it is inside such a stretch.
struct Spans {
    action: usize,
    item: usize,
    lead: usize,
    /// The number of its item.
    item_no: u32,
}

/// How far each task's cells reach down. A code stays while items are renumbered, so it is the words that make an item.
fn spans(tasks: &[TaskView]) -> Vec<Spans> {
    let reach = |same: &dyn Fn(&TaskView, &TaskView) -> bool| -> Vec<usize> {
        tasks
            .chunk_by(|one, next| same(one, next))
            .flat_map(|of| std::iter::once(of.len()).chain(std::iter::repeat_n(0, of.len() - 1)))
            .collect()
    };
    let actions = reach(&|one, next| one.action_no == next.action_no);
    let items = reach(&|one, next| one.action_no == next.action_no && one.item == next.item);
    let leads = reach(&|one, next| one.action_no == next.action_no && one.lead == next.lead);
    let mut item_no = 0;
    let mut spans = Vec::new();
    for (((task, action), item), lead) in tasks.iter().zip(actions).zip(items).zip(leads) {
        if action > 0 {
            item_no = 0;
        }
        if item > 0 {
            // As its code has it where that comes after the one above, so that a number left out stays so.
            item_no = item_of(&task.code).filter(|own| *own > item_no).unwrap_or(item_no + 1);
        }
        spans.push(Spans { action, item, lead, item_no });
    }
    spans
}

/// The number of a task's item when it was loaded.
fn item_of(code: &str) -> Option<u32> {
    code.split('.').nth(1)?.parse().ok()
}

/// 一, 二 … for a task's action.
fn action_no(task: &TaskView) -> String {
    numeral::words(u32::try_from(task.action_no).unwrap_or_default())
}

/// The annex's headings; 内容 stands over two columns, a number and the words.
const HEADINGS: [&str; 8] = ["序号", "行动类别", "内容", "", "要求", "时间节点", "责任人", "备注"];
