//! 按时 or 补录: what a record is worth to a duty, by its window and the dates (design D12).

use chrono::NaiveDate;

use super::calendar::Window;
use crate::named::named;

named! {
    /// How a duty was met. Both count.
    pub enum Verdict {
        OnTime = "on_time" "按时",
        /// Entered after the grace, or done after the last day: shown as what it is, so that nobody back-dates.
        Late = "late" "补录",
    }
}

/// Why a date cannot count for a duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Future,
    /// The deed belongs to another window; `last` is the last day that would count, late or not.
    OutsideWindow {
        first: NaiveDate,
        last: Option<NaiveDate>,
    },
}

/// Judges a deed of `happened_on` whose record the server received on `received_on`; all are dates in Shanghai, and a
/// day lasts to its midnight. Judged again on a later `today`, a record gets the same verdict.
pub fn judge(
    window: &Window,
    happened_on: NaiveDate,
    received_on: NaiveDate,
    today: NaiveDate,
) -> Result<Verdict, Refusal> {
    if happened_on > today || happened_on > received_on {
        return Err(Refusal::Future);
    }
    if happened_on < window.first || window.counts_until.is_some_and(|until| happened_on > until) {
        return Err(Refusal::OutsideWindow { first: window.first, last: window.counts_until });
    }
    let done_in_time = window.last.is_none_or(|last| happened_on <= last);
    let received_in_time = window.grace_last.is_none_or(|last| received_on <= last);
    Ok(if done_in_time && received_in_time { Verdict::OnTime } else { Verdict::Late })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duty::calendar::windows;
    use crate::plan::{Cadence, Period};
    use crate::platform::clock;

    fn d(text: &str) -> NaiveDate {
        text.parse().expect(text)
    }

    fn window(cadence: &Cadence, on: &str) -> Window {
        windows(cadence, 3, d(on), d(on), None).remove(0)
    }

    /// Each row: when it happened, when it was received, and what it is worth.
    fn table(window: &Window, rows: &[(&str, &str, Result<Verdict, Refusal>)]) {
        for (happened, received, expected) in rows {
            let found = judge(window, d(happened), d(received), d(received));
            assert_eq!(&found, expected, "{}: {happened}, received {received}", window.key);
            if expected.is_ok() {
                let again = judge(window, d(happened), d(received), d("2031-01-01"));
                assert_eq!(&again, expected, "judged again");
            }
        }
    }

    fn outside(first: &str, last: &str) -> Result<Verdict, Refusal> {
        Err(Refusal::OutsideWindow { first: d(first), last: Some(d(last)) })
    }

    #[test]
    fn a_quota_counts_by_the_day_of_the_meeting() {
        let quarter = Cadence::PerPeriod { period: Period::Quarter, times: 1, opens: None };
        table(
            &window(&quarter, "2021-11-01"),
            &[
                ("2021-10-01", "2021-10-01", Ok(Verdict::OnTime)),
                ("2021-12-31", "2021-12-31", Ok(Verdict::OnTime)),
                ("2021-12-31", "2022-01-03", Ok(Verdict::OnTime)),
                ("2021-12-31", "2022-01-04", Ok(Verdict::Late)),
                ("2021-10-15", "2022-06-01", Ok(Verdict::Late)),
                ("2021-09-30", "2021-10-01", outside("2021-10-01", "2021-12-31")),
                ("2022-01-01", "2022-01-01", outside("2021-10-01", "2021-12-31")),
                ("2021-11-02", "2021-11-01", Err(Refusal::Future)),
            ],
        );
    }

    #[test]
    fn a_meeting_announced_before_it_was_held_stays_refused_after_its_day() {
        let month = Cadence::PerPeriod { period: Period::Month, times: 1, opens: None };
        let window = window(&month, "2021-11-01");
        let found = judge(&window, d("2021-11-20"), d("2021-11-19"), d("2021-12-01"));
        assert_eq!(found, Err(Refusal::Future));
    }

    #[test]
    fn a_study_day_held_late_is_late_and_not_lost() {
        let study = Cadence::FixedDays { days: vec![10, 20] };
        table(
            &window(&study, "2021-10-10"),
            &[
                ("2021-10-10", "2021-10-10", Ok(Verdict::OnTime)),
                ("2021-10-10", "2021-10-13", Ok(Verdict::OnTime)),
                ("2021-10-10", "2021-11-02", Ok(Verdict::Late)),
                ("2021-10-11", "2021-10-11", Ok(Verdict::Late)),
                ("2021-10-20", "2021-10-20", outside("2021-10-10", "2021-10-19")),
                ("2021-10-09", "2021-10-10", outside("2021-10-10", "2021-10-19")),
            ],
        );
    }

    #[test]
    fn a_deadline_passed_can_still_be_met_late() {
        let once = Cadence::Once { opens: d("2021-10-11"), due: d("2021-10-31") };
        table(
            &window(&once, "2021-10-11"),
            &[
                ("2021-10-31", "2021-11-03", Ok(Verdict::OnTime)),
                ("2021-11-01", "2021-11-01", Ok(Verdict::Late)),
                ("2022-03-01", "2022-03-01", Ok(Verdict::Late)),
                (
                    "2021-10-10",
                    "2021-10-11",
                    Err(Refusal::OutsideWindow { first: d("2021-10-11"), last: None }),
                ),
            ],
        );
    }

    #[test]
    fn what_has_no_date_is_always_in_time() {
        let asap = Cadence::Immediately { since: d("2021-09-29") };
        table(
            &window(&asap, "2021-10-01"),
            &[
                ("2021-09-29", "2021-09-29", Ok(Verdict::OnTime)),
                ("2022-05-01", "2022-06-01", Ok(Verdict::OnTime)),
            ],
        );
    }

    #[test]
    fn the_last_day_lasts_to_midnight_in_shanghai() {
        let quarter = Cadence::PerPeriod { period: Period::Quarter, times: 1, opens: None };
        let window = window(&quarter, "2021-11-01");
        let grace_last = d("2022-01-03");
        for (minute, verdict) in [(59, Verdict::OnTime), (60, Verdict::Late)] {
            let received_on = clock::today(clock::at(grace_last, 23, minute));
            assert_eq!(judge(&window, d("2021-12-31"), received_on, received_on), Ok(verdict));
        }
    }
}
