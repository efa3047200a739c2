//! A table against the plan in force: what is new, what says something else now, what falls away, and which rules follow.
//!
//! A line is the task of the same item of the same action: the one of the same words if there is one, else the one in the
//! same place. So a row put in between moves no rule to words it was not made for.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::deadline::{self, Reading};
use super::lines::Line;
use super::propose;
use crate::plan::view::RuleLine;
use crate::plan::{Cadence, RecordKind, Rule};

/// A task of the plan in force.
pub struct Known {
    pub id: Uuid,
    pub code: String,
    pub action: u32,
    pub action_name: String,
    pub item: String,
    pub requirement: String,
    pub time: String,
    pub lead: Option<String>,
    pub note: String,
    pub position: i32,
    pub dropped: bool,
    pub rules: Vec<RuleLine>,
}

/// What becomes of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Make(Rule),
    /// A new version with this cadence.
    Move {
        code: String,
        cadence: Cadence,
    },
    /// A new version that only asks for a date, or that takes the place of one: the rule as it is then.
    Replace(Rule),
    /// A new version that is on, or off.
    Switch {
        code: String,
        off: bool,
    },
}

/// One line and the task it is.
pub struct Change<'a> {
    pub line: &'a Line,
    pub code: String,
    pub known: Option<&'a Known>,
    /// The columns that say something else now, as they are headed.
    pub fields: Vec<&'static str>,
    pub cadence: Option<Cadence>,
    pub steps: Vec<Step>,
    /// What the office is asked to look at by hand.
    pub asks: Option<String>,
}

pub struct Comparison<'a> {
    pub changes: Vec<Change<'a>>,
    pub dropped: Vec<&'a Known>,
}

/// The days that decide what a wording means.
#[derive(Clone, Copy)]
pub struct Days {
    pub issued: NaiveDate,
    pub today: NaiveDate,
}

pub fn compare<'a>(known: &'a [Known], lines: &'a [Line], days: Days) -> Comparison<'a> {
    let mut groups: BTreeMap<(u32, u32), Vec<(usize, &Line)>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        groups.entry((line.action, line.item_no)).or_default().push((at, line));
    }
    let mut found: Vec<(usize, Change)> = Vec::new();
    for ((action, item), lines) in groups {
        let prefix = format!("{action}.{item}.");
        let mut free: Vec<&Known> = known.iter().filter(|task| task.code.starts_with(&prefix)).collect();
        let mut last = free.iter().filter_map(|task| row_of(&task.code)).max().unwrap_or(0);
        // What stands beats what fell away before.
        free.sort_by_key(|task| (task.dropped, task.position));
        let mut open = Vec::new();
        for (place, (at, line)) in (1..).zip(lines) {
            match free.iter().position(|task| same(&task.requirement, &line.requirement)) {
                Some(of) => found.push((at, matched(free.remove(of), line, days))),
                None => open.push((place, at, line)),
            }
        }
        for (place, at, line) in open {
            let code = format!("{prefix}{place}");
            if let Some(of) = free.iter().position(|task| task.code == code && !task.dropped) {
                found.push((at, matched(free.remove(of), line, days)));
                continue;
            }
            last = if place <= last { last + 1 } else { place };
            found.push((at, added(format!("{prefix}{last}"), line, days)));
        }
    }
    found.sort_by_key(|(at, _)| *at);
    let changes: Vec<Change> = found.into_iter().map(|(_, change)| change).collect();
    let taken: Vec<Uuid> = changes.iter().filter_map(|change| Some(change.known?.id)).collect();
    let dropped = known.iter().filter(|task| !task.dropped && !taken.contains(&task.id)).collect();
    Comparison { changes, dropped }
}

impl Comparison<'_> {
    /// Whether the plan already says what the table says, in its order.
    pub fn changes_nothing(&self) -> bool {
        let moved = self.changes.iter().filter_map(|change| change.known).map(|task| task.position);
        let positions: Vec<i32> = moved.collect();
        self.dropped.is_empty()
            && positions.is_sorted()
            && self.changes.iter().all(|change| {
                change.known.is_some_and(|task| !task.dropped)
                    && change.fields.is_empty()
                    && change.steps.is_empty()
            })
    }
}

