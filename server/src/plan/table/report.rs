//! What loading a table would do, or did, line by line, for people to read before they say yes.

use poem_openapi::types::ToJSON;
use poem_openapi::{Enum, Object};

use super::compare::{Change, Comparison, Step};
use crate::plan::cadence::Cadence;
use crate::plan::view::RuleLine;
use crate::platform::keys::sha256;

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "PlanLineState", rename_all = "snake_case")]
pub enum State {
    Added,
    Changed,
    Unchanged,
}

impl State {
    pub fn label(self) -> &'static str {
        match self {
            Self::Added => "新增",
            Self::Changed => "有改动",
            Self::Unchanged => "不变",
        }
    }
}

/// A rule as it is after loading
#[derive(Debug, Clone, Object)]
#[oai(rename = "PlanLineRule")]
pub struct RuleAfter {
    pub code: String,
    pub title: String,
    /// The cadence in words.
    pub often: String,
    /// Who owes it, in words.
    pub audience: String,
    /// It is made or changed by loading.
    pub is_new: bool,
}

/// One row of the table and what it makes
#[derive(Debug, Clone, Object)]
#[oai(rename = "PlanLine", skip_serializing_if_is_none)]
pub struct LineReport {
    /// As Excel numbers it.
    pub row: u32,
    pub code: String,
    pub action: String,
    pub item: String,
    pub requirement: String,
    pub time: String,
    /// 责任人, or 待确认.
    pub lead: String,
    pub state: State,
    /// The columns that say something else than until now.
    pub changed: Vec<String>,
    /// What it has said until now, where that is other than `requirement`.
    pub was: Option<String>,
    /// The deadline it has had until now, where that is other than `time`.
    pub was_time: Option<String>,
    pub rules: Vec<RuleAfter>,
    /// What is left to be set by hand.
    pub asks: Option<String>,
}

/// A task that the table no longer has
#[derive(Debug, Clone, Object)]
#[oai(rename = "PlanLineDropped")]
pub struct Dropped {
    pub code: String,
    pub requirement: String,
    /// What that means, in words.
    pub told: String,
}

/// 任务分解表载入结果
#[derive(Debug, Clone, Object)]
#[oai(rename = "PlanTableReport")]
pub struct Report {
    /// Nothing was kept: this is what loading would do.
    pub dry_run: bool,
    /// The outcome in one sentence.
    pub message: String,
    /// Sent with the same file to load what has been seen here.
    pub seen: String,
    pub title: String,
    pub lines: Vec<LineReport>,
    pub dropped: Vec<Dropped>,
    pub warnings: Vec<String>,
    pub changes_nothing: bool,
}

impl Report {
    pub fn of(digest: &str, title: &str, warnings: &[String], found: &Comparison<'_>) -> Self {
        let lines: Vec<LineReport> = found.changes.iter().map(line).collect();
        let dropped = found.dropped.iter().map(|task| Dropped {
            code: task.code.clone(),
            requirement: task.requirement.clone(),
            told: format!(
                "表里没有这一行了:任务收起,{}条规则停用,没到期的待办撤下;已经办的、已经到期的都保留。",
                task.rules.iter().filter(|rule| !rule.off).count()
            ),
        });
        let mut report = Self {
            dry_run: true,
            message: String::new(),
            seen: String::new(),
            title: title.to_owned(),
            dropped: dropped.collect(),
            warnings: warnings.to_vec(),
            changes_nothing: found.changes_nothing(),
            lines,
        };
        let versions: Vec<(&str, i32)> = found
            .changes
            .iter()
            .filter_map(|change| change.known)
            .chain(found.dropped.iter().copied())
            .flat_map(|task| task.rules.iter().map(|rule| (rule.code.as_str(), rule.version)))
            .collect();
        let all = format!("{digest}\n{}\n{versions:?}", report.to_json_string());
        report.seen = hex::encode(sha256(all.as_bytes()));
        report
    }

    /// Words for the outcome.
    #[must_use]
    pub fn told(mut self, dry_run: bool) -> Self {
        let count = |state| self.lines.iter().filter(|line| line.state == state).count();
        self.dry_run = dry_run;
        self.message = if self.changes_nothing {
            format!("表格与系统里的方案一致(共{}项),没有变化。", self.lines.len())
        } else {
            let begin = if dry_run { "都读懂了,还没有载入" } else { "已载入" };
            format!(
                "{begin}:新增{}项,改动{}项,不变{}项,取消{}项;有{}项要到规则页定。",
                count(State::Added),
                count(State::Changed),
                count(State::Unchanged),
                self.dropped.len(),
                self.lines.iter().filter(|line| line.asks.is_some()).count()
            )
        };
        self
    }
}

fn line(change: &Change<'_>) -> LineReport {
    let line = change.line;
    let differs = |name: &str| change.fields.contains(&name);
    let state = match change.known {
        None => State::Added,
        Some(known) if known.dropped || !change.fields.is_empty() || !change.steps.is_empty() => {
            State::Changed
        }
        Some(_) => State::Unchanged,
    };
    LineReport {
        row: line.row,
        code: change.code.clone(),
        action: line.action_name.clone(),
        item: line.item.clone(),
        requirement: line.requirement.clone(),
        time: line.time.clone(),
        lead: line.lead.clone().unwrap_or_else(|| "待确认".into()),
        state,
        changed: change.fields.iter().map(|name| (*name).to_owned()).collect(),
        was: change.known.filter(|_| differs("要求")).map(|known| known.requirement.clone()),
        was_time: change.known.filter(|_| differs("时间节点")).map(|known| known.time.clone()),
        rules: rules(change),
        asks: change.asks.clone(),
    }
}

fn rules(change: &Change<'_>) -> Vec<RuleAfter> {
    let existing = change.known.map(|known| known.rules.as_slice()).unwrap_or_default();
    let mut after: Vec<RuleAfter> = existing.iter().map(|rule| kept(rule, change)).collect();
    for step in &change.steps {
        if let Step::Make(rule) | Step::Replace(rule) = step {
            let made = RuleAfter {
                code: rule.code.clone(),
                title: rule.title.clone(),
                often: rule.cadence.words(),
                audience: rule.audience.label().to_owned(),
                is_new: true,
            };
            after.retain(|one| one.code != made.code);
            after.push(made);
        }
    }
    after
}

fn kept(rule: &RuleLine, change: &Change<'_>) -> RuleAfter {
    let moved = change.steps.iter().find_map(|step| match step {
        Step::Move { code, cadence } if *code == rule.code => Some(cadence),
        Step::Switch { code, .. } if *code == rule.code => Some(&rule.cadence),
        _ => None,
    });
    RuleAfter {
        code: rule.code.clone(),
        title: rule.title.clone(),
        often: moved.map_or_else(|| rule.cadence.words(), Cadence::words),
        audience: rule.audience.label().to_owned(),
        is_new: moved.is_some(),
    }
}
