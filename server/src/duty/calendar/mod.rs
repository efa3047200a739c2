//! 时间节点: from a cadence to windows of local dates. Pure, and the same whenever and however often it is asked.
//!
//! Days are never moved for weekends or holidays: the notice does not say so.

mod days;
mod spans;

use chrono::{Days, NaiveDate};

use crate::plan::{Cadence, Rule};

pub use days::{Span, Xun, add_months, age_on, half_of, month_end, quarter_of, xun, year_of};

/// When one duty of a rule is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Stable name within its rule: `2021Q4`, `2021-10`, `2021-10-10`, `2021H2`, `2021`.
    pub key: String,
    /// A deed counts from this day on.
    pub first: NaiveDate,
    /// The last day on which it is in time; `None` has no date to be late for.
    pub last: Option<NaiveDate>,
    /// The last day on which a deed done in time may arrive and still be in time (design D12).
    pub grace_last: Option<NaiveDate>,
    /// The last day of a deed that belongs here, late if after `last`: until the rule's next window opens, or for ever.
    pub counts_until: Option<NaiveDate>,
}

impl Window {
    /// The last day and its grace have passed. Never true without a date.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.grace_last.is_some_and(|last| today > last)
    }
}

/// The windows of a cadence that are open on some day of `from..=through`, oldest first. Those that end before
/// `start_on` are not owed (design D12).
pub fn windows(
    cadence: &Cadence,
    grace_days: u32,
    from: NaiveDate,
    through: NaiveDate,
    start_on: Option<NaiveDate>,
) -> Vec<Window> {
    let from = start_on.map_or(from, |day| day.max(from));
    spans::around(cadence, from, through)
        .into_iter()
        .filter(|slot| slot.first <= through && slot.last.is_none_or(|last| last >= from))
        .map(|slot| Window {
            key: slot.key,
            first: slot.first,
            last: slot.last,
            grace_last: slot
                .last
                .map(|last| last.checked_add_days(Days::new(grace_days.into())).unwrap_or(last)),
            counts_until: slot.counts_until,
        })
        .collect()
}

/// The windows a rule has opened by `today` in a town whose plan starts on `start_on`: what ought to exist as duties.
pub fn owed(rule: &Rule, start_on: NaiveDate, today: NaiveDate) -> Vec<Window> {
    let start_on = rule.first.map_or(start_on, |first| first.max(start_on));
    windows(&rule.cadence, rule.grace_days, start_on, today, Some(start_on))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
