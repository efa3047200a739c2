//! The message-push callback: WeChat's word is taken, once, and nobody else's is.

use serde_json::json;
use tuhe::notify::Weight;
use wechat_stand_in::{Choice, PushTarget};

use super::{left, owe, reader};
use crate::world::{Answer, Person, TEMPLATE, World};

fn listen(world: &World) {
    let target = PushTarget::new(format!("{}/wechat/push", world.base), "test-push-token");
    world.wx.set_push(Some(target));
    world.wx.set(|switches| switches.push_timeout_ms = 1_000);
}

/// The body of WeChat's event about an accept.
fn popup(person: &Person) -> serde_json::Value {
    json!({
        "ToUserName": "gh_123456789abc",
        "FromUserName": person.openid,
        "CreateTime": person.world.now().timestamp(),
        "MsgType": "event",
        "Event": "subscribe_msg_popup_event",
        "List": { "TemplateId": TEMPLATE, "SubscribeStatusString": "accept", "PopupScene": "0" },
    })
}

/// Posts raw bytes under a signature that is good.
async fn post_signed(world: &World, body: reqwest::Body) -> Answer {
    let record = world.wx.push_event(json!({ "Event": "anything", "FromUserName": "o", "CreateTime": 1 }));
    let query = record.await.expect("a push").query;
    let url = format!("{}/wechat/push?{query}", world.base);
    Answer::of("a push".into(), world.http.post(url).body(body).send().await.expect("an answer")).await
}

#[tokio::test]
async fn the_address_is_confirmed_to_who_knows_the_token_and_to_nobody_else() {
    let world = World::on("2021-10-12").await;
    listen(&world);
    assert!(world.wx.url_check().await);
    assert!(!world.wx.url_check_forged().await);
}

#[tokio::test]
async fn a_forged_push_is_refused_and_changes_nothing() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 0).await;
    listen(&world);
    let forged = world.wx.push_forged(popup(&person)).await.expect("pushed");
    assert_eq!(forged.attempts[0].status, Some(403));
    assert_eq!(left(&person).await, 0);
    let unsigned = world.http.post(format!("{}/wechat/push", world.base)).json(&popup(&person)).send().await;
    assert!(unsigned.expect("an answer").status().is_client_error());
    assert_eq!(left(&person).await, 0);
    assert!(world.wx.push_event(popup(&person)).await.expect("pushed").acknowledged);
    assert_eq!(left(&person).await, 1, "the same body, signed, counts");
}

#[tokio::test]
async fn a_signature_is_good_for_minutes_and_each_parameter_comes_once() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 0).await;
    listen(&world);
    let signed = world.wx.push_event(popup(&person)).await.expect("pushed");
    assert!(signed.acknowledged);
    let twice = format!("{}&nonce=1", signed.query);
    assert_eq!(world.wx.push_raw(&twice, &signed.sent).await.expect("an answer").0, 403);
    for (minute, status) in [("2021-10-12 09:09", 200), ("2021-10-12 09:11", 403), ("2021-10-12 08:49", 403)]
    {
        world.move_to(minute);
        let answer = world.wx.push_raw(&signed.query, &signed.sent).await.expect("an answer");
        assert_eq!(answer.0, status, "{minute}");
    }
    world.move_to("2021-10-12 09:00");
    assert_eq!(left(&person).await, 1, "the same push again adds nothing");
}

#[tokio::test]
async fn an_event_pushed_four_times_is_stored_once() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 0).await;
    listen(&world);
    for _ in 0..4 {
        assert!(world.wx.push_event(popup(&person)).await.expect("pushed").acknowledged);
    }
    assert_eq!(left(&person).await, 1);
}

#[tokio::test]
async fn xml_and_json_say_the_same() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 0).await;
    listen(&world);
    for (at, xml, numbers, single) in [
        ("09:00", true, false, true),
        ("09:10", false, true, true),
        ("09:20", false, false, false),
        ("09:30", true, true, false),
    ] {
        world.move_to(&format!("2021-10-12 {at}"));
        world.wx.set(|switches| {
            switches.push_xml = xml;
            switches.push_numbers_as_strings = numbers;
            switches.push_single_as_object = single;
            switches.push_unknown_field = !xml;
        });
        let before = left(&person).await;
        world.wx.tap(&person.openid, &[TEMPLATE], Choice::Accept);
        world.wx.pushes_settled().await;
        assert_eq!(left(&person).await, before + 1, "xml {xml}, strings {numbers}, object {single}");
    }
    assert!(world.wx.pushes().iter().any(|push| push.sent.starts_with('<')));
    world.move_to("2021-10-12 09:40");
    world.wx.set(|switches| switches.push_xml = true);
    world.wx.unsubscribe(&person.openid, TEMPLATE);
    world.wx.pushes_settled().await;
    assert_eq!(left(&person).await, 0);
}

#[tokio::test]
async fn the_final_word_on_a_send_is_kept_beside_its_attempt() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 1).await;
    listen(&world);
    owe(&person, Weight::Important).await;
    world.settle().await;
    world.wx.pushes_settled().await;
    let outcomes: Vec<String> =
        sqlx::query_scalar("select outcome from send_attempt order by at, outcome desc")
            .fetch_all(&world.app.db)
            .await
            .expect("read");
    assert_eq!(outcomes, ["sent", "delivered"]);
}

#[tokio::test]
async fn a_body_over_the_cap_is_cut_off_with_413() {
    let world = World::on("2021-10-12").await;
    listen(&world);
    let large = "x".repeat(300 * 1024);
    post_signed(&world, large.clone().into()).await.refuses(413, "limit.too_large");
    let chunks =
        large.into_bytes().chunks(8192).map(|c| Ok::<_, std::io::Error>(c.to_vec())).collect::<Vec<_>>();
    let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    post_signed(&world, chunked).await.refuses(413, "limit.too_large");
}

#[tokio::test]
async fn a_document_type_an_entity_and_nonsense_are_refused() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 0).await;
    listen(&world);
    let inner = format!(
        "<FromUserName>{}</FromUserName><CreateTime>{}</CreateTime><Event>subscribe_msg_popup_event</Event>\
         <SubscribeMsgPopupEvent><List><TemplateId>{TEMPLATE}</TemplateId>\
         <SubscribeStatusString>accept</SubscribeStatusString></List></SubscribeMsgPopupEvent>",
        person.openid,
        world.now().timestamp()
    );
    let bomb = "<!DOCTYPE xml [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">\
                <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    for body in [
        format!("{bomb}<xml>{inner}<X>&c;</X></xml>"),
        format!("<!DOCTYPE xml SYSTEM \"http://127.0.0.1:1/x.dtd\"><xml>{inner}</xml>"),
        format!("<xml>{inner}<X>&c;</X></xml>"),
        "<".repeat(10_000),
        "<xml>".repeat(10_000),
        "[".repeat(100_000),
        "{\"FromUserName\":1}".to_owned(),
        String::new(),
    ] {
        post_signed(&world, body.into()).await.refuses(403, "push.refused");
    }
    assert_eq!(left(&person).await, 0);
    post_signed(&world, format!("<xml>{inner}</xml>").into()).await.is(200);
    assert_eq!(left(&person).await, 1, "the same without the bomb is read");
}
