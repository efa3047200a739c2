//! Entering a sign case: opened with its first photo, finished by a later version; from a phone or at a desk.

use chrono::{DateTime, Utc};
use poem_openapi::Object;
use serde_json::json;
use sqlx::PgConnection;

use super::case::{self, Entered};
use super::{CaseAction, Finding, State, sql};
use crate::access::Action;
use crate::checkin::form::{Common, Slot, Special};
use crate::checkin::{self, Kind, Submitted};
use crate::edge::{Client, filled, not_longer};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::org::UnitKind;
use crate::plan::Place;
use crate::platform::clock;

/// 标识牌清理
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct SignForm {
    pub record: Common,
    pub place: Place,
    /// What the board says.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub text: String,
    pub finding: Finding,
    /// Absent while the board still hangs.
    pub action: Option<CaseAction>,
    /// Why it is kept or cannot be cleared.
    #[oai(validator(max_length = 300))]
    pub reason: Option<String>,
}

/// 排查完成申报
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct SurveyForm {
    pub record: Common,
    pub place: Place,
    #[oai(default, validator(max_length = 500))]
    pub note: String,
}

/// Keeps the declaration that all boards of a place have been looked at, whether one was found or none, in a transaction that
/// [`checkin::begin`] began.
pub async fn survey(
    tx: &mut PgConnection,
    caller: &Caller,
    form: &SurveyForm,
    client: Client,
    now: DateTime<Utc>,
) -> ApiResult<Submitted> {
    not_longer("说明", &form.note, 500)?;
    let special = Special {
        kind: Kind::SignSurvey,
        facts: json!({ "place": form.place.name(), "note": form.note }),
        photos_needed: 0,
        meeting_types: Vec::new(),
        unfinished: false,
    };
    let sent = form.record.submission(tx, caller, special, client).await?;
    let submitted = checkin::submit(tx, caller, Action::WriteSign, &sent, now).await?;
    village_only(sent.unit.kind)?;
    Ok(submitted)
}

/// Keeps a case, or a new version of one, in a transaction that [`checkin::begin`] began.
pub async fn enter(
    tx: &mut PgConnection,
    caller: &Caller,
    form: &SignForm,
    client: Client,
    now: DateTime<Utc>,
) -> ApiResult<Submitted> {
    filled("牌子上的字", &form.text, 100)?;
    not_longer("原因", form.reason.as_deref().unwrap_or_default(), 300)?;
    let (before, after) = (form.record.count(Slot::Before), form.record.count(Slot::After));
    let entered = Entered { before, after, action: form.action, reason: form.reason.as_deref() };
    let (state, photos_needed) = case::judge(&entered)?;
    let facts = json!({
        "place": form.place.name(), "text": form.text, "finding": form.finding.name(),
        "action": form.action.map(CaseAction::name), "reason": form.reason, "state": state.name(),
    });
    let special = Special {
        kind: Kind::Sign,
        facts,
        photos_needed,
        meeting_types: Vec::new(),
        unfinished: state == State::Open,
    };
    let sent = form.record.submission(tx, caller, special, client).await?;
    let submitted = checkin::submit(tx, caller, Action::WriteSign, &sent, now).await?;
    village_only(sent.unit.kind)?;
    if let Submitted::Kept(receipt) = &submitted
        && receipt.version_id == receipt.current_version
    {
        let case = sql::Case {
            town: caller.town,
            id: sent.id,
            village: sent.unit.id,
            place: form.place,
            text: &form.text,
            finding: form.finding,
            action: form.action,
            state,
            found_on: form.record.happened_on,
            today: clock::today(now),
        };
        sql::put(tx, &case).await?;
    }
    Ok(submitted)
}

/// Boards hang on a village's house; the record belongs to the village.
fn village_only(kind: UnitKind) -> ApiResult<()> {
    if kind == UnitKind::Village {
        Ok(())
    } else {
        Err(ApiError::refused("sign.not_a_village", "标识牌记录要选所在的村。"))
    }
}
