//! A 片长 of some villages reaches exactly those.

use std::collections::BTreeSet;

use serde_json::json;
use tuhe::org::{self, Role};

use super::scene::{DAY, a_call, a_sign};
use crate::world::{Person, Town, World, common, meeting};

const VILLAGES: [&str; 3] = ["石桥村", "柳荫村", "东湾村"];

#[tokio::test]
async fn an_area_head_of_three_villages_reaches_exactly_the_three() {
    let world = World::on(DAY).await;
    let town = Town::with_plan(&world).await;
    add_fourth_village(&town).await;
    let over: Vec<String> = VILLAGES.map(|village| format!("{village}党总支")).to_vec();
    let over: Vec<&str> = over.iter().map(String::as_str).collect();
    let chief = town.person("马骏", Role::AreaHead, &over).await;
    let office = town.office().await;

    let seen = names(&chief, "/api/v1/units", "/name").await;
    let all = names(&office, "/api/v1/units", "/name").await;
    let beyond: BTreeSet<_> = ["图河镇", "镇中学支部", "南岗村党总支", "南岗村"].map(str::to_owned).into();
    assert_eq!(seen, &all - &beyond);

    let writer = town.person("张敏", Role::RevitalizationOfficer, &["图河镇"]).await;
    let mut waiting = Vec::new();
    for village in VILLAGES.into_iter().chain(["南岗村"]) {
        let unit = unit_id(&office, village).await;
        writer.post("/api/v1/signs", a_sign(&unit, "outside")).await.is(200);
        let held = meeting(common(&unit, DAY, &[], &[]), &["general"]);
        let receipt = writer.post("/api/v1/meetings", held).await.is(200).field("/state", "submitted");
        waiting.push((village, receipt.text("/record_id"), receipt.text("/current_version")));
        let mut tx = world.app.db.begin().await.expect("begun");
        let unit = unit.parse().expect("a unit's id");
        a_call(&town, tuhe::ids::UnitId(unit), &mut tx).await;
        tx.commit().await.expect("committed");
    }
    let three: BTreeSet<String> = VILLAGES.map(str::to_owned).into();
    assert_eq!(names(&chief, "/api/v1/signs", "/village").await, three);
    let records = chief.get("/api/v1/records").await.is(200);
    assert_eq!(distinct(&records["records"], "/unit_name"), three);
    let calls = chief.get("/api/v1/call-list").await.is(200);
    assert_eq!(distinct(&calls["items"], "/unit_name"), three);
    let duties = chief.get("/api/v1/duties").await.is(200);
    let owed = distinct(&duties["duties"], "/unit_name");
    assert!(!owed.is_empty() && owed.is_subset(&seen), "{owed:?} goes beyond {seen:?}");
    for (village, id, version) in waiting {
        let answer = chief.post(&format!("/api/v1/records/{id}/accept"), json!({ "version": version })).await;
        if village == "南岗村" {
            answer.refuses(404, "access.not_found");
        } else {
            answer.is(200);
        }
    }
}

#[tokio::test]
async fn whoever_leaves_a_post_is_out_at_once() {
    let world = World::on(DAY).await;
    let town = Town::with_plan(&world).await;
    let (office, head) =
        (town.office().await, town.person("马骏", Role::AreaHead, &["石桥村党总支", "柳荫村党总支"]).await);
    head.get("/api/v1/duties").await.is(200);
    let post: (uuid::Uuid,) = sqlx::query_as("select id from post where town_id = $1 and person_id = $2")
        .bind(town.id.0)
        .bind(head.id.0)
        .fetch_one(&world.app.db)
        .await
        .expect("the post");
    office.post(&format!("/api/v1/posts/{}/end", post.0), serde_json::Value::Null).await.is(200);
    head.get("/api/v1/duties").await.refuses(403, "access.forbidden");
    head.get("/api/v1/me").await.is(200).field("/posts", json!([]));
}

/// A village the 片长 does not have.
async fn add_fourth_village(town: &Town) {
    let (now, kinds) = (town.world.now(), org::UnitKind::GeneralBranch);
    let mut tx = town.world.app.db.begin().await.expect("begun");
    let general =
        org::add_unit(&mut tx, town.id, kinds, "南岗村党总支", town.root, now).await.expect("added");
    org::add_unit(&mut tx, town.id, org::UnitKind::Village, "南岗村", general, now).await.expect("added");
    tx.commit().await.expect("committed");
}

async fn unit_id(reader: &Person, name: &str) -> String {
    let units = reader.get("/api/v1/units").await.is(200);
    let unit = units.list().iter().find(|unit| unit["name"] == name).expect("the unit");
    unit["id"].as_str().expect("an id").to_owned()
}

async fn names(person: &Person, path: &str, field: &str) -> BTreeSet<String> {
    distinct(&person.get(path).await.is(200).body, field)
}

fn distinct(list: &serde_json::Value, field: &str) -> BTreeSet<String> {
    let items = list.as_array().expect("a list").iter();
    items.map(|item| item.pointer(field).and_then(|v| v.as_str()).expect("a text").to_owned()).collect()
}
