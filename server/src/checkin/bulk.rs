//! Accepting several records at once: those nobody needs to look at. Each stands for itself.

use chrono::{DateTime, Utc};
use poem_openapi::Object;

use super::review;
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{RecordId, VersionId};

/// Records of one bulk accept.
const BULK: usize = 200;

#[derive(Object)]
pub struct BulkResult {
    pub accepted: Vec<RecordId>,
    /// Left for a look of their own, with the reason.
    pub left: Vec<Left>,
}

#[derive(Object)]
pub struct Left {
    pub id: RecordId,
    pub code: String,
    pub message: String,
}

/// Accepts the versions seen, each in a transaction of its own.
pub async fn accept_many(
    app: &App,
    caller: &Caller,
    seen: &[(RecordId, VersionId)],
    now: DateTime<Utc>,
) -> ApiResult<BulkResult> {
    access::check_any(caller, Action::Review)?;
    if seen.len() > BULK {
        return Err(ApiError::bad_request("review.too_many", "一次最多通过 200 条。"));
    }
    let mut result = BulkResult { accepted: Vec::new(), left: Vec::new() };
    for (id, version) in seen.iter().copied() {
        let mut tx = app.db.begin().await?;
        let done = async {
            review::unflagged(&mut tx, caller, id).await?;
            review::accept(&mut tx, caller, id, version, now).await
        };
        match done.await {
            Ok(()) => {
                tx.commit().await?;
                result.accepted.push(id);
            }
            Err(error) if error.status.is_server_error() => return Err(error),
            Err(error) => result.left.push(Left { id, code: error.code.into(), message: error.message }),
        }
    }
    Ok(result)
}
