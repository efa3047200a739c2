use super::*;

fn imported() -> Known {
    let known = empty_town();
    let plan = plan_on(&known, workbook(&village())).expect("a plan");
    written(&known, &plan)
}

fn again(known: &Known, sheets: &Sheets<'_>) -> Result<Plan, ApiError> {
    plan_on(known, workbook(sheets))
}

#[test]
fn the_same_file_again_changes_nothing() {
    let plan = again(&imported(), &village()).expect("a plan");
    assert!(plan.report.changes_nothing(), "{:?}", plan.report);
    let report = plan.report;
    let same = [report.units, report.people, report.posts, report.facts, report.mobile_members];
    assert_eq!(same.map(|tally| tally.unchanged), [5, 4, 4, 1, 1]);
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
}

#[test]
fn who_and_what_the_sheet_leaves_out_stays_and_is_told() {
    let known = imported();
    let mut sheets = village();
    sheets[0].1.remove(1);
    sheets[1].1.retain(|row| row[0] != "赵六");
    sheets[1].1[1][4] = "";
    sheets[2].1.retain(|row| row[0] != "赵六");
    let plan = again(&known, &sheets).expect("a plan");
    assert_eq!(plan.report.absent_units.names, ["第一党小组"]);
    assert_eq!(plan.report.absent_people.names, ["赵六"]);
    assert_eq!(plan.report.absent_posts.names, ["赵六 村干部(三舍村党总支)"]);
    assert!(plan.posts.changed.is_empty());
    assert_eq!(plan.report.people.changed, 1, "the group is taken off");
}

#[test]
fn a_phone_number_finds_the_person_under_a_corrected_name() {
    let known = imported();
    let mut sheets = village();
    for (_, rows) in &mut sheets[1..3] {
        for cell in rows.iter_mut().flatten().filter(|cell| **cell == "李四") {
            *cell = "李思";
        }
    }
    let plan = again(&known, &sheets).expect("a plan");
    assert_eq!((plan.report.people.added, plan.report.people.changed), (0, 1));
    let renamed = plan.people.named("李思").next().expect("person");
    assert_eq!((renamed.id, renamed.changed.as_slice()), (person(&known, "李四"), &["name"][..]));
    assert!(plan.report.warnings[0].contains("已改名为“李思”"), "{:?}", plan.report.warnings);
}

#[test]
fn a_number_that_went_to_somebody_else_is_asked_about() {
    let known = imported();
    let mut sheets = village();
    // 李四 has a new number; the old one is now 钱七's.
    sheets[1].1[2][1] = "13800000009";
    sheets[2].1[4][1] = "0009";
    sheets[1].1.push(vec!["钱七", "13800000002", "群众", ""]);
    only(again(&known, &sheets), "人员 6 手机号", "请先只改“李四”的号码");
    // Two people of the register have exchanged numbers.
    let mut sheets = village();
    (sheets[1].1[1][1], sheets[1].1[2][1]) = ("13800000002", "13800000001");
    let found = problems(again(&known, &sheets));
    assert!(
        found.iter().any(|(place, told)| place == "人员 2 手机号" && told.contains("请核对")),
        "{found:?}"
    );
}

#[test]
fn a_changed_number_is_found_by_name_and_branch() {
    let known = imported();
    let mut sheets = village();
    sheets[1].1[2][1] = "13800000009";
    sheets[2].1[4][1] = "0009";
    let plan = again(&known, &sheets).expect("a plan");
    let changed = plan.people.get(person(&known, "李四")).expect("person");
    assert_eq!(changed.changed, ["phone"]);
    assert_eq!(changed.phone.as_deref(), Some("13800000009"));
    assert!(plan.report.warnings[0].contains("有变更"));
}

