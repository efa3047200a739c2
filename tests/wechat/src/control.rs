//! The levers over HTTP, for a server that runs in another process. `README.md` lists them with examples.

use anyhow::{Context as _, bail};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::fault::FaultRule;
use crate::http::{Connection, Head};
use crate::levers::{Levers, Phone};
use crate::options::PushTarget;
use crate::subscription::Choice;
use crate::switches::Switches;

/// Serve one client of the control port until it leaves.
pub(crate) async fn serve(levers: Levers, stream: TcpStream) {
    let mut connection = Connection::new(stream);
    // A socket error means that the client has gone: nobody is left to tell.
    while let Ok(Some(head)) = connection.read_head().await {
        let Ok(body) = connection.read_body(&head).await else { return };
        let (status, answer) = match answer(&levers, &head, &body).await {
            Ok(Some(answer)) => (200, answer),
            Ok(None) => (404, json!({ "error": "no such lever; see README.md" })),
            Err(error) => (400, json!({ "error": format!("{error:#}") })),
        };
        let sent = connection.respond(status, "application/json", answer.to_string().as_bytes()).await;
        if sent.is_err() || !head.keep_alive {
            return;
        }
    }
}

async fn answer(wx: &Levers, head: &Head, body: &[u8]) -> anyhow::Result<Option<Value>> {
    let path = head.path.trim_matches('/');
    let (lever, rest) = path.split_once('/').unwrap_or((path, ""));
    match head.method.as_str() {
        "GET" => read(wx, lever, rest, head),
        "DELETE" => Ok(clear(wx, lever)),
        "POST" => match pull(wx, lever, body)? {
            None => push(wx, lever, body).await,
            done => Ok(done),
        },
        _ => Ok(None),
    }
}

/// What can be seen.
fn read(wx: &Levers, lever: &str, rest: &str, head: &Head) -> anyhow::Result<Option<Value>> {
    Ok(Some(match lever {
        "clock" => clock(wx),
        "switches" => serde_json::to_value(wx.switches())?,
        "journal" => {
            let since = head.query("since").map_or(Ok(0), str::parse).context("since is a number")?;
            serde_json::to_value(wx.journal_of(head.query("endpoint").unwrap_or_default(), since))?
        }
        "inbox" => serde_json::to_value(wx.inbox(rest))?,
        "sends" => serde_json::to_value(wx.sends())?,
        "push" => serde_json::to_value(wx.pushes())?,
        "grant" => {
            let (openid, template) = rest.split_once('/').context("GET /grant/{openid}/{template}")?;
            serde_json::to_value(wx.grant(openid, template))?
        }
        _ => return Ok(None),
    }))
}

/// What can be forgotten.
fn clear(wx: &Levers, lever: &str) -> Option<Value> {
    match lever {
        "journal" => wx.clear_journal(),
        "inbox" => wx.clear_inboxes(),
        "push" => wx.clear_pushes(),
        "fault" => wx.clear_faults(),
        _ => return None,
    }
    Some(json!({}))
}

/// What happens at once.
fn pull(wx: &Levers, lever: &str, body: &[u8]) -> anyhow::Result<Option<Value>> {
    match lever {
        "login_code" => {
            let LoginCode { openid, appid } = parse(body)?;
            let code = match appid {
                Some(appid) => wx.login_code_of(&appid, &openid),
                None => wx.login_code(&openid),
            };
            return Ok(Some(json!({ "code": code })));
        }
        "phone_code" => {
            let PhoneCode { openid, number, country } = parse(body)?;
            return Ok(Some(json!({ "code": wx.phone_code(&openid, Phone { country, number }) })));
        }
        "tap" => {
            let Tap { openid, templates, choice } = parse(body)?;
            let templates: Vec<&str> = templates.iter().map(String::as_str).collect();
            return Ok(Some(wx.tap(&openid, &templates, choice)));
        }
        "clock" => {
            set_clock(wx, &parse(body)?)?;
            return Ok(Some(clock(wx)));
        }
        "switches" => {
            let switches = merged(wx.switches(), parse(body)?)?;
            wx.set(|current| *current = switches.clone());
            return Ok(Some(serde_json::to_value(switches)?));
        }
        "unsubscribe" => {
            let Unsubscribe { openid, template } = parse(body)?;
            wx.unsubscribe(&openid, &template);
        }
        "user" => {
            let User { openid, blocked, main_switch } = parse(body)?;
            wx.add_user(&openid);
            wx.set_blocked(&openid, blocked);
            wx.set_main_switch(&openid, main_switch);
        }
        "fault" => wx.fault(parse::<FaultRule>(body)?),
        "tokens_die" => {
            let After { after_seconds } = parse(body)?;
            wx.tokens_die_in(seconds(after_seconds)?);
        }
        "ban_word" => wx.ban_word(&parse::<Word>(body)?.word),
        "push_target" => wx.set_push(parse::<Option<PushTarget>>(body)?),
        _ => return Ok(None),
    }
    Ok(Some(json!({})))
}

/// What takes a round trip to the push URL.
async fn push(wx: &Levers, lever: &str, body: &[u8]) -> anyhow::Result<Option<Value>> {
    Ok(match lever {
        "push" => Some(serde_json::to_value(wx.push_event(parse(body)?).await?)?),
        "push_forged" => Some(serde_json::to_value(wx.push_forged(parse(body)?).await?)?),
        "url_check" => Some(json!({ "echoed": wx.url_check().await })),
        "url_check_forged" => Some(json!({ "echoed": wx.url_check_forged().await })),
        "settle" => {
            wx.pushes_settled().await;
            Some(json!({}))
        }
        _ => None,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginCode {
    openid: String,
    appid: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhoneCode {
    openid: String,
    number: String,
    #[serde(default = "china")]
    country: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tap {
    openid: String,
    templates: Vec<String>,
    choice: Choice,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unsubscribe {
    openid: String,
    template: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    openid: String,
    #[serde(default)]
    blocked: bool,
    #[serde(default = "on")]
    main_switch: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    after_seconds: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    word: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetClock {
    freeze: Option<DateTime<Utc>>,
    run_from: Option<DateTime<Utc>>,
    advance_seconds: Option<i64>,
}

fn china() -> u16 {
    86
}

fn on() -> bool {
    true
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> anyhow::Result<T> {
    serde_json::from_slice(body).context("reading the body")
}

fn seconds(count: i64) -> anyhow::Result<TimeDelta> {
    TimeDelta::try_seconds(count).context("too many seconds")
}

fn clock(wx: &Levers) -> Value {
    json!({ "now": wx.now(), "frozen": wx.is_frozen() })
}

fn set_clock(wx: &Levers, change: &SetClock) -> anyhow::Result<()> {
    match (change.freeze, change.run_from, change.advance_seconds) {
        (Some(at), None, None) => wx.freeze(at),
        (None, Some(at), None) => wx.run_from(at),
        (None, None, Some(by)) => wx.advance(seconds(by)?),
        _ => bail!("give one of freeze, run_from and advance_seconds"),
    }
    Ok(())
}

/// The switches with those named in `change` turned.
fn merged(current: Switches, change: serde_json::Map<String, Value>) -> anyhow::Result<Switches> {
    let mut value = serde_json::to_value(current)?;
    for (name, setting) in change {
        value[name] = setting;
    }
    serde_json::from_value(value).context("reading the switches")
}
