//! Scripted trouble (wechat.md §4 A3, A4).

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wechat_stand_in::{Choice, Fault, FaultRule, endpoint};

use crate::world::{DUTY, LI, World, duty_to, errcode};

/// A user with two grants, a fresh token, and this fault on the next send.
async fn before(rule: FaultRule) -> World {
    let world = World::new().await;
    world.token().await;
    world.wx.tap(LI, &[DUTY], Choice::Accept);
    world.wx.tap(LI, &[DUTY], Choice::Accept);
    world.wx.fault(rule);
    world
}

fn on_send(fault: Fault) -> FaultRule {
    FaultRule::on(endpoint::SEND, fault)
}

/// How many sends took effect, and whether the next one goes through.
async fn aftermath(world: &World) -> (usize, i64) {
    let delivered = world.wx.inbox(LI).len();
    (delivered, errcode(&world.send(&duty_to(LI)).await))
}

/// The bytes answered to a send, and how the connection ended.
async fn raw_send(world: &World) -> (String, std::io::Result<usize>) {
    let token = world.token().await;
    let body = duty_to(LI).to_string();
    let mut stream = TcpStream::connect(world.wx.base_url().trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST {}?access_token={token} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n",
        endpoint::SEND,
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let end = timeout(Duration::from_secs(5), stream.read_to_end(&mut bytes)).await.unwrap();
    (String::from_utf8(bytes).unwrap(), end)
}

#[tokio::test]
async fn latency_delays_the_answer_but_not_the_act() {
    let world = before(on_send(Fault::Latency { ms: 150 })).await;
    let began = Instant::now();
    let body = duty_to(LI);
    let (answer, ()) = tokio::join!(world.send(&body), async {
        tokio::time::sleep(Duration::from_millis(75)).await;
        assert_eq!(world.wx.inbox(LI).len(), 1, "delivered before it is answered");
    });
    assert_eq!(errcode(&answer), 0);
    assert!(began.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_hang_ends_only_when_the_client_gives_up() {
    let world = before(on_send(Fault::Hang)).await;
    let body = duty_to(LI);
    assert!(timeout(Duration::from_millis(150), world.send(&body)).await.is_err());
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(aftermath(&world).await, (0, 0));
}

#[tokio::test]
async fn a_hang_may_follow_the_act() {
    let world = before(on_send(Fault::Hang).effect(true)).await;
    let body = duty_to(LI);
    assert!(timeout(Duration::from_millis(150), world.send(&body)).await.is_err());
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(aftermath(&world).await, (1, 0));
}

#[tokio::test]
async fn resets_before_and_after_reading_leave_the_act_undone() {
    for fault in [Fault::ResetBeforeBody, Fault::ResetAfterBody] {
        let world = before(on_send(fault.clone())).await;
        let (answer, end) = raw_send(&world).await;
        assert_eq!(answer, "", "{fault:?}");
        assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset, "{fault:?}");
        let entry = world.wx.journal_of(endpoint::SEND, 0).remove(0);
        assert_eq!(entry.body.is_null(), fault == Fault::ResetBeforeBody, "{fault:?}");
        assert_eq!(entry.errcode, None);
        assert_eq!(aftermath(&world).await, (0, 0), "{fault:?}");
    }
}

#[tokio::test]
async fn a_reset_mid_body_shows_half_an_answer_to_a_finished_act() {
    let world = before(on_send(Fault::ResetMidBody)).await;
    let (answer, end) = raw_send(&world).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && !answer.ends_with('}'), "{answer}");
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(aftermath(&world).await, (1, 0));
}

#[tokio::test]
async fn commit_then_drop_spends_the_grant_without_a_word() {
    let world = before(on_send(Fault::CommitThenDrop)).await;
    let (answer, end) = raw_send(&world).await;
    assert_eq!((answer.as_str(), end.unwrap()), ("", 0));
    let entry = world.wx.journal_of(endpoint::SEND, 0).remove(0);
    assert_eq!((entry.errcode, entry.fault.as_deref()), (Some(0), Some("commit_then_drop")));
    assert_eq!(aftermath(&world).await, (1, 0));
    assert_eq!(world.wx.grant(LI, DUTY).quota, 0);
}

#[tokio::test]
async fn truncated_json_is_a_complete_http_answer() {
    let world = before(on_send(Fault::Truncated)).await;
    let error = world.try_send(&duty_to(LI)).await.unwrap_err();
    assert!(error.is_decode(), "{error:?}");
    assert_eq!(aftermath(&world).await, (1, 0));
}

#[tokio::test]
async fn the_gateway_answers_in_html() {
    let world = before(on_send(Fault::Gateway { status: 502 })).await;
    let token = world.token().await;
    let request = world.http.post(world.url(endpoint::SEND) + "?access_token=" + &token).json(&duty_to(LI));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 502);
    assert!(answer.text().await.unwrap().starts_with("<html>"));
    assert_eq!(aftermath(&world).await, (0, 0));
}

