//! 转入新年度: the whole plan at once, looked at first and carried as it was seen. Here, because what has closed is settled
//! before and duties follow at once.

mod api;
mod report;

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde_json::json;
use sqlx::PgConnection;

pub use api::Api;
pub use report::{CarriedRule, DatedRule, YearMonth, YearReport};

use super::ground::{Ground, RuleNow};
use super::{generate, sql, sql_generate};
use crate::access::{self, Action};
use crate::audit;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::notify;
use crate::plan::year::{self, Step, Turn, YearChoice};
use crate::platform::clock;
use crate::platform::keys::sha256;

/// A rule that wants another date, and what follows.
struct Decided<'a> {
    rule: &'a RuleNow,
    wants: year::Wants,
    choice: YearChoice,
    step: Step,
}

/// The years a plan may go into: this one and the next.
pub fn years(today: NaiveDate) -> [i32; 2] {
    [today.year(), today.year() + 1]
}

/// How the plan would stand in `year` with these choices, or with what is proposed where none are given. Writes nothing.
pub async fn look(
    db: &mut PgConnection,
    caller: &Caller,
    year: i32,
    choices: Option<&[YearChoice]>,
    now: DateTime<Utc>,
) -> ApiResult<YearReport> {
    access::check_town(caller, Action::WritePlan)?;
    let today = clock::today(now);
    let ground = Ground::load(db, caller.town).await?;
    within(&ground, year, today)?;
    let decided = decided(&ground, year, choices, today)?;
    report::of(&ground, year, today, &decided)
}

/// Carries the plan as it was seen (`YearReport::seen`), one at a time in a town.
pub async fn carry(
    tx: &mut PgConnection,
    caller: &Caller,
    year: i32,
    choices: &[YearChoice],
    seen: &str,
    now: DateTime<Utc>,
) -> ApiResult<YearReport> {
    access::check_town(caller, Action::WritePlan)?;
    let (town, today) = (caller.town, clock::today(now));
    sql_generate::wait(tx, town).await?;
    // Windows that have closed since the last generation are the former versions'.
    generate(tx, town, now).await?;
    let ground = Ground::load(tx, town).await?;
    within(&ground, year, today)?;
    let (plan, choice) = seen.split_once('.').unwrap_or_default();
    if plan != plan_hash(&ground) {
        return Err(ApiError::conflict(
            "plan.year_changed",
            "方案刚被别人改过或已经转入过,您这次什么都没有保存,请看最新的内容再定。",
        ));
    }
    let decided = decided(&ground, year, Some(choices), today)?;
    if choice != choices_hash(year, &decided) {
        return Err(ApiError::conflict(
            "plan.year_not_seen",
            "填的内容和刚才看到的不一样了,什么都没有保存,请再看一遍效果再保存。",
        ));
    }
    let mut met = Vec::new();
    for one in &decided {
        let code = &one.rule.code;
        let Some(former) = year::take(tx, town, caller.person, year, code, &one.step, now).await? else {
            continue;
        };
        if matches!(one.step, Step::Date(_)) {
            met.extend(sql::date_was_set(tx, town, former, now).await?);
        }
    }
    let met: Vec<notify::Subject> = met.into_iter().map(|duty| ("duty", duty)).collect();
    notify::withdraw(tx, town, &met, now).await?;
    let report = report::of(&ground, year, today, &decided)?;
    if report.changes > 0 {
        let facts = json!({ "year": year, "rules": report.changes });
        let entry = audit::Entry {
            town,
            actor: Some(caller.person),
            action: "plan.year_carried",
            subject_kind: "plan",
            subject: None,
            facts: &facts,
        };
        audit::record(tx, entry, now).await?;
        generate(tx, town, now).await?;
    }
    Ok(report)
}

fn within(ground: &Ground, year: i32, today: NaiveDate) -> ApiResult<()> {
    if ground.start_on.is_none() {
        return Err(ApiError::refused("plan.none", "还没有载入方案,请先载入。"));
    }
    if years(today).contains(&year) {
        return Ok(());
    }
    let [this, next] = years(today);
    Err(ApiError::refused("plan.year", format!("只能转入{this}年度或{next}年度。")))
}

/// Every rule that wants another date with its choice; all that will not do is named at once.
fn decided<'a>(
    ground: &'a Ground,
    year: i32,
    choices: Option<&[YearChoice]>,
    today: NaiveDate,
) -> ApiResult<Vec<Decided<'a>>> {
    let of: Option<HashMap<&str, &YearChoice>> =
        choices.map(|choices| choices.iter().map(|choice| (choice.code.as_str(), choice)).collect());
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    let mut say = |code: &str, field: &str, message: &str| {
        problems.push(json!({ "code": code, "field": field, "message": message }));
    };
    for rule in &ground.rules {
        let Turn::WantsDate(wants) = year::turn(&rule.cadence()?, rule.off, year, today) else { continue };
        let chosen = match &of {
            None => Some(YearChoice::proposed(&rule.code, wants)),
            Some(of) => of.get(rule.code.as_str()).map(|choice| (*choice).clone()),
        };
        let Some(choice) = chosen else {
            say(&rule.code, "deed", "请选:定新的日期、不再办,或待定。");
            continue;
        };
        match choice.step(wants, year, today) {
            Ok(step) => found.push(Decided { rule, wants, choice, step }),
            Err((field, message)) => say(&rule.code, field, &message),
        }
    }
    if problems.is_empty() {
        return Ok(found);
    }
    let told = format!("有{}项没有填好,什么都没有保存,请改好再看。", problems.len());
    Err(ApiError::refused("plan.year_choices", told).with_details(json!({ "problems": problems })))
}

/// What was seen: the plan as it stood, and what was chosen.
fn seen(ground: &Ground, year: i32, decided: &[Decided<'_>]) -> String {
    format!("{}.{}", plan_hash(ground), choices_hash(year, decided))
}

fn plan_hash(ground: &Ground) -> String {
    // By the versions in force, of this very town.
    let rules: Vec<_> = ground.rules.iter().map(|rule| rule.id).collect();
    hex::encode(sha256(json!(rules).to_string().as_bytes()))
}

fn choices_hash(year: i32, decided: &[Decided<'_>]) -> String {
    let choices: Vec<&YearChoice> = decided.iter().map(|one| &one.choice).collect();
    hex::encode(sha256(json!([year, choices]).to_string().as_bytes()))
}
