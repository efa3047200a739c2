//! 交接: a post passes to another person, and what is still open of it passes with it. What was done stays under the name
//! it was done in.

use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::Object;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{sql_hand_over as sql, sql_remind};
use crate::error::ApiResult;
use crate::identity::Caller;
use crate::ids::{PersonId, PostId, TownId};
use crate::platform::clock;
use crate::{App, audit, notify, org};

/// What has passed to the new holder.
#[derive(Object)]
pub struct HandedOver {
    /// The post of the new holder.
    pub post: PostId,
    /// Open duties that have moved, by the post itself or by delegation.
    pub duties: u32,
}

/// Hands a post and everything still open of it to another person, in one step.
pub async fn hand_over(
    tx: &mut PgConnection,
    caller: &Caller,
    post: PostId,
    to: PersonId,
    from_on: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> ApiResult<HandedOver> {
    let today = clock::today(now);
    let before = sql::held_by_holder(tx, caller.town, post, today).await?;
    let done = org::posts::hand_over(tx, caller, post, to, from_on, now).await?;
    sql::delegate_anew(tx, caller.town, post, done.from, to).await?;
    let after = sql::held_by(tx, caller.town, done.from, today).await?;
    // What they hold by another post stays with them.
    let moved: Vec<_> = before.into_iter().filter(|duty| !after.contains(duty)).collect();
    // The one who has left is not reminded any more; whoever has come is, by the next round.
    told_anew(tx, caller.town, &moved, now).await?;
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action: "duty.handed_over",
        subject_kind: "post",
        subject: Some(post.0),
        facts: &json!({ "from": done.from, "to": to, "duties": moved.len() }),
    };
    audit::record(tx, entry, now).await?;
    Ok(HandedOver { post: done.post, duties: u32::try_from(moved.len()).unwrap_or(u32::MAX) })
}

/// Ends a post, and what was delegated to its holder there goes back to whom it would fall to; how many duties that is.
pub async fn end(tx: &mut PgConnection, caller: &Caller, post: PostId, now: DateTime<Utc>) -> ApiResult<u32> {
    org::posts::end(tx, caller, post, now).await?;
    let back = sql::release(tx, caller.town, post, clock::today(now)).await?;
    if !back.is_empty() {
        told_anew(tx, caller.town, &back, now).await?;
        let entry = audit::Entry {
            town: caller.town,
            actor: Some(caller.person),
            action: "duty.delegation_ended",
            subject_kind: "post",
            subject: Some(post.0),
            facts: &json!({ "duties": back.len() }),
        };
        audit::record(tx, entry, now).await?;
    }
    Ok(u32::try_from(back.len()).unwrap_or(u32::MAX))
}

/// How many duties would go back if these posts ended, by post.
pub async fn lent(app: &App, caller: &Caller, posts: &[PostId]) -> ApiResult<Vec<(PostId, i64)>> {
    let posts: Vec<Uuid> = posts.iter().map(|post| post.0).collect();
    let rows = sql::lent(&app.db, caller.town, &posts).await?;
    Ok(rows.into_iter().map(|(post, count)| (PostId(post), count)).collect())
}

/// What people who have left the town still held by delegation goes back as well.
pub(super) async fn release_left(tx: &mut PgConnection, town: TownId, now: DateTime<Utc>) -> ApiResult<()> {
    let back = sql::release_left(tx, town).await?;
    told_anew(tx, town, &back, now).await
}

/// Whoever was reminded of these duties is not any more; whoever holds them now is, by the next round.
async fn told_anew(
    tx: &mut PgConnection,
    town: TownId,
    duties: &[Uuid],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let subjects: Vec<notify::Subject> = duties.iter().map(|duty| ("duty", *duty)).collect();
    sql_remind::look_now(tx, town, duties).await?;
    notify::withdraw(tx, town, &subjects, now).await?;
    Ok(())
}
