//! Grants and sends (wechat.md §1.4, §2.6, §4 E).

use serde_json::{Value, json};
use wechat_stand_in::{Choice, SendCount, endpoint};

use crate::world::{DUTY, LI, NOTICE, World, duty_to, errcode, pass, text};

async fn with_grant() -> World {
    let world = World::new().await;
    world.wx.tap(LI, &[DUTY], Choice::Accept);
    world
}

/// The duty notice with one thing changed.
fn duty(pointer: &str, value: Value) -> Value {
    let mut body = duty_to(LI);
    *body.pointer_mut(pointer).unwrap() = value;
    body
}

#[tokio::test]
async fn each_accept_allows_one_message() {
    let world = World::new().await;
    world.wx.add_user(LI);
    assert_eq!(errcode(&world.send(&duty_to(LI)).await), 43101);
    for _ in 0..2 {
        let result = world.wx.tap(LI, &[DUTY], Choice::Accept);
        assert_eq!(result, json!({ "errMsg": "requestSubscribeMessage:ok", DUTY: "accept" }));
    }
    for expected in [0, 0, 43101] {
        assert_eq!(errcode(&world.send(&duty_to(LI)).await), expected);
    }
    assert_eq!(world.wx.sends_to(LI), SendCount { calls: 4, accepted: 2 });
}

#[tokio::test]
async fn the_message_arrives_as_it_was_sent_with_an_id_beyond_a_float() {
    let world = with_grant().await;
    let answer = world.send(&duty_to(LI)).await;
    let msgid = answer["msgid"].as_u64().unwrap();
    assert!(msgid > 1 << 53);
    let [message] = &world.wx.inbox(LI)[..] else { panic!("one message was sent") };
    assert_eq!(message.msgid, msgid);
    assert_eq!(message.page.as_deref(), Some("pages/duty/index?id=7"));
    assert_eq!(message.data["thing1"], "主题党日");
    assert_eq!(message.at, world.wx.now());
    assert!(world.wx.inbox("openid-wang").is_empty());
}

#[tokio::test]
async fn a_full_inbox_forgets_the_oldest() {
    let world = World::with(|options| options.inbox_limit = 1).await;
    let mut sent = Vec::new();
    for _ in 0..2 {
        world.wx.tap(LI, &[DUTY], Choice::Accept);
        sent.push(world.send(&duty_to(LI)).await["msgid"].as_u64().unwrap());
    }
    assert_eq!(world.wx.inbox(LI).iter().map(|message| message.msgid).collect::<Vec<_>>(), sent[1..]);
}

#[tokio::test]
async fn a_long_term_template_goes_on_until_it_is_rejected() {
    let world = World::new().await;
    let notice = json!({
        "touser": LI, "template_id": NOTICE, "data": { "character_string1": { "value": "A-1" } },
    });
    world.wx.tap(LI, &[NOTICE], Choice::Accept);
    for _ in 0..3 {
        assert_eq!(errcode(&world.send(&notice).await), 0);
    }
    world.wx.unsubscribe(LI, NOTICE);
    assert_eq!(errcode(&world.send(&notice).await), 43101);
}

#[tokio::test]
async fn a_bad_request_has_its_number_and_spends_nothing() {
    let world = with_grant().await;
    let cases = [
        (duty("/template_id", json!("TPL-NONE")), 40037),
        (duty("/touser", json!("openid-nobody")), 40003),
        (duty("/touser", json!("")), 40003),
        (duty("/page", json!("pages/unreleased/index")), 41030),
        (duty("/page", json!("/pages/duty/index")), 41030),
        (duty("/miniprogram_state", json!("release")), 47003),
        (duty("/lang", json!("zh")), 47003),
        (duty("/data", json!(duty_to(LI)["data"].to_string())), 47003),
        (json!([]), 47001),
    ];
    for (body, expected) in cases {
        assert_eq!(errcode(&world.send(&body).await), expected, "{body}");
    }
    assert_eq!(world.wx.grant(LI, DUTY).quota, 1);
    assert!(world.wx.inbox(LI).is_empty());
}

#[tokio::test]
async fn a_bad_value_is_named_exactly() {
    let world = with_grant().await;
    let cases = [
        ("/data/thing1/value", json!("会".repeat(21)), "argument invalid! data.thing1.value invalid rid: "),
        ("/data/phrase3/value", json!("已 办"), "argument invalid! data.phrase3.value invalid rid: "),
        ("/data/date2/value", json!(""), "argument invalid! data.date2.value is empty rid: "),
        ("/data/thing1", json!({}), "argument invalid! data.thing1.value is empty rid: "),
        ("/data/thing1/value", json!(5), "argument invalid! data.thing1.value invalid rid: "),
    ];
    for (pointer, value, expected) in cases {
        let answer = world.send(&duty(pointer, value)).await;
        assert_eq!(errcode(&answer), 47003);
        assert!(text(&answer, "errmsg").starts_with(expected), "{answer}");
    }
    let mut stray = duty_to(LI);
    stray["data"]["thing9"] = json!({ "value": "x" });
    let answer = world.send(&stray).await;
    assert!(text(&answer, "errmsg").contains("data.thing9.value invalid"), "{answer}");
    assert_eq!(world.wx.grant(LI, DUTY).quota, 1);
}

