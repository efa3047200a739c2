//! Short hands for the main job: duties found, records written, edited and looked up.

use std::sync::Arc;

use serde_json::{Value, json};
use tuhe::ids::PersonId;
use tuhe::org::{self, NewPerson};
use uuid::Uuid;

use crate::world::{Answer, Person, Town, World, common, jpeg, meeting};

/// A town on the Friday before the first study day, with its office and the secretary of 石桥支部.
pub async fn branch() -> (Arc<World>, Town, Person, Person) {
    let world = World::on("2021-10-08").await;
    let town = Town::with_plan(&world).await;
    let (office, secretary) = (town.office().await, town.secretary().await);
    (world, town, office, secretary)
}

/// A town on 12 October with its office and a cadre of 石桥村.
pub async fn village() -> (Arc<World>, Town, Person, Person) {
    let world = World::on("2021-10-12").await;
    let town = Town::with_plan(&world).await;
    let (office, cadre) = (town.office().await, town.cadre().await);
    (world, town, office, cadre)
}

/// Everything a unit owes or owed.
pub async fn duties(reader: &Person, unit: &str) -> Vec<Value> {
    let page = reader.get(&format!("/api/v1/duties?unit={unit}")).await.is(200);
    page["duties"].as_array().expect("a list").clone()
}

/// The id of the duty of this title that ends on `last`; empty `last` for one without a date.
pub async fn owed(reader: &Person, unit: &str, title: &str, last: &str) -> String {
    let all = duties(reader, unit).await;
    let fits = |duty: &&Value| duty["title"] == title && duty["last"].as_str().unwrap_or_default() == last;
    let found = all.iter().find(fits).unwrap_or_else(|| panic!("no {title} until {last} in {all:#?}"));
    found["id"].as_str().expect("an id").to_owned()
}

/// Whether the unit has a duty of this title that ends on `last`.
pub async fn is_owed(reader: &Person, unit: &str, title: &str, last: &str) -> bool {
    duties(reader, unit).await.iter().any(|duty| duty["title"] == title && duty["last"] == last)
}

/// A duty as it stands.
pub async fn standing(reader: &Person, duty: &str) -> Answer {
    reader.get(&format!("/api/v1/duties/{duty}")).await.is(200)
}

/// A record as it stands.
pub async fn record(reader: &Person, id: &str) -> Answer {
    reader.get(&format!("/api/v1/records/{id}")).await.is(200)
}

/// A meeting with its photo, as it would be sent.
pub async fn held(by: &Person, unit: &str, on: &str, types: &[&str], duties: &[&str]) -> Value {
    let sheet = by.uploads(&jpeg()).await;
    meeting(common(unit, on, duties, &[("sheet", &sheet)]), types)
}

/// The next version of what was sent.
pub fn edited(sent: &Value) -> Value {
    let mut next = sent.clone();
    next["record"]["base_version"] = sent["record"]["version_id"].clone();
    next["record"]["version_id"] = json!(Uuid::now_v7());
    next
}

/// The same content as another record.
pub fn another(sent: &Value) -> Value {
    let mut other = sent.clone();
    other["record"]["id"] = json!(Uuid::now_v7());
    other["record"]["version_id"] = json!(Uuid::now_v7());
    other
}

/// The id and version a record was sent under.
pub fn ids(sent: &Value) -> (String, String) {
    let text = |key: &str| sent["record"][key].as_str().expect("an id").to_owned();
    (text("id"), text("version_id"))
}

pub async fn accept(by: &Person, record: &str, version: &str) -> Answer {
    by.post(&format!("/api/v1/records/{record}/accept"), json!({ "version": version })).await
}

pub async fn give_back(by: &Person, record: &str, version: &str, due_on: &str) -> Answer {
    let form = json!({ "version": version, "reason": "照片看不清,请补拍", "due_on": due_on });
    by.post(&format!("/api/v1/records/{record}/return"), form).await
}

/// A statement without photos.
pub fn statement(unit: &str, on: &str, duties: &[&str]) -> Value {
    json!({ "record": common(unit, on, duties, &[]), "text": "已经办好,群众反映不错。" })
}

/// A sign case with its first photo.
pub async fn case(by: &Person, village: &str, on: &str, place: &str, finding: &str) -> Value {
    let before = by.uploads(&jpeg()).await;
    let record = common(village, on, &[], &[("before", &before)]);
    json!({ "record": record, "place": place, "text": "某某工作站", "finding": finding })
}

/// A declaration that one place of a village has been looked over.
pub fn survey(village: &str, on: &str, place: &str, duties: &[&str]) -> Value {
    json!({ "record": common(village, on, duties, &[]), "place": place })
}

/// A member of 石桥支部 who is away, linked to whom it may be.
pub async fn another_away(town: &Town, name: &str, contact: Option<PersonId>) -> PersonId {
    let (world, now) = (&town.world, town.world.now());
    let branch = town.units["石桥支部"];
    let mut tx = world.app.db.begin().await.expect("begun");
    let new = NewPerson { name, membership: "full", branch: Some(branch), ..NewPerson::default() };
    let id = org::add_person(&mut tx, &world.app.keys, town.id, &new, now).await.expect("added");
    let since = world.today() - chrono::TimeDelta::days(200);
    org::register_mobile(&mut tx, town.id, id, branch, contact, since, now).await.expect("registered");
    tx.commit().await.expect("committed");
    id
}

/// The one post a person holds.
pub async fn post_of(person: &Person) -> Uuid {
    sqlx::query_scalar("select id from post where town_id = $1 and person_id = $2 and to_on is null")
        .bind(person.town.0)
        .bind(person.id.0)
        .fetch_one(&person.world.app.db)
        .await
        .expect("one post")
}

/// The person's inbox in the app.
pub async fn inbox(person: &Person) -> Vec<Value> {
    person.get("/api/v1/notices?all=true").await.is(200)["notices"].as_array().expect("a list").clone()
}
