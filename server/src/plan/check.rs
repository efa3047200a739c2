//! What must hold between the parts of a definition.

use std::collections::HashSet;

use super::cadence::{OTHER_CENTURY, is_of_this_century};
use super::definition::{Definition, Problem, Task};
use super::rule::{Enough, RecordKind, Rule};
use crate::access::{self, Action};

/// Everything wrong with a definition that could be read.
pub(super) fn problems(plan: &Definition) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut actions = HashSet::new();
    for action in &plan.actions {
        if !actions.insert(action.no) {
            found.push(Problem::new(format!("行动{}", action.no), "序号重复"));
        }
    }
    let mut codes = HashSet::new();
    for task in &plan.tasks {
        let mut say = |message: &str| found.push(Problem::new(task.code.as_str(), message));
        if !is_code(&task.code) {
            say("编号须写成“行动.内容.序号”,如“3.1.2”");
        } else if !actions.contains(&task.action) {
            say("所属行动不存在");
        }
        if !codes.insert(task.code.as_str()) {
            say("编号重复");
        }
        for (text, name) in [(&task.item, "内容"), (&task.requirement, "要求"), (&task.time, "时间节点")]
        {
            if text.trim().is_empty() {
                say(&format!("“{name}”不能为空"));
            }
        }
        if task.lead.as_ref().is_some_and(|name| name.trim().is_empty()) {
            say("责任人不能为空,未定请写“待确认”");
        }
        for rule in &task.rules {
            found.extend(rule_problems(task, rule));
            if rule.code != task.code && !codes.insert(rule.code.as_str()) {
                found.push(Problem::new(rule.code.as_str(), "编号重复"));
            }
        }
        if task.rules.len() > 1 && task.rules.iter().any(|rule| rule.code == task.code) {
            found.push(Problem::new(task.code.as_str(), "有多条细化时,编号须加“-1”“-2”"));
        }
    }
    found
}

fn is_code(code: &str) -> bool {
    let parts: Vec<&str> = code.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok_and(|number| number > 0))
}

fn rule_problems(task: &Task, rule: &Rule) -> Vec<Problem> {
    let messages = rule_messages(&task.code, rule);
    messages.into_iter().map(|message| Problem::new(rule.code.as_str(), message)).collect()
}

/// What cannot be right about a rule of the task of this code.
pub(super) fn rule_messages(task: &str, rule: &Rule) -> Vec<String> {
    let mut messages: Vec<String> = rule.cadence.problems().into_iter().map(str::to_owned).collect();
    let mut must = |holds: bool, message: &str| {
        if !holds {
            messages.push(message.to_owned());
        }
    };
    let suffix = rule.code.strip_prefix(task);
    must(
        suffix.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
        &format!("细化编号须以任务编号{task}开头"),
    );
    must(!rule.title.trim().is_empty(), "标题不能为空");
    must(
        (rule.record == RecordKind::Meeting) != rule.meeting_types.is_empty(),
        "会议记录须写明会议类型,其他记录不写",
    );
    must(
        (rule.record == RecordKind::SignSurvey) == rule.place.is_some(),
        "标牌排查须写明外立面或室内,其他记录不写",
    );
    if let Some(condition) = rule.audience.needs() {
        must(
            rule.applies.contains(&condition),
            &format!("对象为“{}”时,适用条件须含“{}”", rule.audience.label(), condition.label()),
        );
    }
    must(
        access::roles(Action::Review).iter().any(|role| role.name() == rule.reviewer.name()),
        &format!("{}不审核记录,请另定审核人", rule.reviewer.label()),
    );
    must(
        rule.enough == Enough::One || (rule.record.is_each_ones() && !rule.audience.is_one_persons()),
        "只有会议记录和情况说明可以要求每个承办人各办一次",
    );
    must(rule.photos_required <= 9, "照片最多要求9张");
    must(rule.grace_days <= 31, "宽限最多31天");
    must(rule.first.is_none_or(is_of_this_century), OTHER_CENTURY);
    must((1..=120).contains(&rule.minutes), "填报用时估计须为1至120分钟");
    messages
}
