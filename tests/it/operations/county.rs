//! The county sees numbers per town and nothing else.

use tuhe::org::Role;

use crate::world::{Town, World, common};
use serde_json::json;

#[tokio::test]
async fn the_operator_sees_the_newest_numbers_of_every_town() {
    let world = World::on("2021-10-12").await;
    let town = Town::with_plan(&world).await;
    let quiet = Town::empty(&world, "liuhe").await;
    let operator = quiet.person("钱县", Role::Operator, &["图河镇"]).await;
    let (office, cadre) = (town.office().await, town.cadre().await);
    assert!(operator.get("/api/v1/county/counts").await.is(200).list().is_empty(), "nothing is counted yet");
    let before = cadre.uploads(&crate::world::jpeg()).await;
    let after = cadre.uploads(&crate::world::jpeg()).await;
    let photos = [("before", before.as_str()), ("after", after.as_str())];
    let sign = json!({
        "record": common(&town.unit("石桥村"), "2021-10-12", &[], &photos),
        "place": "outside", "text": "某某工作站", "finding": "off_list", "action": "removed",
    });
    cadre.post("/api/v1/signs", sign).await.is(200).field("/state", "submitted");
    world.settle().await;
    let overdue = office.get("/api/v1/duties?overdue=true").await.is(200)["duties"].as_array().map(Vec::len);
    let counts = operator.get("/api/v1/county/counts").await.is(200);
    assert_eq!(counts.list().len(), 2);
    let ours = counts.list().iter().find(|row| row["town_id"] == json!(town.id)).expect("our town");
    let other = counts.list().iter().find(|row| row["town_id"] == json!(quiet.id)).expect("the other town");
    assert_eq!(ours["day"], "2021-10-12");
    assert_eq!(ours["records"], 1);
    assert_eq!(ours["duties_overdue"], json!(overdue));
    assert!(ours["duties_open"].as_i64() > Some(10), "{ours}");
    assert_eq!((&other["duties_open"], &other["records"]), (&json!(0), &json!(0)));
    let fields: Vec<&String> = ours.as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["day", "duties_open", "duties_overdue", "records", "town_id", "town_name"]);
}

#[tokio::test]
async fn a_new_day_adds_a_row_and_the_same_day_replaces_it() {
    let world = World::on("2021-10-12").await;
    let town = Town::with_plan(&world).await;
    let operator = town.person("钱县", Role::Operator, &["图河镇"]).await;
    world.settle().await;
    world.settle().await;
    let rows = async || -> i64 {
        sqlx::query_scalar("select count(*) from town_count").fetch_one(&world.app.db).await.expect("a count")
    };
    assert_eq!(rows().await, 1);
    let early = operator.get("/api/v1/county/counts").await.is(200);
    world.live_until("2021-11-10").await;
    assert_eq!(rows().await, 30);
    let late = operator.get("/api/v1/county/counts").await.is(200).field("/0/day", "2021-11-10");
    assert_eq!(late.list().len(), 1);
    assert!(late.list()[0]["duties_overdue"].as_i64() > early.list()[0]["duties_overdue"].as_i64());
}

#[tokio::test]
async fn nobody_of_a_town_sees_the_counties_numbers() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    world.settle().await;
    for person in [town.office().await, town.secretary().await, town.cadre().await, town.away().await] {
        person.get("/api/v1/county/counts").await.refuses(403, "access.forbidden");
    }
    let first = town.person("钱镇", Role::TownSecretary, &["图河镇"]).await;
    first.get("/api/v1/county/counts").await.refuses(403, "access.forbidden");
}

#[tokio::test]
async fn the_operator_sees_nothing_but_numbers() {
    let world = World::on("2021-10-12").await;
    let town = Town::with_plan(&world).await;
    let operator = town.person("钱县", Role::Operator, &["图河镇"]).await;
    for path in ["/api/v1/units", "/api/v1/duties", "/api/v1/signs", "/api/v1/call-list"] {
        operator.get(path).await.refuses(403, "access.forbidden");
    }
    assert!(operator.today().await.is_empty());
    operator.get("/api/v1/records").await.is(200).field("/records", json!([]));
    let cadre = town.cadre().await;
    let phone = format!("/api/v1/people/{}/phone", cadre.id);
    operator.post(&phone, json!({ "reason": "通知开会" })).await.refuses(403, "access.forbidden");
}
