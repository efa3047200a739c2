use super::*;

/// The village with one cell changed; rows count as in Excel.
fn with(title: &str, row: usize, column: usize, cell: &'static str) -> Result<Plan, ApiError> {
    let mut sheets = village();
    let (_, rows) = sheets.iter_mut().find(|(known, _)| *known == title).expect("sheet");
    let cells = &mut rows[row - 1];
    cells.resize(cells.len().max(column + 1), "");
    cells[column] = cell;
    plan(&sheets)
}

#[test]
fn each_wrong_cell_is_named_once_by_sheet_row_and_column() {
    only(with("组织", 4, 1, "党总之"), "组织 4 类别", "党总支");
    only(with("组织", 3, 2, "四舍村党总支"), "组织 3 上级组织", "没有叫“四舍村党总支”的党总支");
    only(with("组织", 5, 2, "第一党支部"), "组织 5 上级组织", "是党支部,这里应为党总支");
    only(with("组织", 5, 2, ""), "组织 5 上级组织", "行政村要填上级组织");
    only(with("人员", 2, 1, "1380000000"), "人员 2 手机号", "11 位");
    only(with("人员", 5, 1, "13800000001"), "人员 5 手机号", "与第2行");
    only(with("人员", 2, 2, "党员"), "人员 2 党员身份", "正式党员、预备党员、群众");
    only(with("人员", 3, 3, ""), "人员 3 所在党支部", "党员要填");
    only(with("人员", 2, 4, "第二党小组"), "人员 2 党小组", "没有叫“第二党小组”");
    only(with("人员", 4, 6, ""), "人员 4 外出日期", "要填外出日期");
    only(with("人员", 4, 6, "2021-12-01"), "人员 4 外出日期", "不能晚于今天");
    only(with("人员", 4, 7, "赵六"), "人员 4 挂钩联系人", "不是“第一党支部”的支部委员");
    only(with("人员", 4, 7, "王五"), "人员 4 挂钩联系人", "不是");
    only(with("人员", 4, 5, ""), "人员 4 流动", "这里就要填“是”");
    only(with("人员", 4, 2, "群众"), "人员 4 流动", "须是正式党员");
    only(with("职务", 3, 2, "委员"), "职务 3 职务", "不认识“委员”");
    only(with("职务", 4, 2, "党员"), "职务 4 职务", "不作为职务登记");
    only(with("职务", 4, 2, "县级运维"), "职务 4 职务", "不在镇的名册里");
    only(with("职务", 3, 3, "三舍村党总支"), "职务 3 任职组织", "是党总支,这里应为党支部");
    only(with("职务", 3, 3, ""), "职务 3 任职组织", "不能为空");
    only(with("职务", 3, 4, "去年"), "职务 3 任职日期", "2021-10-10");
    only(with("职务", 3, 4, "2031-01-01"), "职务 3 任职日期", "一年以后");
    only(with("职务", 3, 5, "2020-01-01"), "职务 3 结束日期", "早于任职日期");
    only(with("职务", 5, 1, "9999"), "职务 5 手机号后四位", "对不上");
    only(with("职务", 4, 0, "钱七"), "职务 4 姓名", "没有叫“钱七”");
    only(with("支部情况", 2, 2, "有"), "支部情况 2 设支委会", "“是”或“否”");
    only(with("支部情况", 2, 4, "二十"), "支部情况 2 正式党员数", "人数");
    only(with("支部情况", 2, 0, "三舍村"), "支部情况 2 党支部", "是行政村");
}

#[test]
fn a_role_of_the_party_goes_to_members_only() {
    let mut sheets = village();
    sheets[2].1.push(vec!["赵六", "", "支部委员", "第一党支部"]);
    only(plan(&sheets), "职务 6 职务", "党员担任");
}

#[test]
fn where_there_is_no_committee_the_secretary_is_the_contact() {
    let mut sheets = village();
    sheets[3].1[1][2] = "否";
    plan(&sheets).expect("the secretary may be");
    sheets[1].1[3][7] = "李四";
    only(plan(&sheets), "人员 4 挂钩联系人", "没有支委会的支部由书记联系");
}

#[test]
fn units_above_each_other_are_refused() {
    let mut sheets = village();
    sheets[0].1[3][2] = "第一党支部";
    let found = problems(plan(&sheets));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|(_, told)| told.contains("循环")), "{found:?}");
}

#[test]
fn a_unit_listed_twice_and_a_second_town_are_refused() {
    let mut sheets = village();
    sheets[0].1.push(vec!["三舍村党总支", "党总支", "镇党委"]);
    sheets[0].1.push(vec!["别镇", "镇党委", ""]);
    let found = problems(plan(&sheets));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|(place, told)| place == "组织 7 名称" && told.contains("第4行")), "{found:?}");
    assert!(found.iter().any(|(place, told)| place == "组织 8 类别" && told.contains("图河镇")), "{found:?}");
}

#[test]
fn a_name_that_several_units_bear_must_say_which() {
    let mut sheets = village();
    sheets[0].1.extend([vec!["李庄村党总支", "党总支", ""], vec!["第一党支部", "党支部", "李庄村党总支"]]);
    sheets[0].1[1][2] = "三舍村党总支/第一党支部";
    let found = problems(plan(&sheets));
    let places: Vec<_> = found.iter().map(|(place, _)| place.as_str()).collect();
    let at = [
        "人员 2 所在党支部",
        "人员 3 所在党支部",
        "人员 4 所在党支部",
        "职务 3 任职组织",
        "支部情况 2 党支部",
    ];
    assert_eq!(places, at, "{found:?}");
    assert!(found.iter().all(|(_, told)| told.contains("上级/名称")), "{found:?}");
}

#[test]
fn five_hundred_problems_are_listed_and_the_rest_counted() {
    let mut sheets = village();
    sheets[1].1.extend((0..600).map(|_| vec!["某人", "12", "群众"]));
    let error = plan(&sheets).expect_err("refused");
    let details = error.details.expect("details");
    assert_eq!(details["problems"].as_array().map(Vec::len), Some(500));
    assert!(details["unlisted"].as_u64().is_some_and(|more| more >= 100), "{}", details["unlisted"]);
    assert!(error.message.contains("另有"), "{}", error.message);
}
