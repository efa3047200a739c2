//! PostgreSQL crashes and comes back in mid-run: requests are put off, not failed, and nothing acknowledged is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;
use tokio::sync::watch;
use tuhe::notify::Weight;

use super::private::PrivatePostgres;
use super::until;
use crate::notify::{calls, owe, readers, states};
use crate::world::{Ground, Person, Town, World, common, jpeg};

async fn world_on(postgres: &PrivatePostgres) -> Arc<World> {
    let ground = Ground { database: Some(postgres.database()), ..Ground::default() };
    World::upon("2021-10-12 09:00", ground).await
}

#[derive(Default)]
struct Seen {
    over: AtomicBool,
    accepted: AtomicUsize,
    put_off: AtomicUsize,
}

/// Enters one sign after another, each until it is accepted; gives the accepted ones.
async fn writes(cadre: Person, unit: String, photo: String, seen: Arc<Seen>) -> Vec<String> {
    let mut accepted = Vec::new();
    while !seen.over.load(Ordering::SeqCst) {
        let record = common(&unit, "2021-10-12", &[], &[("before", &photo)]);
        let id = record["id"].as_str().expect("an id").to_owned();
        let sign =
            json!({ "record": record, "place": "outside", "text": "某某工作站", "finding": "off_list" });
        loop {
            let answer = cadre.post("/api/v1/signs", sign.clone()).await;
            if answer.status == 200 {
                break;
            }
            let answer = answer.refuses(503, "server.busy");
            assert!(answer.headers.contains_key("retry-after"));
            seen.put_off.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
        seen.accepted.fetch_add(1, Ordering::SeqCst);
        accepted.push(id);
    }
    accepted
}

#[tokio::test]
async fn a_crash_of_postgresql_puts_requests_off_and_loses_no_acknowledged_record() {
    let mut postgres = PrivatePostgres::start().await;
    let world = world_on(&postgres).await;
    let town = Town::empty(&world, "tuhe").await;
    let cadre = town.cadre().await;
    let photo = cadre.uploads(&jpeg()).await;
    let seen = Arc::new(Seen::default());
    let writers: Vec<_> = (0..4)
        .map(|_| tokio::spawn(writes(cadre.clone(), town.unit("石桥村"), photo.clone(), Arc::clone(&seen))))
        .collect();
    until("records come in", async || seen.accepted.load(Ordering::SeqCst) >= 20).await;
    postgres.crash().await;
    until("requests are put off", async || seen.put_off.load(Ordering::SeqCst) >= 4).await;
    let ready = world.http.get(format!("{}/readyz", world.base)).send().await.expect("an answer");
    assert_eq!(ready.status(), 503);
    postgres.start_again().await;
    let before = seen.accepted.load(Ordering::SeqCst);
    until("records come in again", async || seen.accepted.load(Ordering::SeqCst) >= before + 20).await;
    seen.over.store(true, Ordering::SeqCst);
    let mut accepted = Vec::new();
    for writer in writers {
        accepted.extend(writer.await.expect("a writer ends"));
    }
    for id in &accepted {
        cadre.get(&format!("/api/v1/records/{id}")).await.is(200);
    }
    let stored: i64 =
        sqlx::query_scalar("select count(*) from record").fetch_one(&world.app.db).await.expect("counted");
    assert_eq!(usize::try_from(stored).expect("a count"), accepted.len(), "each once");
}

#[tokio::test]
async fn a_crash_of_postgresql_while_messages_leave_sends_none_twice_and_loses_none() {
    let mut postgres = PrivatePostgres::start().await;
    let world = world_on(&postgres).await;
    let people = readers(&world, 40).await;
    for person in &people {
        owe(person, Weight::Important).await;
    }
    world.app.clock.run_from(world.now());
    world.wx.set(|switches| switches.latency_ms = 40);
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(tuhe::notify::run(world.app.clone(), stopped));
    until("some are sent", async || calls(&world) >= 8).await;
    postgres.crash().await;
    assert!(calls(&world) < 40, "in the middle");
    postgres.start_again().await;
    world.app.clock.run_from(crate::world::instant("2021-10-12 09:05"));
    until("each message has its end", async || {
        let ended: i64 = states(&world)
            .await
            .iter()
            .filter(|(state, _)| ["sent", "unknown"].contains(&state.as_str()))
            .map(|(_, count)| count)
            .sum();
        ended == 40
    })
    .await;
    stop.send_replace(true);
    running.await.expect("it ran").expect("the lease holds");
    let delivered: Vec<usize> = people.iter().map(|person| person.messages().len()).collect();
    assert!(delivered.iter().all(|count| *count <= 1), "none twice: {delivered:?}");
    let arrived = i64::try_from(delivered.iter().sum::<usize>()).expect("a count");
    let states = states(&world).await;
    assert!(arrived >= states["sent"], "what is called sent was: {states:?}, {arrived} arrived");
}
