//! A rule as the office sets it. A change is a new version upon the one that was seen; the former one keeps what it made.

use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::Object;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::rule::{Audience, Condition, Counts, Desk, Enough, Ladder, RecordKind};
use super::{Cadence, Rule, check, sql_edit as sql};
use crate::audit;
use crate::error::{ApiError, ApiResult};
use crate::ids::{PersonId, TownId};
use crate::platform::clock;

/// What the office may set of a rule. What is recorded and where the notice says so stay.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct RuleForm {
    /// The version this was written upon.
    pub base_version: i32,
    #[oai(validator(min_length = 1, max_length = 20))]
    pub title: String,
    /// As the plan's rules give it: `{"kind": "per_period", "period": "month", "times": 1}`.
    pub cadence: Value,
    /// Windows that end before this day are not owed.
    pub first_on: Option<NaiveDate>,
    pub audience: Audience,
    /// Branch facts without which it is not owed.
    pub applies: Vec<Condition>,
    pub photos_required: u32,
    pub counts: Counts,
    /// Of several who hold it: whether one is enough, or each hands in their own; as it stands if absent.
    pub enough: Option<Enough>,
    pub grace_days: u32,
    pub ladder: Ladder,
    pub reviewer: Desk,
    pub minutes: u32,
    /// Switched off: nobody owes it until it is switched on again.
    #[oai(default)]
    pub off: bool,
}

/// A rule in force.
pub struct Stored {
    pub task_code: String,
    pub(super) item: String,
    pub version: i32,
    pub off: bool,
    pub rule: Rule,
    pub(super) id: uuid::Uuid,
    pub(super) task: uuid::Uuid,
}

/// The rule of this code that is in force, locked.
pub async fn stored(tx: &mut PgConnection, town: TownId, code: &str) -> ApiResult<Stored> {
    sql::current(tx, town, code).await?.ok_or_else(ApiError::not_found)?.stored()
}

impl Stored {
    /// The id of the version in force.
    pub fn id(&self) -> uuid::Uuid {
        self.id
    }

    /// The rule that a date is for: itself, or what it was before it came to ask for one, or a few words by the office.
    pub(super) async fn dated(&self, tx: &mut PgConnection, town: TownId) -> ApiResult<Rule> {
        if self.rule.record != RecordKind::SetDate {
            return Ok(self.rule.clone());
        }
        if let Some(before) = sql::before_asking(tx, town, self.task, &self.rule.code).await? {
            return Ok(before.stored()?.rule);
        }
        Ok(Rule { title: self.item.clone(), record: RecordKind::Statement, ..self.rule.clone() })
    }

    /// The rule as the form has it; every problem of it at once.
    pub fn with(&self, form: &RuleForm) -> ApiResult<Rule> {
        if form.base_version != self.version {
            return Err(ApiError::conflict(
                "plan.rule_changed",
                "这项规则刚被别人改过,请看过最新的内容再改。",
            )
            .with_details(json!({ "version": self.version })));
        }
        if self.rule.record == RecordKind::SetDate {
            return Err(ApiError::refused("plan.date_first", "请先给这项任务定新的时间,再改别的。"));
        }
        let cadence: Cadence = serde_json::from_value(form.cadence.clone()).map_err(|error| {
            ApiError::refused("plan.rule_invalid", "多久一次填得不全或不对,请核对。")
                .with_details(json!({ "problems": [error.to_string()] }))
        })?;
        let rule = Rule {
            title: form.title.trim().to_owned(),
            cadence,
            first: form.first_on,
            audience: form.audience,
            applies: form.applies.clone(),
            photos_required: form.photos_required,
            counts: form.counts,
            enough: form.enough.unwrap_or(self.rule.enough),
            grace_days: form.grace_days,
            ladder: form.ladder,
            reviewer: form.reviewer,
            minutes: form.minutes,
            ..self.rule.clone()
        };
        let problems = self.problems(&rule);
        if problems.is_empty() {
            return Ok(rule);
        }
        Err(ApiError::refused("plan.rule_invalid", format!("{}。", problems.join(";")))
            .with_details(json!({ "problems": problems })))
    }

    fn problems(&self, rule: &Rule) -> Vec<String> {
        let mut found = check::rule_messages(&self.task_code, rule);
        if rule.audience != self.rule.audience
            && !(self.rule.record == RecordKind::Statement && rule.audience.writes_statements())
        {
            // A meeting is a branch's, a report a member's: another audience could not enter it.
            found.push("这类记录只能由原来的对象来写,对象不能改".to_owned());
        }
        if rule.title.chars().count() > 20 {
            found.push("标题最多20个字".to_owned());
        }
        if rule.cadence != self.rule.cadence && matches!(rule.cadence, Cadence::PastAtIssue { .. }) {
            found.push("“印发时已过”只能由方案写明".to_owned());
        }
        found
    }

    /// The names of the fields in which it would differ.
    pub fn changes(&self, rule: &Rule, off: bool) -> Vec<String> {
        let fields = |rule: &Rule| serde_json::to_value(rule).unwrap_or_default();
        let (before, after) = (fields(&self.rule), fields(rule));
        let names = before.as_object().into_iter().flat_map(|fields| fields.keys());
        let mut changed: Vec<String> =
            names.filter(|name| before.get(name.as_str()) != after.get(name.as_str())).cloned().collect();
        if off != self.off {
            changed.push("off".to_owned());
        }
        changed
    }
}

