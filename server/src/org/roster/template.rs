//! The workbook to fill in: headers, notes, invented examples that the import skips, and drop-down lists.

use rust_xlsxwriter::{DataValidation, Format, FormatBorder, Note, Workbook, Worksheet, XlsxError};

use super::sheet::{EXAMPLE, NOTES, Sheet};
use crate::error::{ApiError, ApiResult};
use crate::org::{Role, UnitKind};

/// Rows below the header that get the drop-down lists.
const LISTED_ROWS: u32 = 2_000;

const INTRODUCTION: &[&str] = &[
    "填写说明",
    "1. 表头不要改动;带“示例”的行导入时会跳过,可以删去。",
    "2. 有一处问题就整份不导入,系统会列出全部问题所在的工作表、行和列。可以先“试导入”。",
    "3. 可以反复导入:手机号相同的视为同一人;没有手机号的按姓名和所在党支部辨认,有多人同名时请补手机号。",
    "4. 名册里没有写到的组织、人员、职务保持不变,系统会列出来,不会删除。",
    "5. 调离的人在“状态”填“离开”;不再担任的职务在“结束日期”填日期。",
    "6. 日期写 2021-10-10、2021/10/10 或 2021年10月10日都可以。",
    "7. 同名的组织请写成“上级/名称”,如“某村党总支/第一党支部”。一人管多个村的,任职组织用顿号隔开。",
    "8. 片长、定村干部、村干部等写行政村或村党总支都可以,系统按整个村处理。",
    "9. 人数留空的,按“人员”表计算。外出地点写到县(市、区)或镇即可,不要写门牌。",
];

/// What stands under the header as a note.
fn note(sheet: Sheet, column: &str) -> Option<&'static str> {
    Some(match (sheet, column) {
        (Sheet::Units, "上级组织") => "留空表示直属镇党委;行政村、党小组等要填",
        (Sheet::People, "手机号") => "11 位;境外号码以 + 和国家代码开头;可留空",
        (Sheet::People, "所在党支部") => "党员必填",
        (Sheet::People, "流动") => "外出六个月以上的填“是”;返乡填“否”;其他留空",
        (Sheet::People, "外出地点") => "到县(市、区)或镇,可留空",
        (Sheet::People, "挂钩联系人") => "本支部的支部委员或书记;没有支委会的由书记联系",
        (Sheet::People, "状态") => "留空;调离、转出的填“离开”",
        (Sheet::Posts, "手机号后四位") => "有两人同名时才要填",
        (Sheet::Posts, "任职组织") => "多个组织用顿号隔开;镇一级职务可留空",
        (Sheet::Posts, "任职日期") => "留空表示今天",
        (Sheet::Posts, "片区名称") => "如“东片”,可留空",
        (Sheet::Posts, "结束日期") => "仍在任的留空",
        (Sheet::Facts, "起始日期") => "从这一天起按这一行计算应做的事项",
        (Sheet::Facts, "正式党员数" | "预备党员数") => "留空则按“人员”表计算",
        _ => return None,
    })
}

fn choices(sheet: Sheet, column: &str) -> Vec<&'static str> {
    match (sheet, column) {
        (Sheet::Units, "类别") => {
            UnitKind::ALL.iter().filter(|kind| **kind != UnitKind::Town).map(|kind| kind.label()).collect()
        }
        (Sheet::Posts, "职务") => {
            Role::ALL.iter().filter(|role| role.is_granted()).map(|role| role.label()).collect()
        }
        (Sheet::People, "党员身份") => vec!["正式党员", "预备党员", "群众"],
        (Sheet::People, "状态") => vec!["离开"],
        (Sheet::People, "流动") | (Sheet::Facts, "设支委会" | "设党小组") => vec!["是", "否"],
        _ => Vec::new(),
    }
}

/// Two invented rows a sheet.
fn examples(sheet: Sheet) -> [&'static [&'static str]; 2] {
    match sheet {
        Sheet::Units => [&["某村党总支", "党总支", ""], &["第一党支部", "党支部", "某村党总支"]],
        Sheet::People => [
            &["张三", "13800000000", "正式党员", "第一党支部", "第一党小组", "", "", "", "", ""],
            &[
                "李四",
                "13900000000",
                "正式党员",
                "第一党支部",
                "",
                "是",
                "某省某市",
                "2021-03-01",
                "张三",
                "",
            ],
        ],
        Sheet::Posts => [
            &["张三", "", "党支部书记", "某村党总支/第一党支部", "2021-01-15", "", ""],
            &["王五", "", "片长", "某村、邻村", "2021-01-15", "东片", ""],
        ],
        Sheet::Facts => [
            &["第一党支部", "2021-10-01", "是", "是", "", ""],
            &["某村党总支/第二党支部", "2021-10-01", "否", "否", "12", "1"],
        ],
    }
}

/// The template as a file.
pub fn template() -> ApiResult<Vec<u8>> {
    build().map_err(ApiError::internal)
}

fn build() -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    for sheet in Sheet::ALL {
        fill(book.add_worksheet(), sheet)?;
    }
    let notes = book.add_worksheet().set_name(NOTES)?.set_column_width(0, 100)?;
    for (row, line) in (0..).zip(INTRODUCTION) {
        notes.write_string(row, 0, *line)?;
    }
    book.save_to_buffer()
}

fn fill(page: &mut Worksheet, sheet: Sheet) -> Result<(), XlsxError> {
    let header = Format::new().set_bold().set_border(FormatBorder::Thin).set_background_color(0x00DD_EBF7);
    let faint = Format::new().set_font_color(0x0080_8080).set_italic();
    // Numbers and dates typed into text cells stay as they were typed.
    let text = Format::new().set_num_format("@");
    page.set_name(sheet.title())?.set_freeze_panes(1, 0)?;
    for (column, (title, required)) in (0..).zip(sheet.columns()) {
        page.set_column_format(column, &text)?.set_column_width(column, 16)?;
        page.write_string_with_format(0, column, *title, &header)?;
        if let Some(told) = note(sheet, title) {
            let told = if *required { told.to_owned() } else { format!("(选填){told}") };
            page.insert_note(0, column, &Note::new(told).add_author_prefix(false))?;
        }
        let choices = choices(sheet, title);
        if !choices.is_empty() {
            let list = DataValidation::new()
                .allow_list_strings(&choices)?
                .set_error_title("请从列表中选择")?
                .set_error_message("这一格只能从下拉列表中选。")?;
            page.add_data_validation(1, column, LISTED_ROWS, column, &list)?;
        }
    }
    for (row, example) in (1..).zip(examples(sheet)) {
        for (column, value) in (0..).zip(example) {
            let value = if column == 0 { format!("{EXAMPLE}·{value}") } else { (*value).to_owned() };
            page.write_string_with_format(row, column, value, &faint)?;
        }
    }
    Ok(())
}
