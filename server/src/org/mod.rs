//! 组织: the tree of units, people, the posts they hold from–to, branch facts, and the roster that loads them.

mod api;
pub mod facts;
pub mod people;
pub mod phone;
pub mod posts;
pub mod reshape;
mod role;
mod role_fit;
pub mod roster;
mod sql;
mod sql_people;
mod sql_posts;
mod sql_reshape;

pub use api::Api;
pub use facts::{FactsOn, facts_on, set_facts};
pub use people::{NewPost, PartyMembership, PersonLine, appoint};
pub use role::Role;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};

use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult, OnConstraint};
use crate::identity::Caller;
use crate::ids::{PersonId, PostId, TownId, UnitId};
use crate::named::named;

named! {
    /// Kinds of unit.
    pub enum UnitKind {
        Town = "town" "镇党委",
        Department = "department" "部门",
        GeneralBranch = "general_branch" "党总支",
        Branch = "branch" "党支部",
        Group = "group" "党小组",
        Village = "village" "行政村",
        VillageCommittee = "village_committee" "村委会",
        SupervisionCommittee = "supervision_committee" "村务监督委员会",
        Council = "council" "村民议事会",
    }
}

/// A unit: its place in the tree is `path`, '/1/4/17/'.
#[derive(Debug, Clone)]
pub struct Unit {
    pub id: UnitId,
    pub kind: UnitKind,
    pub name: String,
    pub path: String,
}

/// The unit, or the 404 that tells a stranger nothing.
pub async fn unit(tx: &mut PgConnection, town: TownId, id: UnitId) -> ApiResult<Unit> {
    sql::unit(tx, town, id).await?.ok_or_else(ApiError::not_found)
}

/// Whether the caller may import the roster: it is the whole town's.
pub async fn may_import(app: &App, caller: &Caller) -> ApiResult<()> {
    let root = {
        let mut db = app.db.acquire().await?;
        sql_people::root_path(&mut db, caller.town).await?.ok_or_else(ApiError::not_found)?
    };
    access::check(caller, Action::WriteOrg, &root)
}

/// A unit by its name.
pub struct Named {
    pub id: UnitId,
    pub kind: UnitKind,
    pub name: String,
    pub parent: Option<UnitId>,
}

/// The units over which the caller may do `action`, in the tree's order.
pub async fn units(db: &PgPool, caller: &Caller, action: Action) -> ApiResult<Vec<Named>> {
    let scope = access::scope(caller, action)?;
    let rows = sql::units_in(db, caller.town, &scope.from, &scope.to).await?;
    let named = rows.into_iter().filter_map(|row| {
        let kind = UnitKind::parse(&row.kind)?;
        Some(Named { id: UnitId(row.id), kind, name: row.name, parent: row.parent_id.map(UnitId) })
    });
    Ok(named.collect())
}

/// Ends a post. From this day on it opens nothing: the last day is the day before.
pub async fn end_post(tx: &mut PgConnection, town: TownId, post: PostId, today: NaiveDate) -> ApiResult<()> {
    if sql::end_post(tx, town, post, today.pred_opt().unwrap_or(today)).await? {
        Ok(())
    } else {
        Err(ApiError::not_found())
    }
}

/// The paths of the units a post is held over, whatever its dates; none if there is no such post.
pub async fn post_paths(tx: &mut PgConnection, town: TownId, post: PostId) -> ApiResult<Vec<String>> {
    Ok(sql::post_paths(tx, town, post).await?)
}

/// The person's units as paths: of the branch, and of every post held on `today`.
pub async fn person_paths(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    today: NaiveDate,
) -> ApiResult<Vec<String>> {
    Ok(sql::person_paths(tx, town, person, today).await?)
}

/// A new town with its root unit; the county's first act, by `tuhe town add`.
pub async fn found_town(
    tx: &mut PgConnection,
    code: &str,
    name: &str,
    now: DateTime<Utc>,
) -> ApiResult<(TownId, UnitId)> {
    let (town, root) = (TownId::new(), UnitId::new());
    sql::insert_town(tx, town, code, name, now).await.on_constraint("town_code_once", || {
        ApiError::conflict("org.town_code_taken", format!("已有代码为 {code} 的镇。"))
    })?;
    sql::insert_unit(tx, town, root, UnitKind::Town, name, None, now).await?;
    Ok((town, root))
}

/// The county's own tenant, by its code: its people belong to no town, so no town's office reaches their accounts.
pub const COUNTY: &str = "county";

/// The county with its root unit, founded at the first call.
pub async fn county(tx: &mut PgConnection, now: DateTime<Utc>) -> ApiResult<(TownId, UnitId)> {
    match sql::town_by_code(tx, COUNTY).await? {
        Some(county) => Ok(county),
        None => found_town(tx, COUNTY, "县级", now).await,
    }
}

