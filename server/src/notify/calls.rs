//! 电话通知: who must be told by a human, because nothing else reached them (invariant 3).

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::sql;
use crate::error::ApiResult;
use crate::ids::{CallItemId, PersonId, TownId, UnitId};

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
}

/// Puts a call on the list, once; says whether it is new.
pub async fn call(tx: &mut PgConnection, item: &NewCall<'_>, now: DateTime<Utc>) -> ApiResult<bool> {
    Ok(sql::calls::insert(tx, CallItemId::new(), item, now).await?)
}
