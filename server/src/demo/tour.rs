//! What the demo prints, and its one lever: the clock.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use poem::web::{Data, Json};
use poem::{Response, handler};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::people::{Login, NEWCOMER, PEOPLE};
use super::{TEMPLATE_ID, past, seed};
use crate::App;
use crate::edge::local;
use crate::error::{ApiError, ApiResult};

/// As a phone says it.
const CLIENT: &str = "tuhe-demo/1; schema=1";
/// How often each demo person has said yes to a reminder.
const TAPS: usize = 5;

/// Logs every demo person in over HTTP, as a phone would, lets them allow reminders, and prints how to go on; `file`
/// gets the same for a program.
pub async fn introduce(
    address: SocketAddr,
    control: &str,
    file: Option<&Path>,
    today: NaiveDate,
) -> anyhow::Result<()> {
    let http = reqwest::Client::new();
    let base = format!("http://{address}");
    let mut logins = Vec::new();
    for person in &PEOPLE {
        let openid = seed::openid(person);
        let code = post(&http, &format!("{control}/login_code"), None, &json!({ "openid": openid })).await?;
        let form = json!({ "code": code["code"], "device": "演示" });
        let entered = post(&http, &format!("{base}/api/v1/login"), None, &form).await?;
        let token = entered["token"].as_str().context("a demo person cannot log in")?.to_owned();
        for _ in 0..TAPS {
            let tap = json!({ "openid": openid, "templates": [TEMPLATE_ID], "choice": "accept" });
            post(&http, &format!("{control}/tap"), None, &tap).await?;
            let form = json!({
                "tap_id": Uuid::now_v7(),
                "results": [{ "template_id": TEMPLATE_ID, "answer": "accept" }],
            });
            post(&http, &format!("{base}/api/v1/grants"), Some(&token), &form).await?;
        }
        logins.push(Login {
            shell: person.shell,
            name: person.name,
            role: person.role.label(),
            openid,
            token,
        });
    }
    past::enter(&http, &base, &logins, today).await?;
    let issued = post(&http, &format!("{base}/demo/bind-code"), None, &json!({})).await?;
    let code = issued["code"].as_str().context("no binding code was issued")?;
    greet(&base, control, &logins, code);
    file.map_or(Ok(()), |file| announce(file, &base, control, &logins))
}

/// Appears complete or not at all: whoever waits for the file may read it at once.
fn announce(file: &Path, base: &str, control: &str, logins: &[Login]) -> anyhow::Result<()> {
    let facts = json!({ "base": base, "control": control, "template": TEMPLATE_ID, "people": logins });
    let draft = file.with_extension("new");
    std::fs::write(&draft, facts.to_string()).with_context(|| format!("{} 写不了", draft.display()))?;
    std::fs::rename(&draft, file).with_context(|| format!("{} 写不了", file.display()))
}

pub(super) async fn post(
    http: &reqwest::Client,
    url: &str,
    token: Option<&str>,
    body: &Value,
) -> anyhow::Result<Value> {
    let request = http.post(url).header("X-Client", CLIENT).json(body);
    let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
    let response = request.send().await.with_context(|| format!("{url} does not answer"))?;
    let status = response.status();
    let text = response.text().await?;
    anyhow::ensure!(status.is_success(), "{url}: {status} {text}");
    serde_json::from_str(&text).with_context(|| format!("{url}: {text}"))
}

fn greet(base: &str, control: &str, logins: &[Login], bind_code: &str) {
    println!("{base}");
    println!("  接口文档 {base}/docs    模拟微信 {control}");
    println!("  办公台 {base}/console/    屏幕上的 8 位数字填在手机小程序“我的 → 电脑登录”里");
    println!();
    println!("export BASE={base} WX={control}");
    for login in logins {
        println!("export {}={}   # {}({})", login.shell, login.token, login.name, login.role);
    }
    println!(
        "export BIND_CODE={bind_code}   # {}还没有绑定微信,可用它试第一次进入;再要一个:curl -X POST $BASE/demo/bind-code",
        NEWCOMER.name
    );
    println!();
    println!(
        "拨动演示时钟:curl -X POST $BASE/demo/clock -d '{{\"at\":\"2026-11-30T09:00:00+08:00\"}}' -H 'content-type: application/json'"
    );
    println!("按 Ctrl-C 结束。");
}

/// `POST /demo/bind-code`: a fresh code for the person who is bound to no WeChat yet. Refused outside the demo.
#[handler]
pub async fn bind_code_lever(app: Data<&App>) -> ApiResult<Response> {
    app.demo_control.as_deref().ok_or_else(ApiError::not_found)?;
    let issued = seed::bind_code(&app).await?;
    let body = json!({ "code": issued.code, "expires_at": local(issued.expires_at), "name": NEWCOMER.name });
    Ok(Response::builder().content_type("application/json; charset=utf-8").body(body.to_string()))
}

#[derive(Deserialize)]
struct ClockForm {
    at: DateTime<Utc>,
}

/// `POST /demo/clock {"at": …}`: sets the demo's clock and the stand-in's with it. Refused outside the demo.
#[handler]
pub async fn clock_lever(app: Data<&App>, form: Json<ClockForm>) -> ApiResult<Response> {
    let control = app.demo_control.as_deref().ok_or_else(ApiError::not_found)?;
    let at = form.at;
    post(&reqwest::Client::new(), &format!("{control}/clock"), None, &json!({ "run_from": at }))
        .await
        .map_err(ApiError::internal)?;
    app.clock.run_from(at);
    let body = json!({ "now": local(app.clock.now()) });
    Ok(Response::builder().content_type("application/json; charset=utf-8").body(body.to_string()))
}
