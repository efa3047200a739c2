//! Changing a rule. Its closed windows are settled under the version they were owed under, before the next one comes; what is
//! open follows at once.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::generate::{Terms, Town};
use super::preview::{RulePreview, Scene, Side, look};
use super::{generate, sql_generate, sql_rules};
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::plan::edit::{self, Stored};
use crate::plan::{Rule, RuleForm};
use crate::platform::clock;

/// What the change would do. Writes nothing.
pub async fn preview(
    tx: &mut PgConnection,
    caller: &Caller,
    code: &str,
    form: &RuleForm,
    now: DateTime<Utc>,
) -> ApiResult<RulePreview> {
    access::check_town(caller, Action::WritePlan)?;
    let (town, today) = (caller.town, clock::today(now));
    let stored = edit::stored(tx, town, code).await?;
    let rule = stored.with(form)?;
    let start_on = sql_generate::start_on(tx, town).await?.ok_or_else(ApiError::not_found)?;
    let (mut before, mut others) = (None, Vec::new());
    for row in sql_generate::rules(tx, town).await? {
        let (is_this, minutes) = (row.code == code, u32::try_from(row.minutes).unwrap_or_default());
        let side = Side { terms: row.terms()?, minutes };
        if is_this {
            before = Some(side);
        } else {
            others.push(side);
        }
    }
    let before = before.ok_or_else(ApiError::not_found)?;
    let after = Side {
        terms: Terms { id: before.terms.id, effective_on: Some(today), off: form.off, ..terms(&rule) },
        minutes: rule.minutes,
    };
    let existing = sql_rules::existing(tx, town, before.terms.id).await?;
    let loaded = Town::load(tx, town).await?;
    let scene = Scene { town: &loaded, start_on, today, existing: &existing };
    Ok(look(&scene, &before, &after, &others))
}

/// Makes the next version and brings the duties up to it; returns its number.
pub async fn change(
    tx: &mut PgConnection,
    caller: &Caller,
    code: &str,
    form: &RuleForm,
    now: DateTime<Utc>,
) -> ApiResult<i32> {
    access::check_town(caller, Action::WritePlan)?;
    sql_generate::wait(tx, caller.town).await?;
    let stored: Stored = edit::stored(tx, caller.town, code).await?;
    // Windows that have closed since the last generation are the former version's.
    generate(tx, caller.town, now).await?;
    let version = edit::change(tx, caller.town, caller.person, &stored, form, now).await?;
    generate(tx, caller.town, now).await?;
    Ok(version)
}

fn terms(rule: &Rule) -> Terms {
    Terms {
        id: uuid::Uuid::nil(),
        cadence: rule.cadence.clone(),
        audience: rule.audience,
        conditions: rule.applies.clone(),
        grace_days: rule.grace_days,
        first_on: rule.first,
        effective_on: None,
        off: false,
    }
}
