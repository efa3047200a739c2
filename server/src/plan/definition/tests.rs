use super::*;
use crate::plan::{Audience, Cadence, Counts, Ladder, MeetingType, RecordKind};

fn shipped() -> Definition {
    Definition::shipped().expect("the shipped plan is sound")
}

fn rule<'a>(plan: &'a Definition, code: &str) -> &'a Rule {
    plan.tasks.iter().flat_map(|task| &task.rules).find(|rule| rule.code == code).expect(code)
}

#[test]
fn the_shipped_plan_has_the_annex_in_full() {
    let plan = shipped();
    let of_action = |no| plan.tasks.iter().filter(|task| task.action == no).count();
    assert_eq!((1..=6).map(of_action).collect::<Vec<_>>(), [7, 4, 9, 7, 8, 3]);
    let annex = |task: &&Task| plan.actions.iter().any(|action| action.no == task.action && action.annex);
    let of_kind = |kind| plan.tasks.iter().filter(annex).filter(|task| task.kind == kind).count();
    assert_eq!(TaskKind::ALL.iter().copied().map(of_kind).collect::<Vec<_>>(), [15, 8, 15]);
    assert_eq!(of_action(7), 8, "what only the body asks for");
    assert!(plan.tasks.is_sorted_by(|one, next| one.code < next.code), "in the annex's order");
    for task in &plan.tasks {
        assert!(task.requirement.chars().count() <= 40, "{} is too long for a phone", task.code);
        assert!(!task.rules.is_empty(), "{} has no rule", task.code);
    }
}

#[test]
fn leads_are_inherited_downward_and_a_blank_one_is_unconfirmed() {
    let plan = shipped();
    for (code, lead) in [
        ("1.3.4", Some("周明")),
        ("2.3.2", Some("孙岩")),
        ("3.2.3", Some("孙岩")),
        ("3.3.1", None),
        ("4.1.2", Some("周明")),
        ("4.3.2", Some("吴静")),
        ("5.3.2", Some("郑强")),
        ("6.3.1", Some("王磊")),
    ] {
        let task = plan.tasks.iter().find(|task| task.code == code).expect(code);
        assert_eq!(task.lead.as_deref(), lead, "{code}");
    }
}

#[test]
fn only_meetings_ask_for_a_photo_and_phone_titles_are_short() {
    for rule in shipped().tasks.iter().flat_map(|task| &task.rules) {
        assert_eq!(rule.photos_required, u32::from(rule.record == RecordKind::Meeting), "{}", rule.code);
        assert!(rule.title.chars().count() <= 14, "{}", rule.code);
    }
}

#[test]
fn rules_say_who_how_often_and_what() {
    let plan = shipped();
    assert_eq!(rule(&plan, "3.1.4").cadence, Cadence::FixedDays { days: vec![10, 20] });
    assert_eq!(rule(&plan, "3.1.2-1").meeting_types, [MeetingType::Committee]);
    assert_eq!(rule(&plan, "3.2.1").audience, Audience::EachMobileMember);
    assert_eq!(rule(&plan, "5.3.1").counts, Counts::Acceptance);
    assert_eq!(rule(&plan, "2.3.1").record, RecordKind::SetDate);
    assert_eq!(rule(&plan, "3.1.1").grace_days, 3);
    assert_eq!(rule(&plan, "2.1.1").cadence, Cadence::Event {});
    assert_eq!(rule(&plan, "7.1.1").cadence, Cadence::Unset {});
    assert_eq!(rule(&plan, "7.3.1").audience, Audience::InspectionGroup);
    assert_eq!(rule(&plan, "3.3.1-2").ladder, Ladder::Quiet);
}

