//! 免打扰: nothing is sent between 21:00 and 07:30 of the person's own clock.

use serde_json::json;
use tuhe::notify::Weight;

use super::{owe, reader};
use crate::world::{Town, World};

#[tokio::test]
async fn the_night_is_quiet_from_nine_to_half_past_seven() {
    let world = World::at("2021-10-12 20:59").await;
    let person = reader(&world, 3).await;
    owe(&person, Weight::Important).await;
    world.settle().await;
    assert_eq!(person.messages().len(), 1, "a minute before nine");
    world.move_to("2021-10-13 21:00");
    owe(&person, Weight::Important).await;
    world.settle().await;
    world.move_to("2021-10-14 07:29");
    world.settle().await;
    assert_eq!(person.messages().len(), 1, "not in the night");
    world.move_to("2021-10-14 07:30");
    world.settle().await;
    assert_eq!(person.messages().len(), 2);
}

#[tokio::test]
async fn a_member_abroad_sleeps_by_the_clock_there() {
    let world = World::on("2021-12-31").await;
    let town = Town::with_plan(&world).await;
    let away = town.away().await;
    world.allow(&away, 1).await;
    let form = json!({ "zone": "Europe/Rome", "quiet_from": "21:00", "quiet_until": "07:30" });
    away.put("/api/v1/me/reminders", form).await.is(200);
    world.settle().await;
    assert!(away.messages().is_empty(), "two in the morning in Rome");
    world.move_to("2021-12-31 14:29");
    world.settle().await;
    assert!(away.messages().is_empty(), "07:29 in Rome");
    // From half past seven on, spread over the morning there.
    world.move_to("2021-12-31 17:00");
    world.settle().await;
    assert_eq!(away.messages().len(), 1, "the morning in Rome, and still the last day in Shanghai");
}

#[tokio::test]
async fn hours_set_while_a_message_waits_hold_for_it() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 1).await;
    owe(&person, Weight::Important).await;
    tuhe::notify::compose::pass(&world.app, world.now()).await.expect("composed");
    let form = json!({ "zone": "Asia/Shanghai", "quiet_from": "08:00", "quiet_until": "12:00" });
    person.put("/api/v1/me/reminders", form).await.is(200);
    world.settle().await;
    assert!(person.messages().is_empty());
    world.move_to("2021-10-12 12:00");
    world.settle().await;
    assert_eq!(person.messages().len(), 1);
}
