//! The register of boards, and what their texts have been, as the phone and the office read them.

use chrono::NaiveDate;
use poem_openapi::Object;

use super::{Finding, sql};
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::evidence::{self, Hash};
use crate::identity::Caller;
use crate::ids::{RecordId, UnitId, VersionId};

/// As many texts as a person looks through.
const TEXTS: i64 = 30;

/// A text read on a board before.
#[derive(Object)]
pub struct KnownText {
    pub text: String,
    /// The finding it was given most often.
    pub finding: Finding,
    /// So many boards of the town.
    pub times: i64,
}

/// A case in the register.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct SignLine {
    pub id: RecordId,
    /// The base of the next edit.
    pub version_id: VersionId,
    pub village_id: UnitId,
    pub village: String,
    pub place: String,
    pub text: String,
    pub finding: String,
    pub action: Option<String>,
    pub state: String,
    pub found_on: NaiveDate,
    pub closed_on: Option<NaiveDate>,
    pub record_state: String,
    pub before: Option<evidence::Links>,
}

/// The register of the caller's villages, or of one of them; `open` for what still hangs.
pub async fn cases(
    app: &App,
    caller: &Caller,
    village: Option<UnitId>,
    open: bool,
) -> ApiResult<Vec<SignLine>> {
    let now = app.clock.now();
    let scope = access::scope(caller, Action::ReadRecords)?;
    let rows = sql::list(&app.db, caller.town, &scope, village, open).await?;
    let lines = rows.into_iter().map(|row| SignLine {
        before: row
            .before
            .and_then(|hash| Hash::from_slice(&hash))
            .map(|hash| evidence::links(&app.keys, caller.town, hash, now)),
        id: RecordId(row.id),
        version_id: VersionId(row.version_id),
        village_id: UnitId(row.village_id),
        village: row.village,
        place: row.place,
        text: row.text_read,
        finding: row.finding,
        action: row.action,
        state: row.state,
        found_on: row.found_on,
        closed_on: row.closed_on,
        record_state: row.record_state,
    });
    Ok(lines.collect())
}

/// Texts read on boards of the town before, the most frequent first.
pub async fn texts(app: &App, caller: &Caller, village: UnitId) -> ApiResult<Vec<KnownText>> {
    let scope = access::scope(caller, Action::WriteSign)?;
    let rows = sql::texts(&app.db, caller.town, &scope, village, TEXTS).await?;
    let texts = rows.ok_or_else(ApiError::not_found)?.into_iter().map(|row| KnownText {
        text: row.text_read,
        finding: Finding::parse(&row.finding).unwrap_or(Finding::Unsure),
        times: row.times,
    });
    Ok(texts.collect())
}
