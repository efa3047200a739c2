//! Logging in without a password: the screen shows a code, the phone says whose desk it is. Or the office gives a code that
//! is good once.

use chrono::{DateTime, TimeDelta, Utc};
use maud::html;
use poem::web::{Data, Form};
use poem::{Request, Response, handler};
use serde::Deserialize;
use sqlx::PgConnection;

use super::desk::{self, Desk, see};
use super::{cookie, hold, layout};
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::identity::{self, desk as pairing, desk_code};
use crate::notify::{self, NewNotice, Weight};
use crate::platform::limit::Rate;
use crate::{audit, edge};

/// How long word of a login by code is of use.
const TOLD: TimeDelta = TimeDelta::days(7);
/// Desks of one address that ask for a code.
const PER_ADDRESS: Rate = Rate { burst: 20, per: std::time::Duration::from_mins(10) };

/// The page before anybody is logged in.
#[handler]
pub fn ask() -> Response {
    page(None, None)
}

/// `held`: a form that waits, sealed, for whoever filled it in to log in again.
pub fn page(refusal: Option<&ApiError>, held: Option<&str>) -> Response {
    let is_code = refusal.is_some_and(|refusal| !refusal.code.starts_with("console."));
    let told = |here: bool| {
        html! {
            @if let Some(refusal) = refusal.filter(|_| here) { p class="said wrong" role="alert" { (refusal.message) } }
        }
    };
    let carried = html! { @if let Some(held) = held { input type="hidden" name="held" value=(held); } };
    let body = html! {
        div class="card narrow" {
            (told(!is_code))
            p { "用手机上的小程序登录这台电脑,不用密码。" }
            form method="post" action="/console/login" { (carried) button class="main" { "显示配对码" } }
            p class="soft" { "公用电脑用完请点“退出”。半小时没有操作会自动退出。" }
        }
        div class="card narrow" {
            (told(is_code))
            form method="post" action="/console/code" {
                (carried)
                label for="code" { "手机不在身边?请党建办发一个一次性登录码,填在这里:" }
                p class="bar centred" {
                    input id="code" type="text" name="code" required maxlength="40" size="14" autocomplete="off" spellcheck="false";
                    button { "登录" }
                }
            }
        }
        @if held.is_some() { p class="narrow" { a href="/console/login" { "不要刚才填的内容,直接登录" } } }
    };
    let mut response = layout::bare("登录办公台", None, &body);
    if let Some(refusal) = refusal {
        response.set_status(refusal.status);
    }
    response
}

#[derive(Deserialize)]
pub struct Typed {
    code: String,
    #[serde(default)]
    held: String,
}

/// Lets in whoever the office has made a code for. A page of another site cannot log a browser in as somebody else.
#[handler]
pub async fn by_code(app: Data<&App>, request: &Request, typed: Form<Typed>) -> ApiResult<Response> {
    if request.header("sec-fetch-site").is_some_and(|from| from == "cross-site") {
        return Ok(see("/console/login"));
    }
    let now = app.clock.now();
    let address = edge::client_address(request, &app.config.trusted_proxies);
    let held = Some(typed.held.as_str()).filter(|held| !held.is_empty());
    let mut tx = app.db.begin().await?;
    let opened = match desk_code::redeem(&mut tx, &app, &typed.code, &address, now).await {
        Ok(opened) => opened,
        Err(error) if error.status.is_client_error() => return Ok(page(Some(&error), held)),
        Err(error) => return Err(error),
    };
    tell(&mut tx, &opened, now).await?;
    tx.commit().await?;
    let token = opened.token;
    if let Some(held) = held
        && let Some(desk) = Desk::with(&app, request, &token, now).await?
    {
        // Whoever it is, they are logged in from here on; the form goes on only for whom it was sealed.
        let mut response = hold::show(&app, &desk, held);
        forget_pairing(&mut response, desk.secure);
        return Ok(response);
    }
    Ok(enter(&app, request, &token, now))
}

/// Whoever was logged in by a code is told on the phone: it may not have been they who typed it.
async fn tell(tx: &mut PgConnection, opened: &desk_code::Opened, now: DateTime<Utc>) -> ApiResult<()> {
    let title =
        format!("一台办公电脑用登录码以您的身份登录了(由 {} 开通)。不是您本人用的,请马上让它退出", opened.by);
    let notice = NewNotice {
        town: opened.town,
        person: opened.person,
        subject_kind: "session",
        subject: opened.session.0,
        rung: "desk",
        weight: Weight::Spare,
        page: "more/devices/index",
        title: &title,
        due_on: None,
        not_after: now + TOLD,
    };
    notify::queue(tx, &notice, now).await?;
    Ok(())
}

