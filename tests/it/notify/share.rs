//! What is due is shared out: no town waits for another's wave, and all senders together keep to one rate.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokio::sync::watch;
use tuhe::notify::{Weight, compose, relay};
use tuhe::platform::stream::Stream;
use uuid::Uuid;

use super::{calls, owe, readers};
use crate::faults::until;
use crate::world::{Ground, World};

/// A wave of another town, due before anything else.
const WAVE: &str = "
    with made as (insert into town (id, code, name, created_at) values ($1, 'wave', '邻镇', $2) returning id),
    people as (
        insert into person (town_id, id, name, membership, created_at)
        select made.id, gen_random_uuid(), '某人', 'none', $2 from made, generate_series(1, $3::integer)
        returning town_id, id)
    insert into message (town_id, id, person_id, appid, openid, template, local_day, state, next_at, not_after, created_at)
    select town_id, gen_random_uuid(), id, 'wx', id::text, 'T', '2021-10-12', 'queued', $2, $2 + interval '1 day', $2
    from people";

/// Reads all that stands in the stream; gives the towns in their order.
async fn handed_out(stream: &Stream) -> Vec<Uuid> {
    let entries = stream.read_now("test", 10_000).await.expect("read");
    stream.done(&entries.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>()).await.expect("done");
    let town = |value: &str| value.split('/').next().and_then(|town| town.parse().ok()).expect("a key");
    entries.iter().map(|entry| town(&entry.value)).collect()
}

#[tokio::test]
async fn a_handful_is_not_kept_waiting_by_another_towns_wave() {
    let world = World::on("2021-10-12").await;
    let wave = Uuid::now_v7();
    let before = world.now() - TimeDelta::minutes(10);
    sqlx::query(WAVE).bind(wave).bind(before).bind(700_i32).execute(&world.app.db).await.expect("a wave");
    let stream = Stream::new(&world.app.redis, "notify", "senders");
    let most = world.app.config.wechat.in_flight * 64;
    assert_eq!(
        relay::pass(&world.app, world.now()).await.expect("relayed"),
        most,
        "as many as the stream holds"
    );
    assert_eq!(relay::pass(&world.app, world.now()).await.expect("relayed"), 0);
    for person in readers(&world, 3).await {
        owe(&person, Weight::Important).await;
    }
    compose::pass(&world.app, world.now()).await.expect("composed");
    assert_eq!(handed_out(&stream).await, vec![wave; most]);
    relay::pass(&world.app, world.now()).await.expect("relayed");
    let order = handed_out(&stream).await;
    assert_eq!(order.len(), 700 - most + 3);
    let first: Vec<bool> = order.iter().take(6).map(|town| *town == wave).collect();
    assert_eq!(first.iter().filter(|is_wave| **is_wave).count(), 3, "the towns take turns: {first:?}");
    assert!(order[6..].iter().all(|town| *town == wave));
    let rest: i64 = sqlx::query_scalar("select count(*) from message where enqueued_at is null")
        .fetch_one(&world.app.db)
        .await
        .expect("counted");
    assert_eq!(rest, 0, "and nothing is forgotten");
}

#[tokio::test]
async fn two_senders_together_keep_to_the_rate() {
    let ground = Ground { settings: vec![("TUHE_SENDS_PER_SECOND", "5")], ..Ground::default() };
    let world = World::upon("2021-10-12 09:00", ground).await;
    world.app.clock.run_from(world.now());
    for person in readers(&world, 15).await {
        owe(&person, Weight::Important).await;
    }
    compose::pass(&world.app, world.now()).await.expect("composed");
    let (stop, stopped) = watch::channel(false);
    let begun = Instant::now();
    let running: Vec<_> =
        (0..2).map(|_| tokio::spawn(tuhe::notify::run(world.app.clone(), stopped.clone()))).collect();
    until("all are sent", async || calls(&world) == 15).await;
    // Five at once, then five a second.
    assert!(begun.elapsed() >= Duration::from_millis(1_900), "{:?}", begun.elapsed());
    stop.send_replace(true);
    for sender in running {
        sender.await.expect("it ran").expect("the lease holds");
    }
}
