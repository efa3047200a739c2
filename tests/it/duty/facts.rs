//! What is owed follows the facts of a branch while the window is open, and not afterwards.

use serde_json::{Value, json};

use crate::flow::{branch, duties, is_owed, owed, standing};
use crate::world::{Person, Town};

const COMMITTEE: &str = "召开支委会";

async fn states(by: &Person, town: &Town, unit: &str, from_on: &str, committee: bool) {
    let facts = json!({
        "from_on": from_on, "has_committee": committee, "has_groups": false,
        "full_members": 8, "probationary_members": 0,
    });
    by.put(&format!("/api/v1/units/{}/facts", town.unit(unit)), facts).await.is(200);
    town.world.housekeeping().await;
}

#[tokio::test]
async fn a_committee_elected_owes_its_meeting_dissolved_no_longer_and_back_again() {
    let (_, town, office, _) = branch().await;
    let secretary = town.person("柳书记", tuhe::org::Role::BranchSecretary, &["柳荫支部"]).await;
    let unit = town.unit("柳荫支部");
    assert!(!is_owed(&office, &unit, COMMITTEE, "2021-10-31").await);
    states(&secretary, &town, "柳荫支部", "2021-10-08", true).await;
    let duty = owed(&office, &unit, COMMITTEE, "2021-10-31").await;
    states(&secretary, &town, "柳荫支部", "2021-10-08", false).await;
    assert!(!is_owed(&office, &unit, COMMITTEE, "2021-10-31").await);
    states(&secretary, &town, "柳荫支部", "2021-10-08", true).await;
    assert_eq!(owed(&office, &unit, COMMITTEE, "2021-10-31").await, duty, "the same duty, owed again");
}

#[tokio::test]
async fn a_fact_stated_later_leaves_closed_windows_as_they_were() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    world.move_to("2021-11-05");
    world.housekeeping().await;
    let october = owed(&office, &unit, COMMITTEE, "2021-10-31").await;
    assert!(is_owed(&office, &unit, COMMITTEE, "2021-11-30").await);
    // Said to have been so from the first day on: for October it is too late.
    states(&secretary, &town, "石桥支部", "2021-10-08", false).await;
    assert!(!is_owed(&office, &unit, COMMITTEE, "2021-11-30").await);
    standing(&office, &october).await.field("/status", "overdue");
    world.move_to("2021-12-05");
    world.housekeeping().await;
    standing(&office, &october).await.field("/status", "overdue");
}

#[tokio::test]
async fn what_was_done_stays_done_when_the_fact_goes_away() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, COMMITTEE, "2021-10-31").await;
    let sent = crate::flow::held(&secretary, &unit, "2021-10-08", &["committee"], &[&duty]).await;
    secretary.post("/api/v1/meetings", sent).await.is(200);
    states(&secretary, &town, "石桥支部", "2021-10-08", false).await;
    standing(&office, &duty).await.field("/status", "met");
}

#[tokio::test]
async fn a_member_who_comes_home_owes_nothing_and_nobody_owes_him_contact() {
    let (world, town, office, _) = branch().await;
    let away = town.away().await;
    let unit = town.unit("石桥支部");
    let about = |all: Vec<Value>| all.iter().filter(|d| d["person_id"] == away.id.to_string()).count();
    assert_eq!(about(duties(&office, &unit).await), 2);
    world.move_to("2021-10-20");
    sqlx::query("update mobile_member set returned_on = '2021-10-20' where person_id = $1")
        .bind(away.id.0)
        .execute(&world.app.db)
        .await
        .expect("returned");
    world.housekeeping().await;
    assert_eq!(about(duties(&office, &unit).await), 0);
    assert_eq!(away.today().await, Vec::<Value>::new());
}

#[tokio::test]
async fn facts_are_stated_by_the_branch_of_a_branch() {
    let (_, town, office, secretary) = branch().await;
    let facts = json!({
        "from_on": "2021-10-08", "has_committee": true, "has_groups": false,
        "full_members": 8, "probationary_members": 0,
    });
    let path = |unit: &str| format!("/api/v1/units/{}/facts", town.unit(unit));
    secretary.put(&path("柳荫支部"), facts.clone()).await.refuses(404, "access.not_found");
    office.put(&path("石桥村"), facts.clone()).await.refuses(422, "org.not_a_branch");
    let member = town.committee_member().await;
    member.put(&path("石桥支部"), facts.clone()).await.refuses(403, "access.forbidden");
    let mut wrong = facts;
    wrong["full_members"] = json!(-1);
    secretary.put(&path("石桥支部"), wrong).await.refuses(400, "request.invalid");
}
