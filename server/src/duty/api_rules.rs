//! Rules as the office changes them, and the occasions it opens: here, because duties follow at once.

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::edit;
use super::occasion::{self, Occasion, OccasionForm};
use super::preview::RulePreview;
use crate::App;
use crate::edge::Done;
use crate::error::ApiResult;
use crate::identity::Auth;
use crate::ids::OccasionId;
use crate::plan::RuleForm;
use crate::plan::view::{self, RuleView};
use crate::tags::Tag;

pub struct RulesApi;

#[derive(Object)]
struct RuleChanged {
    /// The version that is now in force.
    version: i32,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct WithdrawForm {
    #[oai(validator(min_length = 2, max_length = 200))]
    reason: String,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Plan")]
impl RulesApi {
    /// One rule as it stands, and its versions.
    #[oai(path = "/plan/rules/:code", method = "get", operation_id = "plan_rule")]
    async fn rule(&self, auth: Auth, app: Data<&App>, code: Path<String>) -> ApiResult<Json<RuleView>> {
        Ok(Json(view::rule(&app, &auth.0, &code).await?))
    }

    /// What a change of a rule would do in the next twelve months. Changes nothing.
    #[oai(path = "/plan/rules/:code/preview", method = "post", operation_id = "preview_rule")]
    async fn preview(
        &self,
        auth: Auth,
        app: Data<&App>,
        code: Path<String>,
        form: Json<RuleForm>,
    ) -> ApiResult<Json<RulePreview>> {
        let mut tx = app.db.begin().await?;
        Ok(Json(edit::preview(&mut tx, &auth.0, &code, &form, app.clock.now()).await?))
    }

    /// Change a rule: a new version, from today on. Its open duties follow at once; what has closed or was done stays.
    #[oai(path = "/plan/rules/:code", method = "post", operation_id = "change_rule")]
    async fn change(
        &self,
        auth: Auth,
        app: Data<&App>,
        code: Path<String>,
        form: Json<RuleForm>,
    ) -> ApiResult<Json<RuleChanged>> {
        let mut tx = app.db.begin().await?;
        let version = edit::change(&mut tx, &auth.0, &code, &form, app.clock.now()).await?;
        tx.commit().await?;
        Ok(Json(RuleChanged { version }))
    }

    /// Occasions of a rule that is owed when something happens, the newest first.
    #[oai(path = "/plan/rules/:code/occasions", method = "get", operation_id = "occasions")]
    async fn occasions(
        &self,
        auth: Auth,
        app: Data<&App>,
        code: Path<String>,
    ) -> ApiResult<Json<Vec<Occasion>>> {
        Ok(Json(occasion::list(&app, &auth.0, &code).await?))
    }

    /// Open an occasion: a duty of each unit named.
    #[oai(path = "/plan/rules/:code/occasions", method = "post", operation_id = "open_occasion")]
    async fn open(
        &self,
        auth: Auth,
        app: Data<&App>,
        code: Path<String>,
        form: Json<OccasionForm>,
    ) -> ApiResult<Json<Done>> {
        let mut tx = app.db.begin().await?;
        occasion::open(&mut tx, &auth.0, &code, &form, app.clock.now()).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }

    /// Take back an occasion that was opened in error.
    #[oai(path = "/occasions/:occasion/withdraw", method = "post", operation_id = "withdraw_occasion")]
    async fn withdraw(
        &self,
        auth: Auth,
        app: Data<&App>,
        occasion: Path<OccasionId>,
        form: Json<WithdrawForm>,
    ) -> ApiResult<Json<Done>> {
        let mut tx = app.db.begin().await?;
        occasion::withdraw(&mut tx, &auth.0, occasion.0, form.reason.trim(), app.clock.now()).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }
}
