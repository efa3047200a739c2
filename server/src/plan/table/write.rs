//! Loading a table that has been read: the first plan of a town, or the next wording of the one in force.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::columns::Column;
use super::compare::{Change, Comparison, Days, Step, compare};
use super::findings::Findings;
use super::report::Report;
use super::{Table, deadline, propose, sql};
use crate::audit;
use crate::error::{ApiError, ApiResult};
use crate::ids::{PersonId, TownId};
use crate::plan::sql::{Version, insert_rule, insert_task, supersede};
use crate::plan::{Action, Cadence, Definition, Rule, Source, Task, check, edit, is_of_this_century};
use crate::platform::clock;

/// What the paper says of itself, for a town that has no plan yet; later the plan in force says it.
#[derive(Debug, Clone, Default)]
pub struct Paper {
    /// The day the paper was issued: what a date without a year is of.
    pub issued_on: Option<chrono::NaiveDate>,
    /// 文号.
    pub number: Option<String>,
}

/// What loading `table` would do. Writes nothing.
pub async fn look(
    tx: &mut PgConnection,
    town: TownId,
    table: &Table,
    paper: &Paper,
    now: DateTime<Utc>,
) -> ApiResult<Report> {
    let scene = Scene::of(tx, town, table, paper, now).await?;
    let found = scene.compare(table);
    sound(table, &found)?;
    Ok(scene.report(table, &found).told(true))
}

/// Loads `table` as it was seen; a plan that has changed since is looked at again first.
pub async fn load(
    tx: &mut PgConnection,
    town: TownId,
    by: PersonId,
    table: &Table,
    paper: &Paper,
    seen: &str,
    now: DateTime<Utc>,
) -> ApiResult<Report> {
    let scene = Scene::of(tx, town, table, paper, now).await?;
    let found = scene.compare(table);
    sound(table, &found)?;
    let report = scene.report(table, &found);
    if report.changes_nothing {
        return Ok(report.told(false));
    }
    if report.seen != seen {
        return Err(ApiError::conflict(
            "plan.table_not_seen",
            "方案或表格和刚才看到的不一样了,什么都没有载入,请重新看一遍再确认。",
        ));
    }
    let plan = match &scene.head {
        None => first(tx, town, by, table, &scene, &found, now).await?,
        Some(head) => {
            again(tx, town, by, head.id, &found, scene.days, now).await?;
            head.id
        }
    };
    let facts = json!({ "file": table.digest, "lines": table.lines.len(), "dropped": found.dropped.len() });
    let entry = audit::Entry {
        town,
        actor: Some(by),
        action: "plan.table_loaded",
        subject_kind: "plan",
        subject: Some(plan),
        facts: &facts,
    };
    audit::record(tx, entry, now).await?;
    Ok(report.told(false))
}

/// The plan in force, and the days that decide.
struct Scene {
    head: Option<sql::Head>,
    known: Vec<super::compare::Known>,
    days: Days,
    title: String,
    number: String,
}

impl Scene {
    async fn of(
        tx: &mut PgConnection,
        town: TownId,
        table: &Table,
        paper: &Paper,
        now: DateTime<Utc>,
    ) -> ApiResult<Self> {
        let today = clock::today(now);
        let head = sql::head(tx, town).await?;
        let known = match &head {
            Some(head) => sql::known(tx, town, head.id).await?,
            None => Vec::new(),
        };
        let issued = match (&head, paper.issued_on) {
            (Some(head), _) => head.issued_on,
            (None, Some(day)) if is_of_this_century(day) && day <= today => day,
            (None, _) => {
                let told = "请填方案的印发日期(不晚于今天):没有写年份的时间按它的年份算。";
                return Err(ApiError::refused("plan.table_issued_on", told));
            }
        };
        let title = head.as_ref().map(|head| head.name.clone()).or_else(|| table.title.clone());
        let number = head.as_ref().map(|head| head.source.clone()).or_else(|| paper.number.clone());
        Ok(Self {
            head,
            known,
            days: Days { issued, today },
            title: title.unwrap_or_else(|| "专项行动任务分解表".into()),
            number: number.unwrap_or_default().trim().to_owned(),
        })
    }