/// A unit under `parent`.
pub async fn add_unit(
    tx: &mut PgConnection,
    town: TownId,
    kind: UnitKind,
    name: &str,
    parent: UnitId,
    now: DateTime<Utc>,
) -> ApiResult<UnitId> {
    let id = UnitId::new();
    sql::insert_unit(tx, town, id, kind, name, Some(parent), now)
        .await
        .on_constraint("unit_name_once", || {
            ApiError::conflict("org.name_taken", format!("同一个上级下已有叫“{name}”的{}。", kind.label()))
        })?;
    Ok(id)
}

/// What is written about a person.
#[derive(Debug, Clone, Default)]
pub struct NewPerson<'a> {
    pub name: &'a str,
    /// 11 digits, or a foreign number with its +code.
    pub phone: Option<&'a str>,
    /// `full`, `probationary` or `none`.
    pub membership: &'a str,
    pub branch: Option<UnitId>,
    pub group: Option<UnitId>,
}

/// A person, the phone number sealed.
pub async fn add_person(
    tx: &mut PgConnection,
    keys: &crate::platform::keys::Keys,
    town: TownId,
    person: &NewPerson<'_>,
    now: DateTime<Utc>,
) -> ApiResult<PersonId> {
    let id = PersonId::new();
    let phone = person.phone.map(|phone| seal_phone(keys, town, id, phone)).transpose()?;
    sql::insert_person(tx, town, id, person, phone, now).await?;
    Ok(id)
}

/// A phone number as stored: sealed for its cell, and its blind index.
pub(crate) fn seal_phone(
    keys: &crate::platform::keys::Keys,
    town: TownId,
    person: PersonId,
    phone: &str,
) -> ApiResult<(Vec<u8>, Vec<u8>)> {
    let sealed = keys.seal(phone_cell(town, person), phone).map_err(ApiError::internal)?;
    Ok((sealed, keys.blind_index(town.0, phone)))
}

pub(crate) fn phone_cell(town: TownId, person: PersonId) -> crate::platform::keys::Cell<'static> {
    crate::platform::keys::Cell { table: "person", column: "phone", town: town.0, row: person.0 }
}

/// A post over one unit or a named set of units.
pub async fn add_post(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    role: Role,
    units: &[UnitId],
    from_on: NaiveDate,
    now: DateTime<Utc>,
) -> ApiResult<PostId> {
    let id = PostId::new();
    sql::insert_post(tx, town, id, person, role, units, from_on, now).await?;
    Ok(id)
}

/// Refuses a person who is not (any more) of the town.
pub async fn must_exist(tx: &mut PgConnection, town: TownId, person: PersonId) -> ApiResult<()> {
    if sql::person_exists(tx, town, person).await? { Ok(()) } else { Err(ApiError::not_found()) }
}

/// The roles a person held on `day` over the unit at `path`, by posts that ended on `since` or later. The day of leaving
/// still belongs to the post: a meeting may have been held that morning.
pub async fn held_on(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    path: &str,
    day: NaiveDate,
    since: NaiveDate,
) -> ApiResult<Vec<Role>> {
    let names = sql::held_on(tx, town, person, path, day, since).await?;
    Ok(names.iter().filter_map(|name| Role::parse(name)).collect())
}

/// A mobile member's place in the organisation.
pub struct Away {
    pub branch: UnitId,
    pub branch_path: String,
    /// 挂钩联系的支部委员
    pub contact: Option<PersonId>,
    /// The branch's secretary, who stands in where no committee member is linked.
    pub secretary: Option<PersonId>,
}

/// Where a mobile member belongs; none for who is not away.
pub async fn away(tx: &mut PgConnection, town: TownId, member: PersonId) -> ApiResult<Option<Away>> {
    Ok(sql::away(tx, town, member).await?)
}

/// Registers a member as away, linked to a committee member.
pub async fn register_mobile(
    tx: &mut PgConnection,
    town: TownId,
    member: PersonId,
    branch: UnitId,
    contact: Option<PersonId>,
    away_since: NaiveDate,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    sql::insert_mobile(tx, town, member, branch, contact, away_since, now).await?;
    Ok(())
}

/// A town and its root unit, by the town's code.
pub async fn town_by_code(tx: &mut PgConnection, code: &str) -> ApiResult<Option<(TownId, UnitId)>> {
    Ok(sql::town_by_code(tx, code).await?)
}

/// The one person of that name holding the role now.
pub async fn holder_by_name(
    tx: &mut PgConnection,
    town: TownId,
    name: &str,
    role: Role,
) -> ApiResult<Option<PersonId>> {
    Ok(sql::holder_by_name(tx, town, name, role).await?)
}
