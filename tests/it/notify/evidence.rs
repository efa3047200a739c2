//! WeChat's final word on a send settles what is held, whenever it comes, and whatever it overtakes.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tuhe::notify::{Weight, settle};
use wechat_stand_in::{Fault, FaultRule, PushTarget};

use super::{calls, left, notices, only, owe, reader, states};
use crate::faults::until;
use crate::world::{Ground, Person, TEMPLATE, World, instant};

const SEND: &str = "/cgi-bin/message/subscribe/send";

/// A world whose sends end in this so many times, and in which WeChat says nothing by itself. Two may be sent.
async fn faulty(fault: Fault, times: u64) -> (Arc<World>, Person) {
    let ground = Ground { wechat_timeout: Some(Duration::from_millis(400)), ..Ground::default() };
    let world = World::upon("2021-10-12 09:00", ground).await;
    world.wx.set_push(Some(PushTarget::new(format!("{}/wechat/push", world.base), "test-push-token")));
    world.wx.set(|switches| (switches.push_timeout_ms, switches.sent_event) = (1_000, false));
    let person = reader(&world, 2).await;
    world.wx.pushes_settled().await;
    owe(&person, Weight::Important).await;
    world.wx.fault(FaultRule::on(SEND, fault).times(times));
    (world, person)
}

/// WeChat's word, as of a moment.
async fn word(world: &World, openid: &str, msgid: u64, errcode: i64, at: &str) {
    let status = if errcode == 0 { "success" } else { "system error" };
    let body = json!({
        "ToUserName": "gh_123456789abc", "FromUserName": openid,
        "CreateTime": instant(at).timestamp(), "MsgType": "event", "Event": "subscribe_msg_sent_event",
        "List": {
            "TemplateId": TEMPLATE, "MsgID": msgid.to_string(), "ErrorCode": errcode, "ErrorStatus": status,
        },
    });
    assert!(world.wx.push_event(body).await.expect("pushed").acknowledged);
}

/// Each message's day and state, oldest first.
async fn days(world: &World) -> Vec<(String, String)> {
    let rows = sqlx::query_as("select local_day::text, state from message order by local_day");
    rows.fetch_all(&world.app.db).await.expect("read")
}

async fn words_listed(world: &World) -> i64 {
    let count = "select count(*) from send_attempt where outcome in ('delivered', 'undelivered')";
    sqlx::query_scalar(count).fetch_one(&world.app.db).await.expect("counted")
}

fn day(day: &str, state: &str) -> (String, String) {
    (format!("2021-10-{day}"), state.to_owned())
}

#[tokio::test]
async fn a_held_message_is_settled_as_sent_once_however_often_it_is_said() {
    let (world, person) = faulty(Fault::CommitThenDrop, 1).await;
    world.settle().await;
    assert_eq!(days(&world).await, [day("12", "unknown")]);
    for _ in 0..3 {
        word(&world, &person.openid, 7, 0, "2021-10-12 09:00").await;
    }
    assert_eq!(days(&world).await, [day("12", "sent")]);
    assert_eq!(only(&notices(&person).await), "已发微信");
    assert_eq!((words_listed(&world).await, left(&person).await), (1, 1));
    // A second word about the same message does not undo the first.
    word(&world, &person.openid, 7, -1, "2021-10-12 09:00").await;
    world.settle().await;
    assert_eq!(days(&world).await, [day("12", "sent")]);
    assert_eq!((calls(&world), left(&person).await), (1, 1));
}

#[tokio::test]
async fn a_held_message_that_wechat_failed_to_deliver_is_settled_as_refused() {
    let (world, person) = faulty(Fault::ResetAfterBody, 1).await;
    world.settle().await;
    word(&world, &person.openid, 7, -1, "2021-10-12 09:00").await;
    assert_eq!(days(&world).await, [day("12", "refused")]);
    assert_eq!(only(&notices(&person).await), "站内提醒");
    assert_eq!(left(&person).await, 1, "it was paid for once");
}

#[tokio::test]
async fn a_message_taken_for_sent_is_corrected() {
    let (world, person) = faulty(Fault::Hang, 0).await;
    world.wx.clear_faults();
    world.wx.set(|switches| (switches.sent_event, switches.sent_event_fails) = (true, true));
    world.settle().await;
    world.wx.pushes_settled().await;
    world.settle().await;
    assert_eq!(days(&world).await, [day("12", "refused")]);
    assert_eq!(only(&notices(&person).await), "站内提醒");
    assert_eq!((calls(&world), left(&person).await), (1, 1), "it is not tried again");
}

