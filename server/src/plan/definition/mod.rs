//! A plan as a file: read whole, every problem reported at once, leads resolved.

use std::fmt;

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::check;
use super::rule::Rule;
use crate::named::named;

/// A plan ready to be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Which edition of this file it is.
    pub version: String,
    pub source: Source,
    pub actions: Vec<Action>,
    /// In the order of the annex.
    pub tasks: Vec<Task>,
}

/// The paper the plan comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub title: String,
    /// 文号.
    pub number: String,
    pub issuer: String,
    pub issued_on: NaiveDate,
    pub published_on: Option<NaiveDate>,
}

/// 专项行动.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    pub no: u32,
    pub name: String,
    /// False for what only the body of the paper asks for: left out where the annex is printed.
    #[serde(default = "in_annex")]
    pub annex: bool,
}

fn in_annex() -> bool {
    true
}

/// 任务: one row of the annex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// `action.item.row`.
    pub code: String,
    pub action: u32,
    pub item: String,
    pub requirement: String,
    /// 时间节点, as the annex words it.
    pub time: String,
    pub kind: TaskKind,
    /// 责任人 after inheritance; `None` is shown as 待确认.
    pub lead: Option<String>,
    /// 备注.
    pub note: String,
    pub rules: Vec<Rule>,
}

named! {
    /// What sort of work a row is.
    pub enum TaskKind {
        Once = "once" "限期完成",
        Recurring = "recurring" "定期开展",
        Continuous = "continuous" "长期坚持",
    }
}

/// Something wrong with a definition, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A task's or rule's code, or the part of the file.
    pub at: String,
    pub message: String,
}

impl Problem {
    pub(super) fn new(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.at, self.message)
    }
}

/// What a lead's cell says when nobody is named and nobody is to be inherited.
const UNCONFIRMED: &str = "待确认";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    version: String,
    source: Source,
    action: Vec<Action>,
    // Read one by one, so that a slip in one task does not hide those in the others.
    task: Vec<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TaskForm {
    code: String,
    item: String,
    requirement: String,
    time: String,
    kind: TaskKind,
    lead: Option<String>,
    #[serde(default)]
    rule: Vec<toml::Table>,
}

impl Definition {
    /// The plan of 图发〔2021〕94号, as shipped.
    pub fn shipped() -> Result<Self, Vec<Problem>> {
        Self::parse(include_str!("../../../definitions/plan-2021.toml"))
    }

    /// Reads and checks a definition; on failure says everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let file: FileForm = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => return Err(vec![Problem::new("方案文件", unreadable(&error))]),
        };
        let mut problems = Vec::new();
        let mut tasks: Vec<Task> = Vec::new();
        for (index, table) in file.task.into_iter().enumerate() {
            let at = code_of(&table).unwrap_or_else(|| format!("第{}项任务", index + 1));
            if let Some(form) = read::<TaskForm>(table, &at, &mut problems) {
                let task = resolve(form, tasks.last(), &mut problems);
                tasks.push(task);
            }
        }
        let plan = Self { version: file.version, source: file.source, actions: file.action, tasks };
        problems.extend(check::problems(&plan));
        if problems.is_empty() { Ok(plan) } else { Err(problems) }
    }
}

/// A task with its rules read and its lead taken from the row above where its own cell is blank.
fn resolve(form: TaskForm, above: Option<&Task>, problems: &mut Vec<Problem>) -> Task {
    let action = form.code.split('.').next().and_then(|no| no.parse().ok()).unwrap_or_default();
    let lead = match (form.lead, above.filter(|task| task.action == action)) {
        (Some(name), _) => (name != UNCONFIRMED).then_some(name),
        (None, Some(task)) => task.lead.clone(),
        (None, None) => {
            let message = "本行动第一项任务没有责任人,请写姓名或“待确认”";
            problems.push(Problem::new(form.code.as_str(), message));
            None
        }
    };
    let mut rules = Vec::new();
    for (index, table) in form.rule.into_iter().enumerate() {
        let at = code_of(&table).unwrap_or_else(|| format!("{}的第{}条细化", form.code, index + 1));
        rules.extend(read::<Rule>(table, &at, problems));
    }
    Task {
        code: form.code,
        action,
        item: form.item,
        requirement: form.requirement,
        time: form.time,
        kind: form.kind,
        lead,
        note: String::new(),
        rules,
    }
}

fn code_of(table: &toml::Table) -> Option<String> {
    Some(table.get("code")?.as_str()?.to_owned())
}

fn read<T: DeserializeOwned>(table: toml::Table, at: &str, problems: &mut Vec<Problem>) -> Option<T> {
    table.try_into().map_err(|error| problems.push(Problem::new(at, unreadable(&error)))).ok()
}

/// The parser's own words help whoever wrote the file; they come after ours.
fn unreadable(error: &toml::de::Error) -> String {
    format!("格式不对,无法读取({})", error.to_string().trim())
}

#[cfg(test)]
mod tests;