    fn compare<'a>(&'a self, table: &'a Table) -> Comparison<'a> {
        let body = self.head.as_ref().map(|head| head.body.as_slice()).unwrap_or_default();
        compare(&self.known, body, &table.lines, self.days)
    }

    fn report(&self, table: &Table, found: &Comparison<'_>) -> Report {
        let mut told = table.warnings.clone();
        if self.head.is_some() {
            let year = self.days.issued.format("%Y");
            told.push(format!("没有写年份的时间,按方案印发的{year}年算。"));
        }
        Report::of(&table.digest, &self.title, &told, found)
    }
}

/// What the lines make must hold as a rule does that the office sets by hand; else it is a cell to be mended.
pub(super) fn sound(table: &Table, found: &Comparison<'_>) -> ApiResult<()> {
    let mut findings = Findings::default();
    for change in &found.changes {
        let mut say = |column, saw: &str, told: String| match table.columns.get(&column) {
            Some(place) => findings.cell(change.line.row - 1, *place, saw, told),
            None => findings.row(change.line.row - 1, saw, told),
        };
        for step in &change.steps {
            let (cadence, whole) = match step {
                Step::Make(rule) | Step::Replace(rule) => (&rule.cadence, Some(rule)),
                Step::Move { cadence, .. } => (cadence, None),
                Step::Switch { .. } => continue,
            };
            let of_time = cadence.problems();
            let all = whole.map(|rule| check::rule_messages(&change.code, rule)).unwrap_or_default();
            for told in all.into_iter().filter(|told| !of_time.contains(&told.as_str())) {
                say(Column::Requirement, &change.line.requirement, told);
            }
            for told in of_time {
                say(Column::Time, &change.line.time, told.to_owned());
            }
        }
    }
    findings.into_warnings().map(|_| ())
}

fn task(change: &Change<'_>, days: Days) -> Task {
    let line = change.line;
    let made = |step: &Step| match step {
        Step::Make(rule) => Some(rule.clone()),
        _ => None,
    };
    Task {
        code: change.code.clone(),
        action: line.action,
        item: line.item.clone(),
        requirement: line.requirement.clone(),
        time: line.time.clone(),
        kind: propose::kind(&deadline::read(&line.time, days.issued)),
        lead: line.lead.clone(),
        note: line.note.clone(),
        rules: change.steps.iter().filter_map(made).collect(),
    }
}

fn action(change: &Change<'_>) -> Action {
    Action { no: change.line.action, name: change.line.action_name.clone(), annex: true }
}

/// The town's first plan. It owes from today on, so that nothing is late by being loaded.
async fn first(
    tx: &mut PgConnection,
    town: TownId,
    by: PersonId,
    table: &Table,
    scene: &Scene,
    found: &Comparison<'_>,
    now: DateTime<Utc>,
) -> ApiResult<Uuid> {
    let mut actions: Vec<Action> = found.changes.iter().map(action).collect();
    actions.sort_by_key(|action| action.no);
    actions.dedup_by_key(|action| action.no);
    let source = Source {
        title: scene.title.clone(),
        number: scene.number.clone(),
        issuer: String::new(),
        issued_on: scene.days.issued,
        published_on: None,
    };
    let tasks = found.changes.iter().map(|change| task(change, scene.days)).collect();
    let version = format!("table-{}", table.digest.get(..12).unwrap_or_default());
    let definition = Definition { version, source, actions, tasks };
    if let Some(problem) = check::problems(&definition).first() {
        return Err(ApiError::refused("plan.table_invalid", format!("{problem}。")));
    }
    crate::plan::load(tx, town, Some(by), &definition, scene.days.today, now).await
}