/// Told to somebody else who has just logged in; they are in all the same.
pub fn others(app: &App, desk: &Desk, error: &ApiError) -> Response {
    let body = html! {
        p class="said wrong" role="alert" { (error.message) }
        p { a class="button" href="/console/" { "到首页办自己的事" } }
    };
    let mut response = layout::page(app, desk, "", "没有继续", &body);
    response.set_status(error.status);
    response
}

#[derive(Deserialize)]
pub struct Begun {
    #[serde(default)]
    held: String,
}

/// Makes a code for this desk.
#[handler]
pub async fn begin(app: Data<&App>, request: &Request, form: Form<Begun>) -> ApiResult<Response> {
    let now = app.clock.now();
    let address = edge::client_address(request, &app.config.trusted_proxies);
    app.limiter.take(&format!("pairing:{address}"), PER_ADDRESS, now).await.map_err(ApiError::too_many)?;
    let mut tx = app.db.begin().await?;
    let new = pairing::wait(&mut tx, &app, now).await?;
    tx.commit().await?;
    let mut response = match form.held.as_str() {
        "" => see("/console/pair"),
        // A form that waits is on this page and on no other: it does not go anywhere by itself.
        held => waiting(&new.code, Some(held)),
    };
    let value = format!("{}.{}", new.code, new.token);
    let secure = cookie::is_secure(&app, request);
    cookie::set(&mut response, cookie::PAIRING, &value, pairing::WAIT.num_seconds(), secure);
    Ok(response)
}

/// What has come of a code shown at this desk.
pub enum Pairing {
    None,
    /// The code is shown; no phone has said whose desk it is.
    Waits(String),
    Done(Box<Desk>),
}

/// Looks whether a phone has said whose desk this is.
pub async fn paired(app: &App, request: &Request) -> ApiResult<Pairing> {
    let pair = cookie::get(request, cookie::PAIRING).and_then(|value| value.split_once('.'));
    let Some((code, token)) = pair else { return Ok(Pairing::None) };
    Ok(match Desk::with(app, request, token, app.clock.now()).await? {
        Some(desk) => Pairing::Done(Box::new(desk)),
        None => Pairing::Waits(code.to_owned()),
    })
}

/// Shows the code, and looks every few seconds.
#[handler]
pub async fn wait(app: Data<&App>, request: &Request) -> ApiResult<Response> {
    Ok(match paired(&app, request).await? {
        Pairing::None => see("/console/login"),
        Pairing::Waits(code) => waiting(&code, None),
        Pairing::Done(desk) => {
            let mut response = see("/console/");
            desk.touch(&app.keys, &mut response);
            forget_pairing(&mut response, desk.secure);
            response
        }
    })
}

fn enter(app: &App, request: &Request, token: &str, now: DateTime<Utc>) -> Response {
    let mut response = see("/console/");
    let (value, secure) = (desk::signed(&app.keys, token, now), cookie::is_secure(app, request));
    cookie::set(&mut response, cookie::DESK, &value, desk::IDLE.num_seconds(), secure);
    forget_pairing(&mut response, secure);
    response
}

/// The code has been used.
pub fn forget_pairing(response: &mut Response, secure: bool) {
    cookie::set(response, cookie::PAIRING, "", 0, secure);
}

/// The code of this desk. With a form that waits, the page stays until its button is pressed.
pub fn waiting(code: &str, held: Option<&str>) -> Response {
    let (first, second) = code.split_at_checked(4).unwrap_or((code, ""));
    let body = html! {
        div class="card narrow" {
            p { "在手机上打开小程序:" strong { "我的 → 电脑登录" } ",填这 8 位数字:" }
            p class="code" aria-label="配对码" { (first) " " (second) }
            @if let Some(held) = held {
                p class="soft" { "5 分钟内有效。手机上填好以后,点下面的按钮。" }
                (hold::press(held, "手机上填好了,继续保存"))
            } @else {
                p class="soft" { "5 分钟内有效。填好后这里会自己打开。" }
            }
            p class="hint" { "只填您面前这台电脑上的数字。别人发来的数字不要填,填了就等于让他用您的身份登录。" }
            @if held.is_none() { p { a href="/console/login" { "重新要一个配对码" } } }
        }
    };
    layout::bare("登录办公台", held.is_none().then_some("3"), &body)
}

/// Ends the desk's session.
#[handler]
pub async fn leave(app: Data<&App>, desk: Desk) -> ApiResult<Response> {
    let caller = &desk.caller;
    let mut tx = app.db.begin().await?;
    identity::revoke_one(&mut tx, caller.town, caller.person, caller.session, desk.now).await?;
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action: "identity.desk_logged_out",
        subject_kind: "session",
        subject: Some(caller.session.0),
        facts: &serde_json::json!({}),
    };
    audit::record(&mut tx, entry, desk.now).await?;
    tx.commit().await?;
    let mut response = see("/console/login");
    cookie::set(&mut response, cookie::DESK, "", 0, desk.secure);
    Ok(response)
}
