//! Arithmetic on local dates: 旬, month ends, quarters, half-years, months from a day, age.
//!
//! All of it saturates at the ends of the calendar, some 260,000 years away.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::named::named;

/// First and last day, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub first: NaiveDate,
    pub last: NaiveDate,
}

impl Span {
    pub fn contains(self, day: NaiveDate) -> bool {
        (self.first..=self.last).contains(&day)
    }
}

named! {
    /// A third of a month: days 1–10, 11–20, 21 to the end.
    pub enum Xun {
        Upper = "upper" "上旬",
        Middle = "middle" "中旬",
        Lower = "lower" "下旬",
    }
}

/// A 旬 of a month; `None` when there is no such month.
pub fn xun(year: i32, month: u32, xun: Xun) -> Option<Span> {
    let day = |day| NaiveDate::from_ymd_opt(year, month, day);
    Some(match xun {
        Xun::Upper => Span { first: day(1)?, last: day(10)? },
        Xun::Middle => Span { first: day(11)?, last: day(20)? },
        Xun::Lower => Span { first: day(21)?, last: month_end(day(21)?) },
    })
}

/// The same day `months` later (earlier if negative), or the last day of that month where it has no such day
/// (by analogy with 《民法典》 201 and 202: the day itself is not counted).
pub fn add_months(day: NaiveDate, months: i32) -> NaiveDate {
    let by = Months::new(months.unsigned_abs());
    if months < 0 {
        day.checked_sub_months(by).unwrap_or(NaiveDate::MIN)
    } else {
        day.checked_add_months(by).unwrap_or(NaiveDate::MAX)
    }
}

/// 月底: the last day of the month that `day` is in.
pub fn month_end(day: NaiveDate) -> NaiveDate {
    period_of(day, 1).last
}

/// The calendar quarter that `day` is in.
pub fn quarter_of(day: NaiveDate) -> Span {
    period_of(day, 3)
}

/// The half-year, from January or from July, that `day` is in.
pub fn half_of(day: NaiveDate) -> Span {
    period_of(day, 6)
}

/// The calendar year that `day` is in.
pub fn year_of(day: NaiveDate) -> Span {
    period_of(day, 12)
}

/// The run of `months` months, counted from January, that `day` is in; `months` divides twelve.
pub(super) fn period_of(day: NaiveDate, months: u32) -> Span {
    let back = Months::new(day.month0() % months);
    let first = first_of_month(day).checked_sub_months(back).unwrap_or(NaiveDate::MIN);
    let next = first.checked_add_months(Months::new(months));
    Span { first, last: next.map_or(NaiveDate::MAX, day_before) }
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(day.day0().into())).unwrap_or(NaiveDate::MIN)
}

pub(super) fn day_before(day: NaiveDate) -> NaiveDate {
    day.pred_opt().unwrap_or(day)
}

pub(super) fn day_after(day: NaiveDate) -> NaiveDate {
    day.succ_opt().unwrap_or(day)
}

/// Full years of age; who was born on 29 February completes a year on 1 March where there is no 29th, the safe choice
/// for a minimum age. `None` before birth.
pub fn age_on(born: NaiveDate, day: NaiveDate) -> Option<u32> {
    day.years_since(born)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> NaiveDate {
        text.parse().expect(text)
    }

    #[test]
    fn months_from_a_day_end_on_the_same_day_or_the_months_last() {
        for (from, months, to) in [
            ("2021-01-31", 1, "2021-02-28"),
            ("2023-01-31", 1, "2023-02-28"),
            ("2024-01-31", 1, "2024-02-29"),
            ("2021-11-30", 3, "2022-02-28"),
            // 预备期 of a year and its extension.
            ("2021-10-15", 12, "2022-10-15"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2024-08-31", 6, "2025-02-28"),
            ("2024-02-29", 48, "2028-02-29"),
            ("2024-03-31", -1, "2024-02-29"),
            ("2021-01-15", 0, "2021-01-15"),
        ] {
            assert_eq!(add_months(d(from), months), d(to), "{from} + {months}");
        }
        assert_eq!(add_months(d("2021-01-01"), i32::MAX), NaiveDate::MAX);
        assert_eq!(add_months(d("2021-01-01"), i32::MIN), NaiveDate::MIN);
    }

    #[test]
    fn a_third_of_a_month() {
        for (year, month, part, first, last) in [
            (2021, 10, Xun::Upper, "2021-10-01", "2021-10-10"),
            (2021, 10, Xun::Middle, "2021-10-11", "2021-10-20"),
            (2021, 10, Xun::Lower, "2021-10-21", "2021-10-31"),
            (2021, 2, Xun::Lower, "2021-02-21", "2021-02-28"),
            (2024, 2, Xun::Lower, "2024-02-21", "2024-02-29"),
            (2021, 11, Xun::Lower, "2021-11-21", "2021-11-30"),
        ] {
            assert_eq!(xun(year, month, part), Some(Span { first: d(first), last: d(last) }));
        }
        assert_eq!(xun(2021, 13, Xun::Upper), None);
    }

    #[test]
    fn periods_of_the_calendar() {
        for (day, month_last, quarter, half) in [
            ("2021-01-01", "2021-01-31", ("2021-01-01", "2021-03-31"), ("2021-01-01", "2021-06-30")),
            ("2024-02-29", "2024-02-29", ("2024-01-01", "2024-03-31"), ("2024-01-01", "2024-06-30")),
            ("2021-06-30", "2021-06-30", ("2021-04-01", "2021-06-30"), ("2021-01-01", "2021-06-30")),
            ("2021-07-01", "2021-07-31", ("2021-07-01", "2021-09-30"), ("2021-07-01", "2021-12-31")),
            ("2021-12-31", "2021-12-31", ("2021-10-01", "2021-12-31"), ("2021-07-01", "2021-12-31")),
        ] {
            let span = |(first, last)| Span { first: d(first), last: d(last) };
            assert_eq!(month_end(d(day)), d(month_last));
            assert_eq!(quarter_of(d(day)), span(quarter));
            assert_eq!(half_of(d(day)), span(half));
            assert!(year_of(d(day)).contains(d(day)));
        }
        assert_eq!(year_of(NaiveDate::MAX).last, NaiveDate::MAX);
    }

    #[test]
    fn age_is_full_years_on_the_day() {
        for (born, day, age) in [
            ("2003-10-10", "2021-10-09", Some(17)),
            ("2003-10-10", "2021-10-10", Some(18)),
            ("2004-02-29", "2022-02-28", Some(17)),
            ("2004-02-29", "2022-03-01", Some(18)),
            ("2004-02-29", "2024-02-29", Some(20)),
            ("2022-01-01", "2021-01-01", None),
        ] {
            assert_eq!(age_on(d(born), d(day)), age, "{born} on {day}");
        }
    }
}
