//! Logging in without a password: the screen shows a code, the phone says whose desk it is. Or the office gives a code that
//! is good once.

use chrono::{DateTime, Utc};
use maud::html;
use poem::web::{Data, Form};
use poem::{Request, Response, handler};
use serde::Deserialize;

use super::desk::{self, Desk, see};
use super::{cookie, layout};
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::identity::{self, desk as pairing, desk_code};
use crate::platform::limit::Rate;
use crate::{audit, edge};

/// Desks of one address that ask for a code.
const PER_ADDRESS: Rate = Rate { burst: 20, per: std::time::Duration::from_mins(10) };

/// The page before anybody is logged in.
#[handler]
pub fn ask() -> Response {
    page(None)
}

fn page(refusal: Option<&ApiError>) -> Response {
    let body = html! {
        div class="card narrow" {
            p { "用手机上的小程序登录这台电脑,不用密码。" }
            form method="post" action="/console/login" { button class="main" { "显示配对码" } }
            p class="soft" { "公用电脑用完请点“退出”。半小时没有操作会自动退出。" }
        }
        div class="card narrow" {
            @if let Some(refusal) = refusal { p class="said wrong" role="alert" { (refusal.message) } }
            form method="post" action="/console/code" {
                label for="code" { "手机不在身边?请党建办发一个一次性登录码,填在这里:" }
                p class="bar centred" {
                    input id="code" type="text" name="code" required maxlength="40" size="14" autocomplete="off" spellcheck="false";
                    button { "登录" }
                }
            }
        }
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
}

/// Lets in whoever the office has made a code for. A page of another site cannot log a browser in as somebody else.
#[handler]
pub async fn by_code(app: Data<&App>, request: &Request, typed: Form<Typed>) -> ApiResult<Response> {
    if request.header("sec-fetch-site").is_some_and(|from| from == "cross-site") {
        return Ok(see("/console/login"));
    }
    let now = app.clock.now();
    let address = edge::client_address(request, &app.config.trusted_proxies);
    let mut tx = app.db.begin().await?;
    let token = match desk_code::redeem(&mut tx, &app, &typed.code, &address, now).await {
        Ok(token) => token,
        Err(error) if error.status.is_client_error() => return Ok(page(Some(&error))),
        Err(error) => return Err(error),
    };
    tx.commit().await?;
    Ok(enter(&app, request, &token, now))
}

/// Makes a code for this desk.
#[handler]
pub async fn begin(app: Data<&App>, request: &Request) -> ApiResult<Response> {
    let now = app.clock.now();
    let address = edge::client_address(request, &app.config.trusted_proxies);
    app.limiter.take(&format!("pairing:{address}"), PER_ADDRESS, now).await.map_err(ApiError::too_many)?;
    let mut tx = app.db.begin().await?;
    let waiting = pairing::wait(&mut tx, &app, now).await?;
    tx.commit().await?;
    let mut response = see("/console/pair");
    let value = format!("{}.{}", waiting.code, waiting.token);
    let secure = cookie::is_secure(&app, request);
    cookie::set(&mut response, cookie::PAIRING, &value, pairing::WAIT.num_seconds(), secure);
    Ok(response)
}

/// Shows the code, and looks every few seconds whether a phone has said whose desk this is.
#[handler]
pub async fn wait(app: Data<&App>, request: &Request) -> ApiResult<Response> {
    let Some((code, token)) = cookie::get(request, cookie::PAIRING).and_then(|value| value.split_once('.'))
    else {
        return Ok(see("/console/login"));
    };
    let now = app.clock.now();
    match identity::caller(&app, token, now).await {
        Ok(_) => Ok(enter(&app, request, token, now)),
        Err(error) if error.status == poem::http::StatusCode::UNAUTHORIZED => Ok(waiting(code)),
        Err(error) => Err(error),
    }
}

fn enter(app: &App, request: &Request, token: &str, now: DateTime<Utc>) -> Response {
    let mut response = see("/console/");
    let (value, secure) = (desk::signed(&app.keys, token, now), cookie::is_secure(app, request));
    cookie::set(&mut response, cookie::DESK, &value, desk::IDLE.num_seconds(), secure);
    cookie::set(&mut response, cookie::PAIRING, "", 0, secure);
    response
}

fn waiting(code: &str) -> Response {
    let (first, second) = code.split_at_checked(4).unwrap_or((code, ""));
    let body = html! {
        div class="card narrow" {
            p { "在手机上打开小程序:" strong { "我的 → 电脑登录" } ",填这 8 位数字:" }
            p class="code" aria-label="配对码" { (first) " " (second) }
            p class="soft" { "5 分钟内有效。填好后这里会自己打开。" }
            p class="hint" { "只填您面前这台电脑上的数字。别人发来的数字不要填,填了就等于让他用您的身份登录。" }
            p { a href="/console/login" { "重新要一个配对码" } }
        }
    };
    layout::bare("登录办公台", Some("3"), &body)
}

#[derive(Deserialize)]
pub struct Leaving {
    form_key: String,
}

/// Ends the desk's session.
#[handler]
pub async fn leave(app: Data<&App>, desk: Desk, form: Form<Leaving>) -> ApiResult<Response> {
    desk.check(&form.form_key)?;
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
