//! People as lists show them, and giving one a post by hand.

use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::{Enum, Object};
use serde::Deserialize;
use sqlx::PgConnection;

use super::{Role, Unit, sql_people, sql_posts};
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{PersonId, PostId, TownId, UnitId};
use crate::platform::clock;

/// So many people on a page.
const PAGE: usize = 100;

/// 党员身份
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum PartyMembership {
    /// 正式党员
    Full,
    /// 预备党员
    Probationary,
    /// 群众
    None,
}

impl PartyMembership {
    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Full => "正式党员",
            Self::Probationary => "预备党员",
            Self::None => "群众",
        }
    }

    pub fn parse(name: &str) -> Self {
        match name {
            "full" => Self::Full,
            "probationary" => Self::Probationary,
            _ => Self::None,
        }
    }
}

/// A role held today within the caller's own units.
#[derive(Debug, Object)]
pub struct RoleHeld {
    pub role: Role,
    /// 职务, as people read it.
    pub label: String,
}

/// A person in a list: no digit of a phone number, only whether there is one.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PersonLine {
    pub id: PersonId,
    pub name: String,
    pub membership: PartyMembership,
    pub branch_id: Option<UnitId>,
    pub group_id: Option<UnitId>,
    pub posts: Vec<RoleHeld>,
    pub has_phone: bool,
    /// Bound to a WeChat identity.
    pub is_bound: bool,
    /// 流动党员
    pub is_away: bool,
}

/// A person with the posts held, now and before.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PersonView {
    pub id: PersonId,
    pub name: String,
    pub membership: PartyMembership,
    pub branch: Option<String>,
    pub group: Option<String>,
    pub has_phone: bool,
    /// Bound to a WeChat identity.
    pub is_bound: bool,
    /// 流动党员
    pub is_away: bool,
    /// Over units the caller may see, the present ones first.
    pub posts: Vec<PostView>,
}

/// A post from–to.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PostView {
    pub id: PostId,
    pub role: Role,
    /// 职务, as people read it.
    pub label: String,
    pub units: Vec<String>,
    /// 片区名称
    pub area: Option<String>,
    pub from_on: NaiveDate,
    /// The last day, where one is known.
    pub to_on: Option<NaiveDate>,
    /// In force, or to come.
    pub is_live: bool,
}

#[derive(Deserialize)]
struct StoredPost {
    id: PostId,
    role: String,
    area: Option<String>,
    from_on: NaiveDate,
    to_on: Option<NaiveDate>,
    units: Vec<String>,
}

/// One person of the caller's units.
pub async fn one(app: &App, caller: &Caller, person: PersonId) -> ApiResult<PersonView> {
    let today = clock::today(app.clock.now());
    let scope = access::scope(caller, Action::ReadOrg)?;
    let row = sql_posts::person(&app.db, caller.town, &scope, person, today).await?;
    let row = row.ok_or_else(ApiError::not_found)?;
    let stored: Vec<StoredPost> = serde_json::from_value(row.posts).map_err(ApiError::internal)?;
    let posts = stored.into_iter().filter_map(|post| {
        let role = Role::parse(&post.role)?;
        Some(PostView {
            id: post.id,
            role,
            label: role.label().into(),
            units: post.units,
            area: post.area,
            from_on: post.from_on,
            is_live: post.to_on.is_none_or(|last| last >= today),
            to_on: post.to_on,
        })
    });
    Ok(PersonView {
        id: PersonId(row.id),
        name: row.name,
        membership: PartyMembership::parse(&row.membership),
        branch: row.branch,
        group: row.group,
        has_phone: row.has_phone,
        is_bound: row.is_bound,
        is_away: row.is_away,
        posts: posts.collect(),
    })
}

/// A page of people, by name.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PeoplePage {
    pub people: Vec<PersonLine>,
    /// Send as `after` for the next page; absent on the last.
    pub next: Option<PersonId>,
}

/// Which people of the caller's units.
#[derive(Default)]
pub struct Wanted<'a> {
    /// Of this unit and everything below it.
    pub unit: Option<UnitId>,
    /// Whose name has this.
    pub name: Option<&'a str>,
    /// As `next` gave it.
    pub after: Option<PersonId>,
}

