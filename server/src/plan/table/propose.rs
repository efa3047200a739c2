//! What a line makes: the rules its wording lets one read, for the office to look at and to set further.

use chrono::NaiveDate;

use super::deadline::Reading;
use super::lines::Line;
use super::numeral;
use crate::plan::rule::usual_grace;
use crate::plan::{
    Audience, Cadence, Condition, Counts, Desk, Enough, Ladder, MeetingType, RecordKind, Rule, TaskKind,
};

/// As long as a title may be on a phone.
const TITLE: usize = 20;
/// What a rule is called that only asks for a date, as in the shipped plan.
pub(in crate::plan) const SET_DATE: &str = "给这项任务定新的时间";

/// The meetings a table names, each by what it may be called there.
const MEETINGS: [(&[&str], MeetingType, Audience, &str); 7] = [
    (&["党员大会", "支部党员大会"], MeetingType::General, Audience::EachBranch, "召开党员大会"),
    (
        &["支部委员会", "支委会", "支部委员会会议"],
        MeetingType::Committee,
        Audience::EachCommittee,
        "召开支委会",
    ),
    (&["党小组会"], MeetingType::Group, Audience::EachGroup, "召开党小组会"),
    (&["党课"], MeetingType::Lecture, Audience::EachBranch, "上党课"),
    (&["固定学习日"], MeetingType::StudyDay, Audience::EachBranch, "固定学习日"),
    (&["组织生活会"], MeetingType::Life, Audience::EachBranch, "召开组织生活会"),
    (
        &["民主评议党员大会", "民主评议党员", "民主评议"],
        MeetingType::Appraisal,
        Audience::EachBranch,
        "民主评议党员",
    ),
];

/// When a rule of this reading falls due, seen from the day it is loaded. What is past makes nobody late.
pub fn cadence(reading: &Reading, issued: NaiveDate, today: NaiveDate) -> Cadence {
    match reading {
        Reading::Round(cadence) => cadence.clone(),
        Reading::By { due, .. } if *due < today => Cadence::PastAtIssue { was: *due },
        Reading::By { opens, due } => Cadence::Once { opens: opens.unwrap_or(issued).min(*due), due: *due },
        Reading::Now => Cadence::Immediately { since: issued },
        Reading::Unstated | Reading::Unread => Cadence::Unset {},
    }
}

pub fn kind(reading: &Reading) -> TaskKind {
    match reading {
        Reading::Round(_) => TaskKind::Recurring,
        Reading::By { .. } | Reading::Now => TaskKind::Once,
        Reading::Unstated | Reading::Unread => TaskKind::Continuous,
    }
}

/// The rules of a new task.
pub fn rules(line: &Line, code: &str, cadence: &Cadence, today: NaiveDate) -> Vec<Rule> {
    let asks_date = matches!(cadence, Cadence::PastAtIssue { .. });
    let meetings = meetings(&line.requirement);
    if asks_date || meetings.is_empty() {
        return vec![statement(line, code, cadence, today)];
    }
    let many = meetings.len() > 1;
    let of = |(at, (_, kind, audience, title)): (usize, &(_, MeetingType, Audience, &str))| Rule {
        code: if many { format!("{code}-{}", at + 1) } else { code.to_owned() },
        title: (*title).to_owned(),
        audience: *audience,
        applies: audience.needs().into_iter().collect::<Vec<Condition>>(),
        record: RecordKind::Meeting,
        meeting_types: vec![*kind],
        photos_required: 1,
        reviewer: Desk::PartyOffice,
        minutes: 10,
        ..statement(line, code, cadence, today)
    };
    meetings.into_iter().enumerate().map(of).collect()
}

/// The one rule of a task of which a few sentences are entered; or, of a date that is past, the asking for another.
pub fn statement(line: &Line, code: &str, cadence: &Cadence, today: NaiveDate) -> Rule {
    let asks_date = matches!(cadence, Cadence::PastAtIssue { .. });
    Rule {
        code: code.to_owned(),
        title: if asks_date { SET_DATE.to_owned() } else { title(line) },
        cadence: cadence.clone(),
        first: asks_date.then_some(today),
        audience: if asks_date { Audience::TownOffice } else { audience(&line.requirement) },
        applies: Vec::new(),
        record: if asks_date { RecordKind::SetDate } else { RecordKind::Statement },
        meeting_types: Vec::new(),
        place: None,
        photos_required: 0,
        counts: Counts::Receipt,
        enough: Enough::One,
        grace_days: if asks_date { 0 } else { usual_grace() },
        ladder: Ladder::Usual,
        reviewer: Desk::ActionLead,
        minutes: if asks_date { 1 } else { 5 },
        source: format!("附件1 {}{}", numeral::words(line.action), line.item_no),
    }
}

/// The first words of what is asked for.
fn title(line: &Line) -> String {
    let words = [line.requirement.as_str(), line.item.as_str()];
    let text = words.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    let text = numeral::leading(text).map_or(text, |(_, rest)| rest);
    let first = text
        .split([',', '\u{ff0c}', '。', ';', '\u{ff1b}', '\n', ':', '\u{ff1a}'])
        .find(|part| part.chars().any(char::is_alphanumeric))
        .unwrap_or_default();
    first.trim().chars().take(TITLE).collect()
}

/// The meetings the words name and nothing else; none where they say more than that.
fn meetings(text: &str) -> Vec<&'static (&'static [&'static str], MeetingType, Audience, &'static str)> {
    let quote = |c: char| c.is_whitespace() || matches!(c, '“' | '”' | '"' | '。');
    let plain: String = text.chars().filter(|c| !quote(*c)).collect();
    let known = |part: &str| MEETINGS.iter().find(|(names, ..)| names.contains(&part));
    plain.split(['、', '和', ',', '\u{ff0c}']).map(known).collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// Whom the words name, else the office, which may hand it on.
fn audience(text: &str) -> Audience {
    let names = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if names(&["每个村", "各村", "每村", "所有村"]) {
        Audience::EachVillage
    } else if names(&["每个党支部", "各党支部", "各支部", "每个支部"]) {
        Audience::EachBranch
    } else {
        Audience::TownOffice
    }
}
