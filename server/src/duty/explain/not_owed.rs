//! Rules that a unit does not owe, each with the reason.

use chrono::NaiveDate;
use poem_openapi::Object;
use serde::Deserialize;

use super::{sql, words};
use crate::App;
use crate::access::{self, Action};
use crate::duty::applies::{self, BranchFacts};
use crate::duty::calendar;
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::UnitId;
use crate::plan::{Audience, Cadence, Condition};
use crate::platform::clock;

/// What a unit does not owe.
#[derive(Object)]
pub struct NotOwed {
    pub unit_name: String,
    pub rules: Vec<NotOwedRule>,
}

/// A rule for units of this kind that this one does not owe.
#[derive(Object)]
pub struct NotOwedRule {
    pub rule_code: String,
    pub task_code: String,
    pub title: String,
    /// 每季度1次……
    pub cadence: String,
    /// 本支部正式党员不足7人,不设支委会,无需召开。
    pub reason: String,
}

#[derive(Deserialize)]
struct Rule {
    code: String,
    task_code: String,
    title: String,
    cadence: Cadence,
    audience: String,
    conditions: Vec<Condition>,
    grace_days: u32,
    first_on: Option<NaiveDate>,
    start_on: NaiveDate,
}

/// The rules a unit of the caller's does not owe today. Read by one statement.
pub async fn not_owed(app: &App, caller: &Caller, unit: UnitId) -> ApiResult<NotOwed> {
    let today = clock::today(app.clock.now());
    let scope = access::scope_or_none(caller, Action::ReadDuties, |_| true);
    let audiences: Vec<_> = Audience::ALL.iter().map(|one| (one.unit_kind(), one.name())).collect();
    let row = sql::rules_of(&app.db, caller, &scope, unit, &audiences, today)
        .await?
        .ok_or_else(ApiError::not_found)?;
    let facts = BranchFacts {
        has_committee: row.has_committee.unwrap_or_default(),
        has_groups: row.has_groups.unwrap_or_default(),
        full_members: row.full_members.unwrap_or_default(),
        probationary_members: row.probationary_members.unwrap_or_default(),
        mobile_members: i32::try_from(row.mobile_members).unwrap_or(i32::MAX),
    };
    let rules: Vec<Rule> = serde_json::from_value(row.rules).map_err(ApiError::internal)?;
    let rules = rules.into_iter().filter_map(|rule| {
        let reason = reason(&rule, &facts)?;
        Some(NotOwedRule {
            cadence: rule.cadence.words(),
            rule_code: rule.code,
            task_code: rule.task_code,
            title: rule.title,
            reason,
        })
    });
    Ok(NotOwed { rules: rules.collect(), unit_name: row.unit_name })
}

/// Why a rule is not owed; none if it is.
fn reason(rule: &Rule, facts: &BranchFacts) -> Option<String> {
    let audience = Audience::parse(&rule.audience)?;
    if let Err(reason) = applies::applies(&words::asked(audience, &rule.conditions), facts) {
        return Some(reason.to_string());
    }
    let from = rule.first_on.map_or(rule.start_on, |first| first.max(rule.start_on));
    let Cadence::Once { due, .. } = rule.cadence else { return None };
    calendar::windows(&rule.cadence, rule.grace_days, from, NaiveDate::MAX, Some(from)).is_empty().then(
        || format!("本镇的方案从{}起执行,这件事{}已经截止,不再要求。", date_label(from), date_label(due)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_not_owed_by_its_facts_or_by_its_date() {
        let rule = |audience: &str, cadence: &str| Rule {
            code: "1.1.1".into(),
            task_code: "1.1.1".into(),
            title: "召开支委会".into(),
            cadence: serde_json::from_str(cadence).expect(cadence),
            audience: audience.into(),
            conditions: Vec::new(),
            grace_days: 3,
            first_on: None,
            start_on: "2021-10-01".parse().expect("a date"),
        };
        let month = r#"{"kind":"per_period","period":"month","times":1}"#;
        let past = r#"{"kind":"once","opens":"2021-09-01","due":"2021-09-30"}"#;
        let coming = r#"{"kind":"once","opens":"2021-09-01","due":"2021-10-31"}"#;
        let small = BranchFacts { full_members: 5, ..BranchFacts::default() };
        for (audience, cadence, words) in [
            ("each_committee", month, Some("本支部正式党员不足7人,不设支委会,无需召开。")),
            ("each_branch", month, None),
            ("each_branch", coming, None),
            (
                "each_branch",
                past,
                Some("本镇的方案从2021年10月1日起执行,这件事2021年9月30日已经截止,不再要求。"),
            ),
        ] {
            assert_eq!(reason(&rule(audience, cadence), &small).as_deref(), words, "{audience} {cadence}");
        }
    }
}
