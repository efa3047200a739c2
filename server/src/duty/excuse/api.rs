use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::batch::{self, BatchDone, Choice, NewBatch, Preview};
use super::proposals::{self, Proposals};
use crate::App;
use crate::edge::Done;
use crate::error::ApiResult;
use crate::identity::Auth;
use crate::ids::{BatchId, DutyId};
use crate::tags::Tag;

pub struct Api;

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct BatchForm {
    /// Made by the client; the same id again is the same batch.
    id: BatchId,
    choice: Choice,
    #[oai(validator(min_length = 2, max_length = 500))]
    reason: String,
    /// Keys of the preview: exactly these duties.
    #[oai(validator(max_items = 1000))]
    duties: Vec<String>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct BatchDecision {
    approve: bool,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct BatchUndo {
    #[oai(validator(min_length = 2, max_length = 500))]
    reason: String,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Duty")]
impl Api {
    /// Proposals about duties of my units: those that wait, or those decided; the newest first, a batch as one.
    #[oai(path = "/excuses", method = "get", operation_id = "excuses")]
    async fn excuses(
        &self,
        auth: Auth,
        app: Data<&App>,
        decided: Query<Option<bool>>,
        after: Query<Option<String>>,
    ) -> ApiResult<Json<Proposals>> {
        let decided = decided.0.unwrap_or_default();
        Ok(Json(proposals::list(&app, &auth.0, decided, after.0.as_deref()).await?))
    }

    /// Which duties a batch would touch. Changes nothing.
    #[oai(path = "/excuse-batches/preview", method = "post", operation_id = "preview_batch")]
    async fn preview(&self, auth: Auth, app: Data<&App>, form: Json<Choice>) -> ApiResult<Json<Preview>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let preview = batch::preview(&mut tx, &caller, &form, now).await?;
        tx.rollback().await?;
        Ok(Json(preview))
    }

    /// Propose a batch, naming duties of the preview. Handing over is done at once.
    #[oai(path = "/excuse-batches", method = "post", operation_id = "propose_batch")]
    async fn propose(
        &self,
        auth: Auth,
        app: Data<&App>,
        form: Json<BatchForm>,
    ) -> ApiResult<Json<BatchDone>> {
        let (caller, now) = (auth.0, app.clock.now());
        let new =
            NewBatch { id: form.id, choice: &form.choice, reason: form.reason.trim(), duties: &form.duties };
        let mut tx = batch::begin(&app.db, form.id).await?;
        let done = batch::propose(&mut tx, &caller, &new, now).await?;
        tx.commit().await?;
        Ok(Json(done))
    }

    /// Decide a batch as one. Not by whoever proposed it.
    #[oai(path = "/excuse-batches/:batch/decide", method = "post", operation_id = "decide_batch")]
    async fn decide(
        &self,
        auth: Auth,
        app: Data<&App>,
        batch: Path<BatchId>,
        form: Json<BatchDecision>,
    ) -> ApiResult<Json<BatchDone>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let done = batch::decide(&mut tx, &caller, batch.0, form.approve, now).await?;
        tx.commit().await?;
        Ok(Json(done))
    }

    /// Withdraw a batch I proposed, while nobody has decided it.
    #[oai(path = "/excuse-batches/:batch/withdraw", method = "post", operation_id = "withdraw_batch")]
    async fn withdraw_batch(
        &self,
        auth: Auth,
        app: Data<&App>,
        batch: Path<BatchId>,
    ) -> ApiResult<Json<BatchDone>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let done = batch::withdraw(&mut tx, &caller, batch.0, now).await?;
        tx.commit().await?;
        Ok(Json(done))
    }

    /// Withdraw what I proposed about one duty, while nobody has decided it.
    #[oai(path = "/duties/:duty/excuse/withdraw", method = "post", operation_id = "withdraw_excuse")]
    async fn withdraw(&self, auth: Auth, app: Data<&App>, duty: Path<DutyId>) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        super::withdraw(&mut tx, &caller, duty.0, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }

    /// Take a batch back. Duties to which something has happened since are left as they are.
    #[oai(path = "/excuse-batches/:batch/undo", method = "post", operation_id = "undo_batch")]
    async fn undo(
        &self,
        auth: Auth,
        app: Data<&App>,
        batch: Path<BatchId>,
        form: Json<BatchUndo>,
    ) -> ApiResult<Json<BatchDone>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let done = batch::take_back(&mut tx, &caller, batch.0, form.reason.trim(), now).await?;
        tx.commit().await?;
        Ok(Json(done))
    }
}
