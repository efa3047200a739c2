//! Changing a rule. Its closed windows are settled under the version they were owed under, before the next one comes; what is
//! open follows at once.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::ground::{Ground, Terms};
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
    let ground = Ground::load(tx, town).await?;
    let start_on = ground.start_on.ok_or_else(ApiError::not_found)?;
    let (mut before, mut others) = (None, Vec::new());
    for row in &ground.rules {
        let side = Side { terms: row.terms()?, minutes: row.minutes };
        if row.code == code {
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
    let scene = Scene { town: &ground.town, start_on, today, existing: &existing };
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
