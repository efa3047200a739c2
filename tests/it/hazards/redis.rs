//! A blocking read has a connection of its own; without Redis the limits still hold.

use std::time::Duration;

use tuhe::platform::clock::Clock;
use tuhe::platform::limit::{Limiter, Rate};
use tuhe::platform::redis::Redis;
use tuhe::platform::stream::Stream;

use crate::world::{World, instant};

#[tokio::test]
async fn a_blocked_reader_delays_nobody_on_the_shared_connection() {
    let world = World::on("2021-10-12").await;
    let redis = world.app.redis.clone();
    let mut reader = Stream::new(&redis, "hazard", "it").reader("one").await.expect("a reader");
    let reading = tokio::spawn(async move { reader.read(1).await });
    let mut answered = 0;
    while !reading.is_finished() {
        assert!(redis.alive().await, "PING fails while a reader is blocked");
        answered += 1;
    }
    // Behind the block on one connection the first PING would be answered when the read ends.
    assert!(answered > 20, "only {answered} PINGs in a second");
    let entries = reading.await.expect("no panic").expect("the block is no error");
    assert!(entries.is_empty());
}

#[tokio::test]
async fn a_blocked_reader_wakes_at_an_entry() {
    let world = World::on("2021-10-12").await;
    let stream = Stream::new(&world.app.redis, "hazard", "it");
    let mut reader = stream.reader("one").await.expect("a reader");
    assert!(reader.read(1).await.expect("the block is no error").is_empty());
    let reading = tokio::spawn(async move { reader.read(1).await });
    stream.add(&["a".to_owned()]).await.expect("added");
    let entries = reading.await.expect("no panic").expect("read");
    assert_eq!(entries.iter().map(|entry| entry.value.as_str()).collect::<Vec<_>>(), ["a"]);
}

#[tokio::test]
async fn limits_hold_while_redis_is_down() {
    let redis = Redis::open("redis://127.0.0.1:1", "it:").expect("an address");
    let limiter = Limiter::new(redis);
    let rate = Rate { burst: 3, per: Duration::from_secs(30) };
    let clock = Clock::frozen(instant("2021-10-12 09:00"));
    for _ in 0..3 {
        assert_eq!(limiter.take("somebody", rate, clock.now()).await, Ok(()));
    }
    let wait = limiter.take("somebody", rate, clock.now()).await.expect_err("the bucket is empty");
    assert!((1..=11).contains(&wait), "{wait}");
    assert_eq!(limiter.take("somebody else", rate, clock.now()).await, Ok(()));
    clock.freeze(clock.now() + chrono::TimeDelta::seconds(10));
    assert_eq!(limiter.take("somebody", rate, clock.now()).await, Ok(()), "a token has come back");
    assert!(limiter.take("somebody", rate, clock.now()).await.is_err());
}

#[tokio::test]
async fn limits_through_redis_are_the_same() {
    let world = World::on("2021-10-12").await;
    let rate = Rate { burst: 3, per: Duration::from_secs(30) };
    // Two processes share the bucket.
    let (one, other) = (Limiter::new(world.app.redis.clone()), Limiter::new(world.app.redis.clone()));
    let now = world.now();
    for limiter in [&one, &other, &one] {
        assert_eq!(limiter.take("somebody", rate, now).await, Ok(()));
    }
    let wait = other.take("somebody", rate, now).await.expect_err("the bucket is empty");
    assert!((1..=11).contains(&wait), "{wait}");
    let later = now + chrono::TimeDelta::seconds(10);
    assert_eq!(other.take("somebody", rate, later).await, Ok(()));
}
