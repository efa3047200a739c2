//! The same levers over HTTP.

use serde_json::{Value, json};
use wechat_stand_in::Choice;

use crate::receiver::Receiver;
use crate::world::{DUTY, LI, World, duty_to, errcode, text};

async fn pull(world: &World, path: &str, body: Value) -> (u16, Value) {
    let answer = world.http.post(world.wx.control_url() + path).json(&body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn ok(world: &World, path: &str, body: Value) -> Value {
    let (status, answer) = pull(world, path, body).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

async fn look(world: &World, path: &str) -> Value {
    world.http.get(world.wx.control_url() + path).send().await.unwrap().json().await.unwrap()
}

async fn forget(world: &World, path: &str) {
    let answer = world.http.delete(world.wx.control_url() + path).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
}

#[tokio::test]
async fn users_log_in_tap_and_read_their_inbox() {
    let world = World::new().await;
    let code = ok(&world, "/login_code", json!({ "openid": LI })).await;
    assert_eq!(world.log_in(&text(&code, "code")).await["openid"], LI);
    let foreign = ok(&world, "/login_code", json!({ "openid": LI, "appid": "wx2" })).await;
    assert_eq!(errcode(&world.log_in(&text(&foreign, "code")).await), 40029);

    let tap = json!({ "openid": LI, "templates": [DUTY], "choice": "accept" });
    assert_eq!(ok(&world, "/tap", tap).await[DUTY], "accept");
    assert_eq!(look(&world, &format!("/grant/{LI}/{DUTY}")).await["quota"], 1);
    world.send(&duty_to(LI)).await;
    let inbox = look(&world, &format!("/inbox/{LI}")).await;
    assert_eq!((&inbox[0]["template_id"], &inbox[0]["data"]["phrase3"]), (&json!(DUTY), &json!("待办")));
    assert_eq!(look(&world, "/sends").await[LI], json!({ "calls": 1, "accepted": 1 }));
    forget(&world, "/inbox").await;
    assert_eq!(look(&world, &format!("/inbox/{LI}")).await, json!([]));

    world.wx.tap(LI, &[DUTY], Choice::Accept);
    ok(&world, "/unsubscribe", json!({ "openid": LI, "template": DUTY })).await;
    assert_eq!(world.wx.grant(LI, DUTY).quota, 0);
    let number = json!({ "openid": LI, "number": "13800000001" });
    assert_eq!(text(&ok(&world, "/phone_code", number).await, "code").len(), 64);
    ok(&world, "/user", json!({ "openid": LI, "blocked": true })).await;
    assert_eq!(errcode(&world.log_in(&world.wx.login_code(LI)).await), 40226);
}

#[tokio::test]
async fn the_clock_is_frozen_moved_and_set_running() {
    let world = World::new().await;
    let frozen = ok(&world, "/clock", json!({ "freeze": "2021-10-25T00:00:00Z" })).await;
    assert_eq!(frozen, json!({ "now": "2021-10-25T00:00:00Z", "frozen": true }));
    ok(&world, "/clock", json!({ "advance_seconds": 90 })).await;
    assert_eq!(look(&world, "/clock").await["now"], "2021-10-25T00:01:30Z");
    let running = ok(&world, "/clock", json!({ "run_from": "2021-11-01T00:00:00Z" })).await;
    assert_eq!(running["frozen"], false);
    assert!(text(&running, "now").starts_with("2021-11-01T00:00:0"));
    assert_eq!(pull(&world, "/clock", json!({})).await.0, 400);
}

#[tokio::test]
async fn trouble_is_scripted_and_journalled() {
    let world = World::new().await;
    let rule = json!({ "endpoint": "token", "times": 0, "fault": { "kind": "errcode", "errcode": -1 } });
    ok(&world, "/fault", rule).await;
    assert_eq!(errcode(&world.legacy().await), -1);
    forget(&world, "/fault").await;
    assert_eq!(errcode(&world.legacy().await), 0);
    let journal = look(&world, "/journal?endpoint=/cgi-bin/token&since=1").await;
    assert_eq!((journal.as_array().unwrap().len(), &journal[0]["errcode"]), (1, &json!(0)));
    forget(&world, "/journal").await;
    assert_eq!(look(&world, "/journal").await, json!([]));

    let token = world.token().await;
    ok(&world, "/tokens_die", json!({ "after_seconds": 0 })).await;
    assert_ne!(world.token().await, token);
    world.wx.tap(LI, &[DUTY], Choice::Accept);
    ok(&world, "/ban_word", json!({ "word": "党日" })).await;
    assert_eq!(errcode(&world.send(&duty_to(LI)).await), 45168);
}

#[tokio::test]
async fn switches_turn_one_by_one() {
    let world = World::new().await;
    let all = ok(&world, "/switches", json!({ "unionid": true, "suffix": "hint_rid" })).await;
    assert_eq!((&all["unionid"], &all["sent_event"]), (&json!(true), &json!(true)));
    assert_eq!(look(&world, "/switches").await, all);
    assert!(world.wx.switches().unionid);
    assert_eq!(pull(&world, "/switches", json!({ "unoinid": true })).await.0, 400);
}

#[tokio::test]
async fn pushes_go_where_they_are_told() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    assert_eq!(pull(&world, "/push", json!({})).await.0, 400, "no URL is set yet");
    ok(&world, "/push_target", json!({ "url": receiver.url, "token": "AAAAA" })).await;
    assert_eq!(ok(&world, "/url_check", json!({})).await["echoed"], true);
    assert_eq!(ok(&world, "/url_check_forged", json!({})).await["echoed"], false);
    assert_eq!(ok(&world, "/push", json!({ "Event": "x" })).await["acknowledged"], true);
    ok(&world, "/settle", json!({})).await;
    assert_eq!(look(&world, "/push").await.as_array().unwrap().len(), 1);
    assert_eq!(receiver.json(), [json!({ "Event": "x" })]);
}

#[tokio::test]
async fn misspelt_levers_and_fields_are_refused() {
    let world = World::new().await;
    assert_eq!(pull(&world, "/tpa", json!({})).await.0, 404);
    assert_eq!(pull(&world, "/login_code", json!({ "opendi": LI })).await.0, 400);
    assert_eq!(pull(&world, "/fault", json!({ "fault": { "kind": "meteor" } })).await.0, 400);
    let mistyped = json!({ "tims": 2, "fault": { "kind": "empty" } });
    assert_eq!(pull(&world, "/fault", mistyped).await.0, 400);
}