fn row_of(code: &str) -> Option<u32> {
    code.rsplit('.').next()?.parse().ok()
}

/// The same words, however they are spaced.
fn same(one: &str, other: &str) -> bool {
    let words = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    words(one) == words(other)
}

fn added(code: String, line: &Line, days: Days) -> Change<'_> {
    let reading = deadline::read(&line.time, days.issued);
    let cadence = propose::cadence(&reading, days.issued, days.today);
    let steps = propose::rules(line, &code, &cadence, days.today).into_iter().map(Step::Make).collect();
    let asks = match (&reading, &cadence) {
        (Reading::Unread, _) => {
            Some("时间节点读不懂,先不规定次数,谁也不欠;请载入后到规则页定多久一次。".to_owned())
        }
        (_, Cadence::PastAtIssue { .. }) => Some(PAST.to_owned()),
        (_, Cadence::Unset {}) => Some("没有写次数和日期,谁也不欠;要办的话请到规则页定多久一次。".to_owned()),
        _ => None,
    };
    Change { line, code, known: None, fields: Vec::new(), cadence: Some(cadence), steps, asks }
}

const PAST: &str = "写的日期已经过了,不会算谁逾期;党建办会收到一件待办,给它定新的时间。";

fn matched<'a>(known: &'a Known, line: &'a Line, days: Days) -> Change<'a> {
    let code = known.code.clone();
    let mut change = Change {
        line,
        code,
        known: Some(known),
        fields: fields(known, line),
        cadence: None,
        steps: Vec::new(),
        asks: None,
    };
    if known.dropped {
        let on = |rule: &RuleLine| Step::Switch { code: rule.code.clone(), off: false };
        change.steps = known.rules.iter().filter(|rule| rule.off).map(on).collect();
        change.asks = Some("这项任务以前取消过,现在恢复;请到规则页核对多久一次。".into());
        return change;
    }
    let (before, now) = (deadline::read(&known.time, days.issued), deadline::read(&line.time, days.issued));
    if before == now && (now != Reading::Unread || same(&known.time, &line.time)) {
        return change;
    }
    if now == Reading::Unread {
        change.asks = Some("新的时间节点读不懂,规则先不变;请到规则页核对多久一次。".into());
        return change;
    }
    let cadence = propose::cadence(&now, days.issued, days.today);
    let is_past = matches!(cadence, Cadence::PastAtIssue { .. });
    let differing = known.rules.iter().filter(|rule| rule.cadence != cadence);
    match known.rules.as_slice() {
        [] => {
            change.steps =
                propose::rules(line, &known.code, &cadence, days.today).into_iter().map(Step::Make).collect();
        }
        [rule] if rule.cadence == cadence => {}
        [rule]
            if rule.record_kind == RecordKind::SetDate
                || (is_past && rule.record_kind == RecordKind::Statement) =>
        {
            let made = propose::statement(line, &rule.code, &cadence, days.today);
            change.steps = vec![Step::Replace(made)];
            change.asks = is_past.then(|| PAST.to_owned());
        }
        rules if is_past || rules.iter().any(|rule| rule.cadence != rules[0].cadence) => {
            let told = if is_past {
                "新写的日期已经过了,规则先不变;请到规则页定新的日期。"
            } else {
                "这项任务有几条规则,各有各的周期,先都不变;请到规则页逐条核对。"
            };
            change.asks = Some(told.into());
            return change;
        }
        _ => {
            let moved = |rule: &RuleLine| Step::Move { code: rule.code.clone(), cadence: cadence.clone() };
            change.steps = differing.map(moved).collect();
        }
    }
    change.cadence = Some(cadence);
    change
}

fn fields(known: &Known, line: &Line) -> Vec<&'static str> {
    let mut found = Vec::new();
    for (name, differs) in [
        ("行动类别", known.action_name != line.action_name),
        ("内容", known.item != line.item),
        ("要求", known.requirement != line.requirement),
        ("时间节点", known.time != line.time),
        ("责任人", known.lead != line.lead),
        ("备注", known.note != line.note),
    ] {
        if differs {
            found.push(name);
        }
    }
    found
}
