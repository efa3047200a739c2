//! Quotas: WeChat says "enough" and the whole appid rests, for a minute or for the day, and asks with one message first.

use tuhe::notify::Weight;

use super::{calls, owe, reader, readers, refuse_sends, states};
use crate::world::World;

#[tokio::test]
async fn the_minutes_quota_rests_for_the_minute() {
    let world = World::at("2021-10-12 09:00").await;
    let people = readers(&world, 3).await;
    owe(&people[0], Weight::Important).await;
    refuse_sends(&world, 45011, 1);
    world.settle().await;
    owe(&people[1], Weight::Important).await;
    owe(&people[2], Weight::Important).await;
    world.settle().await;
    assert_eq!(calls(&world), 1, "nothing else is tried in that minute");
    world.move_to("2021-10-12 09:01");
    world.settle().await;
    assert_eq!(calls(&world), 4);
    for person in &people {
        assert_eq!(person.messages().len(), 1, "{}", person.name);
    }
}

#[tokio::test]
async fn the_days_quota_rests_to_the_next_day_and_one_message_asks_first() {
    let world = World::on("2021-10-12").await;
    let people = readers(&world, 6).await;
    owe(&people[0], Weight::Important).await;
    refuse_sends(&world, 45009, 2);
    world.settle().await;
    for person in &people[1..] {
        owe(person, Weight::Important).await;
    }
    for minute in ["2021-10-12 09:05", "2021-10-12 20:00", "2021-10-12 23:59", "2021-10-13 07:29"] {
        world.move_to(minute);
        world.settle().await;
    }
    assert_eq!(calls(&world), 1, "not before the next day's morning");
    world.move_to("2021-10-13 07:30");
    world.settle().await;
    assert_eq!(calls(&world), 2, "one asks, the others wait for what it hears");
    world.move_to("2021-10-13 09:00");
    world.settle().await;
    assert_eq!(calls(&world), 2, "it heard 45009 again: another day");
    world.move_to("2021-10-14 07:30");
    world.settle().await;
    assert_eq!(calls(&world), 3, "again one");
    world.move_to("2021-10-14 07:31");
    world.settle().await;
    assert_eq!(calls(&world), 8, "then all the others");
    for person in &people {
        assert_eq!(person.messages().len(), 1, "{}", person.name);
    }
}

#[tokio::test]
async fn what_is_of_no_use_after_the_rest_is_not_sent_after_it() {
    let world = World::on("2021-10-10").await;
    let town = crate::world::Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    world.allow(&secretary, 2).await;
    refuse_sends(&world, 45009, 1);
    world.settle().await;
    world.live_until("2021-10-12").await;
    assert!(secretary.messages().is_empty(), "due today, told tomorrow, helps nobody");
    assert_eq!(states(&world).await, [("expired".to_owned(), 1)].into());
}

#[tokio::test]
async fn a_template_that_is_refused_again_and_again_rests_for_an_hour() {
    let world = World::on("2021-10-12").await;
    let people = readers(&world, 6).await;
    refuse_sends(&world, 40037, 5);
    for person in &people[..5] {
        owe(person, Weight::Important).await;
    }
    world.settle().await;
    assert_eq!(states(&world).await, [("dead".to_owned(), 5)].into());
    owe(&people[5], Weight::Important).await;
    world.move_to("2021-10-12 09:59");
    world.settle().await;
    assert_eq!(calls(&world), 5, "the fault is the template's: the sixth is spared");
    world.move_to("2021-10-12 10:00");
    world.settle().await;
    assert_eq!(people[5].messages().len(), 1);
}

#[tokio::test]
async fn wrong_settings_keep_the_message_and_try_again() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 1).await;
    owe(&person, Weight::Important).await;
    refuse_sends(&world, 40164, 1);
    world.settle().await;
    assert_eq!(states(&world).await, [("queued".to_owned(), 1)].into());
    world.move_to("2021-10-12 09:11");
    world.settle().await;
    assert_eq!(person.messages().len(), 1);
}
