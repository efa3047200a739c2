//! WeChat's message push: what people answered to the pop-up or chose in the settings, and what became of sends
//! (`wechat.md` §1.8). A push may come late, twice or out of order; storing it twice is the same as once.

use poem::http::{StatusCode, Uri};
use poem::web::Data;
use poem::{Response, handler};
use uuid::Uuid;

use super::evidence::{self, Word};
use super::grants::{self, Purse, Why};
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::platform::keys::sha256;
use crate::platform::metrics;
use crate::platform::wechat::push::{Gate, Push, PushError, PushEvent};

/// There is nothing here until a token is configured; nobody but WeChat can sign with it.
fn gate(app: &App) -> ApiResult<&Gate> {
    app.wechat.push_gate().ok_or_else(ApiError::not_found)
}

/// One answer to whatever is refused: a caller who is told why learns how far a forgery got.
fn refused() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "push.refused", "推送未被接受。")
}

/// For our own eyes. A forged signature is anybody's; all else speaks of the settings, or of somebody who has the Token.
fn refuse(error: PushError) -> ApiError {
    metrics::push(error.name());
    match error {
        PushError::Signature | PushError::Query => tracing::debug!(%error, "push refused"),
        _ => tracing::warn!(%error, "push refused"),
    }
    refused()
}

/// The check of the address: its text goes back as it came.
#[handler]
pub async fn check_url(app: Data<&App>, uri: &Uri) -> ApiResult<Response> {
    let echo = gate(&app)?.echo(uri.query().unwrap_or_default(), app.clock.now());
    Ok(plain(echo.map_err(refuse)?))
}

/// A push. Answered once it is stored, which takes milliseconds of WeChat's five seconds; a database that is away is a
/// 503, after which WeChat sends it again.
#[handler]
pub async fn receive(app: Data<&App>, uri: &Uri, body: poem::Body) -> ApiResult<Response> {
    let gate = gate(&app)?;
    let bytes = body.into_bytes().await.map_err(|_| refused())?;
    let push = gate.admit(uri.query().unwrap_or_default(), &bytes, app.clock.now()).map_err(refuse)?;
    store(&app, &push).await?;
    metrics::push("accepted");
    Ok(plain("success".to_owned()))
}

fn plain(text: String) -> Response {
    Response::builder()
        .content_type("text/plain; charset=utf-8")
        .header("x-content-type-options", "nosniff")
        .body(text)
}

/// The same push gives the same id, so that a repeated one is stored once.
fn word_id(push: &Push, item: usize) -> Uuid {
    let hash = sha256(format!("{}/{item}", push.dedupe).as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
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
            let about_ours =
                deliveries.iter().enumerate().filter(|(_, delivery)| ours(&delivery.template_id));
            for (item, delivery) in about_ours {
                let word = Word {
                    id: word_id(push, item),
                    purse: purse(&delivery.template_id),
                    msgid: delivery.msgid,
                    errcode: i32::try_from(delivery.error_code).unwrap_or(i32::MAX),
                    at: push.created_at,
                };
                evidence::hear(&mut tx, &word, now).await?;
            }
        }
        PushEvent::Other => {}
    }
    tx.commit().await?;
    Ok(())
}
