//! 操作日志: what was done, by whom, to what. Append-only and hash-chained (design D16).
//!
//! A fact's own transaction inserts the entry, unchained; `seal` chains what has committed. Entries hold ids, field
//! names and salted digests, never a personal value.

mod seal;
mod sql;
mod verify;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

pub use seal::seal;
pub use verify::{Report, verify};

use crate::error::ApiResult;
use crate::ids::{PersonId, TownId};

/// One thing done.
pub struct Entry<'a> {
    pub town: TownId,
    /// Who did it; none for the system itself and for the command line.
    pub actor: Option<PersonId>,
    /// Stable dotted name of the deed: `record.submitted`.
    pub action: &'static str,
    pub subject_kind: &'static str,
    pub subject: Option<Uuid>,
    pub facts: &'a Value,
}

/// Writes the entry beside the deed, in the deed's transaction.
pub async fn record(tx: &mut PgConnection, entry: Entry<'_>, now: DateTime<Utc>) -> ApiResult<()> {
    sql::insert(tx, Uuid::now_v7(), &entry, now).await?;
    Ok(())
}
