//! A cadence in words, the one place where it is: as the office and whoever owes it read it.

use super::cadence::{Cadence, Period};
use crate::edge::date_label;

impl Cadence {
    /// How often, and by when.
    pub fn words(&self) -> String {
        let list = |numbers: &[u32], of: &str| {
            numbers.iter().map(|number| format!("{number}{of}")).collect::<Vec<_>>().join("、")
        };
        match self {
            Self::Once { opens, due } => format!("{}至{},办一次", date_label(*opens), date_label(*due)),
            Self::FixedDays { days } => format!("每月{}各一次", list(days, "日")),
            Self::PerPeriod { period, times, opens } => {
                let opens = opens.map(|day| format!(",从{}起", day.label())).unwrap_or_default();
                format!("{}{times}次{opens}", period.label())
            }
            Self::MonthEnd { months, opens_day } if months.len() == 12 => {
                format!("每月底一次,从{opens_day}日起")
            }
            Self::MonthEnd { months, opens_day } => {
                format!("每年{}月底各一次,从{opens_day}日起", list(months, ""))
            }
            Self::Immediately { since } => {
                format!("立即办理({}起),没有截止日", date_label(*since))
            }
            Self::PastAtIssue { was } => {
                format!("原定{}前,发文时已过,等镇里定新的日期", date_label(*was))
            }
            Self::Event {} => "有事时由镇里开一次".to_owned(),
            Self::Unset {} => "没有规定次数,镇里定了才要办".to_owned(),
        }
    }

    /// Its name as stored, for a form to choose from.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Once { .. } => "once",
            Self::FixedDays { .. } => "fixed_days",
            Self::PerPeriod { .. } => "per_period",
            Self::MonthEnd { .. } => "month_end",
            Self::Immediately { .. } => "immediately",
            Self::PastAtIssue { .. } => "past_at_issue",
            Self::Event {} => "event",
            Self::Unset {} => "unset",
        }
    }
}

/// The kinds the office may choose, with their names. What was past at issue only a plan can say.
pub const KINDS: [(&str, &str); 7] = [
    ("once", "限期办一次"),
    ("fixed_days", "每月固定日期"),
    ("per_period", "每期若干次"),
    ("month_end", "月底"),
    ("immediately", "立即,没有截止日"),
    ("event", "有事时由镇里开一次"),
    ("unset", "不规定次数"),
];

/// The periods, the shortest first.
pub const PERIODS: &[Period] = Period::ALL;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cadence_is_read_as_it_is_meant() {
        for (json, words) in [
            (
                r#"{"kind":"once","opens":"2021-10-11","due":"2021-10-31"}"#,
                "2021年10月11日至2021年10月31日,办一次",
            ),
            (r#"{"kind":"fixed_days","days":[10,20]}"#, "每月10日、20日各一次"),
            (r#"{"kind":"per_period","period":"quarter"}"#, "每季度1次"),
            (r#"{"kind":"per_period","period":"year","opens":"12-01"}"#, "每年1次,从12月1日起"),
            (
                r#"{"kind":"month_end","months":[3,6,9,12],"opens_day":25}"#,
                "每年3、6、9、12月底各一次,从25日起",
            ),
            (
                r#"{"kind":"month_end","months":[1,2,3,4,5,6,7,8,9,10,11,12],"opens_day":25}"#,
                "每月底一次,从25日起",
            ),
            (r#"{"kind":"immediately","since":"2021-09-29"}"#, "立即办理(2021年9月29日起),没有截止日"),
            (r#"{"kind":"unset"}"#, "没有规定次数,镇里定了才要办"),
            (r#"{"kind":"event"}"#, "有事时由镇里开一次"),
        ] {
            let cadence: Cadence = serde_json::from_str(json).expect(json);
            assert_eq!(cadence.words(), words);
            assert!(json.contains(&format!(r#""kind":"{}""#, cadence.kind())));
            assert!(KINDS.iter().any(|(kind, _)| *kind == cadence.kind()));
        }
    }
}
