//! Dates and times in the forms the types `date` and `time` take (§1.4), always in Shanghai's time (§3).

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};

/// A calendar date for a `date` value: `2021年10月1日`.
pub fn date(date: NaiveDate) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// An instant for a `time` or `date` value: `2021年10月1日 15:01`, as a clock in the township shows it.
pub fn date_time(at: DateTime<Utc>) -> String {
    let local = at + TimeDelta::hours(8);
    format!("{} {:02}:{:02}", date(local.date_naive()), local.hour(), local.minute())
}

/// A date, time of day allowed, or two of them joined with `~`.
pub fn is_date(text: &str) -> bool {
    is_range(text, |date, _| date.is_some_and(is_day))
}

/// A time of day, date allowed, or two of them joined with `~`.
pub fn is_time(text: &str) -> bool {
    is_range(text, |date, time| date.is_none_or(is_day) && time.is_some())
}

fn is_range(text: &str, is_end: impl Fn(Option<&str>, Option<&str>) -> bool) -> bool {
    let ends: Vec<&str> = text.split('~').collect();
    ends.len() <= 2
        && ends.into_iter().map(str::trim).all(|end| {
            let (date, time) = match end.split_once(' ') {
                Some((date, time)) => (Some(date), Some(time)),
                None if end.contains(':') => (None, Some(end)),
                None => (Some(end), None),
            };
            time.is_none_or(is_hour) && is_end(date, time)
        })
}

fn is_day(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && ["%Y年%m月%d日", "%Y-%m-%d"].iter().any(|form| NaiveDate::parse_from_str(text, form).is_ok())
}

fn is_hour(text: &str) -> bool {
    ["%H:%M", "%H:%M:%S"].iter().any(|form| NaiveTime::parse_from_str(text, form).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_evening_in_utc_is_the_next_day_in_the_township() {
        let at = DateTime::from_timestamp(1_633_017_660, 0).expect("instant");
        assert_eq!(at.to_rfc3339(), "2021-09-30T16:01:00+00:00");
        assert_eq!(date_time(at), "2021年10月1日 00:01");
    }

    #[test]
    fn forms_of_date_and_time() {
        let both = [
            "2019年10月1日 15:01",
            "2019-12-25 09:42",
            "2019-12-25 09:42:07",
            "2021年10月1日 08:00~2021年10月1日 09:30",
        ];
        for text in both {
            assert!(is_date(text) && is_time(text), "{text}");
        }
        for text in ["2019年10月1日", "2019-10-1", "2021年10月1日~2021年10月25日"] {
            assert!(is_date(text) && !is_time(text), "{text}");
        }
        for text in ["15:01", "08:00~09:30"] {
            assert!(!is_date(text) && is_time(text), "{text}");
        }
        for text in ["", "~", "今天", "2019年13月1日", "2019/10/1", "25:00", "1:00~2:00~3:00", "+2019-10-1"]
        {
            assert!(!is_date(text) && !is_time(text), "{text}");
        }
    }
}
