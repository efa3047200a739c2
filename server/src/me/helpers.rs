//! 打电话给联系人: whom a person may call without asking anybody. Tied to the person, not to a role: a mobile member
//! has the committee member linked and the branch's secretary, a village's people their 定村干部.

use poem_openapi::Object;
use serde_json::json;
use sqlx::PgConnection;

use super::sql;
use crate::App;
use crate::audit;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::PersonId;
use crate::org;
use crate::platform::clock;

/// Somebody to call.
#[derive(Object)]
pub struct Helper {
    pub person_id: PersonId,
    pub name: String,
    /// Why it is them: 挂钩联系的支部委员、党支部书记、定村干部.
    pub label: String,
    /// Whether a number is known.
    pub has_phone: bool,
}

impl From<sql::HelperRow> for Helper {
    fn from(row: sql::HelperRow) -> Self {
        let label = match row.tie.as_str() {
            "contact" => "挂钩联系的支部委员",
            "secretary" => "党支部书记",
            _ => "定村干部",
        };
        Self {
            person_id: PersonId(row.person_id),
            name: row.name,
            label: label.into(),
            has_phone: row.phone_sealed.is_some(),
        }
    }
}

/// The helper's number; the reading is logged. Whoever is no helper of the caller's is not found.
pub(super) async fn phone(
    app: &App,
    tx: &mut PgConnection,
    caller: &Caller,
    helper: PersonId,
) -> ApiResult<Option<String>> {
    let now = app.clock.now();
    let rows = sql::helpers(&mut *tx, caller.town, caller.person, clock::today(now)).await?;
    let row = rows.into_iter().find(|row| row.person_id == helper.0).ok_or_else(ApiError::not_found)?;
    let facts = json!({ "reason": "call to helper", "tie": row.tie });
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action: "org.phone_revealed",
        subject_kind: "person",
        subject: Some(helper.0),
        facts: &facts,
    };
    audit::record(tx, entry, now).await?;
    let cell = org::phone_cell(caller.town, helper);
    row.phone_sealed.map(|sealed| app.keys.open(cell, &sealed)).transpose().map_err(ApiError::internal)
}
