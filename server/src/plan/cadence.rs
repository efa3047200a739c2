//! How often a rule is owed. Plain data, also stored as JSON; `duty::calendar` turns it into windows.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::named::named;

/// When a rule falls due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Cadence {
    /// One deadline: “11月底” is `due` 11-30; “10月中下旬” opens on 10-11 and is due on 10-31.
    Once { opens: NaiveDate, due: NaiveDate },
    /// Named days of every month (《方案》三(一)1: 每月10日、20日); they do not move for weekends.
    FixedDays { days: Vec<u32> },
    /// So many times in each calendar period, on any day of it, or of what is left of it from `opens` on.
    PerPeriod {
        period: Period,
        #[serde(default = "once")]
        times: u32,
        /// For a year only: “年底” begins here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opens: Option<MonthDay>,
    },
    /// The end of the named months, from `opens_day` to the last day (每年3、6、9、12月底).
    MonthEnd { months: Vec<u32>, opens_day: u32 },
    /// “立即”: asked for since a day, with no date to be late for until the office sets one.
    Immediately { since: NaiveDate },
    /// The notice's own date had passed when it was issued: nobody is late, a new date is wanted.
    PastAtIssue { was: NaiveDate },
    /// Owed when something happens (an applicant, an appointment): nobody can know the day beforehand, so the office opens
    /// each occasion, and the cadence by itself owes nothing.
    Event {},
    /// Asked for without a count or a day (“常态化”, “定期”): owed by nobody until the office sets one, because what the
    /// notice gives no date for must not make anybody late.
    Unset {},
}

fn once() -> u32 {
    1
}

named! {
    /// A calendar period; quarters and half-years are those of the calendar year.
    pub enum Period {
        Month = "month" "每月",
        Quarter = "quarter" "每季度",
        HalfYear = "half_year" "每半年",
        Year = "year" "每年",
    }
}

impl Period {
    /// How many months it spans.
    pub fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::HalfYear => 6,
            Self::Year => 12,
        }
    }
}

/// A day that every year has, written `12-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MonthDay {
    month: u32,
    day: u32,
}

impl MonthDay {
    /// `None` for a day that some year lacks.
    pub fn new(month: u32, day: u32) -> Option<Self> {
        // 2021 is a common year: what it has, every year has.
        NaiveDate::from_ymd_opt(2021, month, day).map(|_| Self { month, day })
    }

    /// 12月1日
    pub fn label(self) -> String {
        format!("{}月{}日", self.month, self.day)
    }

    /// That day of `year`; `None` only beyond the calendar's own range.
    pub fn in_year(self, year: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, self.month, self.day)
    }
}

impl TryFrom<String> for MonthDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.split_once('-')
            .and_then(|(month, day)| Self::new(month.parse().ok()?, day.parse().ok()?))
            .ok_or_else(|| format!("“{text}”不是每年都有的日期,请写成“12-01”的样子"))
    }
}

impl From<MonthDay> for String {
    fn from(MonthDay { month, day }: MonthDay) -> Self {
        format!("{month:02}-{day:02}")
    }
}

impl Cadence {
    /// What cannot be right about it, in words for the office.
    pub fn problems(&self) -> Vec<&'static str> {
        match self {
            Self::Once { opens, due } if opens > due => vec!["开始日期晚于截止日期"],
            Self::Once { opens: day, .. }
            | Self::Immediately { since: day }
            | Self::PastAtIssue { was: day }
                if !is_of_this_century(*day) =>
            {
                vec![OTHER_CENTURY]
            }
            Self::Once { due, .. } if !is_of_this_century(*due) => vec![OTHER_CENTURY],
            // The 29th and later would silently skip February.
            Self::FixedDays { days } if !rising_within(days, 28) => {
                vec!["固定日期须为1至28日,由小到大,不重复"]
            }
            Self::PerPeriod { times: 0, .. } => vec!["每期次数至少为1"],
            Self::PerPeriod { times, .. } if *times > 31 => vec!["每期次数最多为31"],
            Self::PerPeriod { period, opens: Some(_), .. } if *period != Period::Year => {
                vec!["只有“每年”可以写起始日期"]
            }
            Self::MonthEnd { months, opens_day } => {
                let mut found = Vec::new();
                if !rising_within(months, 12) {
                    found.push("月份须为1至12,由小到大,不重复");
                }
                if !(1..=28).contains(opens_day) {
                    found.push("月底的起始日须为1至28日");
                }
                found
            }
            Self::Once { .. }
            | Self::FixedDays { .. }
            | Self::PerPeriod { .. }
            | Self::Immediately { .. }
            | Self::PastAtIssue { .. }
            | Self::Event {}
            | Self::Unset {} => Vec::new(),
        }
    }

    /// One deed for ever, however its date is moved; the others come round.
    pub fn is_single(&self) -> bool {
        matches!(self, Self::Once { .. } | Self::Immediately { .. } | Self::PastAtIssue { .. })
    }
}

