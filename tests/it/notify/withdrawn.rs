//! Nobody is reminded of what is done.

use tuhe::notify::{compose, relay};
use tuhe::org::{self, FactsOn};

use super::{calls, left, meets, notices, recalled, states};
use crate::world::{Person, Town, World};

async fn study_day(secretary: &Person) -> String {
    let list = secretary.today().await;
    secretary.owes(&list, "固定学习日")["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_duty_done_before_quiet_hours_end_is_not_told() {
    let world = World::at("2021-10-10 06:00").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    world.allow(&secretary, 1).await;
    world.settle().await;
    assert_eq!(notices(&secretary).await.len(), 1, "it waits for the morning");
    let duty = study_day(&secretary).await;
    meets(&secretary, &town.unit("石桥支部"), &[&duty], &["study_day"]).await;
    world.move_to("2021-10-10 07:30");
    world.settle().await;
    assert!(secretary.messages().is_empty());
    assert!(notices(&secretary).await.is_empty(), "taken back");
    assert_eq!(left(&secretary).await, 1);
}

#[tokio::test]
async fn a_duty_done_between_queue_and_mark_costs_nothing() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    world.allow(&secretary, 1).await;
    world.housekeeping().await;
    compose::pass(&world.app, world.now()).await.expect("composed");
    assert_eq!(relay::pass(&world.app, world.now()).await.expect("relayed"), 1, "it is in the stream");
    let duty = study_day(&secretary).await;
    meets(&secretary, &town.unit("石桥支部"), &[&duty], &["study_day"]).await;
    world.settle().await;
    assert_eq!(calls(&world), 0);
    assert_eq!(states(&world).await, [("cancelled".to_owned(), 1)].into());
    assert_eq!(left(&secretary).await, 1);
}

#[tokio::test]
async fn a_digest_leaves_out_what_was_done_meanwhile() {
    let world = World::on("2021-12-31").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    world.allow(&secretary, 1).await;
    world.housekeeping().await;
    compose::pass(&world.app, world.now()).await.expect("composed");
    let before = notices(&secretary).await.len();
    let list = secretary.today().await;
    let id = |title: &str| secretary.owes(&list, title)["id"].as_str().expect("an id").to_owned();
    let (general, lecture) = (id("召开党员大会"), id("上党课"));
    meets(&secretary, &town.unit("石桥支部"), &[&general, &lecture], &["general", "lecture"]).await;
    world.settle().await;
    assert_eq!(secretary.messages()[0].data["thing1"], format!("您有{}项工作待办", before - 2));
}

#[tokio::test]
async fn an_excused_duty_is_not_told() {
    let world = World::at("2021-10-10 06:00").await;
    let town = Town::with_plan(&world).await;
    let (secretary, office) = (town.secretary().await, town.office().await);
    world.allow(&secretary, 1).await;
    world.settle().await;
    let duty = study_day(&secretary).await;
    let form = serde_json::json!({ "kind": "excused", "reason": "当日全村防汛" });
    secretary.post(&format!("/api/v1/duties/{duty}/excuse"), form).await.is(200);
    let decision = serde_json::json!({ "approve": true });
    office.post(&format!("/api/v1/duties/{duty}/excuse/decide"), decision).await.is(200);
    world.move_to("2021-10-10 09:00");
    world.settle().await;
    assert!(secretary.messages().is_empty());
}

#[tokio::test]
async fn a_duty_that_does_not_apply_any_more_is_not_told() {
    let world = World::at("2021-10-24 06:00").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    world.allow(&secretary, 5).await;
    world.settle().await;
    assert_eq!(recalled(&secretary, "召开支委会").await.len(), 1, "it waits for the morning");
    let mut tx = world.app.db.begin().await.expect("begun");
    let facts = FactsOn { has_committee: false, has_groups: true, full_members: 6, probationary_members: 0 };
    let (branch, today) = (town.units["石桥支部"], world.today());
    org::set_facts(&mut tx, town.id, branch, today, &facts, world.now()).await.expect("stated");
    tx.commit().await.expect("committed");
    world.move_to("2021-10-24 07:30");
    world.settle().await;
    assert!(recalled(&secretary, "召开支委会").await.is_empty(), "no committee, no meeting, no reminder");
    let told: Vec<_> = secretary.messages().iter().map(|message| message.data["thing1"].clone()).collect();
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn the_office_is_not_asked_on_for_a_date_it_has_set() {
    let world = World::on("2021-10-12").await;
    let town = Town::with_plan(&world).await;
    let office = town.office().await;
    world.settle().await;
    let asked = recalled(&office, "给这项任务定新的时间").await;
    assert_eq!(asked.len(), 1, "{asked:?}");
    let date = serde_json::json!({ "opens": "2021-10-12", "due": "2021-12-31" });
    office.put("/api/v1/plan/rules/2.3.1/date", date).await.is(200);
    assert!(recalled(&office, "给这项任务定新的时间").await.is_empty());
    world.live_until("2021-10-20").await;
    assert!(recalled(&office, "给这项任务定新的时间").await.is_empty());
}