#[test]
fn people_of_one_name_are_never_guessed() {
    let known = imported();
    let mut sheets = village();
    // A second 王五 of the branch: neither has a number.
    sheets[1].1.push(vec!["王五", "", "正式党员", "第一党支部"]);
    let found = problems(again(&known, &sheets));
    let asked: Vec<_> = found.iter().filter(|(_, told)| told.contains("有多人同名,请补手机号")).collect();
    assert_eq!(asked.len(), 2, "{found:?}");
    // With numbers of their own, both new to the register that knows none: still two for one.
    let mut fresh = village();
    fresh[1].1.push(vec!["李四", "13800000022", "正式党员", "第一党支部"]);
    let found = problems(again(&known, &fresh));
    assert!(found.iter().all(|(place, _)| place.starts_with("职务")), "{found:?}");
    // The last four digits say who holds which post.
    fresh[2].1[2][1] = "0002";
    let plan = again(&known, &fresh).expect("a plan");
    assert_eq!((plan.report.people.added, plan.report.posts.unchanged), (1, 4));
}

#[test]
fn a_post_ends_by_its_last_day_and_by_nothing_else() {
    let known = imported();
    let mut sheets = village();
    sheets[2].1[2].push("2021-10-31");
    let plan = again(&known, &sheets).expect("a plan");
    assert_eq!((plan.report.posts.changed, plan.report.posts.unchanged), (1, 3));
    let after = written(&known, &plan);
    assert!(again(&after, &sheets).expect("a plan").report.changes_nothing());
    // The sheet of before would open it again.
    only(again(&after, &village()), "职务 3 任职日期", "已于2021年10月31日结束");
    // A new term beside the old one.
    sheets[2].1.push(vec!["李四", "", "支部委员", "第一党支部", "2021-11-01"]);
    let plan = again(&after, &sheets).expect("a plan");
    assert_eq!((plan.report.posts.added, plan.report.posts.changed), (1, 0));
    let later = written(&after, &plan);
    assert!(again(&later, &sheets).expect("a plan").report.changes_nothing());
}

#[test]
fn a_successor_without_the_predecessors_last_day_is_noticed() {
    let known = imported();
    let mut sheets = village();
    sheets[2].1[1][0] = "李四";
    let plan = again(&known, &sheets).expect("a plan");
    assert!(plan.report.warnings.iter().any(|told| told.contains("现有2名在任党支部书记")));
    assert_eq!(plan.report.absent_posts.names, ["张三 党支部书记(第一党支部)"]);
}

#[test]
fn leaving_is_said_and_takes_the_contact_along() {
    let known = imported();
    let mut sheets = village();
    sheets[1].1[1].resize(8, "");
    sheets[1].1[1].push("离开");
    let found = problems(again(&known, &sheets));
    let places: Vec<_> = found.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["职务 2 姓名", "人员 4 挂钩联系人"], "{found:?}");
    sheets[2].1.remove(1);
    sheets[1].1[3][7] = "李四";
    let plan = again(&known, &sheets).expect("a plan");
    let leaving = plan.people.get(person(&known, "张三")).expect("person");
    assert_eq!(leaving.changed, ["left"]);
    assert_eq!(plan.report.mobile_members.changed, 1);
    let mut stranger = village();
    stranger[1].1.push(vec!["钱七", "13800000007", "群众", "", "", "", "", "", "离开"]);
    only(again(&known, &stranger), "人员 6 状态", "没有这个人");
}

#[test]
fn a_number_left_behind_is_free_for_somebody_else() {
    let mut known = imported();
    let left = known.people.iter_mut().find(|person| person.name == "赵六").expect("person");
    left.has_left = true;
    let left = left.id;
    let mut sheets = village();
    sheets[1].1[4][0] = "钱七";
    sheets[2].1[3][0] = "钱七";
    let plan = again(&known, &sheets).expect("a plan");
    assert_eq!(plan.people.released, [left]);
    assert_eq!(plan.report.people.added, 1);
}

#[test]
fn a_member_is_back_when_the_sheet_says_no_and_not_when_it_is_silent() {
    let known = imported();
    let mut sheets = village();
    sheets[1].1[3].truncate(5);
    let plan = again(&known, &sheets).expect("a plan");
    assert!(plan.away.returned.is_empty());
    assert!(plan.report.warnings.iter().any(|told| told.contains("仍按流动党员登记")));
    sheets[1].1[3].push("否");
    let plan = again(&known, &sheets).expect("a plan");
    assert_eq!(plan.away.returned, [known.away[0].id]);
    let after = written(&known, &plan);
    assert!(again(&after, &sheets).expect("a plan").report.changes_nothing());
}
