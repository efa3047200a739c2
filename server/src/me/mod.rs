//! 我的: what the app shows of oneself: posts and units, devices, who sees one's data, whom one may call; and what
//! the product says of itself.

mod api;
mod helpers;
mod sql;
mod visibility;

pub use api::Api;

use chrono::NaiveDate;
use poem_openapi::Object;
use serde::Deserialize;

use crate::access::{self, Action};
use crate::identity::Caller;
use crate::ids::{PersonId, TownId, UnitId};
use crate::org::{PartyMembership, Role, UnitKind};

/// Who I am here.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Me {
    pub town_id: TownId,
    pub town_name: String,
    pub person_id: PersonId,
    pub name: String,
    pub membership: PartyMembership,
    /// 组织关系所在党支部, of a Party member.
    pub branch: Option<UnitName>,
    /// Of a mobile member only.
    pub away: Option<Away>,
    pub posts: Vec<HeldPost>,
    /// What I may do in some unit at least: pages for anything else are hidden.
    pub may: Vec<Action>,
}

/// A unit by its name.
#[derive(Debug, Clone, Object, Deserialize)]
pub struct UnitName {
    pub id: UnitId,
    pub name: String,
}

/// A unit a post is held over.
#[derive(Debug, Clone, PartialEq, Eq, Object, Deserialize)]
pub struct PostUnit {
    pub id: UnitId,
    pub kind: UnitKind,
    pub name: String,
}

#[derive(Object)]
pub struct HeldPost {
    pub role: Role,
    /// 职务, as people read it.
    pub label: String,
    pub units: Vec<PostUnit>,
}

/// 流动党员
#[derive(Object, Deserialize)]
#[oai(rename = "AwayState", skip_serializing_if_is_none)]
pub struct Away {
    pub since: NaiveDate,
    pub branch: UnitName,
    /// 挂钩联系的支部委员
    pub contact_id: Option<PersonId>,
    pub contact_name: Option<String>,
}

/// A post with one of its units, as the statement gives them.
#[derive(Deserialize)]
struct PostOver {
    role: String,
    #[serde(flatten)]
    unit: PostUnit,
}

impl Me {
    fn new(caller: Caller, row: sql::Own) -> Self {
        let over: Vec<PostOver> = serde_json::from_value(row.posts).unwrap_or_default();
        let mut roles: Vec<Role> = caller.posts.iter().map(|post| post.role).collect();
        roles.sort_unstable();
        roles.dedup();
        let posts = roles.into_iter().map(|role| {
            let units = over.iter().filter(|post| post.role == role.name()).map(|post| post.unit.clone());
            HeldPost { role, label: role.label().into(), units: units.collect() }
        });
        Self {
            town_id: caller.town,
            town_name: row.town_name,
            person_id: caller.person,
            membership: PartyMembership::parse(&row.membership),
            branch: serde_json::from_value(row.branch).unwrap_or_default(),
            away: serde_json::from_value(row.away).unwrap_or_default(),
            posts: posts.collect(),
            may: access::may(&caller),
            name: caller.name,
        }
    }
}
