//! 电话通知: who must be told by a human, because nothing else reached them (invariant 3).

use chrono::{DateTime, FixedOffset, Utc};
use poem_openapi::Object;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::api::{PAGE, next};
use super::sql;
use crate::access::{self, Action};
use crate::edge::{self, Cursor};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{CallItemId, PersonId, TownId, UnitId};
use crate::{App, audit};

/// A call to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewCall<'a> {
    pub town: TownId,
    /// Whom to call; none where nobody holds the post.
    pub person: Option<PersonId>,
    /// Whose matter it is: decides who sees the item. Without one, the person's branch does.
    pub unit: Option<UnitId>,
    pub subject_kind: &'a str,
    pub subject: Uuid,
    /// One call per subject and reason: `overdue`, `unbound` …
    pub why: &'a str,
    /// A call made before this was about something else: the same subject may be called about again.
    pub since: Option<DateTime<Utc>>,
}

/// Puts a call on the list, once; says whether it is new there.
pub async fn call(tx: &mut PgConnection, item: &NewCall<'_>, now: DateTime<Utc>) -> ApiResult<bool> {
    Ok(sql::calls::insert(tx, CallItemId::new(), item, now).await?)
}

/// 需电话通知
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CallItem {
    pub id: CallItemId,
    /// Whom to call; absent where nobody holds the post.
    pub person_id: Option<PersonId>,
    pub person_name: Option<String>,
    pub unit_name: String,
    pub subject_kind: String,
    pub subject_id: Uuid,
    pub why: String,
    pub created_at: DateTime<FixedOffset>,
}

#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CallList {
    pub items: Vec<CallItem>,
    /// Send as `after` for the next page; absent on the last one.
    pub next: Option<String>,
}

/// Calls still to be made in the caller's units, the longest-waiting first.
pub async fn open(app: &App, caller: &Caller, after: Option<&str>) -> ApiResult<CallList> {
    let scope = access::scope(caller, Action::ReadCallList)?;
    let rows = sql::calls::open(&app.db, caller.town, &scope, Cursor::read(after)?, PAGE).await?;
    let next = next(&rows, |row| Cursor { at: row.created_at, id: row.id });
    let items = rows.into_iter().map(|row| CallItem {
        id: CallItemId(row.id),
        person_id: row.person_id.map(PersonId),
        person_name: row.person_name,
        unit_name: row.unit_name,
        subject_kind: row.subject_kind,
        subject_id: row.subject_id,
        why: row.why,
        created_at: edge::local(row.created_at),
    });
    Ok(CallList { items: items.collect(), next })
}

/// The caller has spoken with whom the subject is about, whether or not a call was on the list: what is on it is struck off.
pub async fn spoken(
    tx: &mut PgConnection,
    caller: &Caller,
    unit: UnitId,
    (subject_kind, subject): super::Subject,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let item = NewCall {
        town: caller.town,
        person: None,
        unit: Some(unit),
        subject_kind,
        subject,
        why: "reached",
        since: None,
    };
    sql::calls::spoken(tx, CallItemId::new(), &item, caller.person, now).await?;
    Ok(())
}

/// The caller has called. A second report of the same call changes nothing.
pub async fn made(
    tx: &mut PgConnection,
    caller: &Caller,
    item: CallItemId,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let path = sql::calls::path(tx, caller.town, item).await?.ok_or_else(ApiError::not_found)?;
    access::check(caller, Action::ReadCallList, &path)?;
    let first = sql::calls::finish(tx, caller.town, item, caller.person, now).await?;
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action: "call.done",
        subject_kind: "call_item",
        subject: Some(item.0),
        facts: &json!({ "first": first }),
    };
    audit::record(tx, entry, now).await
}
