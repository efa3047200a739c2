//! WeChat's message push: what people answered to the pop-up or chose in the settings, and what became of sends
//! (`wechat.md` §1.8). A push may come late, twice or out of order; storing it twice is the same as once.

use poem::http::StatusCode;
use poem::web::{Data, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::grants::{self, Purse, Why};
use super::sql;
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::platform::wechat::push::{Push, PushEvent, parse};

/// What every call of WeChat's carries; of anybody else's it is empty and verifies nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Signed {
    signature: String,
    timestamp: String,
    nonce: String,
    echostr: String,
}

/// There is nothing here until a token is configured; nobody but WeChat can sign with it.
fn verify(app: &App, signed: &Signed) -> ApiResult<()> {
    if app.config.wechat.push_token.is_none() {
        return Err(ApiError::not_found());
    }
    if app.wechat.verify_push(&signed.signature, &signed.timestamp, &signed.nonce) {
        Ok(())
    } else {
        Err(ApiError::new(StatusCode::FORBIDDEN, "push.signature", "签名不对。"))
    }
}

/// The check of the address: its text goes back as it came.
#[handler]
pub async fn check_url(app: Data<&App>, signed: Query<Signed>) -> ApiResult<Response> {
    verify(&app, &signed)?;
    Ok(plain(signed.0.echostr))
}

/// A push. Answered once it is stored, which takes milliseconds of WeChat's five seconds; a database that is away is a
/// 503, after which WeChat sends it again.
#[handler]
pub async fn receive(app: Data<&App>, signed: Query<Signed>, body: poem::Body) -> ApiResult<Response> {
    verify(&app, &signed)?;
    let unreadable = || ApiError::bad_request("push.unreadable", "推送内容无法识别。");
    let bytes = body.into_bytes().await.map_err(|_| unreadable())?;
    let push = parse(&bytes).map_err(|error| {
        tracing::warn!(%error, "push not read");
        unreadable()
    })?;
    store(&app, &push).await?;
    Ok(plain("success".to_owned()))
}

fn plain(text: String) -> Response {
    Response::builder()
        .content_type("text/plain; charset=utf-8")
        .header("x-content-type-options", "nosniff")
        .body(text)
}

/// Stores a push. A balance is nobody's record in any one town, so its own journal, not the towns', tells of it.
async fn store(app: &App, push: &Push) -> ApiResult<()> {
    let (now, appid) = (app.clock.now(), app.config.wechat.appid.as_str());
    let ours = |template: &str| app.config.wechat.template.as_deref() == Some(template);
    let purse = |template| Purse { appid, openid: &push.openid, template };
    let dedupe = format!("push/{}", push.dedupe);
    let mut tx = app.db.begin().await?;
    match &push.event {
        PushEvent::Popup(choices) => {
            for choice in choices.iter().filter(|choice| choice.accepted && ours(&choice.template_id)) {
                grants::accept(&mut tx, purse(&choice.template_id), Why::Popup, &dedupe, choice.at, now)
                    .await?;
            }
        }
        PushEvent::Change(choices) => {
            for choice in choices.iter().filter(|choice| !choice.accepted && ours(&choice.template_id)) {
                grants::unsubscribe(&mut tx, purse(&choice.template_id), &dedupe, choice.at, now).await?;
            }
        }
        PushEvent::Sent(deliveries) => {
            for (i, delivery) in deliveries.iter().enumerate() {
                let known =
                    sql::push::delivery(&mut tx, purse(&delivery.template_id), delivery, push, i, now)
                        .await?;
                tracing::debug!(known, errcode = delivery.error_code, "a send's final word");
            }
        }
        PushEvent::Other => {}
    }
    tx.commit().await?;
    Ok(())
}
