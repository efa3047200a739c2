//! Lists of feedback, as its writer and as the office read them.

use poem_openapi::Object;

use super::view::View;
use super::{Kind, State, sql};
use crate::App;
use crate::access::{self, Action, Scope};
use crate::edge::Cursor;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;

/// Rows of a page.
const PAGE: usize = 50;

#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct FeedbackPage {
    pub feedback: Vec<View>,
    /// Send as `after` for the next page; absent on the last.
    pub next: Option<String>,
}

/// What the caller has written, the newest first.
pub async fn mine(app: &App, caller: &Caller, after: Option<&str>) -> ApiResult<FeedbackPage> {
    let filter = sql::Filter {
        writer: Some(caller.person),
        scope: &Scope::default(),
        kind: None,
        answered: None,
        after: Cursor::read(after)?,
        limit: limit()?,
    };
    Ok(page(sql::page(&app.db, caller.town, &filter).await?))
}

/// What people of the caller's units have written, the newest first; for 党建办 and 镇纪委.
pub async fn inbox(
    app: &App,
    caller: &Caller,
    state: Option<State>,
    kind: Option<Kind>,
    after: Option<&str>,
) -> ApiResult<FeedbackPage> {
    let filter = sql::Filter {
        writer: None,
        scope: &access::scope(caller, Action::ReadFeedback)?,
        kind: kind.map(Kind::name),
        answered: state.map(|state| state == State::Answered),
        after: Cursor::read(after)?,
        limit: limit()?,
    };
    Ok(page(sql::page(&app.db, caller.town, &filter).await?))
}

/// One more than a page, to know whether there is another.
fn limit() -> ApiResult<i64> {
    i64::try_from(PAGE + 1).map_err(ApiError::internal)
}

fn page(mut rows: Vec<sql::Line>) -> FeedbackPage {
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().filter(|_| more);
    let next = last.map(|row| Cursor { at: row.received_at, id: row.id }.to_string());
    FeedbackPage { feedback: rows.into_iter().map(View::from).collect(), next }
}
