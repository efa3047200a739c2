//! A cadence in words, as the office reads it.

use super::cadence::{Cadence, Period};
use crate::edge::date_label;

impl Cadence {
    /// How often, and by when.
    pub fn words(&self) -> String {
        match self {
            Self::Once { opens, due } => format!("{}至{},办一次", date_label(*opens), date_label(*due)),
            Self::FixedDays { days } => {
                let days: Vec<String> = days.iter().map(|day| format!("{day}日")).collect();
                format!("每月{}", days.join("、"))
            }
            Self::PerPeriod { period, times, opens } => {
                let opens = opens.map(|day| format!(",从{}起", String::from(day))).unwrap_or_default();
                format!("{}{times}次{opens}", period.label())
            }
            Self::MonthEnd { months, opens_day } if months.len() == 12 => {
                format!("每月底,从{opens_day}日起")
            }
            Self::MonthEnd { months, opens_day } => {
                let months: Vec<String> = months.iter().map(u32::to_string).collect();
                format!("{}月底,从{opens_day}日起", months.join("、"))
            }
            Self::Immediately { since } => format!("立即({}起),没有截止日", date_label(*since)),
            Self::PastAtIssue { was } => format!("原定{},印发时已过,等镇里定新时间", date_label(*was)),
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
            (r#"{"kind":"fixed_days","days":[10,20]}"#, "每月10日、20日"),
            (r#"{"kind":"per_period","period":"quarter"}"#, "每季度1次"),
            (r#"{"kind":"per_period","period":"year","opens":"12-01"}"#, "每年1次,从12-01起"),
            (r#"{"kind":"month_end","months":[3,6,9,12],"opens_day":25}"#, "3、6、9、12月底,从25日起"),
            (
                r#"{"kind":"month_end","months":[1,2,3,4,5,6,7,8,9,10,11,12],"opens_day":25}"#,
                "每月底,从25日起",
            ),
            (r#"{"kind":"event"}"#, "有事时由镇里开一次"),
        ] {
            let cadence: Cadence = serde_json::from_str(json).expect(json);
            assert_eq!(cadence.words(), words);
            assert!(json.contains(&format!(r#""kind":"{}""#, cadence.kind())));
            assert!(KINDS.iter().any(|(kind, _)| *kind == cadence.kind()));
        }
    }
}
