//! What WeChat answers decides what becomes of a message: tried again, given up, or held.

use futures_util::future::join_all;
use tuhe::identity;
use tuhe::notify::Weight;
use wechat_stand_in::Choice;

use super::{calls, left, notices, only, owe, reader, readers, refuse_sends, states};
use crate::world::{Person, TEMPLATE, Town, World};

#[tokio::test]
async fn a_concurrent_send_is_tried_again_and_delivered_once() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 2).await;
    owe(&person, Weight::Important).await;
    refuse_sends(&world, 43108, 1);
    world.settle().await;
    assert_eq!((calls(&world), person.messages().len()), (1, 0));
    world.move_to("2021-10-12 09:01");
    world.settle().await;
    assert_eq!((calls(&world), person.messages().len()), (2, 1));
    assert_eq!(left(&person).await, 1, "one grant for one delivery");
}

#[tokio::test]
async fn a_wrong_value_is_given_up_at_once_and_costs_nothing() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 2).await;
    owe(&person, Weight::Important).await;
    refuse_sends(&world, 47003, 1);
    world.settle().await;
    world.move_to("2021-10-12 12:00");
    world.settle().await;
    assert_eq!((calls(&world), person.messages().len()), (1, 0));
    assert_eq!(states(&world).await, [("dead".to_owned(), 1)].into());
    assert_eq!(only(&notices(&person).await), "站内提醒");
    assert_eq!(left(&person).await, 2);
}

#[tokio::test]
async fn a_token_that_dies_in_the_middle_loses_no_message_and_sends_none_twice() {
    let world = World::on("2021-10-12").await;
    let people = readers(&world, 12).await;
    owe(&people[0], Weight::Important).await;
    world.settle().await;
    let before = world.app.wechat.token_fetches();
    assert_eq!(before, 1);
    world.wx.tokens_die_in(chrono::TimeDelta::seconds(30));
    world.move_to("2021-10-12 09:01");
    for person in &people[1..] {
        owe(person, Weight::Important).await;
    }
    world.settle().await;
    for person in &people {
        assert_eq!(person.messages().len(), 1, "{}", person.name);
    }
    let refused = world.wx.journal_of("/message/subscribe/send", 0);
    let refused = refused.iter().filter(|entry| entry.errcode == Some(40001)).count();
    assert!(refused >= 1, "the token did die");
    assert!(world.app.wechat.token_fetches() <= before + 2, "{}", world.app.wechat.token_fetches());
    assert_eq!(states(&world).await, [("sent".to_owned(), 12)].into());
}

#[tokio::test]
async fn a_system_error_is_tried_once_more() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 1).await;
    owe(&person, Weight::Important).await;
    refuse_sends(&world, -1, 1);
    world.settle().await;
    world.move_to("2021-10-12 09:01");
    world.settle().await;
    assert_eq!((calls(&world), person.messages().len()), (2, 1));
}

#[tokio::test]
async fn a_second_system_error_leaves_the_outcome_unknown() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 2).await;
    owe(&person, Weight::Important).await;
    refuse_sends(&world, -1, 0);
    for minute in ["09:00", "09:01", "09:30", "15:00"] {
        world.move_to(&format!("2021-10-12 {minute}"));
        world.settle().await;
    }
    assert_eq!(calls(&world), 2);
    assert_eq!(states(&world).await, [("unknown".to_owned(), 1)].into());
    assert_eq!(only(&notices(&person).await), "站内提醒");
}

#[tokio::test]
async fn a_platform_that_cannot_be_reached_is_tried_again_later() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 1).await;
    owe(&person, Weight::Important).await;
    world.wx.refuse_connections().await;
    for minute in ["09:00", "09:01", "09:05"] {
        world.move_to(&format!("2021-10-12 {minute}"));
        world.settle().await;
    }
    assert_eq!(states(&world).await, [("queued".to_owned(), 1)].into());
    assert_eq!(left(&person).await, 1, "what never left costs nothing");
    world.wx.accept_connections().await.expect("it listens again");
    world.move_to("2021-10-12 09:30");
    world.settle().await;
    assert_eq!(person.messages().len(), 1);
    assert_eq!(left(&person).await, 0);
}

#[tokio::test]
async fn two_towns_never_write_to_one_person_at_the_same_moment() {
    let world = World::on("2021-10-12").await;
    let openid = "openid-of-two-towns";
    world.wx.add_user(openid);
    let mut selves = Vec::new();
    for code in ["tuhe", "next"] {
        let town = Town::empty(&world, code).await;
        let person = town.cadre().await;
        let mut tx = world.app.db.begin().await.expect("begun");
        identity::bind_openid(&world.app, &mut tx, town.id, person.id, openid, world.now())
            .await
            .expect("bound anew");
        let token =
            identity::start(&mut tx, town.id, person.id, "测试机", world.now()).await.expect("a session");
        tx.commit().await.expect("committed");
        selves.push(Person { openid: openid.to_owned(), token, ..person });
    }
    world.allow(&selves[0], 2).await;
    assert_eq!(left(&selves[1]).await, 2, "one WeChat identity, one purse");
    for person in &selves {
        owe(person, Weight::Important).await;
    }
    world.wx.set(|switches| switches.latency_ms = 40);
    let app = &world.app;
    for settled in join_all((0..2).map(|_| tuhe::notify::settle(app, world.now()))).await {
        settled.expect("settled");
    }
    let sends = world.wx.journal_of("/message/subscribe/send", 0);
    assert_eq!(sends.len(), 2);
    assert!(sends.iter().all(|send| send.errcode == Some(0)), "one after the other: {sends:?}");
    assert_eq!(world.wx.inbox(openid).len(), 2);
    assert_eq!(left(&selves[0]).await, 0);
    world.wx.tap(openid, &[TEMPLATE], Choice::Accept);
}
