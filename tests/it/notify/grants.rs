//! 订阅授权: our ledger says what WeChat's says, whoever tells us first and however often.

use serde_json::json;
use sqlx::Row as _;
use tuhe::notify::Weight;
use uuid::Uuid;
use wechat_stand_in::{Choice, PushTarget};

use super::{left, notices, only, owe, reader, states};
use crate::world::{Person, TEMPLATE, World};

/// The stand-in pushes its events to the real callback.
fn listen(world: &World) {
    let target = PushTarget::new(format!("{}/wechat/push", world.base), "test-push-token");
    world.wx.set_push(Some(target));
}

async fn tells(person: &Person, tap: Uuid, answer: &str) -> i64 {
    let results = json!([{ "template_id": TEMPLATE, "answer": answer }]);
    let told = person.post("/api/v1/grants", json!({ "tap_id": tap, "results": results })).await;
    told.is(200)["left"].as_i64().expect("a number")
}

/// The journal of changes adds up to the balance, and the balance was never below zero.
async fn assert_explained(person: &Person) {
    let rows = sqlx::query("select delta from grant_event where openid = $1 order by id")
        .bind(&person.openid)
        .fetch_all(&person.world.app.db)
        .await
        .expect("read");
    let mut balance = 0;
    for row in &rows {
        balance += row.get::<i32, _>(0);
        assert!(balance >= 0, "below zero");
    }
    assert_eq!(i64::from(balance), left(person).await);
}

#[tokio::test]
async fn the_same_tap_told_twice_is_one_grant_and_two_taps_are_two() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 0).await;
    let tap = Uuid::now_v7();
    assert_eq!(tells(&person, tap, "accept").await, 1);
    assert_eq!(tells(&person, tap, "accept").await, 1);
    assert_eq!(tells(&person, Uuid::now_v7(), "accept").await, 2);
    assert_eq!(tells(&person, Uuid::now_v7(), "reject").await, 2, "a refusal grants nothing");
    assert_explained(&person).await;
}

#[tokio::test]
async fn the_platforms_word_about_an_accept_the_phone_told_adds_nothing() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 0).await;
    listen(&world);
    tells(&person, Uuid::now_v7(), "accept").await;
    world.wx.tap(&person.openid, &[TEMPLATE], Choice::Accept);
    world.wx.pushes_settled().await;
    assert!(world.wx.pushes().iter().all(|push| push.acknowledged) && !world.wx.pushes().is_empty());
    assert_eq!(left(&person).await, 1);
    world.wx.tap(&person.openid, &[TEMPLATE], Choice::Accept);
    world.wx.pushes_settled().await;
    assert_eq!(tells(&person, Uuid::now_v7(), "accept").await, 2, "and the other way round");
    assert_eq!(world.wx.grant(&person.openid, TEMPLATE).quota, 2, "WeChat counts the same");
    assert_explained(&person).await;
}

#[tokio::test]
async fn an_accept_the_phone_never_told_is_known_from_the_platform() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 0).await;
    listen(&world);
    world.wx.tap(&person.openid, &[TEMPLATE], Choice::Accept);
    world.wx.pushes_settled().await;
    assert_eq!(left(&person).await, 1);
    owe(&person, Weight::Important).await;
    world.settle().await;
    assert_eq!(person.messages().len(), 1);
}

#[tokio::test]
async fn unsubscribing_leaves_nothing_and_the_inbox_goes_on() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 3).await;
    listen(&world);
    world.move_to("2021-10-12 09:30");
    world.wx.unsubscribe(&person.openid, TEMPLATE);
    world.wx.pushes_settled().await;
    let grants = person.get("/api/v1/grants").await.is(200).field("/left", 0);
    assert!(grants.text("/words").contains("用完"), "{grants:?}");
    owe(&person, Weight::Important).await;
    world.settle().await;
    assert!(person.messages().is_empty());
    assert_eq!(only(&notices(&person).await), "站内提醒");
    assert_explained(&person).await;
}

#[tokio::test]
async fn a_refusal_of_wechats_empties_the_ledger_and_the_reminder_stands_in_the_inbox() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 0).await;
    for _ in 0..3 {
        tells(&person, Uuid::now_v7(), "accept").await;
    }
    owe(&person, Weight::Important).await;
    world.settle().await;
    assert_eq!(states(&world).await, [("refused".to_owned(), 1)].into());
    assert_eq!(left(&person).await, 0, "what WeChat does not know of is worth nothing");
    assert_eq!(only(&notices(&person).await), "站内提醒");
    world.move_to("2021-10-13");
    owe(&person, Weight::Important).await;
    world.settle().await;
    assert_eq!(super::calls(&world), 1, "43101 is not asked for again");
    assert_explained(&person).await;
}

#[tokio::test]
async fn the_app_says_in_words_how_many_messages_are_left() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 2).await;
    let grants = person.get("/api/v1/grants").await.is(200).field("/template_id", TEMPLATE);
    assert_eq!(grants.text("/words"), "还可收到2次微信提醒");
    owe(&person, Weight::Important).await;
    world.settle().await;
    let words = person.get("/api/v1/grants").await.is(200).text("/words");
    assert_eq!(words, "还可收到1次微信提醒");
    assert_explained(&person).await;
}