#[tokio::test]
async fn the_old_text_of_a_bad_value_is_cut() {
    let world = World::new().await;
    world.wx.set(|switches| switches.cut_argument_error = true);
    world.wx.tap(LI, &[NOTICE], Choice::Accept);
    let body = json!({
        "touser": LI, "template_id": NOTICE, "data": { "character_string1": { "value": "编号" } },
    });
    let answer = world.send(&body).await;
    assert!(text(&answer, "errmsg").starts_with("data.character_string1.value i rid: "), "{answer}");
}

#[tokio::test]
async fn listed_words_are_refused() {
    let world = with_grant().await;
    world.wx.ban_word("党日");
    assert_eq!(errcode(&world.send(&duty_to(LI)).await), 45168);
    assert_eq!(world.wx.grant(LI, DUTY).quota, 1);
}

#[tokio::test]
async fn sends_are_rationed_by_the_day_and_by_the_minute() {
    let world = World::with(|options| {
        options.limits.send_per_day = 3;
        options.limits.send_per_minute = 2;
    })
    .await;
    for _ in 0..9 {
        world.wx.tap(LI, &[DUTY], Choice::Accept);
    }
    for expected in [0, 0, 45011] {
        assert_eq!(errcode(&world.send(&duty_to(LI)).await), expected);
    }
    pass(&world.wx, 60);
    assert_eq!(errcode(&world.send(&duty_to(LI)).await), 45009);
    pass(&world.wx, 24 * 3600);
    assert_eq!(errcode(&world.send(&duty_to(LI)).await), 0);
}

#[tokio::test]
async fn overlapping_sends_to_one_user_are_refused_and_to_two_are_not() {
    let world = World::new().await;
    world.token().await;
    world.wx.set(|switches| switches.latency_ms = 100);
    for openid in [LI, "openid-wang"] {
        world.wx.tap(openid, &[DUTY], Choice::Accept);
        world.wx.tap(openid, &[DUTY], Choice::Accept);
    }
    let (to_li, to_wang) = (duty_to(LI), duty_to("openid-wang"));
    let (first, second, other) = tokio::join!(world.send(&to_li), world.send(&to_li), world.send(&to_wang));
    let mut to_li_again = [errcode(&first), errcode(&second)];
    to_li_again.sort_unstable();
    assert_eq!((to_li_again, errcode(&other)), ([0, 43108], 0));
    assert_eq!(world.wx.grant(LI, DUTY).quota, 1, "the refused one spent nothing");
    assert_eq!(errcode(&world.send(&to_li).await), 0, "one after the other is well");
}

#[tokio::test]
async fn a_rejection_keeps_what_was_granted_and_unsubscribing_voids_it() {
    let world = with_grant().await;
    world.wx.tap(LI, &[DUTY], Choice::Reject);
    assert_eq!(world.wx.grant(LI, DUTY).quota, 1);
    world.wx.set(|switches| switches.unsubscribe_voids = false);
    world.wx.unsubscribe(LI, DUTY);
    assert_eq!(world.wx.grant(LI, DUTY).quota, 1);
    world.wx.set(|switches| switches.unsubscribe_voids = true);
    world.wx.unsubscribe(LI, DUTY);
    assert_eq!(errcode(&world.send(&duty_to(LI)).await), 43101);
}

#[tokio::test]
async fn a_kept_choice_answers_for_the_user_and_counts_by_switch() {
    let world = World::new().await;
    world.wx.tap(LI, &[DUTY], Choice::AcceptAlways);
    let silent = world.wx.tap(LI, &[DUTY], Choice::Reject);
    assert_eq!(silent[DUTY], "accept", "no pop-up was shown");
    assert_eq!(world.wx.grant(LI, DUTY).quota, 2);
    world.wx.set(|switches| switches.silent_accept_counts = false);
    world.wx.tap(LI, &[DUTY], Choice::Reject);
    assert_eq!(world.wx.grant(LI, DUTY).quota, 2);
}

#[tokio::test]
async fn the_main_switch_stops_taps_and_sends() {
    let world = with_grant().await;
    world.wx.set_main_switch(LI, false);
    assert_eq!(world.wx.tap(LI, &[DUTY], Choice::Accept)["errCode"], 20004);
    assert_eq!(errcode(&world.send(&duty_to(LI)).await), 43101);
    world.wx.set_main_switch(LI, true);
    assert_eq!(errcode(&world.send(&duty_to(LI)).await), 0);
}

#[tokio::test]
async fn the_client_is_told_what_it_asked_wrongly() {
    let world = World::new().await;
    let failed = |templates: &[&str]| world.wx.tap(LI, templates, Choice::Accept)["errCode"].clone();
    assert_eq!(failed(&[]), 10001);
    assert_eq!(failed(&["TPL-NONE"]), 20001);
    assert_eq!(failed(&[DUTY, NOTICE]), 20002);
    assert_eq!(failed(&[DUTY; 6]), 20003);
    assert_eq!(world.wx.grant(LI, DUTY).quota, 0);
    world.wx.ban_template(DUTY);
    assert_eq!(world.wx.tap(LI, &[DUTY], Choice::Accept)[DUTY], "ban");
    assert_eq!(world.wx.grant(LI, DUTY).quota, 0);
}

#[tokio::test]
async fn the_templates_can_be_listed() {
    let world = World::new().await;
    let token = world.token().await;
    let answer = world.get(endpoint::TEMPLATES, &[("access_token", &token)]).await;
    assert_eq!(answer["data"][0]["priTmplId"], DUTY);
    assert_eq!((&answer["data"][0]["type"], &answer["data"][1]["type"]), (&json!(2), &json!(3)));
    assert!(text(&answer["data"][0], "content").contains("{{thing1.DATA}}"));
}