/// What is asked for without a count or a day makes nobody late, and so do the things that only happen now and then.
#[test]
fn what_the_notice_gives_no_count_for_is_owed_by_nobody() {
    let plan = shipped();
    let of = |wanted: fn(&Cadence) -> bool| -> Vec<&str> {
        let rules = plan.tasks.iter().flat_map(|task| &task.rules);
        rules.filter(|rule| wanted(&rule.cadence)).map(|rule| rule.code.as_str()).collect()
    };
    assert_eq!(
        of(|cadence| matches!(cadence, Cadence::Event {})),
        ["1.1.1", "1.2.2", "2.1.1", "2.2.1-1", "2.2.1-2", "2.3.2", "4.3.1"]
    );
    assert_eq!(
        of(|cadence| matches!(cadence, Cadence::Unset {})),
        [
            "1.3.2-1", "1.3.2-2", "1.3.3", "1.3.4", "3.3.1-1", "4.1.3-1", "4.1.3-2", "4.1.3-3", "4.2.1",
            "4.2.2", "4.3.2", "7.1.1", "7.2.1", "7.4.1", "7.4.2"
        ]
    );
}

const HEAD: &str = r#"
version = "t"
[source]
title = "方案"
number = "试发〔2021〕1号"
issuer = "某镇党委"
issued_on = "2021-09-29"
[[action]]
no = 1
name = "行动"
"#;

const TASK: &str = r#"
[[task]]
code = "1.1.1"
item = "内容"
requirement = "要求"
time = "每月"
kind = "recurring"
lead = "待确认"
[[task.rule]]
code = "1.1.1"
title = "开会"
cadence = { kind = "per_period", period = "month" }
audience = "each_branch"
record = "meeting"
meeting_types = ["general"]
counts = "receipt"
reviewer = "party_office"
minutes = 5
source = "方案"
"#;

fn problems(text: &str) -> Vec<String> {
    Definition::parse(text).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn every_problem_is_reported_with_its_place() {
    assert!(problems(&format!("{HEAD}{TASK}")).is_empty());
    for (from, to, says) in [
        (r#"code = "1.1.1""#, r#"code = "2.1.1""#, "2.1.1:所属行动不存在"),
        (r#"code = "1.1.1""#, r#"code = "1.1""#, "1.1:编号须写成“行动.内容.序号”,如“3.1.2”"),
        (r#"lead = "待确认""#, "", "1.1.1:本行动第一项任务没有责任人,请写姓名或“待确认”"),
        (r#"item = "内容""#, r#"item = " ""#, "1.1.1:“内容”不能为空"),
        (r#"["general"]"#, "[]", "1.1.1:会议记录须写明会议类型,其他记录不写"),
        (r#"record = "meeting""#, r#"record = "sign_survey""#, "1.1.1:会议记录须写明会议类型,其他记录不写"),
        (r#""each_branch""#, r#""each_group""#, "1.1.1:对象为“每个党小组”时,适用条件须含“分设党小组”"),
        (r#"period = "month""#, r#"period = "month", times = 0"#, "1.1.1:每期次数至少为1"),
        ("minutes = 5", "minutes = 0", "1.1.1:填报用时估计须为1至120分钟"),
    ] {
        let found = problems(&format!("{HEAD}{}", TASK.replace(from, to)));
        assert!(found.iter().any(|problem| problem == says), "{says}: {found:?}");
    }
}

#[test]
fn a_task_that_cannot_be_read_does_not_hide_the_others() {
    let unread = TASK.replace("1.1.1", "1.1.2").replace("item =", "itme =");
    let unread_rule = TASK.replace("1.1.1", "1.1.3").replace("each_branch", "each_house");
    let twice = TASK;
    let found = problems(&format!("{HEAD}{TASK}{unread}{unread_rule}{twice}"));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("1.1.2:格式不对"), "{found:?}");
    assert!(found[1].starts_with("1.1.3:格式不对"), "{found:?}");
    assert_eq!(found[2], "1.1.1:编号重复");
    assert!(problems("version = 1")[0].starts_with("方案文件:格式不对"));
}
