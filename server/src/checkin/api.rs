use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::bulk::{self, BulkResult};
use super::lists::{self, RecordPage, Wanted};
use super::read::{RecordView, Sight, VersionView};
use super::receipt::State;
use super::{Kind, merge, review, sql_read};
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::ids::{RecordId, UnitId, VersionId};
use crate::tags::Tag;

pub struct Api;

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct AcceptForm {
    /// The version the reviewer has seen.
    version: VersionId,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ReturnForm {
    version: VersionId,
    /// What is to be put right, in words the writer can act on.
    #[oai(validator(min_length = 2, max_length = 500))]
    reason: String,
    /// By when; a week if absent.
    due_on: Option<NaiveDate>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct BulkForm {
    #[oai(validator(max_items = 200))]
    records: Vec<BulkItem>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct BulkItem {
    id: RecordId,
    version: VersionId,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct MergeForm {
    version: VersionId,
    /// The record kept: `extra_of` of one of its duties.
    into: RecordId,
}

#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct Reviewed {
    state: State,
    /// By when a returned record is to be put right.
    due_on: Option<NaiveDate>,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Record")]
impl Api {
    /// Records I may see, newest first; `to_review=true` for what I may accept or return now, `mine=true` for what I
    /// wrote, or what was entered for me.
    #[oai(path = "/records", method = "get", operation_id = "records")]
    #[expect(clippy::too_many_arguments, reason = "one value per parameter of the query")]
    async fn records(
        &self,
        auth: Auth,
        app: Data<&App>,
        state: Query<Option<State>>,
        kind: Query<Option<Kind>>,
        unit: Query<Option<UnitId>>,
        mine: Query<Option<bool>>,
        to_review: Query<Option<bool>>,
        after: Query<Option<String>>,
    ) -> ApiResult<Json<RecordPage>> {
        let wanted = Wanted {
            state: state.0,
            kind: kind.0,
            unit: unit.0,
            mine: mine.0.unwrap_or(false),
            to_review: to_review.0.unwrap_or(false),
            after: after.0,
        };
        Ok(Json(lists::page(&app, &auth.0, wanted).await?))
    }

    /// One record with its photos, duties and reviews.
    #[oai(path = "/records/:record", method = "get", operation_id = "record")]
    async fn record(
        &self,
        auth: Auth,
        app: Data<&App>,
        record: Path<RecordId>,
    ) -> ApiResult<Json<RecordView>> {
        Ok(Json(lists::one(&app, &auth.0, record.0).await?))
    }

    /// Every version received, also those that lost a race.
    #[oai(path = "/records/:record/versions", method = "get", operation_id = "record_versions")]
    async fn versions(
        &self,
        auth: Auth,
        app: Data<&App>,
        record: Path<RecordId>,
    ) -> ApiResult<Json<Vec<VersionView>>> {
        let rows = sql_read::versions(&app.db, &Sight::of(&auth.0), record.0).await?;
        if rows.is_empty() {
            return Err(ApiError::not_found());
        }
        Ok(Json(rows.into_iter().map(VersionView::from).collect()))
    }

    /// Accept the version seen. A sign survey is confirmed at its own address instead.
    #[oai(path = "/records/:record/accept", method = "post", operation_id = "accept_record")]
    async fn accept(
        &self,
        auth: Auth,
        app: Data<&App>,
        record: Path<RecordId>,
        form: Json<AcceptForm>,
    ) -> ApiResult<Json<Reviewed>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        review::accept_one(&mut tx, &caller, record.0, form.version, now).await?;
        tx.commit().await?;
        Ok(Json(Reviewed { state: State::Accepted, due_on: None }))
    }

    /// Accept several at once: those without a flag. Each stands for itself.
    #[oai(path = "/records/accept", method = "post", operation_id = "accept_records")]
    async fn accept_many(
        &self,
        auth: Auth,
        app: Data<&App>,
        form: Json<BulkForm>,
    ) -> ApiResult<Json<BulkResult>> {
        let (caller, now) = (auth.0, app.clock.now());
        let seen: Vec<_> = form.records.iter().map(|item| (item.id, item.version)).collect();
        Ok(Json(bulk::accept_many(&app, &caller, &seen, now).await?))
    }

    /// Return the version seen, with a reason and a deadline of its own. The writer is told.
    #[oai(path = "/records/:record/return", method = "post", operation_id = "return_record")]
    async fn give_back(
        &self,
        auth: Auth,
        app: Data<&App>,
        record: Path<RecordId>,
        form: Json<ReturnForm>,
    ) -> ApiResult<Json<Reviewed>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let reason = form.reason.trim();
        let due_on =
            review::give_back(&mut tx, &caller, record.0, form.version, reason, form.due_on, now).await?;
        tx.commit().await?;
        Ok(Json(Reviewed { state: State::Returned, due_on: Some(due_on) }))
    }

    /// Vouch for a record entered under a post its writer had just left.
    #[oai(path = "/records/:record/confirm", method = "post", operation_id = "confirm_record")]
    async fn confirm(
        &self,
        auth: Auth,
        app: Data<&App>,
        record: Path<RecordId>,
        form: Json<AcceptForm>,
    ) -> ApiResult<Json<Reviewed>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        review::confirm(&mut tx, &caller, record.0, form.version, now).await?;
        tx.commit().await?;
        Ok(Json(Reviewed { state: State::Submitted, due_on: None }))
    }

    /// Merge an extra into the record that fulfils its duty: by its writer, a secretary or the office. It stays as it is.
    #[oai(path = "/records/:record/merge", method = "post", operation_id = "merge_record")]
    async fn merge(
        &self,
        auth: Auth,
        app: Data<&App>,
        record: Path<RecordId>,
        form: Json<MergeForm>,
    ) -> ApiResult<Json<Reviewed>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        merge::merge(&mut tx, &caller, record.0, form.version, form.into, now).await?;
        tx.commit().await?;
        Ok(Json(Reviewed { state: State::Merged, due_on: None }))
    }
}
