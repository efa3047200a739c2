//! Posts given, ended and handed over by hand: with their access, by the same rules as the roster.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::people::{self, NewPost};
use super::{Role, sql_people, sql_posts};
use crate::access::{self, Action};
use crate::audit;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{PersonId, PostId, UnitId};
use crate::platform::clock;

/// A post as a form asks for it.
pub struct Asked<'a> {
    pub person: PersonId,
    pub role: Role,
    pub units: &'a [UnitId],
    pub from_on: NaiveDate,
    /// 片区名称
    pub area: Option<&'a str>,
}

/// Gives a person a post over one unit or a named set of units, all of which are the caller's to give.
pub async fn give(
    tx: &mut PgConnection,
    caller: &Caller,
    asked: &Asked<'_>,
    now: DateTime<Utc>,
) -> ApiResult<PostId> {
    let mut units = Vec::new();
    for id in asked.units {
        let unit = super::unit(tx, caller.town, *id).await?;
        access::check(caller, Action::WriteOrg, &unit.path)?;
        units.push(unit);
    }
    let post = NewPost {
        person: asked.person,
        role: asked.role,
        units: &units,
        from_on: asked.from_on,
        area: asked.area,
    };
    let id = people::appoint(tx, caller.town, &post, clock::today(now), now).await?;
    let facts = json!({ "person": asked.person, "units": asked.units, "from_on": asked.from_on });
    log(tx, caller, "org.post_added", id, &facts, now).await?;
    Ok(id)
}

/// Ends a post. Its access ends at once; records stay signed with the old name and post.
pub async fn end(tx: &mut PgConnection, caller: &Caller, post: PostId, now: DateTime<Utc>) -> ApiResult<()> {
    let paths = super::post_paths(tx, caller.town, post).await?;
    let path = paths.first().ok_or_else(ApiError::not_found)?;
    access::check(caller, Action::WriteOrg, path)?;
    super::end_post(tx, caller.town, post, clock::today(now)).await?;
    log(tx, caller, "org.post_ended", post, &json!({}), now).await
}

/// A post that has passed from one person to another.
pub struct HandedOver {
    pub from: PersonId,
    /// The same post, of the new holder.
    pub post: PostId,
}

/// Hands a post to another person in one step: it ends for the one the day before it begins for the other, over the same
/// units; mobile members linked to a committee member are linked to the successor. What the post owes is for the duties'
/// own slice to move.
pub async fn hand_over(
    tx: &mut PgConnection,
    caller: &Caller,
    post: PostId,
    to: PersonId,
    from_on: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> ApiResult<HandedOver> {
    let today = clock::today(now);
    // Two who hand over the same post wait for each other here.
    sql_people::lock_town(tx, caller.town).await?;
    let held = sql_posts::post(tx, caller.town, post).await?.ok_or_else(ApiError::not_found)?;
    let mut units = Vec::new();
    for id in &held.units {
        let unit = super::unit(tx, caller.town, UnitId(*id)).await?;
        access::check(caller, Action::WriteOrg, &unit.path)?;
        units.push(unit);
    }
    if held.to_on.is_some_and(|last| last < today) {
        return Err(ApiError::conflict("org.post_ended", "这个职务已经结束或交接过了,请刷新后再看。"));
    }
    if held.person_id == to.0 {
        return Err(ApiError::refused("org.same_person", "接任的人就是现任,请另选一位。"));
    }
    let from_on = from_on.unwrap_or(today);
    if from_on > today {
        return Err(ApiError::refused("org.hand_over_future", "交接日期还没到,请在当天或之后再办。"));
    }
    if from_on < held.from_on {
        return Err(ApiError::refused("org.hand_over_early", "交接日期早于现任的任职日期,请核对。"));
    }
    let role = Role::parse(&held.role).ok_or_else(|| ApiError::internal("unknown role"))?;
    sql_posts::end_before(tx, caller.town, post, from_on).await?;
    let new = NewPost { person: to, role, units: &units, from_on, area: held.area.as_deref() };
    let id = people::appoint(tx, caller.town, &new, today, now).await?;
    let from = PersonId(held.person_id);
    let linked = match role {
        Role::CommitteeMember => sql_posts::link_anew(tx, caller.town, post, from, to).await?,
        _ => 0,
    };
    let facts = json!({ "to": to, "post": id, "from_on": from_on, "linked": linked });
    log(tx, caller, "org.post_handed_over", post, &facts, now).await?;
    Ok(HandedOver { from, post: id })
}

async fn log(
    tx: &mut PgConnection,
    caller: &Caller,
    action: &'static str,
    post: PostId,
    facts: &Value,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action,
        subject_kind: "post",
        subject: Some(post.0),
        facts,
    };
    audit::record(tx, entry, now).await
}
