//! 逾期: the holder hears of it, whoever looks after the unit hears of it, and whom no message reaches is called.

use serde_json::Value;
use tuhe::org::{self, NewPerson, Role};
use tuhe::platform::clock;

use super::recalled;
use crate::world::{Person, Town, World};

async fn calls_of(office: &Person) -> Vec<Value> {
    office.get("/api/v1/call-list").await.is(200)["items"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn the_day_after_grace_holder_and_village_contact_are_told_and_the_office_is_not() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    let (secretary, contact, office) =
        (town.secretary().await, town.village_contact().await, town.office().await);
    for person in [&secretary, &contact, &office] {
        world.allow(person, 2).await;
    }
    world.live_until("2021-10-13").await;
    assert!(recalled(&contact, "固定学习日").await.is_empty(), "still within grace");
    world.live_until("2021-10-14").await;
    let told = recalled(&contact, "固定学习日").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0, "2021-10-14");
    assert!(told[0].1.starts_with("石桥支部:"), "{told:?}");
    assert_eq!(contact.messages().len(), 1);
    let own = recalled(&secretary, "仍可补录").await;
    assert_eq!(own.len(), 1, "{own:?}");
    assert!(recalled(&office, "石桥支部").await.is_empty(), "the village has its contact");
    world.live_until("2021-10-17").await;
    assert_eq!(recalled(&contact, "石桥支部:“固定学习日”").await.len(), 1, "told once");
}

#[tokio::test]
async fn a_branch_straight_under_the_town_is_the_offices_to_hear_of() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    let (office, contact) = (town.office().await, town.village_contact().await);
    town.person("顾校长", Role::BranchSecretary, &["镇中学支部"]).await;
    world.live_until("2021-10-14").await;
    assert_eq!(recalled(&office, "镇中学支部:“固定学习日”").await.len(), 1);
    assert!(recalled(&contact, "镇中学支部").await.is_empty());
}

#[tokio::test]
async fn an_overdue_duty_nobody_holds_is_on_the_call_list_until_somebody_has_called() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    let office = town.office().await;
    world.live_until("2021-10-13").await;
    assert!(calls_of(&office).await.is_empty());
    world.live_until("2021-10-15").await;
    let calls = calls_of(&office).await;
    let school: Vec<_> = calls.iter().filter(|call| call["unit_name"] == "镇中学支部").collect();
    assert_eq!(school.len(), 1, "once, however often housekeeping runs: {calls:?}");
    assert_eq!(school[0]["why"], "unclaimed");
    assert_eq!(school[0].get("person_id"), None);
    let done = format!("/api/v1/call-list/{}/done", school[0]["id"].as_str().expect("an id"));
    office.post(&done, Value::Null).await.is(200);
    world.live_until("2021-10-16").await;
    let calls = calls_of(&office).await;
    assert!(!calls.iter().any(|call| call["unit_name"] == "镇中学支部"), "{calls:?}");
}

#[tokio::test]
async fn a_holder_without_wechat_is_called_by_name_and_struck_off_when_the_duty_is_done() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    let (office, helper) = (town.office().await, town.committee_member().await);
    let now = world.now();
    let mut tx = world.app.db.begin().await.expect("begun");
    let new = NewPerson { name: "李卫国", membership: "full", ..NewPerson::default() };
    let holder = org::add_person(&mut tx, &world.app.keys, town.id, &new, now).await.expect("added");
    let over = [town.units["石桥支部"]];
    org::add_post(&mut tx, town.id, holder, Role::BranchSecretary, &over, clock::today(now), now)
        .await
        .expect("added");
    tx.commit().await.expect("committed");
    world.live_until("2021-10-14").await;
    let mine = |calls: Vec<Value>| -> Vec<Value> {
        calls.into_iter().filter(|call| call["unit_name"] == "石桥支部").collect()
    };
    let calls = mine(calls_of(&office).await);
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!((&calls[0]["person_name"], &calls[0]["why"]), (&"李卫国".into(), &"unreachable".into()));
    let duty = calls[0]["subject_id"].as_str().expect("an id");
    let photo = helper.uploads(&crate::world::jpeg()).await;
    let common = crate::world::common(&town.unit("石桥支部"), "2021-10-10", &[duty], &[("meeting", &photo)]);
    let meeting = crate::world::meeting(common, &["study_day"]);
    let receipt = helper.post("/api/v1/meetings", meeting).await.is(200);
    receipt.field("/duties/0/verdict", "late");
    assert!(mine(calls_of(&office).await).is_empty(), "done, if late: nobody needs to call");
}

#[tokio::test]
async fn an_overdue_duty_climbs_to_the_area_head_and_the_lead_and_ends_on_the_call_list() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    town.secretary().await;
    let contact = town.village_contact().await;
    let area = town.person("郑强", Role::AreaHead, &["石桥村"]).await;
    let lead = town.person("孙岩", Role::ActionLead, &["图河镇"]).await;
    let office = town.office().await;
    let part = "石桥支部:“固定学习日”未按期";
    let day = |told: Vec<(String, String)>| told.iter().map(|(day, _)| day.clone()).collect::<Vec<_>>();
    world.live_until("2021-10-22").await;
    // The study day of the 10th, its grace over on the 13th.
    assert_eq!(day(recalled(&contact, part).await)[0], "2021-10-14");
    assert_eq!(day(recalled(&area, part).await), ["2021-10-17"]);
    assert_eq!(day(recalled(&lead, part).await), ["2021-10-20"]);
    let mine = |calls: Vec<Value>| -> Vec<Value> {
        calls.into_iter().filter(|call| call["unit_name"] == "石桥支部").collect()
    };
    assert!(mine(calls_of(&office).await).is_empty(), "the lead was told two days ago");
    world.live_until("2021-10-23").await;
    let calls = mine(calls_of(&office).await);
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!((&calls[0]["why"], &calls[0]["person_name"]), (&"unanswered".into(), &"李卫国".into()));
    world.live_until("2021-10-25").await;
    assert_eq!(day(recalled(&lead, part).await), ["2021-10-20"], "told once");
}

