//! The table as other towns draw it, and what is said of cells that cannot be read.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use super::*;

type Rows<'a> = &'a [&'a [&'a str]];

const HEAD: &[&str] = &["序号", "行动类别", "内容", "要求", "时间节点", "责任人", "备注"];

fn book(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().expect("a workbook")
}

fn rows(sheet: &mut Worksheet, rows: Rows<'_>) {
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            sheet.write_string(row, column, *cell).expect("a cell");
        }
    }
}

fn read(bytes: Vec<u8>) -> Table {
    parse(bytes).unwrap_or_else(|error| panic!("{error}: {:#?}", error.details))
}

/// Row, column and what is said, of every problem.
fn problems(bytes: Vec<u8>) -> Vec<(u64, String, String)> {
    let error = parse(bytes).expect_err("refused");
    assert_eq!(error.code, "plan.table_invalid");
    let listed = error.details.expect("details")["problems"].as_array().expect("a list").clone();
    let text = |one: &serde_json::Value, key: &str| one[key].as_str().expect("text").to_owned();
    listed
        .iter()
        .map(|one| (one["row"].as_u64().expect("a row"), text(one, "column"), text(one, "problem")))
        .collect()
}

#[test]
fn merged_cells_blank_cells_and_rows_above_the_headings_are_understood() {
    let bytes = book(|sheet| {
        let plain = Format::new();
        sheet.write_string(0, 0, "附件1").expect("a cell");
        sheet.merge_range(1, 0, 1, 7, "南岸镇专项行动任务分解表", &plain).expect("merged");
        for (column, name) in (0..).zip(HEADINGS) {
            sheet.write_string(3, column, name).expect("a cell");
        }
        sheet.merge_range(3, 2, 3, 3, "内容", &plain).expect("merged");
        sheet.merge_range(4, 0, 6, 0, "一", &plain).expect("merged");
        sheet.merge_range(4, 1, 6, 1, "学习行动", &plain).expect("merged");
        sheet.merge_range(4, 2, 5, 2, "1", &plain).expect("merged");
        sheet.merge_range(4, 3, 5, 3, "抓好学习", &plain).expect("merged");
        sheet.merge_range(4, 6, 5, 6, "张 三", &plain).expect("merged");
        sheet.write_number(6, 2, 2.0).expect("a cell");
        for (row, cells) in
            [(4, ["", "做一", "全年"]), (5, ["", "做二", "10月底前"]), (6, ["抓好落实", "做三", "每月"])]
        {
            for (column, cell) in (3..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
                sheet.write_string(row, column, cell).expect("a cell");
            }
        }
        sheet.write_string(8, 0, "二").expect("a cell");
        for (column, cell) in (1..).zip(["服务行动", "1", "便民", "做四\n再做五", "立即", "待确认", "备注四"])
        {
            sheet.write_string(8, column, cell).expect("a cell");
        }
    });
    let table = read(bytes);
    assert_eq!(table.title.as_deref(), Some("南岸镇专项行动任务分解表"));
    let seen: Vec<_> = (table.lines.iter())
        .map(|line| {
            (
                line.row,
                line.action,
                line.item_no,
                line.item.as_str(),
                line.requirement.as_str(),
                line.lead.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (5, 1, 1, "抓好学习", "做一", Some("张三")),
            (6, 1, 1, "抓好学习", "做二", Some("张三")),
            (7, 1, 2, "抓好落实", "做三", None),
            (9, 2, 1, "便民", "做四\n再做五", None),
        ]
    );
    assert_eq!((table.lines[3].action_name.as_str(), table.lines[3].note.as_str()), ("服务行动", "备注四"));
}

#[test]
fn columns_may_stand_in_another_order_and_have_other_names() {
    let table = read(book(|sheet| {
        rows(
            sheet,
            &[
                &["责任领导", "完成时限", "工作措施", "重点任务", "专项行动"],
                &["李四", "每季度", "做一", "1.抓学习", "一、学习行动"],
                &["", "全年", "做二", "2、抓落实", "学习行动"],
            ],
        );
    }));
    assert_eq!(table.lines[0].item, "抓学习");
    assert_eq!((table.lines[1].item_no, table.lines[1].item.as_str()), (2, "抓落实"));
    assert_eq!((table.lines[1].action, table.lines[1].lead.as_deref()), (1, None));
    // An action as a row of its own.
    let table = read(book(|sheet| {
        rows(
            sheet,
            &[
                &["内容", "要求", "时间节点"],
                &["一、学习行动"],
                &["抓学习", "做一", "全年"],
                &["二、服务行动"],
                &["便民", "做二", "全年"],
            ],
        );
    }));
    let actions: Vec<_> = table.lines.iter().map(|line| (line.action, line.action_name.as_str())).collect();
    assert_eq!(actions, [(1, "学习行动"), (2, "服务行动")]);
    assert!(table.warnings.iter().any(|warning| warning.contains("责任人")), "{:?}", table.warnings);
}

#[test]
fn a_date_of_excel_is_read_and_said() {
    let table = read(book(|sheet| {
        rows(sheet, &[HEAD, &["一", "行动", "内容", "做一"], &["一", "行动", "内容", "做二"]]);
        let date = Format::new().set_num_format("yyyy-mm-dd");
        let day = ExcelDateTime::from_ymd(2021, 10, 30).expect("a day");
        sheet.write_datetime_with_format(1, 4, &day, &date).expect("a cell");
        sheet.write_number(2, 4, 44_499.0).expect("a cell");
    }));
    for line in &table.lines {
        assert_eq!(line.time, "2021年10月30日");
    }
    assert_eq!(table.warnings.len(), 2);
}

#[test]
fn every_cell_that_cannot_be_read_is_named_with_what_to_write() {
    let bytes = book(|sheet| {
        rows(
            sheet,
            &[
                HEAD,
                &["甲", "行动", "内容", "做一", "全年"],
                &["一", "行动", "内容", "", "全年"],
                &["一", "行动", "内容", "做三", ""],
                &["一", "别的行动", "内容", "做四", "全年"],
                &["一", "别的行动", "内容", "做五", "全年", "", "", "多余"],
            ],
        );
        sheet.write_number(6, 4, 10.3).expect("a cell");
        rows_at(sheet, 6, &["一", "别的行动", "内容", "做六"]);
        sheet.write_formula(7, 3, Formula::new("A1&B1").set_result("做七")).expect("a cell");
        rows_at(sheet, 7, &["一", "别的行动", "内容"]);
        sheet.write_string(7, 4, "全年").expect("a cell");
    });
    let found = problems(bytes);
    for (row, column, says) in [
        (2, "A", "序号看不懂"),
        (3, "D", "要求空着"),
        (4, "E", "时间节点空着"),
        (5, "", "请统一"),
        (6, "H", "没有表头"),
        (7, "E", "只看到一个数字"),
        (8, "D", "公式"),
    ] {
        let named = found.iter().any(|(r, c, told)| *r == row && c == column && told.contains(says));
        assert!(named, "{row} {column} {says}: {found:#?}");
    }
}

fn rows_at(sheet: &mut Worksheet, row: u32, cells: &[&str]) {
    for (column, cell) in (0..).zip(cells) {
        sheet.write_string(row, column, *cell).expect("a cell");
    }
}

#[test]
fn missing_and_unknown_columns_and_a_sheet_without_headings_are_named() {
    let found = problems(book(|sheet| {
        rows(sheet, &[&["行动类别", "内容", "责任人", "进度"], &["一", "二", "三", "四"]]);
    }));
    for (column, says) in [("D", "不认识这一列"), ("", "缺少“要求”"), ("", "缺少“时间节点”")]
    {
        assert!(
            found.iter().any(|(row, c, told)| *row == 1 && c == column && told.contains(says)),
            "{says}: {found:#?}"
        );
    }
    let found = problems(book(|sheet| rows(sheet, &[&["姓名", "电话"], &["甲", "乙"]])));
    assert!(found[0].2.contains("没有找到表头"));
    assert!(problems(book(|sheet| rows(sheet, &[HEAD])))[0].2.contains("没有任务"));
}

#[test]
fn a_hostile_workbook_is_refused_with_a_reason() {
    let code = |bytes: Vec<u8>| parse(bytes).expect_err("refused").code;
    assert_eq!(code(b"not a workbook".to_vec()), "plan.table_not_xlsx");
    assert_eq!(code(vec![0; grid::MAX_BYTES + 1]), "limit.too_large");
    let long = book(|sheet| {
        for row in 0..2_001 {
            sheet.write_string(row, 0, "一").expect("a cell");
        }
    });
    assert_eq!(code(long), "plan.table_too_long");
    let far = book(|sheet| {
        rows(sheet, &[HEAD, &["一", "行动", "内容", "做一", "全年"]]);
        sheet.write_string(1_048_575, 16_383, "远").expect("a cell");
    });
    assert!(problems(far).iter().any(|(row, column, _)| *row == 1_048_576 && column == "XFD"));
    let mut broken = book(|sheet| rows(sheet, &[HEAD]));
    broken.truncate(broken.len() / 2);
    assert_eq!(code(broken), "plan.table_unreadable");
}

#[test]
fn the_template_is_read_by_what_reads_tables() {
    let table = read(sheet::template().expect("a template"));
    assert_eq!(table.lines.len(), 3);
    assert_eq!((table.lines[2].item_no, table.lines[2].item.as_str()), (2, "另一项内容"));
}

#[test]
fn a_task_whose_other_cells_are_merged_with_those_above_is_no_heading() {
    let merged = |own: u16, cell: &str| {
        book(|sheet| {
            rows(
                sheet,
                &[&["内容", "要求", "时间节点"], &["一、学习行动"], &["抓学习", "1、做好甲", "全年"]],
            );
            for column in (0..3).filter(|column| *column != own) {
                let words = if column == 0 { "抓学习" } else { "全年" };
                sheet.merge_range(2, column, 3, column, words, &Format::new()).expect("merged");
            }
            sheet.write_string(3, own, cell).expect("a cell");
        })
    };
    let table = read(merged(1, "2、做好乙"));
    let seen: Vec<_> = (table.lines.iter())
        .map(|line| (line.action, line.item.as_str(), line.requirement.as_str(), line.time.as_str()))
        .collect();
    assert_eq!(seen, [(1, "抓学习", "1、做好甲", "全年"), (1, "抓学习", "2、做好乙", "全年")]);
    // By itself in its row it is a task without a deadline, not an action.
    let found = problems(book(|sheet| {
        rows(
            sheet,
            &[
                &["内容", "要求", "时间节点"],
                &["一、学习行动"],
                &["抓学习", "做一", "全年"],
                &["", "2、做二"],
            ],
        );
    }));
    assert!(found.iter().any(|(row, column, told)| *row == 4 && column == "C" && told.contains("空着")));
}

#[test]
fn what_would_make_a_rule_that_cannot_be_is_a_cell_to_be_mended() {
    let bytes = book(|sheet| {
        rows(sheet, &[HEAD, &["一", "行动", "内容", "。。", "全年"], &["一", "行动", "内容", "做二", "——"]]);
    });
    let found = problems(bytes);
    for (row, column) in [(2, "D"), (3, "E")] {
        assert!(found.iter().any(|(r, c, told)| *r == row && c == column && told.contains("只有标点")));
    }
    let table = read(book(|sheet| {
        let odd = &["一", "行动", "内容", ":,做好这件事,再做别的", "明年3月底"];
        rows(sheet, &[HEAD, odd, &["一", "行动", "内容", "做二", "全年"]]);
    }));
    let issued = |text: &str| {
        let day = text.parse().expect("a day");
        compare::compare(&[], &[], &table.lines, compare::Days { issued: day, today: day })
    };
    let found = issued("2021-09-29");
    assert!(matches!(&found.changes[0].steps[..], [compare::Step::Make(rule)] if rule.title == "做好这件事"));
    assert!(write::sound(&table, &found).is_ok());
    let error = write::sound(&table, &issued("2099-09-29")).expect_err("refused");
    assert_eq!(error.code, "plan.table_invalid");
    let listed = &error.details.expect("details")["problems"];
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!((listed[0]["row"].as_u64(), listed[0]["column"].as_str()), (Some(2), Some("E")));
}

#[test]
fn items_are_numbered_by_their_words_where_codes_have_stayed() {
    let words = |asked| [asked, "全年", ""];
    let tasks = [
        view("1.1.3", (1, "学习行动"), "新的内容", words("做一"), "待确认"),
        view("1.1.1", (1, "学习行动"), "抓好学习", words("做二"), "待确认"),
        view("1.2.4", (1, "学习行动"), "抓好学习", words("做三"), "待确认"),
        view("1.4.1", (1, "学习行动"), "抓好落实", words("做四"), "待确认"),
        view("1.1.2", (2, "服务行动"), "便民", words("做五"), "待确认"),
    ];
    let table = read(sheet::plan("南岸镇任务分解表", &tasks).expect("a workbook"));
    let seen: Vec<_> = (table.lines.iter())
        .map(|line| (line.action, line.item_no, line.item.as_str(), line.requirement.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            (1, 1, "新的内容", "做一"),
            (1, 2, "抓好学习", "做二"),
            (1, 2, "抓好学习", "做三"),
            (1, 4, "抓好落实", "做四"),
            (2, 1, "便民", "做五"),
        ]
    );
}

fn view(code: &str, action: (i32, &str), item: &str, words: [&str; 3], lead: &str) -> TaskView {
    let [requirement, time, note] = words.map(str::to_owned);
    TaskView {
        code: code.into(),
        action_no: action.0,
        action: action.1.into(),
        item: item.into(),
        requirement,
        time,
        kind: "once".into(),
        in_annex: true,
        lead: lead.into(),
        lead_id: None,
        note,
        rules: serde_json::Value::Null,
    }
}

fn a_plan() -> Vec<TaskView> {
    vec![
        view("1.1.1", (1, "学习行动"), "抓好学习", ["做一 <&> “二”", "全年", ""], "张三"),
        view("1.1.2", (1, "学习行动"), "抓好学习", ["做二\n再做三", "10月底", "备注二"], "张三"),
        view("1.2.1", (1, "学习行动"), "抓好落实", ["=1+1", "每月", ""], "待确认"),
        view("12.1.1", (12, "服务行动"), "便民", ["做四", "立即", ""], "待确认"),
    ]
}

#[test]
fn what_is_written_out_as_a_workbook_is_read_back_word_by_word() {
    let (tasks, table) = (a_plan(), read(sheet::plan("南岸镇任务分解表", &a_plan()).expect("a workbook")));
    assert_eq!(table.title.as_deref(), Some("南岸镇任务分解表"));
    assert_eq!(table.lines.len(), tasks.len());
    for (task, line) in tasks.iter().zip(&table.lines) {
        let code = format!("{}.{}.", line.action, line.item_no);
        assert!(task.code.starts_with(&code), "{} {code}", task.code);
        let words = [&line.action_name, &line.item, &line.requirement, &line.time, &line.note];
        assert_eq!(words, [&task.action, &task.item, &task.requirement, &task.time, &task.note]);
        assert_eq!(line.lead.as_deref().unwrap_or("待确认"), task.lead);
    }
}

#[test]
fn the_document_is_a_landscape_table_whose_headings_come_again_and_whose_cells_are_merged() {
    use std::io::Read;

    let bytes = document::plan("南岸镇任务分解表", &a_plan()).expect("a document");
    assert_eq!(
        bytes,
        document::plan("南岸镇任务分解表", &a_plan()).expect("a document"),
        "the same plan, the same file"
    );
    let mut file = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    let mut xml = String::new();
    for at in 0..file.len() {
        let mut part = file.by_index(at).expect("a part");
        let name = part.name().expect("a name").into_owned();
        let mut text = String::new();
        part.read_to_string(&mut text).expect("text");
        // Well formed, every part of it.
        let mut reader = quick_xml::Reader::from_str(&text);
        while !matches!(reader.read_event().expect(&name), quick_xml::events::Event::Eof) {}
        if name == "word/document.xml" {
            xml = text;
        }
    }
    let count = |what: &str| xml.matches(what).count();
    assert_eq!((count("<w:tr>"), count("<w:tblHeader/>")), (5, 1));
    assert!(
        xml.contains(r#"w:orient="landscape""#)
            && xml.contains(r#"w:eastAsia="仿宋""#)
            && xml.contains(r#"w:eastAsia="宋体""#)
    );
    // The first action's number and name over three rows, its first item's over two, the lead over two; then a lead by itself.
    assert_eq!((count(r#"<w:vMerge w:val="restart"/>"#), count("<w:vMerge/>")), (5, 7));
    assert!(xml.contains("做一 &lt;&amp;&gt; “二”") && xml.contains("<w:br/>"));
    assert_eq!(count("<w:tc>"), 7 + 4 * 8);
    assert_eq!(count("<w:tc>"), count("</w:p></w:tc>"), "no cell without a paragraph");
}
