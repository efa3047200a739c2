//! What will be owed: the windows that do not exist as duties yet, from the same rules, facts and calendar that make them,
//! beside the duties that do.

mod sql;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::Deserialize;
use sqlx::PgExecutor;
use uuid::Uuid;

pub(super) use sql::{DutyRow, OutlookRow};

use super::calendar::{self, Window};
use super::generate::{Owed, Town};
use super::{applies, ladder, sql_generate};
use crate::access::Scope;
use crate::error::{ApiError, ApiResult};
use crate::ids::TownId;
use crate::plan::{Audience, Cadence, Condition};

/// A rule in force.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RuleNow {
    pub id: Uuid,
    pub code: String,
    pub task_code: String,
    pub title: String,
    pub cadence: Cadence,
    pub audience: String,
    /// Whose it is: 党支部书记……
    pub holder: String,
    pub conditions: Vec<Condition>,
    pub grace_days: u32,
    pub first_on: Option<NaiveDate>,
}

/// A unit the caller may look at.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct UnitNow {
    pub id: Uuid,
    pub name: String,
    pub path: String,
}

/// Rules, facts and duties of some days, as they stand.
pub(super) struct Outlook {
    start_on: Option<NaiveDate>,
    pub rules: Vec<RuleNow>,
    town: Town,
    /// Of the scope, by id.
    pub units: HashMap<Uuid, UnitNow>,
    /// Those in scope that end within the days asked for, withdrawn ones too; those without a date, if asked for.
    pub duties: Vec<DutyRow>,
}

/// A duty that does not exist yet.
#[derive(Clone)]
pub(super) struct Planned<'a> {
    pub rule: &'a RuleNow,
    pub unit: &'a UnitNow,
    pub person: Option<Uuid>,
    pub window: Window,
}

impl Planned<'_> {
    /// As the generation would insert it.
    pub fn owed(&self) -> Owed {
        let window = self.window.clone();
        Owed { rule: self.rule.id, unit: self.unit.id, person: self.person, window, carried: None }
    }

    pub fn subject(&self) -> Uuid {
        self.person.unwrap_or(self.unit.id)
    }
}

/// Which days, and whose.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days<'a> {
    pub scope: &'a Scope,
    /// Last days from here …
    pub from: NaiveDate,
    /// … to here.
    pub until: NaiveDate,
    /// Those without a date as well.
    pub undated: bool,
}

impl Outlook {
    /// Loads it by one statement.
    pub async fn load(db: impl PgExecutor<'_>, town: TownId, days: Days<'_>) -> ApiResult<Self> {
        Self::of(sql::outlook(db, town, days).await?)
    }

    /// From what a statement gives.
    pub fn of(row: OutlookRow) -> ApiResult<Self> {
        let read = |error: serde_json::Error| ApiError::internal(error);
        let mut facts: HashMap<Uuid, Vec<sql_generate::FactsRow>> = HashMap::new();
        for fact in serde_json::from_value::<Vec<sql_generate::FactsRow>>(row.facts).map_err(read)? {
            facts.entry(fact.unit_id).or_default().push(fact);
        }
        let units: Vec<UnitNow> = serde_json::from_value(row.scope_units).map_err(read)?;
        Ok(Self {
            start_on: row.start_on,
            rules: serde_json::from_value(row.rules).map_err(read)?,
            town: Town {
                units: serde_json::from_value(row.units).map_err(read)?,
                mobile: serde_json::from_value(row.mobile).map_err(read)?,
                facts,
            },
            units: units.into_iter().map(|unit| (unit.id, unit)).collect(),
            duties: serde_json::from_value(row.duties).map_err(read)?,
        })
    }

    /// The duties that will come to be with a last day in `from..=until`, by today's rules and facts. What opens within
    /// the reach of the generation exists already, or is not owed.
    pub fn planned(&self, from: NaiveDate, until: NaiveDate, today: NaiveDate) -> Vec<Planned<'_>> {
        let Some(start_on) = self.start_on else { return Vec::new() };
        let there: HashSet<(Uuid, Uuid, &str)> = self
            .duties
            .iter()
            .map(|duty| (duty.rule_id, duty.subject_id, duty.window_key.as_str()))
            .collect();
        let mut found = Vec::new();
        for rule in &self.rules {
            let Some(audience) = Audience::parse(&rule.audience) else { continue };
            let begin = rule.first_on.map_or(start_on, |first| first.max(start_on));
            let windows =
                calendar::windows(&rule.cadence, rule.grace_days, begin.max(from), until, Some(begin));
            for window in windows {
                let due = window.last.is_some_and(|last| (from..=until).contains(&last));
                if !due || window.first <= today + ladder::AHEAD {
                    continue;
                }
                for subject in self.town.subjects(audience, today) {
                    let Some(unit) = self.units.get(&subject.unit) else { continue };
                    let facts = self.town.facts(subject.branch.unwrap_or(subject.unit), today);
                    let conditions: Vec<Condition> =
                        audience.needs().into_iter().chain(rule.conditions.iter().copied()).collect();
                    let key = (rule.id, subject.person.unwrap_or(subject.unit), window.key.as_str());
                    if applies::applies(&conditions, &facts).is_ok() && !there.contains(&key) {
                        found.push(Planned { rule, unit, person: subject.person, window: window.clone() });
                    }
                }
            }
        }
        found.sort_by(|a, b| {
            let of = |one: &Planned<'_>| (one.window.last, one.rule.code.clone(), one.unit.path.clone());
            of(a).cmp(&of(b))
        });
        found
    }
}
