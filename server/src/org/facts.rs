//! 支部情况: what decides whether a branch owes a duty (design D8).

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::{UnitKind, sql};
use crate::access::{self, Action};
use crate::audit;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{TownId, UnitId};

/// The facts of a branch as they stand on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactsOn {
    pub has_committee: bool,
    pub has_groups: bool,
    pub full_members: i32,
    pub probationary_members: i32,
}

/// The facts that hold on `day`: the newest set on or before it. A branch nobody has described yet owes what every
/// branch owes, and neither committee nor group meetings.
pub async fn facts_on(
    tx: &mut PgConnection,
    town: TownId,
    branch: UnitId,
    day: NaiveDate,
) -> ApiResult<FactsOn> {
    Ok(sql::facts_on(tx, town, branch, day).await?.unwrap_or(FactsOn {
        has_committee: false,
        has_groups: false,
        full_members: 0,
        probationary_members: 0,
    }))
}

/// States the facts of a branch from a day on. Stating them again for the same day replaces them from now on: what was
/// known when a window closed still decides that window.
pub async fn set_facts(
    tx: &mut PgConnection,
    town: TownId,
    branch: UnitId,
    from_on: NaiveDate,
    facts: &FactsOn,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    sql::set_facts(tx, town, branch, from_on, facts, now).await?;
    Ok(())
}

/// States a branch's facts for whoever may: they decide what it owes in windows not yet closed.
pub async fn state(
    tx: &mut PgConnection,
    caller: &Caller,
    unit: UnitId,
    from_on: NaiveDate,
    facts: &FactsOn,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let unit = super::unit(tx, caller.town, unit).await?;
    access::check(caller, Action::StateFacts, &unit.path)?;
    if unit.kind != UnitKind::Branch {
        return Err(ApiError::refused("org.not_a_branch", "只有党支部才登记支部情况。"));
    }
    set_facts(tx, caller.town, unit.id, from_on, facts, now).await?;
    let told = json!({ "from_on": from_on, "fields": ["has_committee", "has_groups", "full_members", "probationary_members"] });
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action: "org.facts_stated",
        subject_kind: "unit",
        subject: Some(unit.id.0),
        facts: &told,
    };
    audit::record(tx, entry, now).await
}
