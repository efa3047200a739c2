//! The plan as a workbook, and the template to fill in: the annex's columns in its order, with its merged cells.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::{HEADINGS, NOTES, action_no, spans};
use crate::error::{ApiError, ApiResult};
use crate::plan::view::TaskView;

const WIDTHS: [f64; 8] = [5.0, 14.0, 4.0, 18.0, 56.0, 16.0, 10.0, 12.0];
const NAME: &str = "任务分解表";

const INTRODUCTION: &[&str] = &[
    "填写说明",
    "1. 一行一项任务;同一行动、同一内容的几行可以合并单元格,也可以只写第一行,下面留空。",
    "2. 列的先后可以变,表头不要改成别的名字。表头上面可以有标题。",
    "3. 时间节点可以写:10月底前、2021年10月30日前、10月中下旬、上半年、年底前、第四季度、9月至11月;",
    "   每月、每季度至少召开1次、每半年、每年年底召开1次、每月10日、20日、每年3、6、9、12月底;立即;全年、长期坚持。",
    "4. 写全年、长期坚持的,谁也不欠,要办的话载入后到规则页定多久一次;写的日期已过的,不算逾期,另定时间。",
    "5. 责任人空着就是待确认。",
    "6. 不要用公式;日期格设成文本。有一处读不懂就什么都不载入,系统会说明是哪一行哪一列、该怎么写。",
    "7. 以后改了字句再传一次就行:同一内容里字句相同的行认作同一项,没有的行收起,载入前都会先列给您看。",
];

/// Two invented rows a town overwrites.
const EXAMPLES: [[&str; 8]; 3] = [
    ["一", "某某专项行动", "1", "某项内容", "做好第一件事", "10月底前", "张三", ""],
    ["", "", "", "", "做好第二件事", "每季度至少1次", "", ""],
    ["", "", "2", "另一项内容", "做好第三件事", "全年", "李四", ""],
];

struct Formats {
    title: Format,
    head: Format,
    middle: Format,
    words: Format,
}

impl Formats {
    fn new() -> Self {
        let cell = Format::new()
            .set_font_name("仿宋")
            .set_font_size(11)
            .set_border(FormatBorder::Thin)
            .set_text_wrap()
            .set_align(FormatAlign::VerticalCenter)
            // What is typed stays as it was typed.
            .set_num_format("@");
        Self {
            title: Format::new()
                .set_font_name("宋体")
                .set_bold()
                .set_font_size(18)
                .set_align(FormatAlign::Center),
            head: cell.clone().set_font_name("宋体").set_bold().set_align(FormatAlign::Center),
            middle: cell.clone().set_align(FormatAlign::Center),
            words: cell,
        }
    }
}

/// The plan in its own words.
pub fn plan(title: &str, tasks: &[TaskView]) -> ApiResult<Vec<u8>> {
    build(title, tasks).map_err(ApiError::internal)
}

fn build(title: &str, tasks: &[TaskView]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let formats = Formats::new();
    let sheet = begin(&mut book, title, &formats)?;
    for ((row, task), spans) in (2..).zip(tasks).zip(spans(tasks)) {
        let of_action = [(0, action_no(task), &formats.middle), (1, task.action.clone(), &formats.middle)];
        for (column, words, format) in of_action {
            stretch(sheet, row, column, spans.action, &words, format)?;
        }
        stretch(sheet, row, 2, spans.item, &spans.item_no.to_string(), &formats.middle)?;
        stretch(sheet, row, 3, spans.item, &task.item, &formats.words)?;
        stretch(sheet, row, 6, spans.lead, &task.lead, &formats.middle)?;
        for (column, words) in [(4, &task.requirement), (5, &task.time), (7, &task.note)] {
            // Always as text: what begins with = is no formula.
            sheet.write_string_with_format(row, column, words, &formats.words)?;
        }
    }
    book.save_to_buffer()
}

/// A cell that reaches `rows` down; nothing inside such a stretch.
fn stretch(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    rows: usize,
    words: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    match u32::try_from(rows).unwrap_or(1) {
        0 => {}
        1 => {
            sheet.write_string_with_format(row, column, words, format)?;
        }
        rows => {
            sheet.merge_range(row, column, row + rows - 1, column, words, format)?;
        }
    }
    Ok(())
}

/// The title, the headings, and a page that prints.
fn begin<'a>(book: &'a mut Workbook, title: &str, formats: &Formats) -> Result<&'a mut Worksheet, XlsxError> {
    let sheet = book.add_worksheet().set_name(NAME)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(1, 1)?;
    sheet.set_margins(0.5, 0.5, 0.6, 0.6, 0.3, 0.3).set_footer("&C第 &P 页,共 &N 页");
    sheet.merge_range(0, 0, 0, 7, title, &formats.title)?.set_row_height(0, 32)?.set_freeze_panes(2, 0)?;
    for (column, (name, width)) in (0..).zip(HEADINGS.iter().zip(WIDTHS)) {
        sheet.set_column_width(column, width)?;
        if !name.is_empty() && column != 2 {
            sheet.write_string_with_format(1, column, *name, &formats.head)?;
        }
    }
    sheet.merge_range(1, 2, 1, 3, HEADINGS[2], &formats.head)?;
    Ok(sheet)
}

/// The table to fill in.
pub fn template() -> ApiResult<Vec<u8>> {
    fill_in().map_err(ApiError::internal)
}

fn fill_in() -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let formats = Formats::new();
    let sheet = begin(&mut book, "某镇专项行动任务分解表", &formats)?;
    for (column, _) in (0..).zip(HEADINGS) {
        sheet.set_column_format(column, &Format::new().set_num_format("@"))?;
    }
    for (row, example) in (2..).zip(EXAMPLES) {
        for (column, words) in (0..).zip(example) {
            sheet.write_string_with_format(row, column, words, &formats.words)?;
        }
    }
    let notes = book.add_worksheet().set_name(NOTES)?.set_column_width(0, 110)?;
    for (row, line) in (0..).zip(INTRODUCTION) {
        notes.write_string(row, 0, *line)?;
    }
    book.save_to_buffer()
}
