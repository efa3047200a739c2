//! 联系流动党员 at a desk: who spoke with a mobile member tells it, and it is written down for them.

use maud::html;
use poem::web::{Data, Multipart, Query};
use poem::{Response, handler};

use super::around::Around;
use super::{Asked, in_form, kept, sent};
use crate::App;
use crate::access::Action;
use crate::checkin::{self, Kind};
use crate::console::desk::Desk;
use crate::console::filled::{Filled, choice, lines};
use crate::edge::Client;
use crate::error::{ApiError, ApiResult};
use crate::evidence::Admission;
use crate::mobile::{self, ContactForm, Way};

const PAGE: (&str, &str) = ("/console/entry/contact", "录入联系流动党员");

#[handler]
pub async fn ask(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let filled = asked.blank(&app, &desk).await?;
    show(&app, &desk, &filled, None).await
}

#[handler]
pub async fn keep(app: Data<&App>, desk: Desk, _upload: Admission, form: Multipart) -> ApiResult<Response> {
    let sent = sent::read(&app, &desk, Kind::Contact, form).await?;
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
    let form = ContactForm {
        record: sent::common(Kind::Contact, filled)?,
        said: filled.of("said").to_owned(),
        way: Way::parse(filled.of("way"))
            .ok_or_else(|| ApiError::refused("form.empty", "请选择“怎么联系的”。"))?,
        in_reply_to: None,
    };
    let mut tx = checkin::begin(&app.db, form.record.id).await?;
    let submitted = mobile::contact(&mut tx, &desk.caller, &form, Client::console(), desk.now).await?;
    tx.commit().await?;
    kept(submitted)
}

async fn show(app: &App, desk: &Desk, filled: &Filled, refusal: Option<&ApiError>) -> ApiResult<Response> {
    let around = Around::of(app, desk, Kind::Contact, Action::WriteContact, filled).await?;
    let nobody = !around.people.iter().any(|person| person.is_away);
    let mut ways = vec![("", "请选择")];
    ways.extend([Way::Phone, Way::Message, Way::Visit].map(|way| (way.name(), way.label())));
    let own = html! {
        @if nobody { p class="hint wide" { "这个党支部没有登记流动党员。请先在名册里登记。" } }
        (choice(filled, "way", "怎么联系的", &ways, true))
        (lines(filled, "said", "说了什么(本人看得到)", 1000, true))
    };
    Ok(around.page(app, desk, PAGE, filled, refusal, &own))
}
