//! Events pushed to the developer's server (wechat.md §1.4, §1.8, §4 H).

use serde_json::json;
use wechat_stand_in::{Choice, PushMode, Template};

use crate::receiver::Receiver;
use crate::world::{DUTY, LI, World, duty_to, errcode};

async fn world() -> (World, Receiver) {
    let receiver = Receiver::start().await;
    let world = World::pushing_to(&receiver.url).await;
    (world, receiver)
}

#[tokio::test]
async fn the_url_is_checked_by_echo() {
    let (world, _receiver) = world().await;
    assert!(world.wx.url_check().await);
    assert!(!world.wx.url_check_forged().await);
    let unconfigured = World::new().await;
    assert!(!unconfigured.wx.url_check().await);
}

#[tokio::test]
async fn a_tap_is_pushed_with_one_item_as_an_object_and_numbers_as_strings() {
    let (world, receiver) = world().await;
    world.wx.tap(LI, &[DUTY], Choice::Accept);
    world.wx.pushes_settled().await;
    let expected = json!({
        "ToUserName": "gh_123456789abc", "FromUserName": LI,
        "CreateTime": world.wx.now().timestamp().to_string(), "MsgType": "event",
        "Event": "subscribe_msg_popup_event",
        "List": { "TemplateId": DUTY, "SubscribeStatusString": "accept", "PopupScene": "0" },
    });
    assert_eq!(receiver.json(), [expected]);
    assert!(world.wx.pushes()[0].acknowledged);
    assert_eq!(world.wx.pushes()[0].attempts[0].reply, "success");
}

#[tokio::test]
async fn several_items_come_as_an_array_and_numbers_may_be_numbers() {
    let receiver = Receiver::start().await;
    let world = World::with(|options| {
        options.push = Some(wechat_stand_in::PushTarget::new(&receiver.url, "AAAAA"));
        options.templates.push(Template::one_time("TPL-2", &["thing1"]));
    })
    .await;
    world.wx.set(|switches| {
        switches.push_numbers_as_strings = false;
        switches.push_unknown_field = true;
    });
    world.wx.tap(LI, &[DUTY, "TPL-2"], Choice::Reject);
    world.wx.pushes_settled().await;
    let push = receiver.json().remove(0);
    assert_eq!(push["List"].as_array().unwrap().len(), 2);
    assert_eq!(push["List"][1]["SubscribeStatusString"], "reject");
    assert_eq!(push["List"][1]["PopupScene"], 0);
    assert_eq!(push["CreateTime"], world.wx.now().timestamp());
    assert!(push["NotInAnyDocument"].is_object());

    world.wx.set(|switches| switches.push_single_as_object = false);
    world.wx.unsubscribe(LI, DUTY);
    world.wx.pushes_settled().await;
    assert!(receiver.json()[1]["List"].is_array());
}

#[tokio::test]
async fn a_send_is_followed_by_its_result() {
    let (world, receiver) = world().await;
    world.wx.tap(LI, &[DUTY], Choice::Accept);
    world.wx.tap(LI, &[DUTY], Choice::Accept);
    world.wx.pushes_settled().await;
    let answer = world.send(&duty_to(LI)).await;
    world.wx.pushes_settled().await;
    let push = receiver.json().pop().unwrap();
    assert_eq!(push["Event"], "subscribe_msg_sent_event");
    let msgid = answer["msgid"].to_string();
    assert_eq!(
        push["List"],
        json!({ "TemplateId": DUTY, "MsgID": msgid, "ErrorCode": "0", "ErrorStatus": "success" })
    );

    world.wx.set(|switches| switches.sent_event_fails = true);
    assert_eq!(errcode(&world.send(&duty_to(LI)).await), 0);
    world.wx.pushes_settled().await;
    assert_ne!(receiver.json().pop().unwrap()["List"]["ErrorStatus"], "success");
    assert_eq!(world.wx.inbox(LI).len(), 1, "the second never arrived");
}

#[tokio::test]
async fn a_result_may_never_come() {
    let (world, receiver) = world().await;
    world.wx.set(|switches| switches.sent_event = false);
    world.wx.tap(LI, &[DUTY], Choice::Accept);
    world.send(&duty_to(LI)).await;
    world.wx.pushes_settled().await;
    assert_eq!(receiver.bodies().len(), 1);
}

#[tokio::test]
async fn a_kept_choice_shows_no_pop_up_and_pushes_nothing() {
    let (world, receiver) = world().await;
    world.wx.tap(LI, &[DUTY], Choice::AcceptAlways);
    world.wx.tap(LI, &[DUTY], Choice::Accept);
    world.wx.pushes_settled().await;
    assert_eq!(receiver.bodies().len(), 1);
}

