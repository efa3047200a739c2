//! The platform's port: read a call, act on it, and answer it or spoil the answer (wechat.md §4 A).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::answer::{self, Refusal};
use crate::api::{self, Call, endpoint};
use crate::clock::Clock;
use crate::fault::{Fault, Plan, Stage, Subject};
use crate::http::{Connection, Head, response_head};
use crate::journal::Entry;
use crate::state::{Shared, World};

/// Serve one client until it leaves or a fault ends the connection.
pub(crate) async fn serve(shared: Arc<Shared>, stream: TcpStream) {
    let mut connection = Connection::new(stream);
    // A socket error means that the client has gone: nobody is left to tell.
    while let Ok(Some(next)) = exchange(&shared, connection).await {
        connection = next;
    }
}

struct Outcome {
    answer: Vec<u8>,
    content_type: &'static str,
    latency: Duration,
    fault: Option<Fault>,
}

/// One request and its answer; the connection comes back if it can carry another.
async fn exchange(shared: &Arc<Shared>, mut connection: Connection) -> io::Result<Option<Connection>> {
    let Some(head) = connection.read_head().await? else { return Ok(None) };
    if strikes_at_head(shared, &head) {
        connection.reset();
        return Ok(None);
    }
    let body = connection.read_body(&head).await?;
    let keep_alive = head.keep_alive;
    let json = serde_json::from_slice(&body).ok();
    let mut call =
        Call { method: head.method, path: head.path, query: head.query, body, json, overlapping: false };
    let receiver = if call.path == endpoint::SEND { call.field("touser").map(str::to_owned) } else { None };
    let sending = receiver.as_deref().and_then(|openid| shared.enter_send(openid));
    call.overlapping = receiver.is_some() && sending.is_none();

    let outcome = decide(shared, &call, receiver.as_deref());
    shared.push_events();
    if !outcome.latency.is_zero() {
        sleep(outcome.latency).await;
    }
    if outcome.fault == Some(Fault::Hang) {
        connection.wait_until_abandoned().await;
        return Ok(None);
    }
    // Before the answer leaves: a client that sends again on receipt must not meet its own last call.
    drop(sending);
    let connection = respond(connection, outcome).await?;
    Ok(connection.filter(|_| keep_alive))
}

fn strikes_at_head(shared: &Shared, head: &Head) -> bool {
    let mut world = shared.world();
    if world.faults.is_empty() {
        return false;
    }
    let owner = head.query("js_code").and_then(|code| world.logins.owner(code)).map(str::to_owned);
    let appid = head.query("appid").unwrap_or(&world.options.appid).to_owned();
    let openid = owner.as_deref().or(head.query("openid"));
    let subject = Subject { endpoint: &head.path, appid: Some(&appid), openid };
    let Some(fault) = world.faults.plan(Stage::Head, &subject).fault else { return false };
    let call = Call {
        method: head.method.clone(),
        path: head.path.clone(),
        query: head.query.clone(),
        body: Vec::new(),
        json: None,
        overlapping: false,
    };
    record(shared, &mut world, &call, None, Some(&fault));
    true
}

/// Act, unless the script says otherwise, and work out what the client will see.
fn decide(shared: &Shared, call: &Call, receiver: Option<&str>) -> Outcome {
    let now = shared.clock.now();
    let mut world = shared.world();
    if let Some(openid) = receiver {
        world.messages.counts.entry(openid.to_owned()).or_default().calls += 1;
    }
    let plan = plan(&mut world, call);
    let forced = match &plan.fault {
        Some(Fault::Errcode { errcode, errmsg }) => {
            Some(Refusal::new(*errcode, errmsg.as_deref().unwrap_or_else(|| wording(*errcode))))
        }
        _ => None,
    };
    let acted = if plan.skips_act { None } else { Some(api::act(&mut world, call, now)) };
    let reply = forced.map(Err).or(acted);
    record(shared, &mut world, call, reply.as_ref().map(answer::errcode), plan.fault.as_ref());

    let as_text = call.path == endpoint::LOGIN || world.switches.plain_text_everywhere;
    Outcome {
        answer: reply.map(|reply| answer::body(reply, &world.switches, now)).unwrap_or_default(),
        content_type: if as_text { "text/plain" } else { "application/json; encoding=utf-8" },
        latency: Duration::from_millis(world.switches.latency_ms + plan.latency_ms),
        fault: plan.fault,
    }
}

