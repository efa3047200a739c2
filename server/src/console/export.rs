//! 待办台账 as a workbook: what the page shows, all of it, for handing upward.

use poem::web::{Data, Query};
use poem::{IntoResponse, Response, handler};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, XlsxError};

use super::desk::Desk;
use super::duties::Asked;
use crate::App;
use crate::duty::Verdict;
use crate::duty::ledger::{self, DutyLine, Wanted};
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::platform::clock;

/// Rows of one sheet: more than a town owes in years.
const MOST: usize = 20_000;
const TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Headers, with their widths in characters.
const COLUMNS: [(&str, f64); 8] = [
    ("序号", 8.0),
    ("事项", 32.0),
    ("组织", 24.0),
    ("开始", 16.0),
    ("最后一天", 16.0),
    ("情况", 18.0),
    ("按时或补录", 12.0),
    ("补正期限", 16.0),
];

#[handler]
pub async fn duties(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let mut lines = Vec::new();
    let mut after = None;
    loop {
        let page = ledger::page(&app, &desk.caller, Wanted { after, ..asked.wanted() }).await?;
        lines.extend(page.duties);
        if page.next.is_none() {
            break;
        }
        if lines.len() >= MOST {
            return Err(ApiError::refused("console.too_many", "一次导出的事项太多,请先选一个组织。"));
        }
        after = page.next;
    }
    let day = clock::today(desk.now);
    let title = format!("图河六项待办台账({})", date_label(day));
    let bytes = tokio::task::spawn_blocking(move || sheet(&title, &lines))
        .await
        .map_err(ApiError::internal)?
        .map_err(ApiError::internal)?;
    // A header carries ASCII only.
    let name = format!("attachment; filename=\"duties-{day}.xlsx\"");
    let mut response = bytes.with_content_type(TYPE).with_header("content-disposition", name).into_response();
    desk.touch(&app.keys, &mut response);
    Ok(response)
}

fn sheet(title: &str, lines: &[DutyLine]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let head = Format::new().set_bold().set_font_size(16).set_align(FormatAlign::Center);
    let column = Format::new().set_bold().set_border(FormatBorder::Thin).set_align(FormatAlign::Center);
    let cell =
        Format::new().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::VerticalCenter);
    let sheet = book.add_worksheet().set_name("待办台账")?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(1, 1)?;
    sheet.merge_range(0, 0, 0, 7, title, &head)?.set_freeze_panes(2, 0)?;
    for (at, (name, width)) in (0..).zip(COLUMNS) {
        sheet.write_string_with_format(1, at, name, &column)?.set_column_width(at, width)?;
    }
    for (row, line) in (2..).zip(lines) {
        for (at, words) in (0..).zip(cells(line)) {
            // Always as text: what begins with = is no formula.
            sheet.write_string_with_format(row, at, words, &cell)?;
        }
    }
    book.save_to_buffer()
}

fn cells(line: &DutyLine) -> [String; 8] {
    let verdict = line.verdict.as_deref().and_then(Verdict::parse).map_or("", Verdict::label);
    [
        line.task_code.clone(),
        line.title.clone(),
        line.unit_name.clone(),
        date_label(line.first),
        super::layout::last_day(line.last),
        line.status.label().into(),
        verdict.into(),
        line.return_due.map(date_label).unwrap_or_default(),
    ]
}
