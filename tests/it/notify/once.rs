//! Nothing is told twice: not by housekeeping that runs often, not by replicas that run at once.

use futures_util::future::join_all;
use tuhe::notify::Weight;
use tuhe::platform::clock::Clock;

use super::{calls, notices, owe, readers, states};
use crate::world::{Town, World, open_app};

#[tokio::test]
async fn housekeeping_twenty_times_tells_once() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    world.allow(&secretary, 5).await;
    for _ in 0..20 {
        world.settle().await;
    }
    assert_eq!(secretary.messages().len(), 1);
    assert_eq!(notices(&secretary).await.len(), 1);
    assert_eq!(calls(&world), 1);
}

#[tokio::test]
async fn replicas_that_work_at_once_tell_once() {
    let world = World::on("2021-10-12").await;
    let people = readers(&world, 20).await;
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Clock::frozen(world.now());
    let other = open_app(&world.database, &world.wx.base_url(), folder.path(), clock).await;
    for person in &people {
        owe(person, Weight::Important).await;
    }
    world.wx.set(|switches| switches.latency_ms = 3);
    let apps = [&world.app, &other, &world.app, &other];
    let settled = join_all(apps.map(|app| tuhe::notify::settle(app, world.now()))).await;
    let tried: usize = settled.into_iter().map(|tried| tried.expect("settled")).sum();
    assert_eq!(tried, 20);
    assert_eq!(calls(&world), 20);
    for person in &people {
        assert_eq!(person.messages().len(), 1, "{}", person.name);
    }
    assert_eq!(states(&world).await, [("sent".to_owned(), 20)].into());
}

#[tokio::test]
async fn housekeeping_of_replicas_at_once_owes_once() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    let (secretary, village) = (town.secretary().await, town.village_secretary().await);
    join_all((0..4).map(|_| world.housekeeping())).await;
    join_all((0..4).map(|_| world.settle())).await;
    assert_eq!(notices(&secretary).await.len(), 1);
    let asked = notices(&village).await;
    let mut titles: Vec<_> = asked.iter().map(|notice| notice["title"].to_string()).collect();
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), asked.len(), "{asked:?}");
}

#[tokio::test]
async fn a_clock_that_steps_back_and_forth_tells_once() {
    let world = World::on("2021-10-12").await;
    let people = readers(&world, 3).await;
    for (person, minute) in people.iter().zip(["09:00", "08:55", "09:05"]) {
        world.move_to(&format!("2021-10-12 {minute}"));
        owe(person, Weight::Important).await;
        world.settle().await;
    }
    for minute in ["08:55", "09:10", "09:00"] {
        world.move_to(&format!("2021-10-12 {minute}"));
        world.settle().await;
    }
    assert_eq!(calls(&world), 3);
    for person in &people {
        assert_eq!(person.messages().len(), 1, "{}", person.name);
    }
}
