//! Entering a statement: from a phone, or at a desk for somebody who tells it.

use chrono::{DateTime, Utc};
use poem_openapi::Object;
use serde_json::json;
use sqlx::PgConnection;

use crate::access::Action;
use crate::checkin::form::{Common, Special};
use crate::checkin::{self, Kind, Submitted};
use crate::edge::{Client, not_longer};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;

/// 情况说明
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct StatementForm {
    /// The unit is the village's, or the town for what its own desks owe. No photo is needed.
    pub record: Common,
    /// What was done, and what came of it.
    #[oai(validator(min_length = 1, max_length = 2000))]
    pub text: String,
}

/// Keeps a statement, in a transaction that [`checkin::begin`] began.
pub async fn enter(
    tx: &mut PgConnection,
    caller: &Caller,
    form: &StatementForm,
    client: Client,
    now: DateTime<Utc>,
) -> ApiResult<Submitted> {
    if form.text.trim().is_empty() {
        return Err(ApiError::refused("statement.text_empty", "请写几句做了什么、结果怎样。"));
    }
    not_longer("情况说明", &form.text, 2000)?;
    let special = Special {
        kind: Kind::Statement,
        facts: json!({ "text": form.text }),
        photos_needed: 0,
        meeting_types: Vec::new(),
        unfinished: false,
    };
    let sent = form.record.submission(tx, caller, special, client).await?;
    checkin::submit(tx, caller, Action::WriteStatement, &sent, now).await
}