/// What a day outside this century is told: a slip of the keys, and further out what the database cannot hold.
pub(super) const OTHER_CENTURY: &str = "日期的年份须在2000至2099年之间";

/// Whether the year is one of 2000 to 2099.
pub fn is_of_this_century(day: NaiveDate) -> bool {
    (2000..2100).contains(&day.year())
}

/// Not empty, strictly rising, and all in `1..=most`.
fn rising_within(numbers: &[u32], most: u32) -> bool {
    !numbers.is_empty()
        && numbers.iter().all(|number| (1..=most).contains(number))
        && numbers.is_sorted_by(|one, next| one < next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Cadence, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn a_cadence_survives_storage() {
        for json in [
            r#"{"kind":"once","opens":"2021-10-11","due":"2021-10-31"}"#,
            r#"{"kind":"fixed_days","days":[10,20]}"#,
            r#"{"kind":"per_period","period":"quarter","times":1}"#,
            r#"{"kind":"per_period","period":"year","times":1,"opens":"12-01"}"#,
            r#"{"kind":"month_end","months":[3,6,9,12],"opens_day":25}"#,
            r#"{"kind":"immediately","since":"2021-09-29"}"#,
            r#"{"kind":"past_at_issue","was":"2021-06-30"}"#,
            r#"{"kind":"event"}"#,
            r#"{"kind":"unset"}"#,
        ] {
            let cadence = read(json).expect(json);
            assert_eq!(serde_json::to_string(&cadence).expect("json"), json);
            assert!(cadence.problems().is_empty(), "{json}");
        }
    }

    #[test]
    fn a_cadence_that_cannot_be_is_named_or_not_read() {
        for json in [
            r#"{"kind":"weekly"}"#,
            r#"{"kind":"event","days":[10]}"#,
            r#"{"kind":"once","due":"2021-10-31"}"#,
            r#"{"kind":"once","opens":"2021-10-11","due":"2021-10-31","shift":true}"#,
            r#"{"kind":"per_period","period":"year","opens":"02-29"}"#,
            r#"{"kind":"per_period","period":"decade"}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
        for json in [
            r#"{"kind":"once","opens":"2021-11-01","due":"2021-10-31"}"#,
            r#"{"kind":"once","opens":"2021-10-11","due":"2201-10-31"}"#,
            r#"{"kind":"immediately","since":"0021-09-29"}"#,
            r#"{"kind":"per_period","period":"month","times":32}"#,
            r#"{"kind":"fixed_days","days":[]}"#,
            r#"{"kind":"fixed_days","days":[20,10]}"#,
            r#"{"kind":"fixed_days","days":[10,10]}"#,
            r#"{"kind":"fixed_days","days":[30]}"#,
            r#"{"kind":"per_period","period":"month","times":0}"#,
            r#"{"kind":"per_period","period":"quarter","opens":"12-01"}"#,
            r#"{"kind":"month_end","months":[13],"opens_day":25}"#,
            r#"{"kind":"month_end","months":[3],"opens_day":31}"#,
        ] {
            assert_eq!(read(json).expect(json).problems().len(), 1, "{json}");
        }
    }
}
