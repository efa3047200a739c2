//! The form of a rule: from what stands to what is shown, and from what was sent to what the plan takes.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::console::filled::at;
use crate::error::{ApiError, ApiResult};
use crate::plan::view::RuleView;
use crate::plan::{Audience, Cadence, Condition, Counts, Desk, Enough, Ladder, RuleForm};

/// As a browser sends it: text, and a box that was not ticked not at all.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Fields {
    /// `look` or `save`.
    pub deed: String,
    /// What was looked at: only that is saved.
    pub seen: String,
    pub base_version: String,
    pub title: String,
    pub kind: String,
    pub opens: String,
    pub due: String,
    pub days: String,
    pub period: String,
    pub times: String,
    pub year_opens: String,
    pub months: String,
    pub opens_day: String,
    pub since: String,
    pub first_on: String,
    pub audience: String,
    pub committee: Option<String>,
    pub groups: Option<String>,
    pub mobile_members: Option<String>,
    pub photos_required: String,
    pub counts: String,
    pub enough: String,
    pub grace_days: String,
    pub ladder: String,
    pub reviewer: String,
    pub minutes: String,
    pub off: Option<String>,
}

impl Fields {
    /// The rule as it stands.
    pub fn of(view: &RuleView) -> Self {
        let ticked = |condition| view.applies.contains(&condition).then(|| "1".to_owned());
        let mut fields = Self {
            base_version: view.version.to_string(),
            title: view.title.clone(),
            first_on: view.first_on.map(|day| day.to_string()).unwrap_or_default(),
            audience: view.audience.name().to_owned(),
            committee: ticked(Condition::Committee),
            groups: ticked(Condition::Groups),
            mobile_members: ticked(Condition::MobileMembers),
            photos_required: view.photos_required.to_string(),
            counts: view.counts.name().to_owned(),
            enough: view.enough.name().to_owned(),
            grace_days: view.grace_days.to_string(),
            ladder: view.ladder.name().to_owned(),
            reviewer: view.reviewer.name().to_owned(),
            minutes: view.minutes.to_string(),
            off: view.off.then(|| "1".to_owned()),
            times: "1".to_owned(),
            opens_day: "25".to_owned(),
            ..Self::default()
        };
        if let Ok(cadence) = serde_json::from_value::<Cadence>(view.cadence.clone()) {
            fields.set(&cadence);
        }
        fields
    }

    fn set(&mut self, cadence: &Cadence) {
        cadence.kind().clone_into(&mut self.kind);
        let listed = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        match cadence {
            Cadence::Once { opens, due } => (self.opens, self.due) = (opens.to_string(), due.to_string()),
            Cadence::FixedDays { days } => self.days = listed(days),
            Cadence::PerPeriod { period, times, opens } => {
                period.name().clone_into(&mut self.period);
                self.times = times.to_string();
                self.year_opens = opens.map(String::from).unwrap_or_default();
            }
            Cadence::MonthEnd { months, opens_day } => {
                (self.months, self.opens_day) = (listed(months), opens_day.to_string());
            }
            Cadence::Immediately { since } => self.since = since.to_string(),
            Cadence::PastAtIssue { .. } | Cadence::Event {} | Cadence::Unset {} => {}
        }
    }

    /// What the plan takes.
    pub fn form(&self) -> ApiResult<RuleForm> {
        let applies = [
            (&self.committee, Condition::Committee),
            (&self.groups, Condition::Groups),
            (&self.mobile_members, Condition::MobileMembers),
        ];
        Ok(RuleForm {
            base_version: self.base_version.parse().map_err(|_| wrong("版本"))?,
            title: self.title.trim().to_owned(),
            cadence: self.cadence()?,
            first_on: day("从哪天起算", &self.first_on)?,
            audience: Audience::parse(&self.audience).ok_or_else(|| wrong("谁来办"))?,
            applies: applies.iter().filter(|(ticked, _)| ticked.is_some()).map(|(_, what)| *what).collect(),
            photos_required: number("照片张数", &self.photos_required)?,
            counts: Counts::parse(&self.counts).ok_or_else(|| wrong("怎样算办结"))?,
            enough: match self.enough.as_str() {
                "" => None,
                name => Some(Enough::parse(name).ok_or_else(|| wrong("同一职务有几个人时"))?),
            },
            grace_days: number("宽限天数", &self.grace_days)?,
            ladder: Ladder::parse(&self.ladder).ok_or_else(|| wrong("提醒"))?,
            reviewer: Desk::parse(&self.reviewer).ok_or_else(|| wrong("谁审核"))?,
            minutes: number("每次约几分钟", &self.minutes)?,
            off: self.off.is_some(),
        })
    }

