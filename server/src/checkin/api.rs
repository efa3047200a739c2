use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::read::{Cursor, RecordLine, RecordView, Sight, VersionView};
use super::receipt::State;
use super::{Kind, review, sql_read};
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::ids::{RecordId, UnitId, VersionId};
use crate::tags::Tag;

pub struct Api;

/// Rows of a page.
const PAGE: usize = 50;
/// Records of one bulk accept.
const BULK: usize = 200;

#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct RecordPage {
    records: Vec<RecordLine>,
    /// Send as `after` for the next page; absent on the last.
    next: Option<String>,
}

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
struct BulkResult {
    accepted: Vec<RecordId>,
    /// Left for a look of their own, with the reason.
    left: Vec<Left>,
}

#[derive(Object)]
struct Left {
    id: RecordId,
    code: String,
    message: String,
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
    /// Records I may see, newest first; `state=submitted` is the reviewer's list, `mine=true` what I wrote, or what was
    /// entered for me.
    #[oai(path = "/records", method = "get", operation_id = "records")]
    #[expect(clippy::too_many_arguments, reason = "one for each thing a list can be narrowed by")]
    async fn records(
        &self,
        auth: Auth,
        app: Data<&App>,
        state: Query<Option<State>>,
        kind: Query<Option<Kind>>,
        unit: Query<Option<UnitId>>,
        mine: Query<Option<bool>>,
        after: Query<Option<String>>,
    ) -> ApiResult<Json<RecordPage>> {
        let after = after.0.map(|text| Cursor::parse(&text).ok_or_else(bad_cursor)).transpose()?;
        let filter = sql_read::Filter {
            state: state.0.map(State::name),
            kind: kind.0.map(Kind::name),
            unit: unit.0.map(|unit| unit.0),
            mine: mine.0.unwrap_or(false),
            after,
            limit: i64::try_from(PAGE + 1).map_err(ApiError::internal)?,
        };
        let rows = sql_read::list(&app.db, &Sight::of(&auth.0), &filter).await?;
        let more = rows.len() > PAGE;
        let records: Vec<RecordLine> = rows.into_iter().take(PAGE).map(RecordLine::from).collect();
        let next = records.last().filter(|_| more).map(Cursor::of);
        Ok(Json(RecordPage { records, next }))
    }

    /// One record with its photos, duties and reviews.
    #[oai(path = "/records/:record", method = "get", operation_id = "record")]
    async fn record(
        &self,
        auth: Auth,
        app: Data<&App>,
        record: Path<RecordId>,
    ) -> ApiResult<Json<RecordView>> {
        let caller = auth.0;
        let row =
            sql_read::whole(&app.db, &Sight::of(&caller), record.0).await?.ok_or_else(ApiError::not_found)?;
        Ok(Json(RecordView::new(row, &app.keys, caller.town, app.clock.now())))
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
        review::not_a_survey(&mut tx, &caller, record.0).await?;
        review::accept(&mut tx, &caller, record.0, form.version, now).await?;
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
        access::check_any(&caller, Action::Review)?;
        if form.records.len() > BULK {
            return Err(ApiError::bad_request("review.too_many", "一次最多通过 200 条。"));
        }
        let mut result = BulkResult { accepted: Vec::new(), left: Vec::new() };
        for item in &form.records {
            let mut tx = app.db.begin().await?;
            let done = async {
                review::unflagged(&mut tx, &caller, item.id).await?;
                review::accept(&mut tx, &caller, item.id, item.version, now).await
            };
            match done.await {
                Ok(()) => {
                    tx.commit().await?;
                    result.accepted.push(item.id);
                }
                Err(error) if error.status.is_server_error() => return Err(error),
                Err(error) => {
                    result.left.push(Left { id: item.id, code: error.code.into(), message: error.message });
                }
            }
        }
        Ok(Json(result))
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
}

fn bad_cursor() -> ApiError {
    ApiError::bad_request("request.cursor", "翻页位置不对,请从第一页重新打开。")
}
