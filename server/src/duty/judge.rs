//! 按时 or 补录 (design D12): a record counts for the window it happened in; it is in time if it came in within the
//! window or its grace. Dates are Shanghai's and hold until 24:00.

use chrono::NaiveDate;

use super::Days;

/// How a record stands to its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// 按时
    OnTime,
    /// 补录: counts all the same.
    Late,
}

impl Verdict {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::OnTime => "on_time",
            Self::Late => "late",
        }
    }
}

/// It did not happen within the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outside {
    pub first: NaiveDate,
    pub last: NaiveDate,
}

/// The verdict on something that happened on one day and was first received on another.
pub fn judge(days: Days, happened_on: NaiveDate, received_on: NaiveDate) -> Result<Verdict, Outside> {
    if happened_on < days.first || happened_on > days.last {
        return Err(Outside { first: days.first, last: days.last });
    }
    Ok(if received_on <= days.grace_last { Verdict::OnTime } else { Verdict::Late })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn lateness_is_of_the_receipt_and_the_window_of_the_happening() {
        let october = Days { first: day("2021-10-01"), last: day("2021-10-31"), grace_last: day("2021-11-03") };
        for (happened, received, expected) in [
            ("2021-10-01", "2021-10-01", Some(Verdict::OnTime)),
            ("2021-10-31", "2021-10-31", Some(Verdict::OnTime)),
            ("2021-10-31", "2021-11-03", Some(Verdict::OnTime)),
            ("2021-10-31", "2021-11-04", Some(Verdict::Late)),
            ("2021-10-10", "2022-03-01", Some(Verdict::Late)),
            ("2021-11-01", "2021-11-01", None),
            ("2021-09-30", "2021-10-02", None),
        ] {
            let verdict = judge(october, day(happened), day(received)).ok();
            assert_eq!(verdict, expected, "happened {happened}, received {received}");
        }
    }
}
