//! When a branch is split or merged, what is owed follows: a member's own duties go to the new branch, a branch that is no
//! more owes nothing new, the one that takes its members owes by its new facts.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::sql_hand_over as sql;
use crate::error::ApiResult;
use crate::identity::Caller;
use crate::ids::{PersonId, UnitId};
use crate::org;

/// Merges a branch into another.
pub async fn merge(
    tx: &mut PgConnection,
    caller: &Caller,
    from: UnitId,
    into: UnitId,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    org::reshape::merge(tx, caller, from, into, now).await?;
    follow(tx, caller, now).await
}

/// Splits these members off a branch into a new one.
pub async fn split(
    tx: &mut PgConnection,
    caller: &Caller,
    from: UnitId,
    name: &str,
    members: &[PersonId],
    now: DateTime<Utc>,
) -> ApiResult<UnitId> {
    let new = org::reshape::split(tx, caller, from, name, members, now).await?;
    follow(tx, caller, now).await?;
    Ok(new)
}

/// Closes a unit nobody belongs to any more.
pub async fn close(
    tx: &mut PgConnection,
    caller: &Caller,
    unit: UnitId,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    org::reshape::close(tx, caller, unit, now).await?;
    follow(tx, caller, now).await
}

async fn follow(tx: &mut PgConnection, caller: &Caller, now: DateTime<Utc>) -> ApiResult<()> {
    sql::follow_members(tx, caller.town).await?;
    super::generate(tx, caller.town, now).await?;
    Ok(())
}
