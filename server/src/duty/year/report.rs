//! What carrying the plan into a year does, for whoever decides: which rules go on, which want a date, what falls due in its
//! months. Pure, over the town as it is loaded.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use poem_openapi::Object;

use super::Decided;
use crate::duty::ground::{FormerDuties, Ground, RuleNow, Terms};
use crate::error::{ApiError, ApiResult};
use crate::plan::Cadence;
use crate::plan::year::{Deed, Step, Turn, turn};

/// The plan in another year
#[derive(Debug, Object)]
pub struct YearReport {
    pub year: i32,
    /// Rules that go on as they are.
    pub goes_on: Vec<CarriedRule>,
    /// Dated ones of a year before that are not over yet: they are carried when they are.
    pub running: Vec<CarriedRule>,
    /// Those that want another date, with what is chosen.
    pub dated: Vec<DatedRule>,
    /// Rules that are switched off, and stay so.
    pub off: u32,
    /// What ends in each month of the year, from today on.
    pub months: Vec<YearMonth>,
    /// How many rules would change, or have.
    pub changes: u32,
    /// What was seen: only that is carried.
    pub seen: String,
}

/// A rule and how many duties it makes in the year
#[derive(Debug, Object)]
pub struct CarriedRule {
    pub code: String,
    pub title: String,
    /// The cadence in words.
    pub often: String,
    pub duties: u32,
}

/// A rule that wants another date, and what is chosen for it
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct DatedRule {
    pub code: String,
    pub title: String,
    /// Its former last day.
    pub was: NaiveDate,
    /// The office has been asked for another date already.
    pub asked: bool,
    pub deed: Deed,
    pub opens: Option<NaiveDate>,
    pub due: Option<NaiveDate>,
    pub reason: Option<String>,
    /// How many duties it makes in the year.
    pub duties: u32,
}

/// How many duties end in a month
#[derive(Debug, PartialEq, Eq, Object)]
pub struct YearMonth {
    pub month: u32,
    pub duties: u32,
}

/// The year's part from today on.
struct Year<'a> {
    ground: &'a Ground,
    first: NaiveDate,
    last: NaiveDate,
    today: NaiveDate,
    months: BTreeMap<u32, u32>,
}

pub(super) fn of(
    ground: &Ground,
    year: i32,
    today: NaiveDate,
    decided: &[Decided<'_>],
) -> ApiResult<YearReport> {
    let days = NaiveDate::from_ymd_opt(year, 1, 1).zip(NaiveDate::from_ymd_opt(year, 12, 31));
    let (first, last) = days.ok_or_else(|| ApiError::internal(format!("there is no year {year}")))?;
    let mut ahead = Year { ground, first: first.max(today), last, today, months: BTreeMap::new() };
    let (mut goes_on, mut running, mut off) = (Vec::new(), Vec::new(), 0);
    let mut dated = Vec::new();
    for rule in &ground.rules {
        let cadence = rule.cadence()?;
        let turn = turn(&cadence, rule.off, year, today);
        if turn == Turn::Off {
            off += 1;
            continue;
        }
        if let Turn::WantsDate(_) = turn {
            let Some(one) = decided.iter().find(|one| one.rule.id == rule.id) else { continue };
            let duties = ahead.of_step(one)?;
            dated.push(DatedRule {
                code: rule.code.clone(),
                title: rule.dated_title().to_owned(),
                was: one.wants.was,
                asked: one.wants.asked,
                deed: one.choice.deed,
                opens: one.choice.opens,
                due: one.choice.due,
                reason: one.choice.reason.clone(),
                duties,
            });
            continue;
        }
        let line = carried(rule, &cadence, ahead.duties(&rule.terms()?, ground.former.get(&rule.id)));
        if turn == Turn::GoesOn { goes_on.push(line) } else { running.push(line) }
    }
    let months = (ahead.first.month()..=12)
        .map(|month| YearMonth { month, duties: ahead.months.get(&month).copied().unwrap_or_default() });
    Ok(YearReport {
        year,
        goes_on,
        running,
        dated,
        off,
        months: months.collect(),
        changes: count(decided.iter().filter(|one| one.step != Step::Stay).count()),
        seen: super::seen(ground, year, decided),
    })
}

fn carried(rule: &RuleNow, cadence: &Cadence, duties: u32) -> CarriedRule {
    CarriedRule { code: rule.code.clone(), title: rule.title.clone(), often: cadence.words(), duties }
}

impl Year<'_> {
    /// How many duties of the year these terms make, whatever is done of them by now.
    fn duties(&mut self, terms: &Terms, former: Option<&FormerDuties>) -> u32 {
        let from = self.ground.start_on.map_or(self.first, |start| start.max(self.first));
        let falling = self.ground.town.falling(terms, from, self.today, self.last, former);
        let lasts = falling.owed.iter().filter_map(|duty| duty.window.last);
        let of_year: Vec<u32> =
            lasts.filter(|last| (self.first..=self.last).contains(last)).map(|last| last.month()).collect();
        for month in &of_year {
            *self.months.entry(*month).or_default() += 1;
        }
        count(of_year.len())
    }

    /// The same of a rule that gets another date: nothing that was done before bears on it.
    fn of_step(&mut self, one: &Decided<'_>) -> ApiResult<u32> {
        let Step::Date(cadence) = &one.step else { return Ok(0) };
        let terms = Terms {
            cadence: cadence.clone(),
            first_on: None,
            effective_on: Some(self.today),
            off: false,
            ..one.rule.dated_terms()?
        };
        Ok(self.duties(&terms, None))
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
