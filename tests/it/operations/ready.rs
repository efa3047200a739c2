//! How soon the server is ready on data that are there.

use std::time::{Duration, Instant};

use super::program::{Served, tuhe};
use crate::world::{Town, World};

/// The present Shanghai minute: a program of its own cannot be given a clock.
#[expect(clippy::disallowed_methods, reason = "the program under test has the machine's clock")]
pub fn this_minute() -> String {
    (chrono::Utc::now() + chrono::TimeDelta::hours(8)).format("%Y-%m-%d %H:%M").to_string()
}

#[tokio::test]
async fn the_server_is_ready_on_existing_data_before_anybody_gets_impatient() {
    let world = World::at(&this_minute()).await;
    let town = Town::with_plan(&world).await;
    let cadre = town.cadre().await;
    let folder = tempfile::tempdir().expect("a folder");
    let started = Instant::now();
    let served = Served::start(&mut tuhe(&world.database, folder.path())).await;
    let request = world.http.get(format!("{}/api/v1/duties/today", served.base)).bearer_auth(&cadre.token);
    assert_eq!(request.send().await.expect("an answer").status(), 200);
    let took = started.elapsed();
    println!("ready on existing data after {} ms", took.as_millis());
    // The budget of two seconds is the benchmark's; here many tests share the machine.
    assert!(took < Duration::from_secs(20), "{took:?}");
    let (status, _) = served.stops().await;
    assert!(status.success());
}
