//! Making duties from rules and facts. Idempotent, and independent of when and how often it runs (invariant 5): a
//! window that has closed is judged by what was known on its last day; only windows still open follow a change.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::applies::{self, BranchFacts};
use super::calendar::{self, Window};
use super::takeover::{self, Former};
use super::{hand_over, ladder, sql_generate as sql, sql_hand_over};
use crate::error::ApiResult;
use crate::ids::TownId;
use crate::notify;
use crate::plan::{Audience, Cadence, Condition};
use crate::platform::clock;

/// A duty that should exist.
#[derive(Clone)]
pub(super) struct Owed {
    pub rule: Uuid,
    pub unit: Uuid,
    pub person: Option<Uuid>,
    pub window: Window,
    /// The duty of a former version that becomes this one.
    pub carried: Option<Uuid>,
}

/// A rule as far as it decides who owes what.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    pub id: Uuid,
    pub cadence: Cadence,
    pub audience: Audience,
    pub conditions: Vec<Condition>,
    pub grace_days: u32,
    pub first_on: Option<NaiveDate>,
    /// Windows that closed before this version came are the former one's.
    pub effective_on: Option<NaiveDate>,
    pub off: bool,
}

/// Generates in every town that has a plan. A town whose plan cannot be read keeps no other from its duties.
pub async fn generate_all(db: &PgPool, now: DateTime<Utc>) -> ApiResult<u64> {
    let mut made = 0;
    for town in sql::towns_with_plan(db).await? {
        match generate_one(db, TownId(town), now).await {
            Ok(changed) => made += changed,
            Err(error) => tracing::error!(?error, %town, "alarm: a town's duties are not generated"),
        }
    }
    Ok(made)
}

async fn generate_one(db: &PgPool, town: TownId, now: DateTime<Utc>) -> ApiResult<u64> {
    let mut tx = db.begin().await?;
    let changed = generate(&mut tx, town, now).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Brings the town's duties up to its rules and facts; returns how many rows changed.
pub async fn generate(tx: &mut PgConnection, town: TownId, now: DateTime<Utc>) -> ApiResult<u64> {
    let today = clock::today(now);
    if !sql::lock(tx, town).await? {
        return Ok(0);
    }
    let Some(start_on) = sql::start_on(tx, town).await? else { return Ok(0) };
    let town_now = Town::load(tx, town).await?;
    let mut former = sql::former(tx, town).await?;
    let mut all = Falling::default();
    for rule in sql::rules(tx, town).await? {
        let former = former.remove(&rule.id).unwrap_or_default();
        let found = town_now.falling(&rule.terms()?, start_on, today, today + ladder::AHEAD, &former);
        all.owed.extend(found.owed);
        all.not_owed.extend(found.not_owed);
        all.replaced.extend(found.replaced);
    }
    // What moves along is moved before what stays behind is withdrawn, and both are locked by it before anything new is made.
    let mut changed = sql::carry(tx, town, &all.owed).await?;
    sql_hand_over::follow_members(tx, town).await?;
    hand_over::release_left(tx, town, now).await?;
    let mut gone = sql::withdraw(tx, town, &all.not_owed, now).await?;
    gone.extend(sql::withdraw_gone(tx, town, &all.replaced, today, now).await?);
    // What was handed in or decided in this very moment was not carried; the next round sees how it stands.
    let (_, new): (Vec<_>, Vec<_>) = all.owed.iter().cloned().partition(|duty| duty.carried.is_some());
    changed += sql::insert(tx, town, &new, today).await?;
    changed += sql::reopen(tx, town, &all.owed).await?;
    let subjects: Vec<notify::Subject> = gone.iter().map(|duty| ("duty", *duty)).collect();
    notify::withdraw(tx, town, &subjects, now).await?;
    Ok(changed + u64::try_from(gone.len()).unwrap_or(u64::MAX))
}

impl Terms {
    /// Its windows that open by `until`; none of a rule that is switched off.
    pub(super) fn windows(&self, start_on: NaiveDate, until: NaiveDate) -> Vec<Window> {
        if self.off {
            return Vec::new();
        }
        let from = self.first_on.into_iter().chain(self.effective_on).fold(start_on, NaiveDate::max);
        let mut windows = calendar::windows(&self.cadence, self.grace_days, from, until, Some(from));
        // What has no date is asked for from the rule's first day on, where it names one.
        for window in windows.iter_mut().filter(|window| window.last.is_none()) {
            window.first = self.first_on.map_or(window.first, |first| first.max(window.first));
        }
        windows
    }

    fn applies(&self, facts: &BranchFacts) -> bool {
        let mut conditions = self.audience.needs().into_iter().chain(self.conditions.iter().copied());
        conditions.all(|condition| applies::applies(&[condition], facts).is_ok())
    }
}

/// Duties of former versions of a rule, by whom they are about.
pub(super) type FormerDuties = HashMap<Uuid, Vec<Former>>;

/// What a rule makes of the town.
#[derive(Default)]
pub(super) struct Falling {
    pub owed: Vec<Owed>,
    pub not_owed: Vec<Owed>,
    /// Open duties of former versions in whose place another date has come.
    pub replaced: Vec<Uuid>,
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
    /// What the rule asks of whom, for the windows that open by `until`, as known today.
    pub(super) fn falling(
        &self,
        rule: &Terms,
        start_on: NaiveDate,
        today: NaiveDate,
        until: NaiveDate,
        former: &FormerDuties,
    ) -> Falling {
        let mut windows_of: HashMap<Uuid, (Subject, Vec<Window>)> = HashMap::new();
        let mut found = Falling::default();
        for window in rule.windows(start_on, until) {
            // What decides: the facts of today, or of the last day of a window that has closed.
            let day = window.last.map_or(today, |last| last.min(today));
            for subject in self.subjects(rule.audience, day) {
                let facts = self.facts(subject.branch.unwrap_or(subject.unit), day);
                if rule.applies(&facts) {
                    let id = subject.person.unwrap_or(subject.unit);
                    windows_of.entry(id).or_insert_with(|| (subject, Vec::new())).1.push(window.clone());
                } else {
                    found.not_owed.push(subject.owes(rule.id, window.clone(), None));
                }
            }
        }
        for (id, (subject, windows)) in windows_of {
            let former = former.get(&id).map_or(&[][..], Vec::as_slice);
            let taken = takeover::take_over(rule.cadence.is_single(), rule.effective_on, &windows, former);
            found.owed.extend(
                taken.owed.into_iter().map(|(window, carried)| subject.owes(rule.id, window, carried)),
            );
            found.replaced.extend(taken.replaced);
        }
        found
    }

    pub(super) async fn load(tx: &mut PgConnection, town: TownId) -> ApiResult<Self> {
        let mut facts: HashMap<Uuid, Vec<sql::FactsRow>> = HashMap::new();
        for row in sql::facts(tx, town).await? {
            facts.entry(row.unit_id).or_default().push(row);
        }
        Ok(Self { units: sql::units(tx, town).await?, mobile: sql::mobile(tx, town).await?, facts })
    }

    /// Units and members that existed by the end of `day`.
    pub fn subjects(&self, audience: Audience, day: NaiveDate) -> Vec<Subject> {
        if audience.is_of_a_member() {
            return self
                .away(day)
                .map(|row| Subject { unit: row.branch_id, person: Some(row.person_id), branch: None })
                .collect();
        }
        let kind = audience.unit_kind();
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

impl Subject {
    fn owes(&self, rule: Uuid, window: Window, carried: Option<Uuid>) -> Owed {
        Owed { rule, unit: self.unit, person: self.person, window, carried }
    }
}
