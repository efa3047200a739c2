use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::json;

use super::case::{self, Entered};
use super::{CaseAction, Finding, State, sql};
use crate::App;
use crate::access::{self, Action};
use crate::checkin::form::{Common, Slot, Special};
use crate::checkin::{self, Kind, Receipt, Submitted};
use crate::edge::Client;
use crate::error::{ApiError, ApiResult};
use crate::evidence::{self, Hash};
use crate::identity::Auth;
use crate::ids::{RecordId, UnitId, VersionId};
use crate::org::UnitKind;
use crate::plan::Place;
use crate::platform::clock;
use crate::tags::Tag;

pub struct Api;

/// As many texts as a person looks through.
const TEXTS: i64 = 30;

/// 标识牌清理
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct SignForm {
    record: Common,
    place: Place,
    /// What the board says.
    #[oai(validator(min_length = 1, max_length = 100))]
    text: String,
    finding: Finding,
    /// Absent while the board still hangs.
    action: Option<CaseAction>,
    /// Why it is kept or cannot be cleared.
    #[oai(validator(max_length = 300))]
    reason: Option<String>,
}

/// 排查完成申报
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct SurveyForm {
    record: Common,
    place: Place,
    #[oai(default, validator(max_length = 500))]
    note: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ConfirmForm {
    /// The version the reviewer has seen.
    version: VersionId,
}

#[derive(Object)]
struct Confirmed {
    confirmed: bool,
}

/// A text read on a board before.
#[derive(Object)]
struct KnownText {
    text: String,
    /// The finding it was given most often.
    finding: Finding,
    /// So many boards of the town.
    times: i64,
}

/// A case in the register.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct SignLine {
    id: RecordId,
    /// The base of the next edit.
    version_id: VersionId,
    village_id: UnitId,
    village: String,
    place: String,
    text: String,
    finding: String,
    action: Option<String>,
    state: String,
    found_on: NaiveDate,
    closed_on: Option<NaiveDate>,
    record_state: String,
    before: Option<evidence::Links>,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Record")]
impl Api {
    /// Open a sign case with its first photo, or finish one: a later version, from any phone of the village.
    #[oai(path = "/signs", method = "post", operation_id = "submit_sign")]
    async fn submit_sign(
        &self,
        auth: Auth,
        app: Data<&App>,
        #[oai(name = "X-Client")] client: Header<Client>,
        form: Json<SignForm>,
    ) -> ApiResult<Json<Receipt>> {
        let (caller, now) = (auth.0, app.clock.now());
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
        let mut tx = checkin::begin(&app.db, form.record.id).await?;
        let sent = form.record.submission(&mut tx, &caller, special, client.0).await?;
        let submitted = checkin::submit(&mut tx, &caller, Action::WriteSign, &sent, now).await?;
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
            sql::put(&mut tx, &case).await?;
        }
        tx.commit().await?;
        submitted.into_answer().map(Json)
    }

    /// Declare the survey of one place of a village complete.
    #[oai(path = "/sign-surveys", method = "post", operation_id = "submit_sign_survey")]
    async fn submit_survey(
        &self,
        auth: Auth,
        app: Data<&App>,
        #[oai(name = "X-Client")] client: Header<Client>,
        form: Json<SurveyForm>,
    ) -> ApiResult<Json<Receipt>> {
        let (caller, now) = (auth.0, app.clock.now());
        let special = Special {
            kind: Kind::SignSurvey,
            facts: json!({ "place": form.place.name(), "note": form.note }),
            photos_needed: 0,
            meeting_types: Vec::new(),
            unfinished: false,
        };
        let mut tx = checkin::begin(&app.db, form.record.id).await?;
        let sent = form.record.submission(&mut tx, &caller, special, client.0).await?;
        let submitted = checkin::submit(&mut tx, &caller, Action::WriteSign, &sent, now).await?;
        village_only(sent.unit.kind)?;
        tx.commit().await?;
        submitted.into_answer().map(Json)
    }

    /// Confirm a declared survey: only when no case of the place that must be cleared is open. The clean-up duty is met.
    #[oai(path = "/sign-surveys/:record/confirm", method = "post", operation_id = "confirm_sign_survey")]
    async fn confirm_survey(
        &self,
        auth: Auth,
        app: Data<&App>,
        record: Path<RecordId>,
        form: Json<ConfirmForm>,
    ) -> ApiResult<Json<Confirmed>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let survey = sql::survey(&mut tx, caller.town, record.0).await?.ok_or_else(ApiError::not_found)?;
        checkin::accept(&mut tx, &caller, record.0, form.version, now).await?;
        let place = survey.place.unwrap_or_default();
        let open = sql::unsettled(&mut tx, caller.town, UnitId(survey.village_id), &place).await?;
        if open > 0 {
            return Err(ApiError::conflict(
                "sign.cases_open",
                format!("这里还有 {open} 处标识牌没有清理完(或照片未到齐),请先办结再确认。"),
            )
            .with_details(json!({ "open": open })));
        }
        tx.commit().await?;
        Ok(Json(Confirmed { confirmed: true }))
    }

    /// The register of my villages; `open=true` for what still hangs.
    #[oai(path = "/signs", method = "get", operation_id = "signs")]
    async fn signs(
        &self,
        auth: Auth,
        app: Data<&App>,
        village: Query<Option<UnitId>>,
        open: Query<Option<bool>>,
    ) -> ApiResult<Json<Vec<SignLine>>> {
        let (caller, now) = (auth.0, app.clock.now());
        let scope = access::scope(&caller, Action::ReadRecords)?;
        let rows = sql::list(&app.db, caller.town, &scope, village.0, open.0.unwrap_or(false)).await?;
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
        Ok(Json(lines.collect()))
    }

    /// Texts read on boards of the town before, the most frequent first, so that a form need not be typed. The system
    /// names none by itself.
    #[oai(path = "/signs/texts", method = "get", operation_id = "sign_texts")]
    async fn texts(
        &self,
        auth: Auth,
        app: Data<&App>,
        village: Query<UnitId>,
    ) -> ApiResult<Json<Vec<KnownText>>> {
        let caller = auth.0;
        let scope = access::scope(&caller, Action::WriteSign)?;
        let rows = sql::texts(&app.db, caller.town, &scope, village.0, TEXTS).await?;
        let texts = rows.ok_or_else(ApiError::not_found)?.into_iter().map(|row| KnownText {
            text: row.text_read,
            finding: Finding::parse(&row.finding).unwrap_or(Finding::Unsure),
            times: row.times,
        });
        Ok(Json(texts.collect()))
    }
}

/// Boards hang on a village's house; the record belongs to the village.
fn village_only(kind: UnitKind) -> ApiResult<()> {
    if kind == UnitKind::Village {
        Ok(())
    } else {
        Err(ApiError::refused("sign.not_a_village", "标识牌记录要选所在的村。"))
    }
}
