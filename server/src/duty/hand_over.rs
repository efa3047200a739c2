//! 交接: a post passes to another person, and what is still open of it passes with it. What was done stays under the name
//! it was done in.

use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::Object;
use serde_json::json;
use sqlx::PgConnection;

use super::{sql_hand_over as sql, sql_remind};
use crate::error::ApiResult;
use crate::identity::Caller;
use crate::ids::{PersonId, PostId};
use crate::platform::clock;
use crate::{audit, notify, org};

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
    let subjects: Vec<notify::Subject> = moved.iter().map(|duty| ("duty", *duty)).collect();
    sql_remind::look_now(tx, caller.town, &moved).await?;
    notify::withdraw(tx, caller.town, &subjects, now).await?;
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