#[tokio::test]
async fn an_empty_answer_is_http_200() {
    let world = before(on_send(Fault::Empty)).await;
    let token = world.token().await;
    let request = world.http.post(world.url(endpoint::SEND) + "?access_token=" + &token).json(&duty_to(LI));
    let answer = request.send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, ""));
}

#[tokio::test]
async fn a_slow_drip_is_whole_in_the_end() {
    let world = before(on_send(Fault::Drip { ms_per_byte: 2 })).await;
    let began = Instant::now();
    assert_eq!(errcode(&world.send(&duty_to(LI)).await), 0);
    assert!(began.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn an_error_can_be_forced_with_and_without_the_act() {
    let busy = Fault::Errcode { errcode: -1, errmsg: None };
    let world = before(on_send(busy.clone())).await;
    let answer = world.send(&duty_to(LI)).await;
    assert_eq!(errcode(&answer), -1);
    assert!(answer["errmsg"].as_str().unwrap().starts_with("system error rid: "), "{answer}");
    assert_eq!(aftermath(&world).await, (0, 0));

    let world = before(on_send(busy).effect(true)).await;
    assert_eq!(errcode(&world.send(&duty_to(LI)).await), -1);
    assert_eq!(aftermath(&world).await, (1, 0));
}

#[tokio::test]
async fn a_busy_login_may_or_may_not_have_spent_the_code() {
    let world = World::new().await;
    for (effect, next) in [(false, 0), (true, 40163)] {
        let busy = Fault::Errcode { errcode: -1, errmsg: None };
        world.wx.fault(FaultRule::on("jscode2session", busy).to(LI).effect(effect));
        let code = world.wx.login_code(LI);
        assert_eq!(errcode(&world.log_in(&code).await), -1);
        assert_eq!(errcode(&world.log_in(&code).await), next);
    }
}

#[tokio::test]
async fn a_rule_strikes_the_calls_it_names_and_no_others() {
    let world = World::new().await;
    for openid in [LI, "openid-wang"] {
        for _ in 0..4 {
            world.wx.tap(openid, &[DUTY], Choice::Accept);
        }
    }
    let quota = Fault::Errcode { errcode: 45009, errmsg: None };
    world.wx.fault(FaultRule::on("send", quota).to(LI).nth(2).times(2));
    assert_eq!(errcode(&world.send(&duty_to("openid-wang")).await), 0);
    for expected in [0, 45009, 45009, 0] {
        assert_eq!(errcode(&world.send(&duty_to(LI)).await), expected);
        assert_eq!(errcode(&world.legacy().await), 0, "another endpoint");
    }
    let ever = Fault::Errcode { errcode: 45011, errmsg: None };
    world.wx.fault(FaultRule::on("send", ever).times(0));
    for _ in 0..3 {
        assert_eq!(errcode(&world.send(&duty_to(LI)).await), 45011);
    }
    world.wx.clear_faults();
    assert_eq!(errcode(&world.send(&duty_to(LI)).await), 0);
}

#[tokio::test]
async fn an_older_token_can_arrive_after_a_newer_one() {
    let world = World::new().await;
    world.wx.fault(FaultRule::on(endpoint::LEGACY_TOKEN, Fault::Latency { ms: 150 }));
    let (late, early) = tokio::join!(world.legacy(), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.legacy().await
    });
    world.wx.advance(chrono::TimeDelta::seconds(300));
    let told = async |answer: &serde_json::Value| {
        let token = answer["access_token"].as_str().unwrap();
        errcode(&world.get(endpoint::TEMPLATES, &[("access_token", token)]).await)
    };
    assert_eq!((told(&late).await, told(&early).await), (40001, 0));
}

#[tokio::test]
async fn the_whole_platform_can_be_out_of_reach() {
    let world = World::new().await;
    let url = world.url(endpoint::LEGACY_TOKEN);
    world.legacy().await;
    world.wx.refuse_connections().await;
    assert!(world.http.get(&url).send().await.unwrap_err().is_connect());
    world.wx.accept_connections().await.unwrap();
    assert_eq!(errcode(&world.legacy().await), 0);
}

#[tokio::test]
async fn a_stopped_stand_in_closes_its_ports() {
    let World { wx, http } = World::new().await;
    let urls = [wx.base_url(), wx.control_url()];
    wx.stop();
    tokio::time::sleep(Duration::from_millis(20)).await;
    for url in urls {
        assert!(http.get(url).send().await.unwrap_err().is_connect());
    }
}
