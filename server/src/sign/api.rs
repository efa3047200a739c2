use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::json;

use super::enter::{self, SignForm, SurveyForm};
use super::register::{self, KnownText, SignLine};
use super::sql;
use crate::App;
use crate::checkin::{self, Receipt};
use crate::edge::Client;
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::ids::{RecordId, UnitId, VersionId};
use crate::tags::Tag;

pub struct Api;

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
        let mut tx = checkin::begin(&app.db, form.record.id).await?;
        let submitted = enter::enter(&mut tx, &caller, &form, client.0, now).await?;
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
        let mut tx = checkin::begin(&app.db, form.record.id).await?;
        let submitted = enter::survey(&mut tx, &caller, &form, client.0, now).await?;
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
        Ok(Json(register::cases(&app, &auth.0, village.0, open.0.unwrap_or(false)).await?))
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
        Ok(Json(register::texts(&app, &auth.0, village.0).await?))
    }
}
