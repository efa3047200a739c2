//! Lists of records, and one record whole, as the phone and the office read them.

use poem_openapi::Object;

use super::read::{Cursor, RecordLine, RecordView, Sight};
use super::receipt::State;
use super::reviewer::Reviewer;
use super::{Kind, sql_read};
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{RecordId, UnitId};

/// Rows of a page.
const PAGE: usize = 50;

#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RecordPage {
    pub records: Vec<RecordLine>,
    /// Send as `after` for the next page; absent on the last.
    pub next: Option<String>,
}

/// Which of the records the caller may see.
#[derive(Default)]
pub struct Wanted {
    pub state: Option<State>,
    pub kind: Option<Kind>,
    pub unit: Option<UnitId>,
    /// What the caller wrote, or what was entered for them.
    pub mine: bool,
    /// What the caller may accept or return now.
    pub to_review: bool,
    /// As `next` gave it.
    pub after: Option<String>,
}

/// Records the caller may see, newest first.
pub async fn page(app: &App, caller: &Caller, wanted: Wanted) -> ApiResult<RecordPage> {
    let after = wanted.after.map(|text| Cursor::parse(&text).ok_or_else(bad_cursor)).transpose()?;
    let filter = sql_read::Filter {
        state: wanted.state.map(State::name),
        kind: wanted.kind.map(Kind::name),
        unit: wanted.unit.map(|unit| unit.0),
        mine: wanted.mine,
        to_review: wanted.to_review,
        after,
        limit: i64::try_from(PAGE + 1).map_err(ApiError::internal)?,
        photos: may_review(caller),
    };
    let rows = sql_read::list(&app.db, &Sight::of(caller), &Reviewer::of(caller), &filter).await?;
    let more = rows.len() > PAGE;
    let records: Vec<RecordLine> = rows.into_iter().take(PAGE).map(RecordLine::from).collect();
    let next = records.last().filter(|_| more).map(Cursor::of);
    Ok(RecordPage { records, next })
}

/// One record with its photos, duties and reviews.
pub async fn one(app: &App, caller: &Caller, record: RecordId) -> ApiResult<RecordView> {
    let photos = may_review(caller);
    let row = sql_read::whole(&app.db, &Sight::of(caller), &Reviewer::of(caller), record, photos).await?;
    let row = row.ok_or_else(ApiError::not_found)?;
    Ok(RecordView::new(row, &app.keys, caller.town, app.clock.now()))
}

/// What is to be known of photos is told to who reviews, wherever it may be.
fn may_review(caller: &Caller) -> bool {
    access::check_any(caller, Action::Review).is_ok()
}

fn bad_cursor() -> ApiError {
    ApiError::bad_request("request.cursor", "翻页位置不对,请从第一页重新打开。")
}
