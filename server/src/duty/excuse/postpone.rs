//! 延期: to which day a duty may be put off. Pure.

use chrono::{Days, Months, NaiveDate};

use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};

/// A duty's last day, the end of its grace, and its state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dates<'a> {
    pub last: Option<NaiveDate>,
    pub grace_last: Option<NaiveDate>,
    pub state: &'a str,
}

/// The new last day and the end of its grace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct To {
    pub last: NaiveDate,
    pub grace_last: NaiveDate,
}

/// The longest grace a rule may carry, and a postponement.
const MOST_GRACE: u32 = 31;

/// Puts a duty off to `last`: later than it was, not already gone by, and within a year. A duty whose record is in has
/// nothing to be put off.
pub(super) fn to(
    now: &Dates<'_>,
    last: NaiveDate,
    grace_days: Option<u32>,
    today: NaiveDate,
) -> ApiResult<To> {
    let Some(was) = now.last else {
        return Err(ApiError::refused("duty.no_date", "这项待办没有截止日,不用延期。"));
    };
    if now.state != "open" {
        return Err(handed_in());
    }
    if last <= was {
        let message = format!("新的最后一天要晚于原来的{}。", date_label(was));
        return Err(ApiError::refused("duty.postpone_earlier", message));
    }
    if last < today {
        return Err(ApiError::refused("duty.postpone_past", "新的最后一天不能早于今天。"));
    }
    if was.checked_add_months(Months::new(12)).is_some_and(|most| last > most) {
        return Err(ApiError::refused("duty.postpone_far", "最多延期一年。"));
    }
    let grace = match grace_days {
        Some(days) if days > MOST_GRACE => {
            return Err(ApiError::refused("duty.grace", "宽限最多31天。"));
        }
        Some(days) => Days::new(days.into()),
        None => {
            let days = now.grace_last.map_or(0, |grace| (grace - was).num_days());
            Days::new(u64::try_from(days).unwrap_or_default())
        }
    };
    Ok(To { last, grace_last: last.checked_add_days(grace).unwrap_or(last) })
}

pub(super) fn handed_in() -> ApiError {
    ApiError::conflict("duty.handed_in", "这项待办已经交了记录,不用延期。")
}

pub(super) fn no_day() -> ApiError {
    ApiError::refused("duty.postpone_day", "延期要写明新的最后一天。")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> NaiveDate {
        text.parse().expect(text)
    }

    #[test]
    fn a_duty_is_put_off_to_a_later_day_and_never_brought_forward() {
        let dated = Dates { last: Some(d("2021-10-10")), grace_last: Some(d("2021-10-13")), state: "open" };
        let ok = |last, grace| Ok(To { last: d(last), grace_last: d(grace) });
        for (now, last, grace, today, expected) in [
            (dated, "2021-10-20", None, "2021-10-08", ok("2021-10-20", "2021-10-23")),
            (dated, "2021-10-20", Some(0), "2021-10-08", ok("2021-10-20", "2021-10-20")),
            (dated, "2021-10-20", Some(31), "2021-10-08", ok("2021-10-20", "2021-11-20")),
            // Overdue already: from now on.
            (dated, "2021-11-01", None, "2021-11-01", ok("2021-11-01", "2021-11-04")),
            (dated, "2022-10-10", None, "2021-10-08", ok("2022-10-10", "2022-10-13")),
            (dated, "2021-10-10", None, "2021-10-08", Err("duty.postpone_earlier")),
            (dated, "2021-10-09", None, "2021-10-08", Err("duty.postpone_earlier")),
            (dated, "2021-10-30", None, "2021-11-01", Err("duty.postpone_past")),
            (dated, "2022-10-11", None, "2021-10-08", Err("duty.postpone_far")),
            (dated, "2021-10-20", Some(32), "2021-10-08", Err("duty.grace")),
            (Dates { last: None, ..dated }, "2021-10-20", None, "2021-10-08", Err("duty.no_date")),
            (Dates { state: "submitted", ..dated }, "2021-10-20", None, "2021-10-08", Err("duty.handed_in")),
            (Dates { state: "returned", ..dated }, "2021-10-20", None, "2021-10-08", Err("duty.handed_in")),
        ] {
            let found = to(&now, d(last), grace, d(today)).map_err(|error| error.code);
            assert_eq!(found, expected, "{last} on {today}");
        }
    }
}
