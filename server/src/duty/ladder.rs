//! 提醒阶梯: on which days before its end a duty is recalled, and how much each rung is worth.

use chrono::{NaiveDate, TimeDelta};

use crate::notify::Weight;
use crate::plan::{Cadence, Ladder, Period};

/// A rung: days before the last day, and what it may cost.
pub type Rung = (i64, Weight);

/// A dated day is recalled the day before and on it.
pub const DAY: &[Rung] = &[(1, Weight::Spare), (0, Weight::Important)];
/// A month's duty a week and a day before its end.
pub const MONTH: &[Rung] = &[(7, Weight::Spare), (1, Weight::Spare)];
/// A quarter or longer, two weeks and three days before, and on the last day.
pub const LONG: &[Rung] = &[(14, Weight::Spare), (3, Weight::Spare), (0, Weight::Important)];

/// The furthest rung of any ladder: how far ahead duties must exist.
pub const AHEAD: TimeDelta = TimeDelta::days(14);

/// What happens once and what the office opens is recalled like a quarter's: the first rung reached is told at once, so
/// that an occasion opened shortly before its day is told as it is opened. A quiet rule has no rungs at all.
fn rungs(cadence: &Cadence, ladder: Ladder) -> &'static [Rung] {
    match cadence {
        _ if ladder == Ladder::Quiet => &[],
        Cadence::FixedDays { .. } => DAY,
        Cadence::PerPeriod { period: Period::Month, .. } => MONTH,
        Cadence::PerPeriod { .. } | Cadence::MonthEnd { .. } | Cadence::Once { .. } | Cadence::Event {} => {
            LONG
        }
        Cadence::Immediately { .. } | Cadence::PastAtIssue { .. } | Cadence::Unset {} => &[],
    }
}

/// The day on which a ladder begins to speak of a window that ends on `last`: with its first rung, or not before.
pub fn begins(cadence: &Cadence, ladder: Ladder, last: NaiveDate) -> Option<NaiveDate> {
    rungs(cadence, ladder).first().map(|(days, _)| last - TimeDelta::days(*days))
}

/// The rung a day stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// `T-14`, `T-0` …
    pub name: String,
    pub weight: Weight,
    /// From this day on the rung is stale: the next one speaks, or the window has ended.
    pub until: NaiveDate,
}

/// The rung for `today`, if the window's end is near: of those reached, the last one. Rungs missed while the server
/// was away are not made up for.
pub fn due(cadence: &Cadence, ladder: Ladder, last: NaiveDate, today: NaiveDate) -> Option<Due> {
    if today > last {
        return None;
    }
    let ladder = rungs(cadence, ladder);
    let reached = ladder.iter().rposition(|(days, _)| last - TimeDelta::days(*days) <= today)?;
    let (days, weight) = *ladder.get(reached)?;
    let next =
        ladder.get(reached + 1).map_or(last + TimeDelta::days(1), |(days, _)| last - TimeDelta::days(*days));
    Some(Due { name: format!("T-{days}"), weight, until: next })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn each_day_stands_on_the_last_rung_reached() {
        let study = Cadence::FixedDays { days: vec![10, 20] };
        let month = Cadence::PerPeriod { period: Period::Month, times: 1, opens: None };
        let quarter = Cadence::PerPeriod { period: Period::Quarter, times: 1, opens: None };
        let event = Cadence::Event {};
        for (cadence, last, today, expected) in [
            (&study, "2021-10-10", "2021-10-08", None),
            (&study, "2021-10-10", "2021-10-09", Some(("T-1", Weight::Spare, "2021-10-10"))),
            (&study, "2021-10-10", "2021-10-10", Some(("T-0", Weight::Important, "2021-10-11"))),
            (&study, "2021-10-10", "2021-10-11", None),
            (&month, "2021-10-31", "2021-10-23", None),
            (&month, "2021-10-31", "2021-10-24", Some(("T-7", Weight::Spare, "2021-10-30"))),
            (&month, "2021-10-31", "2021-10-29", Some(("T-7", Weight::Spare, "2021-10-30"))),
            (&month, "2021-10-31", "2021-10-31", Some(("T-1", Weight::Spare, "2021-11-01"))),
            (&quarter, "2021-12-31", "2021-12-17", Some(("T-14", Weight::Spare, "2021-12-28"))),
            (&quarter, "2021-12-31", "2021-12-30", Some(("T-3", Weight::Spare, "2021-12-31"))),
            (&quarter, "2021-12-31", "2021-12-31", Some(("T-0", Weight::Important, "2022-01-01"))),
            (&event, "2021-10-20", "2021-10-12", Some(("T-14", Weight::Spare, "2021-10-17"))),
        ] {
            let found = due(cadence, Ladder::Usual, day(last), day(today));
            assert_eq!(due(cadence, Ladder::Quiet, day(last), day(today)), None, "a quiet rule says nothing");
            let expected = expected.map(|(name, weight, until)| Due {
                name: name.to_owned(),
                weight,
                until: day(until),
            });
            assert_eq!(found, expected, "{cadence:?} ending {last}, on {today}");
        }
    }
}
