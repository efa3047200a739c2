//! Redis loses what it carries, and every message still arrives once.

use std::sync::Arc;

use tokio::sync::watch;
use tuhe::notify::{Weight, compose, relay};
use tuhe::platform::stream::Stream;

use super::private::PrivateRedis;
use super::until;
use crate::notify::{calls, owe, reader, readers, states};
use crate::world::{Ground, Person, World, instant};

async fn world_on(redis: &PrivateRedis) -> Arc<World> {
    let ground = Ground { redis: Some(redis.url()), ..Ground::default() };
    World::upon("2021-10-12 09:00", ground).await
}

/// Owed, gathered and handed out to the stream, but not sent.
async fn hand_out(world: &World, person: &Person) {
    owe(person, Weight::Important).await;
    compose::pass(&world.app, world.now()).await.expect("composed");
    assert_eq!(relay::pass(&world.app, world.now()).await.expect("relayed"), 1);
}

#[tokio::test]
async fn a_flush_between_relay_and_send_costs_a_minute_and_nothing_else() {
    let redis = PrivateRedis::start().await;
    let world = world_on(&redis).await;
    let person = reader(&world, 1).await;
    hand_out(&world, &person).await;
    redis.flush().await;
    world.settle().await;
    assert_eq!(calls(&world), 0, "its entry is gone");
    world.move_to("2021-10-12 09:02");
    world.settle().await;
    assert_eq!((calls(&world), person.messages().len()), (1, 1));
}

#[tokio::test]
async fn a_group_that_is_gone_is_made_again_and_reads_what_stands_there() {
    let redis = PrivateRedis::start().await;
    let world = world_on(&redis).await;
    let person = reader(&world, 1).await;
    hand_out(&world, &person).await;
    let key = world.app.redis.key("notify");
    let mut connection = world.app.redis.commands();
    let mut group = redis::cmd("XGROUP");
    group.arg("CREATE").arg(&key).arg("senders").arg("0");
    group.query_async::<()>(&mut connection).await.expect("a group");
    let mut destroy = redis::cmd("XGROUP");
    destroy.arg("DESTROY").arg(&key).arg("senders");
    assert_eq!(destroy.query_async::<i64>(&mut connection).await.expect("destroyed"), 1);
    world.settle().await;
    assert_eq!(person.messages().len(), 1, "NOGROUP is no end");
}

#[tokio::test]
async fn an_entry_four_times_in_the_stream_is_sent_once() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 5).await;
    hand_out(&world, &person).await;
    let key: String = sqlx::query_scalar("select town_id || '/' || id from message")
        .fetch_one(&world.app.db)
        .await
        .expect("a message");
    let stream = Stream::new(&world.app.redis, "notify", "senders");
    stream.add(&[key.clone(), key.clone(), key.clone()]).await.expect("added");
    world.settle().await;
    assert_eq!((calls(&world), person.messages().len()), (1, 1));
    stream.add(&[key.clone(), "nonsense".to_owned(), String::new()]).await.expect("added");
    world.settle().await;
    assert_eq!(calls(&world), 1, "nor later");
    assert_eq!(stream.len().await.expect("a length"), 0, "nothing is left lying in the stream");
}

#[tokio::test]
async fn what_falls_due_while_redis_is_away_waits_in_the_database() {
    let mut redis = PrivateRedis::start().await;
    let world = world_on(&redis).await;
    let person = reader(&world, 1).await;
    redis.stop().await;
    owe(&person, Weight::Important).await;
    world.settle().await;
    assert_eq!(states(&world).await, [("queued".to_owned(), 1)].into());
    redis.start_again().await;
    until("the message is sent", async || {
        world.settle().await;
        !person.messages().is_empty()
    })
    .await;
    assert_eq!(calls(&world), 1);
}

#[tokio::test]
async fn redis_dies_and_comes_back_empty_in_the_middle_and_each_message_arrives_once() {
    let mut redis = PrivateRedis::start().await;
    let world = world_on(&redis).await;
    let people = readers(&world, 40).await;
    world.app.clock.run_from(world.now());
    for person in &people {
        owe(person, Weight::Important).await;
    }
    world.wx.set(|switches| switches.latency_ms = 25);
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(tuhe::notify::run(world.app.clone(), stopped));
    until("some are sent", async || calls(&world) >= 8).await;
    redis.stop().await;
    assert!(calls(&world) < 40, "in the middle");
    redis.start_again().await;
    // What was handed out before and is lost is handed out again after a minute: let it pass.
    world.app.clock.run_from(instant("2021-10-12 09:05"));
    until("all are sent", async || states(&world).await.get("sent") == Some(&40)).await;
    stop.send_replace(true);
    running.await.expect("it ran").expect("the lease holds");
    for person in &people {
        assert_eq!(person.messages().len(), 1, "{}", person.name);
    }
}
