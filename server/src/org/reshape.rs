//! Changing the tree: a unit set up or closed, a branch split or merged. Members go with it, and so does what is said of the
//! branch; what was done stays under the unit it was done in.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{FactsOn, Unit, UnitKind, sql_people, sql_reshape as sql};
use crate::access::{self, Action};
use crate::audit;
use crate::error::{ApiError, ApiResult, OnConstraint};
use crate::identity::Caller;
use crate::ids::{PersonId, UnitId};
use crate::platform::clock;

/// Letters of a unit's name.
const NAME: usize = 60;

/// Sets up a unit under another.
pub async fn create(
    tx: &mut PgConnection,
    caller: &Caller,
    (kind, name): (UnitKind, &str),
    parent: UnitId,
    now: DateTime<Utc>,
) -> ApiResult<UnitId> {
    let above = open(tx, caller, parent).await?;
    if !kind.parents().contains(&above.kind) {
        let kinds: Vec<_> = kind.parents().iter().map(|kind| kind.label()).collect();
        let told = format!("{}的上级应为{}。", kind.label(), kinds.join("或"));
        return Err(ApiError::refused("org.unit_misfit", told));
    }
    let name = named(name)?;
    let id = super::add_unit(tx, caller.town, kind, name, parent, now).await?;
    log(tx, caller, "org.unit_created", id, &json!({ "kind": kind.name(), "parent": parent }), now).await?;
    Ok(id)
}

/// Gives a unit another name.
pub async fn rename(
    tx: &mut PgConnection,
    caller: &Caller,
    id: UnitId,
    name: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    sql_people::lock_town(tx, caller.town).await?;
    let unit = open(tx, caller, id).await?;
    let name = named(name)?;
    if name == unit.name {
        return Err(ApiError::refused("org.name_kept", "名称和现在的一样,没有改。"));
    }
    sql::rename(tx, caller.town, id, name).await.on_constraint("unit_name_once", || {
        ApiError::conflict("org.name_taken", "同一上级下已经有(或有过)叫这个名称的同类组织,请换一个名称。")
    })?;
    log(tx, caller, "org.unit_renamed", id, &json!({ "was": unit.name, "is": name }), now).await
}

/// Closes a unit nobody belongs to any more. What it has done stays.
pub async fn close(tx: &mut PgConnection, caller: &Caller, id: UnitId, now: DateTime<Utc>) -> ApiResult<()> {
    let today = clock::today(now);
    sql_people::lock_town(tx, caller.town).await?;
    let unit = open(tx, caller, id).await?;
    if unit.kind == UnitKind::Town {
        return Err(ApiError::refused("org.unit_is_root", "镇本身不能撤销。"));
    }
    let left = sql::left_in(tx, caller.town, &unit.path, id, today).await?;
    if left.units > 0 || left.people > 0 || left.posts > 0 {
        let told = format!(
            "还有下级组织 {} 个、党员 {} 人、在任职务 {} 个,请先转走或结束(党支部可以用“合并”)。",
            left.units, left.people, left.posts
        );
        return Err(ApiError::conflict("org.unit_in_use", told));
    }
    sql::close(tx, caller.town, id, today).await?;
    log(tx, caller, "org.unit_closed", id, &json!({}), now).await
}

/// Merges a branch into another: members, groups and mobile members go there, posts over it end, it is closed.
pub async fn merge(
    tx: &mut PgConnection,
    caller: &Caller,
    from: UnitId,
    into: UnitId,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let today = clock::today(now);
    sql_people::lock_town(tx, caller.town).await?;
    let (old, kept) = (branch(tx, caller, from).await?, branch(tx, caller, into).await?);
    if from == into {
        return Err(ApiError::refused("org.same_unit", "请选择另一个党支部。"));
    }
    let groups =
        sql::move_groups(tx, caller.town, &old, &kept).await.on_constraint("unit_name_once", || {
            ApiError::conflict("org.name_taken", "两个党支部有同名的党小组,请先改名再合并。")
        })?;
    let members = sql::members(tx, caller.town, from).await?;
    sql::move_members(tx, caller.town, &members, into, true, now).await?;
    let (gone, had) = (facts(tx, caller, from, today).await?, facts(tx, caller, into, today).await?);
    let sum = FactsOn {
        has_committee: had.has_committee,
        has_groups: had.has_groups || groups > 0,
        full_members: had.full_members + gone.full_members,
        probationary_members: had.probationary_members + gone.probationary_members,
    };
    super::set_facts(tx, caller.town, into, today, &sum, now).await?;
    sql::end_posts(tx, caller.town, from, today).await?;
    sql::close(tx, caller.town, from, today).await?;
    log(tx, caller, "org.branch_merged", from, &json!({ "into": into, "members": members.len() }), now).await
}