/// Writes the next version, which owes from today on; returns its number.
pub async fn change(
    tx: &mut PgConnection,
    town: TownId,
    by: PersonId,
    stored: &Stored,
    form: &RuleForm,
    now: DateTime<Utc>,
) -> ApiResult<i32> {
    let rule = stored.with(form)?;
    let changed = stored.changes(&rule, form.off);
    if changed.is_empty() {
        return Err(ApiError::refused("plan.rule_unchanged", "没有改动,不用保存。"));
    }
    let (today, version) = (clock::today(now), stored.version + 1);
    super::sql::supersede(tx, town, stored.id, today).await?;
    let made = super::sql::Version {
        number: version,
        off: form.off,
        effective_on: Some(today),
        by: Some(by),
        ..super::sql::Version::FIRST
    };
    let id = super::sql::insert_rule(tx, town, stored.task, &rule, &made, now).await?;
    let facts = json!({ "code": rule.code, "version": version, "fields": changed });
    let entry = audit::Entry {
        town,
        actor: Some(by),
        action: "plan.rule_changed",
        subject_kind: "plan",
        subject: Some(id),
        facts: &facts,
    };
    audit::record(tx, entry, now).await?;
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Definition;

    fn stored(code: &str) -> Stored {
        let plan = Definition::shipped().expect("the shipped plan is sound");
        let task =
            plan.tasks.iter().find(|task| task.rules.iter().any(|rule| rule.code == code)).expect(code);
        let rule = task.rules.iter().find(|rule| rule.code == code).expect(code).clone();
        let (id, none) = (uuid::Uuid::nil(), uuid::Uuid::nil());
        let (task_code, item) = (task.code.clone(), task.item.clone());
        Stored { task_code, item, version: 3, off: false, rule, id, task: none }
    }

    fn form(of: &Stored) -> RuleForm {
        let rule = &of.rule;
        RuleForm {
            base_version: of.version,
            title: rule.title.clone(),
            cadence: serde_json::to_value(&rule.cadence).expect("json"),
            first_on: rule.first,
            audience: rule.audience,
            applies: rule.applies.clone(),
            photos_required: rule.photos_required,
            counts: rule.counts,
            enough: None,
            grace_days: rule.grace_days,
            ladder: rule.ladder,
            reviewer: rule.reviewer,
            minutes: rule.minutes,
            off: false,
        }
    }

    #[test]
    fn a_form_that_says_the_same_changes_nothing_and_each_field_is_named() {
        let stored = stored("7.4.1");
        let same = stored.with(&form(&stored)).expect("sound");
        assert_eq!(stored.changes(&same, false), Vec::<String>::new());
        let count = json!({ "kind": "per_period", "period": "half_year", "times": 1 });
        let set = RuleForm { cadence: count, minutes: 3, ..form(&stored) };
        let rule = stored.with(&set).expect("sound");
        assert_eq!(stored.changes(&rule, true), ["cadence", "minutes", "off"]);
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_is_wrong() {
        let (meeting, statement, survey) = (stored("3.1.1"), stored("7.4.1"), stored("5.3.1"));
        let refused = |of: &Stored, form: RuleForm| of.with(&form).map(|_| ()).expect_err("refused");
        let stale = RuleForm { base_version: 2, ..form(&meeting) };
        assert_eq!(refused(&meeting, stale).code, "plan.rule_changed");
        let date_first = stored("2.3.1");
        assert_eq!(refused(&date_first, form(&date_first)).code, "plan.date_first");
        let unread = RuleForm { cadence: json!({ "kind": "weekly" }), ..form(&meeting) };
        assert_eq!(refused(&meeting, unread).code, "plan.rule_invalid");
        for (of, wrong, says) in [
            (&meeting, RuleForm { audience: Audience::EachVillage, ..form(&meeting) }, "对象不能改"),
            (&meeting, RuleForm { photos_required: 10, ..form(&meeting) }, "照片最多要求9张"),
            (&meeting, RuleForm { reviewer: Desk::MobileMember, ..form(&meeting) }, "不审核记录"),
            (&statement, RuleForm { audience: Audience::EachMobileMember, ..form(&statement) }, "对象不能改"),
            (&survey, RuleForm { enough: Some(Enough::Each), ..form(&survey) }, "各办一次"),
            (&statement, RuleForm { title: " ".into(), ..form(&statement) }, "标题不能为空"),
            (
                &statement,
                RuleForm {
                    cadence: json!({ "kind": "past_at_issue", "was": "2021-06-30" }),
                    ..form(&statement)
                },
                "只能由方案写明",
            ),
        ] {
            let refusal = refused(of, wrong);
            assert!(refusal.message.contains(says), "{says}: {}", refusal.message);
        }
        let moved = RuleForm { audience: Audience::EachVillage, ..form(&statement) };
        assert_eq!(statement.with(&moved).expect("sound").audience, Audience::EachVillage);
    }
}
