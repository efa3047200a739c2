use super::*;

#[test]
fn a_village_is_read_whatever_the_order_of_its_rows() {
    let known = empty_town();
    let plan = plan_on(&known, workbook(&village())).expect("a plan");
    assert_eq!(plan.report.units.added, 5);
    assert_eq!(plan.report.people.added, 4);
    assert_eq!(plan.report.posts.added, 4);
    assert_eq!(plan.report.mobile_members.added, 1);
    let facts = &plan.facts.stated[0].facts;
    assert_eq!((facts.full_members, facts.probationary_members), (2, 1), "counted from the people");
    let after = written(&known, &plan);
    let (zhang, wang) = (person(&after, "张三"), person(&after, "王五"));
    assert_eq!(after.away[0].contact, Some(zhang));
    assert_eq!(after.away[0].person, wang);
    let village = after.posts.iter().find(|post| post.person == person(&after, "赵六")).expect("post");
    let over: Vec<_> = village.units.iter().map(|unit| plan.tree.name(*unit)).collect();
    assert_eq!(over, ["三舍村党总支"], "a village cadre's post reaches the branches too");
    assert_eq!(village.from_on, today());
}

#[test]
fn the_template_is_a_valid_roster_with_nothing_in_it() {
    let plan = plan_on(&empty_town(), template().expect("template")).expect("a plan");
    assert!(plan.report.changes_nothing());
    assert_eq!(plan.report.units.unchanged + plan.report.people.unchanged, 0);
}

#[test]
fn numbers_dates_and_formulas_are_read_as_meant() -> Result<(), XlsxError> {
    let mut book = Workbook::new();
    let page = book.add_worksheet().set_name("组织")?;
    for (row, cells) in (0..).zip([["名称", "类别", "上级组织"], ["机关支部", "党支部", ""]]) {
        page.write_row(row, 0, cells)?;
    }
    let page = book.add_worksheet().set_name("人员")?;
    page.write_row(0, 0, PEOPLE.iter().copied())?;
    page.write_string(1, 0, "张三")?;
    page.write_number(1, 1, 13_800_000_001.0)?;
    page.write_row(1, 2, ["正式党员", "机关支部"])?;
    page.write_row(2, 0, ["李四", "", "正式党员", "机关支部", "", "是"])?;
    let date = Format::new().set_num_format("yyyy-mm-dd");
    page.write_datetime_with_format(2, 6, ExcelDateTime::from_ymd(2021, 3, 1)?, &date)?;
    page.write_formula(2, 7, Formula::new("=A2").set_result("张三"))?;
    let page = book.add_worksheet().set_name("职务")?;
    page.write_row(0, 0, POSTS.iter().copied())?;
    page.write_string(1, 0, "张三")?;
    page.write_number(1, 1, 1.0)?;
    page.write_row(1, 2, ["党支部书记", "机关支部"])?;
    page.write_number(1, 4, 44_200.0)?;
    let known = empty_town();
    let plan = plan_on(&known, book.save_to_buffer()?).expect("a plan");
    assert_eq!(plan.people.all[0].phone.as_deref(), Some("13800000001"));
    assert_eq!(Some(plan.away.added[0].since), NaiveDate::from_ymd_opt(2021, 3, 1));
    assert_eq!(plan.away.added[0].contact, Some(plan.people.all[0].id));
    assert_eq!(Some(plan.posts.added[0].from_on), NaiveDate::from_ymd_opt(2021, 1, 4));
    Ok(())
}

#[test]
fn columns_and_sheets_nobody_knows_are_named() {
    let mut sheets = village();
    sheets[0].1[0].push("备注");
    sheets[1].1[0][1] = "电话";
    sheets.push(("人员2", vec![vec!["姓名"]]));
    sheets.push(("说明", vec![vec!["随便写"]]));
    sheets.push(("Sheet1", Vec::new()));
    let found = problems(plan(&sheets));
    let places: Vec<_> = found.iter().map(|(place, _)| place.as_str()).collect();
    assert!(places.contains(&"组织 1 备注"), "{found:?}");
    assert!(places.contains(&"人员 1 电话"), "{found:?}");
    assert!(places.contains(&"人员 1 手机号"), "{found:?}");
    assert!(places.contains(&"人员2 1 "), "{found:?}");
    assert!(!places.iter().any(|place| place.starts_with("说明") || place.starts_with("Sheet1")));
}

#[test]
fn a_missing_sheet_is_named_unless_it_may_be_missing() {
    let mut sheets = village();
    sheets.retain(|(title, _)| *title != "支部情况");
    plan(&sheets).expect("a plan");
    sheets.retain(|(title, _)| *title != "职务");
    let found = problems(plan(&sheets));
    assert!(found.contains(&("职务 1 ".into(), "缺少工作表“职务”".into())), "{found:?}");
}

#[test]
fn a_lone_cell_in_the_far_corner_costs_nothing() -> Result<(), XlsxError> {
    let mut book = Workbook::new();
    for sheet in Sheet::ALL {
        let page = book.add_worksheet().set_name(sheet.title())?;
        page.write_row(0, 0, sheet.columns().iter().map(|(title, _)| *title))?;
        if sheet == Sheet::Units {
            page.write_string(1_048_575, 16_383, "x")?;
        }
    }
    only(plan_on(&empty_town(), book.save_to_buffer()?), "组织 1048576 XFD", "没有表头");
    Ok(())
}

#[test]
fn too_many_rows_are_refused_while_reading() {
    let row: &[&str] = &["支部", "党支部", ""];
    let rows: Vec<&[&str]> = std::iter::repeat_n(row, 20_001).collect();
    let sheets = vec![("组织", sheet(&["名称", "类别", "上级组织"], &rows))];
    assert_eq!(plan(&sheets).expect_err("refused").code, "org.roster_too_long");
}

#[test]
fn a_zip_that_is_no_workbook_is_refused() {
    let mut bytes = workbook(&village());
    let name = b"xl/workbook.xml";
    while let Some(at) = bytes.windows(name.len()).position(|window| window == name) {
        bytes[at] = b'y';
    }
    assert_eq!(plan_on(&empty_town(), bytes).expect_err("refused").code, "org.roster_unreadable");
}
