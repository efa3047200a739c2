//! A person's telephone number: sealed in the register, shown with a reason, and the showing logged.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::sql;
use crate::access::{self, Action};
use crate::audit;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::PersonId;
use crate::platform::clock;
use crate::platform::keys::Keys;

/// Opens a person's number for the caller; none where no number is known.
pub async fn reveal(
    tx: &mut PgConnection,
    keys: &Keys,
    caller: &Caller,
    person: PersonId,
    reason: &str,
    now: DateTime<Utc>,
) -> ApiResult<Option<String>> {
    let row = sql::phone(tx, caller.town, person).await?.ok_or_else(ApiError::not_found)?;
    let paths = super::person_paths(tx, caller.town, person, clock::today(now)).await?;
    let linked = row.contact_id == Some(caller.person.0);
    access::check_person(caller, Action::RevealPhone, &paths, linked)?;
    if !(2..=200).contains(&reason.trim().chars().count()) {
        return Err(ApiError::refused("org.reason_length", "请用 2 到 200 个字写明为什么要看号码。"));
    }
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action: "org.phone_revealed",
        subject_kind: "person",
        subject: Some(person.0),
        facts: &json!({ "reason": reason }),
    };
    audit::record(tx, entry, now).await?;
    let cell = super::phone_cell(caller.town, person);
    row.phone_sealed.map(|sealed| keys.open(cell, &sealed)).transpose().map_err(ApiError::internal)
}