#[tokio::test]
async fn unsubscribing_is_pushed_as_xml_when_so_set() {
    let (world, receiver) = world().await;
    world.wx.set(|switches| switches.push_xml = true);
    world.wx.unsubscribe(LI, DUTY);
    world.wx.pushes_settled().await;
    let xml = receiver.bodies().remove(0);
    assert!(xml.starts_with("<xml>") && xml.ends_with("</xml>"), "{xml}");
    for part in [
        &format!("<CreateTime>{}</CreateTime>", world.wx.now().timestamp()),
        "<FromUserName><![CDATA[openid-li]]></FromUserName>",
        "<SubscribeMsgChangeEvent><List>",
        "<SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString>",
        "</List></SubscribeMsgChangeEvent>",
    ] {
        assert!(xml.contains(part), "{part} is not in {xml}");
    }
}

#[tokio::test]
async fn an_unanswered_push_comes_again_three_times_byte_for_byte() {
    let (world, receiver) = world().await;
    world.wx.set(|switches| switches.push_timeout_ms = 60);
    receiver.will_answer(&[0, 500, 0]);
    world.wx.tap(LI, &[DUTY], Choice::Accept);
    world.wx.pushes_settled().await;
    let record = world.wx.pushes().remove(0);
    assert_eq!(
        record.attempts.iter().map(|a| a.status).collect::<Vec<_>>(),
        [None, Some(500), None, Some(200)]
    );
    assert!(record.acknowledged);
    let inner = receiver.inner.lock().unwrap();
    assert_eq!(inner.bodies.len(), 4);
    assert!(inner.bodies.iter().all(|body| *body == inner.bodies[0]));
    assert!(inner.queries.iter().all(|query| *query == inner.queries[0]));
}

#[tokio::test]
async fn a_push_is_given_up_after_the_third_retry_or_at_once() {
    let (world, receiver) = world().await;
    world.wx.set(|switches| switches.push_timeout_ms = 30);
    receiver.will_answer(&[500; 9]);
    world.wx.tap(LI, &[DUTY], Choice::Accept);
    world.wx.pushes_settled().await;
    assert_eq!(receiver.bodies().len(), 4);
    world.wx.set(|switches| switches.push_retry = false);
    world.wx.tap(LI, &[DUTY], Choice::Accept);
    world.wx.pushes_settled().await;
    assert_eq!(receiver.bodies().len(), 5);
    assert!(world.wx.pushes().iter().all(|push| !push.acknowledged));
}

#[tokio::test]
async fn any_body_can_be_pushed_and_a_forged_one_is_recognisable() {
    let (world, receiver) = world().await;
    let odd = json!({ "Event": "no_such_event", "MsgType": "event" });
    let record = world.wx.push_event(odd.clone()).await.unwrap();
    assert!(record.acknowledged);
    assert_eq!(receiver.json(), std::slice::from_ref(&odd));
    world.wx.set(|switches| switches.push_timeout_ms = 30);
    let forged = world.wx.push_forged(odd.clone()).await.unwrap();
    assert_eq!(forged.attempts[0].status, Some(403));
    assert_eq!(receiver.bodies().len(), 1);
    world.wx.set_push(None);
    assert!(world.wx.push_event(odd).await.is_err());
}

#[tokio::test]
async fn a_sealed_push_shows_nothing_and_a_compatible_one_shows_both() {
    let receiver = Receiver::start().await;
    let world = World::with(|options| {
        let target = wechat_stand_in::PushTarget::new(&receiver.url, "AAAAA");
        options.push = Some(target.sealed_with("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"));
    })
    .await;
    world.wx.set(|switches| switches.push_mode = PushMode::Secure);
    world.wx.tap(LI, &[DUTY], Choice::Accept);
    world.wx.pushes_settled().await;
    let sealed = receiver.json().remove(0);
    assert_eq!(sealed.as_object().unwrap().keys().collect::<Vec<_>>(), ["Encrypt", "ToUserName"]);
    let query = receiver.inner.lock().unwrap().queries[0].clone();
    for part in
        ["openid=openid-li", "encrypt_type=aes", "msg_signature=", "&signature=", "timestamp=", "nonce="]
    {
        assert!(format!("&{query}").contains(part), "{part} is not in {query}");
    }

    world.wx.set(|switches| switches.push_mode = PushMode::Compatible);
    world.wx.unsubscribe(LI, DUTY);
    world.wx.pushes_settled().await;
    let both = receiver.json().remove(1);
    assert!(both["Encrypt"].is_string() && both["Event"] == "subscribe_msg_change_event");

    world.wx.set(|switches| (switches.push_mode, switches.push_xml) = (PushMode::Secure, true));
    world.wx.unsubscribe(LI, DUTY);
    world.wx.pushes_settled().await;
    let xml = receiver.bodies().remove(2);
    assert!(
        xml.starts_with("<xml>") && xml.contains("<Encrypt><![CDATA[") && !xml.contains("FromUserName"),
        "{xml}"
    );
}
