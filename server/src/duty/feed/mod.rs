//! 日历订阅: a secret address under which a phone's calendar or Outlook reads what a person owes, and will owe within a
//! year. It carries titles and days and nothing else; it ends with the post, or when the person says so.

mod api;
mod ics;
mod planned;
mod serve;
mod sql;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

pub use api::Api;
pub use serve::show;

use crate::audit;
use crate::error::ApiResult;
use crate::identity::{Caller, hash_of};
use crate::platform::keys::random;

/// Makes the caller's address; one that was there is dead from now on. The secret (256 bits) is stored nowhere.
async fn make(tx: &mut PgConnection, caller: &Caller, now: DateTime<Utc>) -> ApiResult<String> {
    sql::lock(tx, caller.town, caller.person).await?;
    sql::revoke(tx, caller.town, caller.person, now).await?;
    let secret = BASE64_URL_SAFE_NO_PAD.encode(random());
    let id = Uuid::now_v7();
    sql::insert(tx, caller.town, id, caller.person, &hash_of(&secret), now).await?;
    log(tx, caller, "feed.made", Some(id), now).await?;
    Ok(format!("/feeds/{secret}.ics"))
}

/// Ends the caller's address, if there is one.
async fn end(tx: &mut PgConnection, caller: &Caller, now: DateTime<Utc>) -> ApiResult<()> {
    sql::revoke(tx, caller.town, caller.person, now).await?;
    log(tx, caller, "feed.ended", None, now).await
}

async fn log(
    tx: &mut PgConnection,
    caller: &Caller,
    action: &'static str,
    subject: Option<Uuid>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action,
        subject_kind: "calendar_feed",
        subject,
        facts: &json!({}),
    };
    audit::record(tx, entry, now).await
}
