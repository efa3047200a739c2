//! What the form of the next meeting starts from.

use serde_json::{Value, json};
use tuhe::org::Role;

use crate::flow::{another_away, branch, edited, held};
use crate::world::{Answer, Person, Town};

async fn prefill(by: &Person, unit: &str) -> Answer {
    by.get(&format!("/api/v1/meetings/prefill?unit={unit}")).await
}

fn member<'a>(form: &'a Answer, name: &str) -> &'a Value {
    let members = form["members"].as_array().expect("members");
    members
        .iter()
        .find(|member| member["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {}", form.body))
}

#[tokio::test]
async fn the_roster_says_who_may_be_absent_and_who_is_away() {
    let (_, town, _, secretary) = branch().await;
    another_away(&town, "周航", None).await;
    let unit = town.unit("石桥支部");
    let form = prefill(&secretary, &unit).await.is(200).field("/expected", 3);
    assert!(form["last"].is_null(), "{}", form.body);
    assert_eq!(member(&form, "孙远")["absent"], "流动党员外出");
    assert_eq!(member(&form, "周航")["absent"], "流动党员外出");
    assert!(member(&form, "王秀英")["absent"].is_null());
    // The general branch above has the members of its branches; a roster without names leaves the branch's own count.
    let chief = town.village_secretary().await;
    prefill(&chief, &town.unit("石桥村党总支")).await.is(200).field("/expected", 3);
    let next = town.person("何平", Role::BranchSecretary, &["柳荫支部"]).await;
    let form = prefill(&next, &town.unit("柳荫支部")).await.is(200);
    form.field("/expected", 5).field("/members", json!([]));
}

#[tokio::test]
async fn the_last_meeting_of_the_unit_fills_the_next() {
    let (_, town, _, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let mut last = held(&secretary, &unit, "2021-10-08", &["general", "lecture"], &[]).await;
    last["place"] = json!("石桥小学");
    let mut older = held(&secretary, &unit, "2021-10-05", &["committee"], &[]).await;
    older["place"] = json!("村委会");
    for sent in [&last, &older] {
        secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    }
    let form = prefill(&secretary, &unit).await.is(200).field("/last/place", "石桥小学");
    let form = form.field("/last/host", "李卫国").field("/last/recorder", "王秀英");
    form.field("/last/types", json!(["general", "lecture"]));
    let mut next = edited(&last);
    next["place"] = json!("大礼堂");
    secretary.post("/api/v1/meetings", next).await.is(200);
    prefill(&secretary, &unit).await.is(200).field("/last/place", "大礼堂");
    // A group's meeting is another meeting.
    let form = prefill(&secretary, &town.unit("石桥第一小组")).await.is(200);
    assert!(form["last"].is_null() && form["expected"] == 0, "{}", form.body);
}

#[tokio::test]
async fn nobody_next_door_or_in_another_town_learns_the_members() {
    let (world, town, ..) = branch().await;
    let unit = town.unit("石桥支部");
    prefill(&town.neighbour().await, &unit).await.refuses(404, "access.not_found");
    prefill(&town.away().await, &unit).await.refuses(403, "access.forbidden");
    let there = Town::empty(&world, "bitown").await.office().await;
    prefill(&there, &unit).await.refuses(404, "access.not_found");
    assert_eq!(there.get("/api/v1/meetings/prefill").await.status, 400);
}
