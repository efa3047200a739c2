//! The run of slots a cadence cuts time into.

use chrono::{Datelike, NaiveDate};

use super::days::{Span, add_months, day_after, day_before, period_of};
use crate::plan::{Cadence, Period};

/// A window before grace.
pub(super) struct Slot {
    pub key: String,
    pub first: NaiveDate,
    pub last: Option<NaiveDate>,
    pub counts_until: Option<NaiveDate>,
}

/// Every slot of the cadence that touches `from..=through`, and some more.
pub(super) fn around(cadence: &Cadence, from: NaiveDate, through: NaiveDate) -> Vec<Slot> {
    match cadence {
        Cadence::Once { opens, due } => {
            vec![Slot { key: due.to_string(), first: *opens, last: Some(*due), counts_until: None }]
        }
        Cadence::Immediately { since } => vec![undated("asap", *since)],
        Cadence::PastAtIssue { was } => vec![undated("new-date", day_after(*was))],
        // Opened by the office, or not counted by anybody yet.
        Cadence::Event {} | Cadence::Unset {} => Vec::new(),
        Cadence::FixedDays { days } => chained(
            periods(1, from, through)
                .flat_map(|month| days.iter().filter_map(move |day| month.first.with_day(*day)))
                .map(|day| (day.to_string(), Span { first: day, last: day })),
        ),
        Cadence::MonthEnd { months, opens_day } => chained(
            periods(1, from, through)
                .filter(|month| months.contains(&month.first.month()))
                .filter_map(|month| Some(Span { first: month.first.with_day(*opens_day)?, ..month }))
                .map(|span| (span.last.to_string(), span)),
        ),
        Cadence::PerPeriod { period, times, opens } => {
            let slots = chained(periods(period.months(), from, through).map(|span| {
                let opened = opens.and_then(|day| day.in_year(span.first.year()));
                (key(*period, span.first), Span { first: opened.unwrap_or(span.first), ..span })
            }));
            if *times == 1 { slots } else { repeated(&slots, *times) }
        }
    }
}

fn undated(key: &str, first: NaiveDate) -> Slot {
    Slot { key: key.to_owned(), first, last: None, counts_until: None }
}

/// The periods from that of `from` to a year after `through`: every cadence comes round within one, so the window after
/// the last one asked for is there to say how long that one counts.
fn periods(months: u32, from: NaiveDate, through: NaiveDate) -> impl Iterator<Item = Span> {
    let end = add_months(through, 13);
    let first = period_of(from, months);
    std::iter::successors(Some(first), move |span| {
        let next = period_of(day_after(span.last), months);
        // At the end of the calendar there is no day after.
        (next.first > span.first).then_some(next)
    })
    .take_while(move |span| span.first <= end)
}

/// A deed belongs to the window that opened last, so each counts until the day before the next one opens.
fn chained(spans: impl Iterator<Item = (String, Span)>) -> Vec<Slot> {
    let spans: Vec<_> = spans.collect();
    let next_firsts = spans.iter().skip(1).map(|(_, next)| day_before(next.first)).collect::<Vec<_>>();
    // The last one lies beyond what was asked for: it is only there to bound the one before.
    spans
        .into_iter()
        .zip(next_firsts)
        .map(|((key, span), until)| Slot {
            key,
            first: span.first,
            last: Some(span.last),
            counts_until: Some(until),
        })
        .collect()
}

/// Each slot `times` times over, told apart by `-1`, `-2` …
fn repeated(slots: &[Slot], times: u32) -> Vec<Slot> {
    let copy = |slot: &Slot, n| Slot { key: format!("{}-{n}", slot.key), ..*slot };
    slots.iter().flat_map(|slot| (1..=times).map(move |n| copy(slot, n))).collect()
}

fn key(period: Period, first: NaiveDate) -> String {
    let (year, month) = (first.year(), first.month());
    match period {
        Period::Month => format!("{year}-{month:02}"),
        Period::Quarter => format!("{year}Q{}", month.div_ceil(3)),
        Period::HalfYear => format!("{year}H{}", month.div_ceil(6)),
        Period::Year => year.to_string(),
    }
}
