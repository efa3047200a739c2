//! 情况说明 at a desk: what somebody tells about 谈心谈话, a survey of needs or of satisfaction, or another deed of which a few
//! sentences are kept.

use maud::html;
use poem::web::{Data, Multipart, Query};
use poem::{Response, handler};

use super::around::Around;
use super::{Asked, in_form, kept, sent};
use crate::App;
use crate::access::Action;
use crate::checkin::{self, Kind};
use crate::console::desk::Desk;
use crate::console::filled::{Filled, lines};
use crate::edge::Client;
use crate::error::{ApiError, ApiResult};
use crate::evidence::Admission;
use crate::statement::{self, StatementForm};

const PAGE: (&str, &str) = ("/console/entry/statement", "录入情况说明");

#[handler]
pub async fn ask(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let filled = asked.blank(&app, &desk).await?;
    show(&app, &desk, &filled, None).await
}

#[handler]
pub async fn keep(app: Data<&App>, desk: Desk, _upload: Admission, form: Multipart) -> ApiResult<Response> {
    let sent = sent::read(&app, &desk, Kind::Statement, form).await?;
    let done = match sent.refusal {
        Some(refusal) => Err(refusal),
        None => store(&app, &desk, &sent.filled).await,
    };
    match done {
        Ok(response) => Ok(response),
        Err(error) => show(&app, &desk, &sent.filled, Some(&in_form(error)?)).await,
    }
}

async fn store(app: &App, desk: &Desk, filled: &Filled) -> ApiResult<Response> {
    let form =
        StatementForm { record: sent::common(Kind::Statement, filled)?, text: filled.of("text").to_owned() };
    let mut tx = checkin::begin(&app.db, form.record.id).await?;
    let submitted = statement::enter(&mut tx, &desk.caller, &form, Client::console(), desk.now).await?;
    tx.commit().await?;
    kept(submitted)
}

async fn show(app: &App, desk: &Desk, filled: &Filled, refusal: Option<&ApiError>) -> ApiResult<Response> {
    let around = Around::of(app, desk, Kind::Statement, Action::WriteStatement, filled).await?;
    let own = html! {
        (lines(filled, "text", "做了什么、结果怎样(不写电话、住址、身份证号)", 2000, true))
    };
    Ok(around.page(app, desk, PAGE, filled, refusal, &own))
}