/// The next wording of the plan in force.
async fn again(
    tx: &mut PgConnection,
    town: TownId,
    by: PersonId,
    plan: Uuid,
    found: &Comparison<'_>,
    days: Days,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let today = days.today;
    for (position, change) in (0..).zip(&found.changes) {
        let Some(known) = change.known else {
            let (id, task) = (Uuid::now_v7(), task(change, days));
            insert_task(tx, town, plan, id, position, &action(change), &task).await?;
            for rule in &task.rules {
                let made = Version { effective_on: Some(today), by: Some(by), ..Version::FIRST };
                insert_rule(tx, town, id, rule, &made, now).await?;
            }
            continue;
        };
        if !change.fields.is_empty() {
            sql::keep_wording(tx, town, known.id, by, now).await?;
        }
        let kind = propose::kind(&deadline::read(&change.line.time, days.issued));
        sql::say(tx, town, known.id, position, change.line, kind).await?;
        for step in &change.steps {
            take(tx, town, by, known.id, step, now).await?;
        }
    }
    for known in &found.dropped {
        sql::drop_task(tx, town, known.id, now).await?;
        for rule in known.rules.iter().filter(|rule| !rule.off) {
            let off = Step::Switch { code: rule.code.clone(), off: true };
            take(tx, town, by, known.id, &off, now).await?;
        }
    }
    let lines = i32::try_from(found.changes.len()).map_err(ApiError::internal)?;
    Ok(sql::move_rest(tx, town, plan, lines).await?)
}

/// One rule's next version.
async fn take(
    tx: &mut PgConnection,
    town: TownId,
    by: PersonId,
    task: Uuid,
    step: &Step,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let today = clock::today(now);
    let version =
        |number, off| Version { number, off, effective_on: Some(today), by: Some(by), ..Version::FIRST };
    let code = match step {
        Step::Make(rule) => {
            insert_rule(tx, town, task, rule, &version(1, false), now).await?;
            return Ok(());
        }
        Step::Replace(rule) => &rule.code,
        Step::Move { code, .. } | Step::Switch { code, .. } => code,
    };
    let stored = edit::stored(tx, town, code).await?;
    let (rule, off) = match step {
        Step::Replace(rule) => (rule.clone(), stored.off),
        Step::Move { cadence, .. } => (moved(&stored.rule, cadence), stored.off),
        Step::Switch { off, .. } => (stored.rule.clone(), *off),
        Step::Make(_) => return Ok(()),
    };
    supersede(tx, town, stored.id(), today).await?;
    insert_rule(tx, town, task, &rule, &version(stored.version + 1, off), now).await?;
    Ok(())
}

/// The rule with another cadence. A first day after its only deadline would leave it owed by nobody, unseen.
fn moved(rule: &Rule, cadence: &Cadence) -> Rule {
    let due = match cadence {
        Cadence::Once { due, .. } => Some(*due),
        _ => None,
    };
    let first = rule.first.filter(|first| due.is_none_or(|due| *first <= due));
    Rule { cadence: cadence.clone(), first, ..rule.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{RecordKind, TaskKind};

    #[test]
    fn a_first_day_after_the_new_deadline_is_let_go() {
        let plan = Definition::shipped().expect("the shipped plan is sound");
        let tasks = plan.tasks.iter().filter(|task| task.kind == TaskKind::Once);
        let rule = tasks.flat_map(|task| &task.rules).find(|rule| rule.record == RecordKind::Statement);
        let day = |text: &str| text.parse::<chrono::NaiveDate>().expect("a day");
        let rule = Rule { first: Some(day("2021-11-15")), ..rule.expect("a rule").clone() };
        let by = |due| Cadence::Once { opens: day("2021-09-29"), due: day(due) };
        for (cadence, first) in [
            (by("2021-11-14"), None),
            (by("2021-11-15"), rule.first),
            (Cadence::MonthEnd { months: vec![10], opens_day: 25 }, rule.first),
        ] {
            assert_eq!(moved(&rule, &cadence).first, first, "{cadence:?}");
        }
    }
}
