//! 流动党员半年汇报 at a desk: told on the telephone, or written on paper.

use maud::html;
use poem::web::{Data, Multipart, Query};
use poem::{Response, handler};

use super::around::Around;
use super::{Asked, in_form, kept, sent};
use crate::App;
use crate::access::Action;
use crate::checkin::{self, Kind};
use crate::console::desk::Desk;
use crate::console::filled::{Filled, line, lines};
use crate::edge::Client;
use crate::error::{ApiError, ApiResult};
use crate::evidence::Admission;
use crate::mobile::{self, ReportForm};

const PAGE: (&str, &str) = ("/console/entry/report", "录入半年汇报");

#[handler]
pub async fn ask(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let filled = asked.blank(&app, &desk).await?;
    show(&app, &desk, &filled, None).await
}

#[handler]
pub async fn keep(app: Data<&App>, desk: Desk, _upload: Admission, form: Multipart) -> ApiResult<Response> {
    let sent = sent::read(&app, &desk, Kind::Report, form).await?;
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
    let text = |name: &str| filled.of(name).to_owned();
    let form = ReportForm {
        record: sent::common(Kind::Report, filled)?,
        place: text("place"),
        life: text("life"),
        study: text("study"),
        wishes: text("wishes"),
    };
    let mut tx = checkin::begin(&app.db, form.record.id).await?;
    let submitted = mobile::report(&mut tx, &desk.caller, form, Client::console(), desk.now).await?;
    tx.commit().await?;
    kept(submitted)
}

async fn show(app: &App, desk: &Desk, filled: &Filled, refusal: Option<&ApiError>) -> ApiResult<Response> {
    let around = Around::of(app, desk, Kind::Report, Action::WriteReport, filled).await?;
    let nobody = !around.people.iter().any(|person| person.is_away);
    let own = html! {
        @if nobody { p class="hint wide" { "这个党支部没有登记流动党员。请先在名册里登记。" } }
        (line(filled, "place", "现在在哪里(只写到县、市或国家,不写住址)", 40, true))
        (lines(filled, "life", "近期工作和生活情况", 1000, true))
        (lines(filled, "study", "学习和参加活动情况", 1000, true))
        (lines(filled, "wishes", "困难和建议", 1000, false))
    };
    Ok(around.page(app, desk, PAGE, filled, refusal, &own))
}
