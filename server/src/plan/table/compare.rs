//! A table against the plan in force: what is new, what says something else now, what falls away, and which rules follow.
//!
//! Which task a line is, `pairing` says: a row put in between moves no rule to words it was not made for.

use chrono::NaiveDate;
use uuid::Uuid;

use super::deadline::{self, Reading};
use super::lines::Line;
use super::{pairing, propose};
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
    /// The codes of the rules that were switched off by its falling away.
    pub put_away: Vec<String>,
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

/// `body`: the codes of what only the notice's body asks for; a table neither changes it nor takes its numbers.
pub fn compare<'a>(known: &'a [Known], body: &[String], lines: &'a [Line], days: Days) -> Comparison<'a> {
    let mut codes = pairing::Codes::beside(known, body);
    let of = |(line, task): (&'a Line, Option<&'a Known>)| {
        let Some(task) = task else { return added(codes.give(line), line, days) };
        codes.pass(line);
        matched(task, line, days)
    };
    let changes: Vec<Change> = lines.iter().zip(pairing::pair(known, lines)).map(of).collect();
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
        let (away, off): (Vec<&RuleLine>, Vec<&RuleLine>) =
            known.rules.iter().filter(|rule| rule.off).partition(|rule| known.put_away.contains(&rule.code));
        change.steps = away.into_iter().map(on).collect();
        let told = if off.is_empty() {
            "这项任务以前取消过,现在恢复;请到规则页核对多久一次。"
        } else {
            "这项任务以前取消过,现在恢复;取消前就停用的规则仍然停用,请到规则页核对。"
        };
        change.asks = Some(told.into());
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
    let was_past = past(&before, days.today);
    if was_past.is_some() && was_past == past(&now, days.today) {
        // The same day in other words, and over: nothing follows from when it was to begin.
        return change;
    }
    let cadence = propose::cadence(&now, days.issued, days.today);
    let is_past = matches!(cadence, Cadence::PastAtIssue { .. });
    // A rule that is not as the wording made it has been set by the office, and stays.
    let is_as_made = |rule: &RuleLine| rule.cadence == propose::cadence(&before, days.issued, days.today);
    let differing = known.rules.iter().filter(|rule| rule.cadence != cadence);
    match known.rules.as_slice() {
        [] => {
            change.steps =
                propose::rules(line, &known.code, &cadence, days.today).into_iter().map(Step::Make).collect();
        }
        [rule] if rule.cadence == cadence => {}
        [rule]
            if rule.record_kind == RecordKind::SetDate
                || (is_past
                    && was_past.is_none()
                    && rule.record_kind == RecordKind::Statement
                    && is_as_made(rule)) =>
        {
            let made = propose::statement(line, &rule.code, &cadence, days.today);
            change.steps = vec![Step::Replace(made)];
            change.asks = (is_past && !rule.off).then(|| PAST.to_owned());
        }
        rules if is_past || rules.iter().any(|rule| rule.cadence != rules[0].cadence) => {
            let told = if is_past {
                "新写的日期已经过了,规则先不变;还没办完的话,请到规则页定新的日期。"
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

/// The last day of a reading that is over.
fn past(reading: &Reading, today: NaiveDate) -> Option<NaiveDate> {
    match reading {
        Reading::By { due, .. } => Some(*due).filter(|due| *due < today),
        _ => None,
    }
}

fn fields(known: &Known, line: &Line) -> Vec<&'static str> {
    let mut found = Vec::new();
    for (name, differs) in [
        ("行动类别", (known.action, &known.action_name) != (line.action, &line.action_name)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::rule::{Audience, Counts, Desk};
    use crate::plan::{MonthDay, Period};

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn days() -> Days {
        Days { issued: day("2021-09-29"), today: day("2021-10-25") }
    }

    fn rule(code: &str, record_kind: RecordKind, cadence: Cadence) -> RuleLine {
        RuleLine {
            code: code.into(),
            version: 1,
            title: "做好一件事".into(),
            cadence,
            record_kind,
            photos_required: 0,
            counts: Counts::Receipt,
            minutes: 5,
            audience: Audience::TownOffice,
            reviewer: Desk::ActionLead,
            off: false,
        }
    }

    /// 三、组织生活行动.
    fn known(code: &str, item: &str, requirement: &str, time: &str, rules: Vec<RuleLine>) -> Known {
        Known {
            id: Uuid::now_v7(),
            code: code.into(),
            action: 3,
            action_name: "组织生活行动".into(),
            item: item.into(),
            requirement: requirement.into(),
            time: time.into(),
            lead: None,
            note: String::new(),
            position: 0,
            dropped: false,
            put_away: Vec::new(),
            rules,
        }
    }

    fn line(action: (u32, &str), item: (u32, &str), requirement: &str, time: &str) -> Line {
        Line {
            row: 2,
            action: action.0,
            action_name: action.1.into(),
            item_no: item.0,
            item: item.1.into(),
            requirement: requirement.into(),
            time: time.into(),
            lead: None,
            note: String::new(),
        }
    }

    const QUARTERLY: Cadence = Cadence::PerPeriod { period: Period::Quarter, times: 1, opens: None };

    /// 1 组织生活制度: 党员大会, 党课; 2 流动党员管理: 双联.
    fn plan() -> Vec<Known> {
        let meeting = |code| vec![rule(code, RecordKind::Meeting, QUARTERLY)];
        let rows = [
            ("3.1.1", "组织生活制度", "党员大会", "每季度"),
            ("3.1.2", "组织生活制度", "党课", "每季度"),
            ("3.2.1", "流动党员管理", "双联", "每季度"),
        ];
        let task = |(position, (code, item, asked, time))| Known {
            position,
            ..known(code, item, asked, time, meeting(code))
        };
        (0..).zip(rows).map(task).collect()
    }

    /// Of each line: its code, and whether it is new; and the codes that fall away.
    fn told(known: &[Known], body: &[&str], lines: &[Line]) -> (Vec<(String, bool)>, Vec<String>) {
        let body: Vec<String> = body.iter().map(|code| (*code).to_owned()).collect();
        let found = compare(known, &body, lines, days());
        let codes = found.changes.iter().map(|change| (change.code.clone(), change.known.is_none()));
        (codes.collect(), found.dropped.iter().map(|task| task.code.clone()).collect())
    }

    fn is(code: &str) -> (String, bool) {
        (code.into(), false)
    }

    fn new(code: &str) -> (String, bool) {
        (code.into(), true)
    }

    const LIFE: (u32, &str) = (3, "组织生活行动");

    #[test]
    fn a_new_item_or_action_in_between_takes_no_rule_that_was_made_for_other_words() {
        let plan = plan();
        let lines = [
            line(LIFE, (1, "抓好学习"), "读一本书", "每季度"),
            line(LIFE, (2, "组织生活制度"), "党员大会", "每季度"),
            line(LIFE, (2, "组织生活制度"), "党 课", "每季度"),
            line(LIFE, (3, "流动党员管理"), "双联", "每季度"),
        ];
        let (codes, dropped) = told(&plan, &[], &lines);
        assert_eq!(codes, [new("3.1.3"), is("3.1.1"), is("3.1.2"), is("3.2.1")]);
        assert!(dropped.is_empty());
        let found = compare(&plan, &[], &lines, days());
        assert!(found.changes[1..].iter().all(|change| change.steps.is_empty()));
        // An action in front of it, of the same number and with an item of the same name.
        let lines = [
            line((3, "学习行动"), (1, "组织生活制度"), "读一本书", "每季度"),
            line((4, "组织生活行动"), (1, "组织生活制度"), "党员大会", "每季度"),
            line((4, "组织生活行动"), (1, "组织生活制度"), "上好党课", "每季度"),
            line((4, "组织生活行动"), (2, "流动党员管理"), "双联", "每季度"),
        ];
        let (codes, dropped) = told(&plan, &[], &lines);
        assert_eq!(codes, [new("3.1.3"), is("3.1.1"), is("3.1.2"), is("3.2.1")], "the second by its place");
        assert!(dropped.is_empty());
        let found = compare(&plan, &[], &lines, days());
        assert_eq!(found.changes[1].fields, ["行动类别"], "its number is another");
        assert!(!found.changes_nothing());
    }

    #[test]
    fn a_place_says_which_task_it_is_only_where_action_and_item_are_the_same() {
        let plan = plan();
        for (line, expected) in [
            (line(LIFE, (1, "组织生活制度"), "党员大会每季度开", "每季度"), is("3.1.1")),
            (line(LIFE, (1, "抓好学习"), "读一本书", "每季度"), new("3.1.3")),
            (line((3, "学习行动"), (1, "组织生活制度"), "读一本书", "每季度"), new("3.1.3")),
            // What is asked for stays, under a heading said otherwise.
            (line(LIFE, (1, "落实组织生活制度"), "党课", "每季度"), is("3.1.2")),
            (line((3, "党的组织生活行动"), (1, "组织生活制度"), "党课", "每季度"), is("3.1.2")),
        ] {
            assert_eq!(told(&plan, &[], std::slice::from_ref(&line)).0, [expected], "{line:?}");
        }
    }

    #[test]
    fn no_number_is_given_twice_whoever_has_it() {
        let lines = [
            line((7, "环境行动"), (1, "清河道"), "清一次", "全年"),
            line((7, "环境行动"), (1, "清河道"), "再清一次", "全年"),
            line((7, "环境行动"), (3, "种树"), "种一次", "全年"),
        ];
        let (codes, _) = told(&plan(), &["7.1.1", "7.2.1"], &lines);
        assert_eq!(codes, [new("7.1.2"), new("7.1.3"), new("7.3.1")]);
    }

    /// What follows for the one rule of a task whose deadline is said otherwise.
    fn follows(was: &str, now: &str, rule: RuleLine) -> (Vec<Step>, Option<String>) {
        let known = [known("3.1.1", "内容", "做好", was, vec![rule])];
        let lines = [line(LIFE, (1, "内容"), "做好", now)];
        let mut found = compare(&known, &[], &lines, days());
        let change = found.changes.remove(0);
        (change.steps, change.asks)
    }

    #[test]
    fn a_date_that_is_past_said_in_other_words_asks_nobody_for_another() {
        let once = |opens, due| Cadence::Once { opens: day(opens), due: day(due) };
        let set = || rule("3.1.1", RecordKind::Statement, once("2021-10-01", "2021-12-01"));
        let asking = || rule("3.1.1", RecordKind::SetDate, Cadence::PastAtIssue { was: day("2021-06-30") });
        for rule in [set(), asking()] {
            assert_eq!(follows("2021年上半年", "2021年6月底前", rule), (Vec::new(), None));
        }
        // Another day that is past: a date the office has set stays, the asking names the other day.
        let (steps, asks) = follows("2021年上半年", "2021年5月底前", set());
        assert!(steps.is_empty() && asks.is_some_and(|told| told.contains("规则先不变")));
        let (steps, _) = follows("2021年上半年", "2021年5月底前", asking());
        assert!(matches!(&steps[..], [Step::Replace(made)] if made.record == RecordKind::SetDate));
        // Open by a date still to come, and now past: asked for, unless the office has set another date since.
        let made = || rule("3.1.1", RecordKind::Statement, once("2021-09-29", "2021-12-31"));
        let (steps, asks) = follows("12月底", "6月底", made());
        assert!(matches!(&steps[..], [Step::Replace(made)] if made.record == RecordKind::SetDate));
        assert!(asks.is_some_and(|told| told.contains("待办")));
        let (steps, asks) = follows("12月底", "6月底", set());
        assert!(steps.is_empty() && asks.is_some_and(|told| told.contains("规则先不变")));
        // What the paper newly gives a date to come is due then.
        let (steps, _) = follows("2021年上半年", "12月底", set());
        assert!(matches!(&steps[..], [Step::Move { .. }]));
        let year_end = Cadence::PerPeriod { period: Period::Year, times: 1, opens: MonthDay::new(12, 1) };
        let (steps, _) = follows("每季度", "每年年底", rule("3.1.1", RecordKind::Statement, QUARTERLY));
        assert_eq!(steps, [Step::Move { code: "3.1.1".into(), cadence: year_end }]);
    }

    #[test]
    fn a_task_that_comes_back_switches_on_what_its_falling_away_switched_off() {
        let off = |code: &str| RuleLine { off: true, ..rule(code, RecordKind::Statement, QUARTERLY) };
        let task = Known {
            dropped: true,
            put_away: vec!["3.1.1-1".into()],
            ..known("3.1.1", "内容", "做好", "每季度", vec![off("3.1.1-1"), off("3.1.1-2")])
        };
        let lines = [line(LIFE, (1, "内容"), "做好", "每季度")];
        let known = [task];
        let found = compare(&known, &[], &lines, days());
        assert_eq!(found.changes[0].steps, [Step::Switch { code: "3.1.1-1".into(), off: false }]);
        assert!(found.changes[0].asks.as_deref().is_some_and(|told| told.contains("仍然停用")));
    }
}