/// People of the caller's units, by name, with the posts they hold there.
pub async fn page(app: &App, caller: &Caller, wanted: &Wanted<'_>) -> ApiResult<PeoplePage> {
    let mut scope = access::scope(caller, Action::ReadOrg)?;
    if let Some(unit) = wanted.unit {
        let mut db = app.db.acquire().await?;
        let unit = super::unit(&mut db, caller.town, unit).await?;
        access::check(caller, Action::ReadOrg, &unit.path)?;
        scope = access::Scope::default();
        scope.push(&unit.path);
    }
    let limit = i64::try_from(PAGE + 1).map_err(ApiError::internal)?;
    let today = clock::today(app.clock.now());
    let name = wanted.name.map(str::trim).filter(|name| !name.is_empty());
    let (from, to) = (&scope.from, &scope.to);
    let mut rows =
        sql_people::people_in(&app.db, caller.town, from, to, name, wanted.after, today, limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|last| PersonId(last.id));
    Ok(PeoplePage { people: rows.into_iter().map(PersonLine::from).collect(), next })
}

/// A post to be given.
#[derive(Debug, Clone)]
pub struct NewPost<'a> {
    pub person: PersonId,
    pub role: Role,
    pub units: &'a [Unit],
    pub from_on: NaiveDate,
    /// 片区名称
    pub area: Option<&'a str>,
}

/// Gives a person a post over `units`, by the same rules as the roster.
pub async fn appoint(
    tx: &mut PgConnection,
    town: TownId,
    post: &NewPost<'_>,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> ApiResult<PostId> {
    let fits = post.role.fits();
    if fits.is_empty() {
        return Err(ApiError::refused("org.not_a_post", "这个身份不作为职务登记。"));
    }
    if post.units.is_empty() || post.units.iter().any(|unit| !fits.contains(&unit.kind)) {
        let kinds: Vec<_> = fits.iter().map(|kind| kind.label()).collect();
        let told = format!("{}的任职组织应为{}。", post.role.label(), kinds.join("或"));
        return Err(ApiError::refused("org.role_misfit", told));
    }
    let latest = today + chrono::Days::new(366);
    if post.from_on > latest {
        return Err(ApiError::refused("org.post_too_far", "任职日期在一年以后,请核对。"));
    }
    // An import plans from what it read: it and this wait for each other.
    sql_people::lock_town(tx, town).await?;
    let membership = sql_people::membership(tx, town, post.person).await?.ok_or_else(ApiError::not_found)?;
    if post.role.needs_membership() && PartyMembership::parse(&membership) == PartyMembership::None {
        return Err(ApiError::refused("org.not_a_member", "这个职务应由党员担任。"));
    }
    let units = held_over(tx, town, post).await?;
    if sql_people::holds_same_post(tx, town, post.person, post.role, &units, today).await? {
        return Err(ApiError::conflict("org.post_held", "此人已在任同一职务。"));
    }
    let id = super::add_post(tx, town, post.person, post.role, &units, post.from_on, now).await?;
    if let Some(area) = post.area {
        sql_people::name_area(tx, town, id, area).await?;
    }
    Ok(id)
}

/// The units themselves, a village's 党总支 for a role that takes the whole village.
async fn held_over(tx: &mut PgConnection, town: TownId, post: &NewPost<'_>) -> ApiResult<Vec<UnitId>> {
    let mut units = Vec::new();
    for unit in post.units {
        let above = if post.role.takes_whole_village() && unit.kind == super::UnitKind::Village {
            sql_people::parent(tx, town, unit.id).await?
        } else {
            None
        };
        units.push(above.unwrap_or(unit.id));
    }
    units.sort_unstable();
    units.dedup();
    Ok(units)
}

impl From<sql_people::PersonRow> for PersonLine {
    fn from(row: sql_people::PersonRow) -> Self {
        let posts = row.roles.iter().filter_map(|role| Role::parse(role));
        Self {
            id: PersonId(row.id),
            name: row.name,
            membership: PartyMembership::parse(&row.membership),
            branch_id: row.branch_id.map(UnitId),
            group_id: row.group_id.map(UnitId),
            posts: posts.map(|role| RoleHeld { role, label: role.label().into() }).collect(),
            has_phone: row.has_phone,
            is_bound: row.is_bound,
            is_away: row.is_away,
        }
    }
}