fn plan(world: &mut World, call: &Call) -> Plan {
    if world.faults.is_empty() {
        return Plan::default();
    }
    let owner = match call.path.as_str() {
        endpoint::LOGIN => call.query("js_code").and_then(|code| world.logins.owner(code)),
        endpoint::PHONE => call.field("code").and_then(|code| world.phones.owner(code)),
        endpoint::SEND => call.field("touser"),
        _ => call.query("openid"),
    };
    let owner = owner.map(str::to_owned);
    let appid = call.query("appid").or(call.field("appid")).unwrap_or(&world.options.appid).to_owned();
    let subject = Subject { endpoint: &call.path, appid: Some(&appid), openid: owner.as_deref() };
    world.faults.plan(Stage::Whole, &subject)
}

fn record(shared: &Shared, world: &mut World, call: &Call, errcode: Option<i64>, fault: Option<&Fault>) {
    if !world.journal.keeps() {
        return;
    }
    let body = call.json.clone().unwrap_or_else(|| match String::from_utf8_lossy(&call.body) {
        text if text.is_empty() => serde_json::Value::Null,
        text => text.into(),
    });
    world.journal.add(Entry {
        number: 0,
        method: call.method.clone(),
        endpoint: call.path.clone(),
        query: call.query.iter().cloned().collect(),
        body,
        virtual_at: shared.clock.now(),
        wall_at: Clock::wall(),
        errcode,
        fault: fault.map(|fault| fault.kind().to_owned()),
    });
}

/// Answer, or do what the fault does instead.
async fn respond(mut connection: Connection, outcome: Outcome) -> io::Result<Option<Connection>> {
    let Outcome { answer, content_type, fault, .. } = outcome;
    let half = answer.len() / 2;
    match fault {
        None | Some(Fault::Latency { .. } | Fault::Errcode { .. }) => {
            connection.respond(200, content_type, &answer).await?;
        }
        Some(Fault::Truncated) => connection.respond(200, content_type, &answer[..half]).await?,
        Some(Fault::Empty) => connection.respond(200, content_type, b"").await?,
        Some(Fault::Gateway { status }) => {
            let page = format!("<html><head><title>{status}</title></head><body>nginx</body></html>");
            connection.respond(status, "text/html", page.as_bytes()).await?;
        }
        Some(Fault::Drip { ms_per_byte }) => {
            connection.write(&response_head(200, content_type, answer.len())).await?;
            for byte in answer {
                sleep(Duration::from_millis(ms_per_byte)).await;
                connection.write(&[byte]).await?;
            }
        }
        Some(Fault::ResetMidBody) => {
            connection.write(&response_head(200, content_type, answer.len())).await?;
            connection.write(&answer[..half]).await?;
            // A reset may overtake what was written; give the client time to see the first half.
            sleep(Duration::from_millis(20)).await;
            connection.reset();
            return Ok(None);
        }
        Some(Fault::ResetBeforeBody | Fault::ResetAfterBody) => {
            connection.reset();
            return Ok(None);
        }
        Some(Fault::CommitThenDrop | Fault::Hang) => return Ok(None),
    }
    Ok(Some(connection))
}

/// The usual text of an error forced without one.
fn wording(errcode: i64) -> &'static str {
    match errcode {
        -1 => "system error",
        40001 => "invalid credential, access_token is invalid or not latest",
        40014 => "invalid access_token",
        42001 => "access_token expired",
        40164 => "invalid ip 203.0.113.7, not in whitelist",
        43101 => "user refuse to accept the msg",
        43108 => "Cannot make concurrent calls to the same OpenID, please try again",
        45009 => "reach max api daily quota limit",
        45011 => "api minute-quota reach limit mustslower retry next minute",
        48001 => "api unauthorized",
        _ => "error",
    }
}