    fn cadence(&self) -> ApiResult<Value> {
        let needed = |name: &str, text: &str| day(name, text)?.ok_or_else(|| wrong(name));
        Ok(match self.kind.as_str() {
            "once" => {
                json!({ "kind": "once", "opens": needed("开始日期", &self.opens)?, "due": needed("截止日期", &self.due)? })
            }
            "fixed_days" => json!({ "kind": "fixed_days", "days": numbers("固定日期", &self.days)? }),
            "per_period" => {
                let mut cadence = json!({ "kind": "per_period", "period": self.period, "times": number("次数", &self.times)? });
                if !self.year_opens.trim().is_empty() {
                    cadence["opens"] = json!(self.year_opens.trim());
                }
                cadence
            }
            "month_end" => {
                let months = numbers("月份", &self.months)?;
                json!({ "kind": "month_end", "months": months, "opens_day": number("月底从几日起", &self.opens_day)? })
            }
            "immediately" => json!({ "kind": "immediately", "since": needed("从哪天起", &self.since)? }),
            other => json!({ "kind": other }),
        })
    }
}

/// The field of this label was not filled in rightly.
fn wrong(label: &str) -> ApiError {
    const FIELDS: [(&str, &str); 11] = [
        ("开始日期", "opens"),
        ("截止日期", "due"),
        ("固定日期", "days"),
        ("次数", "times"),
        ("月份", "months"),
        ("月底从几日起", "opens_day"),
        ("从哪天起", "since"),
        ("从哪天起算", "first_on"),
        ("照片张数", "photos_required"),
        ("宽限天数", "grace_days"),
        ("每次约几分钟", "minutes"),
    ];
    let refusal = ApiError::refused("plan.rule_invalid", format!("“{label}”没有填对,请核对。"));
    match FIELDS.iter().find(|(known, _)| *known == label) {
        Some((_, field)) => at(field, refusal),
        None => refusal,
    }
}

fn number(name: &str, text: &str) -> ApiResult<u32> {
    text.trim().parse().map_err(|_| wrong(name))
}

/// `10,20`, with whatever comma people use.
fn numbers(name: &str, text: &str) -> ApiResult<Vec<u32>> {
    text.split([',', ',', '、', ' ']).filter(|part| !part.is_empty()).map(|part| number(name, part)).collect()
}

fn day(name: &str, text: &str) -> ApiResult<Option<NaiveDate>> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| wrong(name)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cadence_comes_back_from_the_form_as_it_went_in() {
        for json in [
            r#"{"kind":"once","opens":"2021-10-11","due":"2021-10-31"}"#,
            r#"{"kind":"fixed_days","days":[10,20]}"#,
            r#"{"kind":"per_period","period":"quarter","times":2}"#,
            r#"{"kind":"per_period","period":"year","times":1,"opens":"12-01"}"#,
            r#"{"kind":"month_end","months":[3,6,9,12],"opens_day":25}"#,
            r#"{"kind":"immediately","since":"2021-09-29"}"#,
            r#"{"kind":"event"}"#,
            r#"{"kind":"unset"}"#,
        ] {
            let cadence: Cadence = serde_json::from_str(json).expect(json);
            let mut fields = Fields { times: "1".into(), ..Fields::default() };
            fields.set(&cadence);
            let back: Cadence = serde_json::from_value(fields.cadence().expect(json)).expect(json);
            assert_eq!(back, cadence);
        }
        let typed = Fields { kind: "fixed_days".into(), days: "10、20".into(), ..Fields::default() };
        assert_eq!(typed.cadence().expect("days"), json!({ "kind": "fixed_days", "days": [10, 20] }));
        let typed = Fields { kind: "once".into(), due: "2021-10-31".into(), ..Fields::default() };
        assert!(typed.cadence().expect_err("no first day").message.contains("开始日期"));
    }
}
