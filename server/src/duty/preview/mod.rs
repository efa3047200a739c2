//! What a change of a rule would do in the next twelve months: the windows it makes, who gains and who loses duties, and what
//! the whole plan then asks for in minutes. Pure, over the town as it is loaded; nothing is written.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, TimeDelta};
use poem_openapi::Object;
use uuid::Uuid;

use super::calendar::add_months;
use super::ground::{FormerDuties, Terms};
use super::town::{Owed, Town};
use crate::ids::UnitId;
use crate::named::named;

/// A rule, and what one duty of it asks.
pub(super) struct Side {
    pub terms: Terms,
    pub minutes: u32,
}

/// What a change would do
#[derive(Debug, Object)]
pub struct RulePreview {
    /// The first and the last day looked at.
    pub from: NaiveDate,
    pub until: NaiveDate,
    /// As the rule would be, by their days.
    pub windows: Vec<PreviewWindow>,
    /// Duties still to be done in these months, as the rule stands.
    pub duties_before: u32,
    /// As it would be.
    pub duties_after: u32,
    /// Units that would have more to do, by name.
    pub gains: Vec<UnitChange>,
    pub loses: Vec<UnitChange>,
    /// Of the whole plan, minutes a month.
    pub burden: Vec<Burden>,
}

/// A window and how many duties it makes
#[derive(Debug, PartialEq, Eq, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PreviewWindow {
    pub key: String,
    pub first: NaiveDate,
    /// Absent for 立即.
    pub last: Option<NaiveDate>,
    pub duties: u32,
}

/// More or fewer duties of a unit
#[derive(Debug, PartialEq, Eq, Object)]
pub struct UnitChange {
    pub unit_id: UnitId,
    pub unit: String,
    pub by: u32,
}

named! {
    /// Whose minutes are counted.
    #[oai(rename = "BurdenOf")]
    pub enum Bearer {
        Village = "village" "每个村",
        Branch = "branch" "每个支部(含党小组和流动党员)",
        Town = "town" "镇里",
    }
}

/// Minutes a month, on average over those of the kind
#[derive(Debug, PartialEq, Object)]
pub struct Burden {
    pub of: Bearer,
    pub label: String,
    pub before: f64,
    pub after: f64,
}

/// The town, its plan and its day.
pub(super) struct Scene<'a> {
    pub town: &'a Town,
    pub start_on: NaiveDate,
    pub today: NaiveDate,
    /// What the rule has made so far, in all its versions.
    pub existing: &'a FormerDuties,
}

/// Looks at the twelve months from today, with the rule as it is and as it would be; `others` are the rest of the plan.
pub(super) fn look(scene: &Scene<'_>, before: &Side, after: &Side, others: &[Side]) -> RulePreview {
    let until = scene.until();
    let (now, then) = (scene.ahead(&before.terms), scene.ahead(&after.terms));
    let mut by_unit: HashMap<Uuid, (u32, u32)> = HashMap::new();
    for duty in &now {
        by_unit.entry(duty.unit).or_default().0 += 1;
    }
    for duty in &then {
        by_unit.entry(duty.unit).or_default().1 += 1;
    }
    let changed = |wanted: fn(u32, u32) -> Option<u32>| {
        let found = by_unit.iter().filter_map(|(unit, (now, then))| {
            let by = wanted(*now, *then).filter(|by| *by > 0)?;
            Some(UnitChange { unit_id: UnitId(*unit), unit: scene.name(*unit), by })
        });
        let mut found: Vec<UnitChange> = found.collect();
        found.sort_by(|one, next| (&one.unit, one.unit_id).cmp(&(&next.unit, next.unit_id)));
        found
    };
    RulePreview {
        from: scene.today,
        until,
        windows: windows(&then),
        duties_before: count(now.len()),
        duties_after: count(then.len()),
        gains: changed(|now, then| then.checked_sub(now)),
        loses: changed(u32::checked_sub),
        burden: scene.burden(before, after, others),
    }
}

impl Scene<'_> {
    fn until(&self) -> NaiveDate {
        add_months(self.today, 12) - TimeDelta::days(1)
    }

    /// What the rule still asks for in the twelve months: not what is done already.
    fn ahead(&self, terms: &Terms) -> Vec<Owed> {
        let from = self.start_on.max(self.today);
        self.town.falling(terms, from, self.today, self.until(), Some(self.existing)).owed
    }

    fn name(&self, unit: Uuid) -> String {
        self.town.units.iter().find(|row| row.id == unit).map_or_else(String::new, |row| row.name.clone())
    }

    fn bearer(&self, unit: Uuid) -> Option<Bearer> {
        let row = self.town.units.iter().find(|row| row.id == unit)?;
        Some(match row.kind.as_str() {
            "village" => Bearer::Village,
            "town" => Bearer::Town,
            _ => Bearer::Branch,
        })
    }

    /// Minutes of a year by bearer, whatever is done already: what the rule asks year by year.
    fn minutes(&self, side: &Side) -> HashMap<Bearer, u32> {
        let (from, until) = (self.start_on.max(self.today), self.until());
        let falling = self.town.falling(&side.terms, from, self.today, until, None);
        let mut minutes = HashMap::new();
        let ending = falling.owed.iter().filter(|duty| duty.window.last.is_some_and(|last| last <= until));
        for bearer in ending.filter_map(|duty| self.bearer(duty.unit)) {
            *minutes.entry(bearer).or_default() += side.minutes;
        }
        minutes
    }

    fn burden(&self, before: &Side, after: &Side, others: &[Side]) -> Vec<Burden> {
        let (now, then) = (self.minutes(before), self.minutes(after));
        let rest: Vec<_> = others.iter().map(|side| self.minutes(side)).collect();
        let line = |of: &Bearer| {
            let bearers = self.town.units.iter().filter(|row| {
                let kind = match of {
                    Bearer::Village => "village",
                    Bearer::Branch => "branch",
                    Bearer::Town => "town",
                };
                row.kind == kind && row.closed_on.is_none_or(|closed| closed > self.today)
            });
            let bearers = f64::from(count(bearers.count()).max(1));
            let of_rest: u32 = rest.iter().filter_map(|minutes| minutes.get(of)).sum();
            let a_month = |minutes: &HashMap<Bearer, u32>| {
                let year = f64::from(of_rest + minutes.get(of).copied().unwrap_or_default());
                (year / 12.0 / bearers * 10.0).round() / 10.0
            };
            Burden { of: *of, label: of.label().to_owned(), before: a_month(&now), after: a_month(&then) }
        };
        Bearer::ALL.iter().map(line).collect()
    }
}

fn windows(owed: &[Owed]) -> Vec<PreviewWindow> {
    // Several times a period are several windows of the same days: one line.
    let mut found: BTreeMap<(NaiveDate, NaiveDate), PreviewWindow> = BTreeMap::new();
    for duty in owed {
        let window = &duty.window;
        let days = (window.last.unwrap_or(NaiveDate::MAX), window.first);
        let line = found.entry(days).or_insert_with(|| PreviewWindow {
            key: window.key.clone(),
            first: window.first,
            last: window.last,
            duties: 0,
        });
        line.duties += 1;
    }
    found.into_values().collect()
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
