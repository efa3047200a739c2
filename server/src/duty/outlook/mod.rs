//! What will be owed: the windows that do not exist as duties yet, found as the generation finds them, former versions of the
//! rules and all; beside the duties that do exist.

mod sql;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::Deserialize;
use sqlx::PgExecutor;
use uuid::Uuid;

pub(super) use sql::{DutyRow, OutlookRow};

use super::ground::{Ground, RuleNow};
use super::ladder;
use super::sql_ground::GroundRow;
use super::town::Owed;
use crate::access::Scope;
use crate::error::{ApiError, ApiResult};
use crate::ids::TownId;

/// A unit the caller may look at.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct UnitNow {
    pub id: Uuid,
    pub name: String,
    pub path: String,
}

/// Rules, facts and duties of some days, as they stand.
pub(super) struct Outlook {
    ground: Ground,
    /// Of the scope, by id.
    pub units: HashMap<Uuid, UnitNow>,
    /// Those in scope that end within the days asked for, withdrawn ones too; those without a date, if asked for.
    pub duties: Vec<DutyRow>,
}

/// A duty that does not exist yet, as the generation would make it.
#[derive(Clone)]
pub(super) struct Planned<'a> {
    pub rule: &'a RuleNow,
    pub unit: &'a UnitNow,
    pub owed: Owed,
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
        let units: Vec<UnitNow> = serde_json::from_value(row.scope_units).map_err(read)?;
        let ground = GroundRow {
            start_on: row.start_on,
            rules: row.rules,
            units: row.units,
            mobile: row.mobile,
            facts: row.facts,
            former: row.former,
        };
        Ok(Self {
            ground: Ground::read(ground)?,
            units: units.into_iter().map(|unit| (unit.id, unit)).collect(),
            duties: serde_json::from_value(row.duties).map_err(read)?,
        })
    }

    /// Leaves out the rules of which nothing need be known.
    pub fn keep(&mut self, keep: impl Fn(&RuleNow) -> bool) {
        self.ground.rules.retain(keep);
    }

    /// The duties that will come to be with a last day in `from..=until`, by today's rules and facts. What opens within
    /// the reach of the generation exists already, or is not owed.
    pub fn planned(&self, from: NaiveDate, until: NaiveDate, today: NaiveDate) -> Vec<Planned<'_>> {
        let Some(start_on) = self.ground.start_on else { return Vec::new() };
        let there: HashSet<(Uuid, Uuid, &str)> = self
            .duties
            .iter()
            .map(|duty| (duty.rule_id, duty.subject_id, duty.window_key.as_str()))
            .collect();
        let mut found = Vec::new();
        for rule in &self.ground.rules {
            // One that this release cannot read makes no duties either.
            let Ok(terms) = rule.terms() else { continue };
            let former = self.ground.former.get(&rule.id);
            for owed in self.ground.town.falling(&terms, start_on.max(from), today, until, former).owed {
                let Some(unit) = self.units.get(&owed.unit) else { continue };
                let due = owed.window.last.is_some_and(|last| (from..=until).contains(&last));
                let to_come = due && owed.carried.is_none() && owed.window.first > today + ladder::AHEAD;
                let subject = owed.subject();
                if to_come && !there.contains(&(rule.id, subject, owed.window.key.as_str())) {
                    found.push(Planned { rule, unit, owed });
                }
            }
        }
        found.sort_by(|a, b| {
            let of = |one: &Planned<'_>| (one.owed.window.last, one.rule.code.clone(), one.unit.path.clone());
            of(a).cmp(&of(b))
        });
        found
    }
}
