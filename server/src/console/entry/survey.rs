//! 标识牌排查申报 at a desk: a village tells that all boards of a place have been looked at, whether one was found or none.

use maud::{Markup, html};
use poem::web::{Data, Multipart, Query};
use poem::{Response, handler};

use super::around::Around;
use super::{Asked, in_form, kept, sent, sign as case};
use crate::App;
use crate::access::Action;
use crate::checkin::{self, Kind};
use crate::console::desk::Desk;
use crate::console::filled::{Filled, choice, lines};
use crate::edge::Client;
use crate::error::{ApiError, ApiResult};
use crate::evidence::Admission;
use crate::org::UnitKind;
use crate::plan::Place;
use crate::sign::{self, SignLine, SurveyForm};

const PAGE: (&str, &str) = ("/console/entry/survey", "录入排查申报");

#[handler]
pub async fn ask(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let filled = asked.blank(&app, &desk).await?;
    show(&app, &desk, &filled, None).await
}

#[handler]
pub async fn keep(app: Data<&App>, desk: Desk, _upload: Admission, form: Multipart) -> ApiResult<Response> {
    let sent = sent::read(&app, &desk, Kind::SignSurvey, form).await?;
    match store(&app, &desk, &sent.filled).await {
        Ok(response) => Ok(response),
        Err(error) => show(&app, &desk, &sent.filled, Some(&in_form(error)?)).await,
    }
}

async fn store(app: &App, desk: &Desk, filled: &Filled) -> ApiResult<Response> {
    let form = SurveyForm {
        record: sent::common(Kind::SignSurvey, filled)?,
        place: Place::parse(filled.of("place"))
            .ok_or_else(|| ApiError::refused("form.empty", "请选择“排查完了哪一处”。"))?,
        note: filled.of("note").to_owned(),
    };
    let mut tx = checkin::begin(&app.db, form.record.id).await?;
    let submitted = sign::survey(&mut tx, &desk.caller, &form, Client::console(), desk.now).await?;
    tx.commit().await?;
    kept(submitted)
}

async fn show(app: &App, desk: &Desk, filled: &Filled, refusal: Option<&ApiError>) -> ApiResult<Response> {
    let around = Around::of(app, desk, Kind::SignSurvey, Action::WriteSign, filled).await?;
    if around.unit.kind != UnitKind::Village {
        return Err(ApiError::refused("sign.not_a_village", "标识牌记录要选所在的村。"));
    }
    let open = sign::cases(app, &desk.caller, Some(around.unit.id), true).await?;
    let places = case::labels("请选择", Place::ALL, Place::name, Place::label);
    let own = html! {
        (choice(filled, "place", "排查完了哪一处", &places, true))
        (lines(filled, "note", "还有什么要说明的(一块都没发现的,写“没有发现”就行;可不填)", 500, false))
        (hanging(&open))
    };
    Ok(around.page(app, desk, PAGE, filled, refusal, &own))
}

/// What still hangs in the village: it may be declared all the same, and is confirmed when all is done.
fn hanging(open: &[SignLine]) -> Markup {
    html! {
        @if open.is_empty() {
            p class="soft wide" { "这个村没有登记着还没办结的标识牌。" }
        } @else {
            div class="wide" {
                p class="hint" { "这个村还有 " (open.len()) " 处标识牌没办结。可以先申报,那一处的都办结了镇里才能确认:" }
                (case::listed(open))
            }
        }
    }
}
