//! Making duties from rules and facts. Idempotent, and independent of when and how often it runs (invariant 5): a
//! window that has closed is judged by what was known on its last day; only windows still open follow a change.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::applies::{self, BranchFacts};
use super::calendar::{self, Window};
use super::{ladder, sql_generate as sql};
use crate::error::{ApiError, ApiResult};
use crate::ids::TownId;
use crate::notify;
use crate::plan::{Audience, Cadence, Condition};
use crate::platform::clock;

/// A duty that should exist.
pub(super) struct Owed {
    pub rule: Uuid,
    pub unit: Uuid,
    pub person: Option<Uuid>,
    pub window: Window,
}

/// Generates in every town that has a plan.
pub async fn generate_all(db: &PgPool, now: DateTime<Utc>) -> ApiResult<u64> {
    let mut made = 0;
    for town in sql::towns_with_plan(db).await? {
        let mut tx = db.begin().await?;
        made += generate(&mut tx, TownId(town), now).await?;
        tx.commit().await?;
    }
    Ok(made)
}

/// Brings the town's duties up to its rules and facts; returns how many rows changed.
pub async fn generate(tx: &mut PgConnection, town: TownId, now: DateTime<Utc>) -> ApiResult<u64> {
    let today = clock::today(now);
    if !sql::lock(tx, town).await? {
        return Ok(0);
    }
    let Some(start_on) = sql::start_on(tx, town).await? else { return Ok(0) };
    let town_now = Town::load(tx, town).await?;
    let mut owed = Vec::new();
    let mut not_owed = Vec::new();
    for rule in sql::rules(tx, town).await? {
        let cadence: Cadence = serde_json::from_value(rule.cadence.clone()).map_err(ApiError::internal)?;
        let audience =
            Audience::parse(&rule.audience).ok_or_else(|| ApiError::internal("unknown audience"))?;
        let conditions: Vec<Condition> =
            serde_json::from_value(rule.conditions.clone()).map_err(ApiError::internal)?;
        for window in windows(&cadence, &rule, start_on, today) {
            // What decides: the facts of today, or of the last day of a window that has closed.
            let day = window.last.map_or(today, |last| last.min(today));
            for subject in town_now.subjects(audience, day) {
                let facts = town_now.facts(subject.branch.unwrap_or(subject.unit), day);
                let falls_due = audience
                    .needs()
                    .iter()
                    .chain(&conditions)
                    .all(|condition| applies::applies(&[*condition], &facts).is_ok());
                let duty = Owed {
                    rule: rule.id,
                    unit: subject.unit,
                    person: subject.person,
                    window: window.clone(),
                };
                if falls_due {
                    owed.push(duty);
                } else {
                    not_owed.push(duty);
                }
            }
        }
    }
    let mut changed = sql::insert(tx, town, &owed, today).await?;
    changed += sql::reopen(tx, town, &owed).await?;
    let mut gone = sql::withdraw(tx, town, &not_owed, now).await?;
    gone.extend(sql::withdraw_gone(tx, town, today, now).await?);
    let subjects: Vec<notify::Subject> = gone.iter().map(|duty| ("duty", *duty)).collect();
    notify::withdraw(tx, town, &subjects, now).await?;
    Ok(changed + u64::try_from(gone.len()).unwrap_or(u64::MAX))
}

/// The windows that should exist: those opened, and those near enough to be recalled beforehand.
fn windows(cadence: &Cadence, rule: &sql::RuleRow, start_on: NaiveDate, today: NaiveDate) -> Vec<Window> {
    let from = rule.first_on.map_or(start_on, |first| first.max(start_on));
    let grace = u32::try_from(rule.grace_days).unwrap_or_default();
    calendar::windows(cadence, grace, from, today + ladder::AHEAD, Some(from))
}

/// Who may owe something.
pub(super) struct Subject {
    pub unit: Uuid,
    pub person: Option<Uuid>,
    /// The branch whose facts decide, where it is not the unit itself.
    pub branch: Option<Uuid>,
}

/// The town as it stands, loaded once.
pub(super) struct Town {
    pub units: Vec<sql::UnitRow>,
    pub mobile: Vec<sql::MobileRow>,
    pub facts: HashMap<Uuid, Vec<sql::FactsRow>>,
}

impl Town {
    async fn load(tx: &mut PgConnection, town: TownId) -> ApiResult<Self> {
        let mut facts: HashMap<Uuid, Vec<sql::FactsRow>> = HashMap::new();
        for row in sql::facts(tx, town).await? {
            facts.entry(row.unit_id).or_default().push(row);
        }
        Ok(Self { units: sql::units(tx, town).await?, mobile: sql::mobile(tx, town).await?, facts })
    }

    /// Units and members that existed by the end of `day`.
    pub fn subjects(&self, audience: Audience, day: NaiveDate) -> Vec<Subject> {
        let kind = match audience {
            Audience::EachBranch | Audience::EachCommittee => "branch",
            Audience::EachGroup => "group",
            Audience::EachVillage => "village",
            Audience::TownOffice | Audience::TownSecretary | Audience::DisciplineOffice => "town",
            Audience::EachMobileMember | Audience::EachContactPair => {
                return self
                    .away(day)
                    .map(|row| Subject { unit: row.branch_id, person: Some(row.person_id), branch: None })
                    .collect();
            }
        };
        let end = clock::start_of(day) + TimeDelta::days(1);
        let there = |row: &&sql::UnitRow| {
            row.kind == kind && row.created_at < end && row.closed_on.is_none_or(|closed| closed > day)
        };
        let branch = |row: &sql::UnitRow| if kind == "group" { row.parent_id } else { None };
        self.units
            .iter()
            .filter(there)
            .map(|row| Subject { unit: row.id, person: None, branch: branch(row) })
            .collect()
    }

    /// Who was away on `day`, as known at its end.
    fn away(&self, day: NaiveDate) -> impl Iterator<Item = &sql::MobileRow> {
        let end = clock::start_of(day) + TimeDelta::days(1);
        self.mobile
            .chunk_by(|one, next| one.id == next.id)
            .filter_map(move |known| known.iter().rfind(|row| row.set_at < end))
            .filter(move |row| row.away_since <= day)
            .filter(move |row| row.returned_on.is_none_or(|returned| returned > day))
    }

    /// A branch's facts as known at the end of `day`.
    pub fn facts(&self, branch: Uuid, day: NaiveDate) -> BranchFacts {
        let end = clock::start_of(day) + TimeDelta::days(1);
        let known = self.facts.get(&branch).and_then(|rows| {
            rows.iter()
                .filter(|row| row.from_on <= day && row.set_at < end)
                .max_by_key(|row| (row.from_on, row.set_at))
        });
        let mobile_members = self.away(day).filter(|row| row.branch_id == branch).count();
        BranchFacts {
            has_committee: known.is_some_and(|row| row.has_committee),
            has_groups: known.is_some_and(|row| row.has_groups),
            full_members: known.map_or(0, |row| row.full_members),
            probationary_members: known.map_or(0, |row| row.probationary_members),
            mobile_members: i32::try_from(mobile_members).unwrap_or(i32::MAX),
        }
    }
}