/// Splits a branch: a new one beside it, for these of its members.
pub async fn split(
    tx: &mut PgConnection,
    caller: &Caller,
    from: UnitId,
    name: &str,
    members: &[PersonId],
    now: DateTime<Utc>,
) -> ApiResult<UnitId> {
    let today = clock::today(now);
    sql_people::lock_town(tx, caller.town).await?;
    branch(tx, caller, from).await?;
    let name = named(name)?;
    let known = sql::members(tx, caller.town, from).await?;
    let chosen: Vec<_> =
        known.iter().filter(|person| members.contains(&PersonId(person.id))).cloned().collect();
    if chosen.len() != members.len() || chosen.is_empty() {
        return Err(ApiError::refused("org.not_members", "请选择要分出去的党员,他们都应在这个党支部。"));
    }
    let parent = sql_people::parent(tx, caller.town, from).await?.ok_or_else(ApiError::not_found)?;
    let new = super::add_unit(tx, caller.town, UnitKind::Branch, name, parent, now).await?;
    sql::move_members(tx, caller.town, &chosen, new, false, now).await?;
    let count = |membership: &str| chosen.iter().filter(|person| person.membership == membership).count();
    let went = |membership: &str| i32::try_from(count(membership)).unwrap_or(i32::MAX);
    let (full, probationary) = (went("full"), went("probationary"));
    let had = facts(tx, caller, from, today).await?;
    let rest = FactsOn {
        full_members: (had.full_members - full).max(0),
        probationary_members: (had.probationary_members - probationary).max(0),
        ..had
    };
    super::set_facts(tx, caller.town, from, today, &rest, now).await?;
    let own = FactsOn {
        has_committee: false,
        has_groups: false,
        full_members: full,
        probationary_members: probationary,
    };
    super::set_facts(tx, caller.town, new, today, &own, now).await?;
    log(tx, caller, "org.branch_split", from, &json!({ "new": new, "members": chosen.len() }), now).await?;
    Ok(new)
}

async fn facts(tx: &mut PgConnection, caller: &Caller, unit: UnitId, day: NaiveDate) -> ApiResult<FactsOn> {
    super::facts_on(tx, caller.town, unit, day).await
}

/// An open unit the caller may change.
async fn open(tx: &mut PgConnection, caller: &Caller, id: UnitId) -> ApiResult<Unit> {
    let unit = super::unit(tx, caller.town, id).await?;
    access::check(caller, Action::WriteOrg, &unit.path)?;
    if sql::is_closed(tx, caller.town, id).await? {
        return Err(ApiError::conflict("org.unit_closed", "这个组织已经撤销了,请刷新后再看。"));
    }
    Ok(unit)
}

async fn branch(tx: &mut PgConnection, caller: &Caller, id: UnitId) -> ApiResult<Unit> {
    let unit = open(tx, caller, id).await?;
    if unit.kind == UnitKind::Branch {
        Ok(unit)
    } else {
        Err(ApiError::refused("org.not_a_branch", "只有党支部可以合并或分设。"))
    }
}

fn named(name: &str) -> ApiResult<&str> {
    let name = name.trim();
    crate::edge::filled("名称", name, NAME)?;
    Ok(name)
}

async fn log(
    tx: &mut PgConnection,
    caller: &Caller,
    action: &'static str,
    unit: UnitId,
    facts: &Value,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action,
        subject_kind: "unit",
        subject: Some(unit.0),
        facts,
    };
    audit::record(tx, entry, now).await
}