#[tokio::test]
async fn a_word_that_overtakes_our_own_result_waits_for_it() {
    let (world, person) = faulty(Fault::Hang, 1).await;
    let (app, now) = (world.app.clone(), world.now());
    let sending = tokio::spawn(async move { settle(&app, now).await.expect("settled") });
    until("it is under way", async || states(&world).await.contains_key("sending")).await;
    word(&world, &person.openid, 7, 0, "2021-10-12 09:00").await;
    assert!(states(&world).await.contains_key("sending"), "nothing is settled under the sender's hands");
    sending.await.expect("it ran");
    world.settle().await;
    assert_eq!(days(&world).await, [day("12", "sent")]);
    assert_eq!(only(&notices(&person).await), "已发微信");
    assert_eq!(left(&person).await, 1, "paid for once");
    let waiting: i64 =
        sqlx::query_scalar("select count(*) from send_event").fetch_one(&world.app.db).await.expect("read");
    assert_eq!(waiting, 0);
}

#[tokio::test]
async fn of_two_days_held_each_word_settles_its_own_in_any_order() {
    let (world, person) = faulty(Fault::CommitThenDrop, 2).await;
    world.settle().await;
    world.move_to("2021-10-13");
    owe(&person, Weight::Important).await;
    world.settle().await;
    assert_eq!(days(&world).await, [day("12", "unknown"), day("13", "unknown")]);
    word(&world, &person.openid, 8, 0, "2021-10-13 09:00").await;
    assert_eq!(days(&world).await, [day("12", "unknown"), day("13", "sent")]);
    // The word about the day before comes last, and says the other thing.
    word(&world, &person.openid, 7, -1, "2021-10-12 09:00").await;
    assert_eq!(days(&world).await, [day("12", "refused"), day("13", "sent")]);
}

#[tokio::test]
async fn a_word_about_somebody_else_another_hour_or_another_template_settles_nothing() {
    let (world, person) = faulty(Fault::CommitThenDrop, 1).await;
    world.settle().await;
    word(&world, "openid-nobody", 7, 0, "2021-10-12 09:00").await;
    word(&world, &person.openid, 7, 0, "2021-10-12 11:00").await;
    word(&world, &person.openid, 7, 0, "2021-10-12 08:00").await;
    let foreign = json!({
        "FromUserName": person.openid, "CreateTime": world.now().timestamp(), "Event": "subscribe_msg_sent_event",
        "List": { "TemplateId": "TPL-OTHER", "MsgID": "7", "ErrorCode": "0" },
    });
    assert!(world.wx.push_event(foreign).await.expect("pushed").acknowledged);
    world.settle().await;
    assert_eq!(days(&world).await, [day("12", "unknown")]);
    assert_eq!(words_listed(&world).await, 0);
    // What nobody waited for is forgotten; what comes later is heard.
    world.move_to("2021-10-12 10:30");
    world.settle().await;
    let waiting: i64 =
        sqlx::query_scalar("select count(*) from send_event").fetch_one(&world.app.db).await.expect("read");
    assert_eq!(waiting, 0);
    word(&world, &person.openid, 9, 0, "2021-10-12 09:00").await;
    assert_eq!(days(&world).await, [day("12", "sent")]);
}

#[tokio::test]
async fn the_id_of_another_persons_message_is_no_evidence_for_ones_own() {
    let (world, person) = faulty(Fault::Hang, 0).await;
    world.wx.clear_faults();
    world.settle().await;
    let msgid = person.messages()[0].msgid;
    word(&world, "openid-nobody", msgid, -1, "2021-10-12 09:00").await;
    assert_eq!(days(&world).await, [day("12", "sent")]);
    word(&world, &person.openid, msgid, 0, "2021-10-12 09:00").await;
    assert_eq!((days(&world).await, words_listed(&world).await), (vec![day("12", "sent")], 1));
}

#[tokio::test]
async fn a_word_keeps_a_message_that_waits_to_be_tried_again_from_being_told_twice() {
    let busy = Fault::Errcode { errcode: -1, errmsg: None };
    let (world, person) = faulty(Fault::Hang, 0).await;
    world.wx.clear_faults();
    world.wx.fault(FaultRule::on(SEND, busy).effect(true));
    world.settle().await;
    assert_eq!(days(&world).await, [day("12", "queued")]);
    word(&world, &person.openid, 7, 0, "2021-10-12 09:00").await;
    world.move_to("2021-10-12 09:05");
    world.settle().await;
    assert_eq!(days(&world).await, [day("12", "sent")]);
    assert_eq!((calls(&world), person.messages().len(), left(&person).await), (1, 1, 1));
}
