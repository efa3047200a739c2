//! The town as it stands, and what a rule asks of it. Pure: a window that has closed is judged by what was known on its last
//! day; only those still open follow what is known today.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::applies::{self, BranchFacts};
use super::calendar::Window;
use super::ground::{FormerDuties, Terms};
use super::takeover;
use crate::plan::{Audience, Condition};
use crate::platform::clock;

/// A duty that should exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owed {
    pub rule: Uuid,
    pub unit: Uuid,
    pub person: Option<Uuid>,
    pub window: Window,
    /// The duty of a former version that becomes this one.
    pub carried: Option<Uuid>,
}

impl Owed {
    /// Who owes it: the member it is about, or the unit.
    pub fn subject(&self) -> Uuid {
        self.person.unwrap_or(self.unit)
    }
}

/// What rules make of the town.
#[derive(Default)]
pub struct Falling {
    pub(super) owed: Vec<Owed>,
    pub(super) not_owed: Vec<Owed>,
    /// Open duties of former versions in whose place another date has come.
    pub(super) replaced: Vec<Uuid>,
}

impl Falling {
    pub(super) fn append(&mut self, other: Self) {
        self.owed.extend(other.owed);
        self.not_owed.extend(other.not_owed);
        self.replaced.extend(other.replaced);
    }

    /// How many duties are owed.
    pub fn owed(&self) -> usize {
        self.owed.len()
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct UnitRow {
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub parent_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub closed_on: Option<NaiveDate>,
}

/// What was known of an absence from `set_at` on.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct MobileRow {
    pub id: Uuid,
    pub person_id: Uuid,
    pub branch_id: Uuid,
    pub away_since: NaiveDate,
    pub returned_on: Option<NaiveDate>,
    pub set_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct FactsRow {
    pub unit_id: Uuid,
    pub from_on: NaiveDate,
    pub has_committee: bool,
    pub has_groups: bool,
    pub full_members: i32,
    pub probationary_members: i32,
    pub set_at: DateTime<Utc>,
}

/// Who may owe something.
pub(super) struct Subject {
    unit: Uuid,
    person: Option<Uuid>,
    /// The branch whose facts decide, where it is not the unit itself.
    branch: Option<Uuid>,
}

impl Subject {
    fn owes(&self, rule: Uuid, window: Window, carried: Option<Uuid>) -> Owed {
        Owed { rule, unit: self.unit, person: self.person, window, carried }
    }
}

pub(super) struct Town {
    pub units: Vec<UnitRow>,
    /// Each absence as it became known and was corrected, one after the other.
    mobile: Vec<MobileRow>,
    facts: HashMap<Uuid, Vec<FactsRow>>,
}

impl Town {
    pub fn new(units: Vec<UnitRow>, mobile: Vec<MobileRow>, facts: Vec<FactsRow>) -> Self {
        let mut of_branch: HashMap<Uuid, Vec<FactsRow>> = HashMap::new();
        for row in facts {
            of_branch.entry(row.unit_id).or_default().push(row);
        }
        Self { units, mobile, facts: of_branch }
    }

    /// What the rule asks of whom, for the windows that open by `until`, as known today.
    pub fn falling(
        &self,
        rule: &Terms,
        start_on: NaiveDate,
        today: NaiveDate,
        until: NaiveDate,
        former: Option<&FormerDuties>,
    ) -> Falling {
        let conditions: Vec<Condition> =
            rule.audience.needs().into_iter().chain(rule.conditions.iter().copied()).collect();
        let mut windows_of: HashMap<Uuid, (Subject, Vec<Window>)> = HashMap::new();
        let mut found = Falling::default();
        for window in rule.windows(start_on, until) {
            // What decides: the facts of today, or of the last day of a window that has closed.
            let day = Day::of(self, window.last.map_or(today, |last| last.min(today)));
            for subject in day.subjects(rule.audience) {
                let branch = subject.branch.unwrap_or(subject.unit);
                if conditions.is_empty() || applies::applies(&conditions, &day.facts(branch)).is_ok() {
                    let id = subject.person.unwrap_or(subject.unit);
                    windows_of.entry(id).or_insert_with(|| (subject, Vec::new())).1.push(window.clone());
                } else {
                    found.not_owed.push(subject.owes(rule.id, window.clone(), None));
                }
            }
        }
        for (id, (subject, windows)) in windows_of {
            let former = former.and_then(|former| former.get(&id)).map_or(&[][..], Vec::as_slice);
            let taken = takeover::take_over(rule.cadence.is_single(), rule.effective_on, windows, former);
            found.owed.extend(
                taken.owed.into_iter().map(|(window, carried)| subject.owes(rule.id, window, carried)),
            );
            found.replaced.extend(taken.replaced);
        }
        found
    }
}

/// The town as it was known at the end of a day.
struct Day<'a> {
    town: &'a Town,
    on: NaiveDate,
    end: DateTime<Utc>,
    away: Vec<&'a MobileRow>,
    /// How many are away from each branch.
    away_from: HashMap<Uuid, i32>,
}

impl<'a> Day<'a> {
    fn of(town: &'a Town, on: NaiveDate) -> Self {
        let end = clock::start_of(on) + TimeDelta::days(1);
        let known = town.mobile.chunk_by(|one, next| one.id == next.id);
        let away: Vec<&MobileRow> = known
            .filter_map(|known| known.iter().rfind(|row| row.set_at < end))
            .filter(|row| row.away_since <= on && row.returned_on.is_none_or(|returned| returned > on))
            .collect();
        let mut away_from = HashMap::new();
        for row in &away {
            *away_from.entry(row.branch_id).or_insert(0) += 1;
        }
        Self { town, on, end, away, away_from }
    }

    /// Units and members that existed by the end of the day.
    fn subjects(&self, audience: Audience) -> Vec<Subject> {
        let kind = match audience {
            Audience::EachBranch | Audience::EachCommittee => "branch",
            Audience::EachGroup => "group",
            Audience::EachVillage => "village",
            Audience::TownOffice
            | Audience::TownSecretary
            | Audience::DisciplineOffice
            | Audience::InspectionGroup => "town",
            Audience::EachMobileMember | Audience::EachContactPair => {
                let of = |row: &&MobileRow| Subject {
                    unit: row.branch_id,
                    person: Some(row.person_id),
                    branch: None,
                };
                return self.away.iter().map(of).collect();
            }
        };
        let there = |row: &&UnitRow| {
            row.kind == kind
                && row.created_at < self.end
                && row.closed_on.is_none_or(|closed| closed > self.on)
        };
        let branch = |row: &UnitRow| if kind == "group" { row.parent_id } else { None };
        let units = self.town.units.iter().filter(there);
        units.map(|row| Subject { unit: row.id, person: None, branch: branch(row) }).collect()
    }

    fn facts(&self, branch: Uuid) -> BranchFacts {
        let known = self.town.facts.get(&branch).and_then(|rows| {
            rows.iter()
                .filter(|row| row.from_on <= self.on && row.set_at < self.end)
                .max_by_key(|row| (row.from_on, row.set_at))
        });
        BranchFacts {
            has_committee: known.is_some_and(|row| row.has_committee),
            has_groups: known.is_some_and(|row| row.has_groups),
            full_members: known.map_or(0, |row| row.full_members),
            probationary_members: known.map_or(0, |row| row.probationary_members),
            mobile_members: self.away_from.get(&branch).copied().unwrap_or_default(),
        }
    }
}