#[tokio::test]
async fn the_first_who_speaks_with_them_ends_it() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    let contact = town.village_contact().await;
    let area = town.person("郑强", Role::AreaHead, &["石桥村"]).await;
    let stranger = town.neighbour().await;
    world.live_until("2021-10-14").await;
    let list = secretary.today().await;
    let duty = secretary.owes(&list, "固定学习日")["id"].as_str().expect("an id").to_owned();
    let reached = format!("/api/v1/duties/{duty}/reached");
    secretary.post(&reached, Value::Null).await.refuses(409, "duty.reached_oneself");
    stranger.post(&reached, Value::Null).await.refuses(404, "access.not_found");
    contact.post(&reached, Value::Null).await.is(200);
    contact.post(&reached, Value::Null).await.is(200);
    world.live_until("2021-10-24").await;
    assert!(recalled(&area, "石桥支部:“固定学习日”").await.is_empty(), "nobody above needs to hear of it");
    let calls = calls_of(&town.office().await).await;
    assert!(!calls.iter().any(|call| call["subject_id"] == duty.as_str()), "{calls:?}");
}

#[tokio::test]
async fn a_returned_record_that_is_not_mended_is_told_upwards_from_its_own_deadline() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    let (secretary, contact, office) =
        (town.secretary().await, town.village_contact().await, town.office().await);
    let list = secretary.today().await;
    let duty = secretary.owes(&list, "固定学习日")["id"].as_str().expect("an id").to_owned();
    let record = super::meets(&secretary, &town.unit("石桥支部"), &[&duty], &["study_day"]).await;
    super::gives_back(&office, &record, "2021-10-16").await;
    world.live_until("2021-10-16").await;
    assert!(recalled(&contact, "石桥支部:“固定学习日”").await.is_empty(), "to be mended by today");
    world.live_until("2021-10-17").await;
    assert_eq!(recalled(&contact, "退回后未按期补正").await.len(), 1);
    assert_eq!(recalled(&secretary, "补正期限").await.len(), 1);
}

#[tokio::test]
async fn a_duty_handed_on_after_everybody_was_told_is_told_to_whoever_holds_it_now_and_called_about_again() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    let (secretary, office) = (town.secretary().await, town.office().await);
    let member = town.committee_member().await;
    world.live_until("2021-10-24").await;
    let called = calls_of(&office).await;
    let of_branch = |call: &&Value| call["unit_name"] == "石桥支部" && call["why"] == "unanswered";
    let duty =
        called.iter().find(of_branch).expect("a call")["subject_id"].as_str().expect("an id").to_owned();
    assert!(recalled(&member, "仍可补录").await.is_empty());
    let hand = format!("/api/v1/duties/{duty}/delegate");
    office.post(&hand, serde_json::json!({ "to": member.id })).await.is(200);
    world.live_until("2021-10-25").await;
    assert!(!recalled(&member, "仍可补录").await.is_empty(), "whoever holds it now hears of it");
    let still = calls_of(&office).await;
    let again = still.iter().find(|call| call["subject_id"] == duty.as_str()).expect("on the list again");
    assert_eq!(again["person_name"], "王秀英");
    drop(secretary);
}

#[tokio::test]
async fn a_call_made_about_one_deadline_does_not_stand_for_the_next() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    let (_, office) = (town.village_contact().await, town.office().await);
    let helper = town.committee_member().await;
    // Nobody holds the branch: a human is asked at once, and says so.
    world.live_until("2021-10-14").await;
    let mine = |calls: Vec<Value>| -> Vec<Value> {
        calls.into_iter().filter(|call| call["unit_name"] == "石桥支部").collect()
    };
    let calls = mine(calls_of(&office).await);
    let duty = calls[0]["subject_id"].as_str().expect("an id").to_owned();
    let done = format!("/api/v1/call-list/{}/done", calls[0]["id"].as_str().expect("an id"));
    office.post(&done, Value::Null).await.is(200);
    let photo = helper.uploads(&crate::world::jpeg()).await;
    let common = crate::world::common(&town.unit("石桥支部"), "2021-10-10", &[&duty], &[("meeting", &photo)]);
    let receipt =
        helper.post("/api/v1/meetings", crate::world::meeting(common, &["study_day"])).await.is(200);
    let record = (receipt.text("/record_id"), receipt.text("/current_version"));
    super::gives_back(&office, &record, "2021-10-20").await;
    world.live_until("2021-10-21").await;
    let again = mine(calls_of(&office).await);
    assert!(again.iter().any(|call| call["subject_id"] == duty.as_str()), "{again:?}");
}
