//! 交接: a post passes to another person with everything that is open of it; what was done keeps the name it was done in.

use serde_json::{Value, json};
use tuhe::ids::PersonId;
use tuhe::org::{self, NewPerson, Role};

use crate::flow::{another_away, held, owed, post_of, record, standing, village};
use crate::world::{Person, Town};

/// A member of 石桥支部 without a post, logged in.
async fn successor(town: &Town, name: &str) -> Person {
    let now = town.world.now();
    let mut tx = town.world.app.db.begin().await.expect("begun");
    let branch = Some(town.units["石桥支部"]);
    let new = NewPerson { name, membership: "full", branch, ..NewPerson::default() };
    let id = org::add_person(&mut tx, &town.world.app.keys, town.id, &new, now).await.expect("added");
    tx.commit().await.expect("committed");
    town.logs_in(id, name).await
}

fn mine(list: &[Value]) -> Vec<&str> {
    list.iter().filter(|duty| duty["mine"] == true).filter_map(|duty| duty["id"].as_str()).collect()
}

#[tokio::test]
async fn the_successor_holds_what_is_open_and_what_was_done_keeps_the_old_name() {
    let (world, town, office, _) = village().await;
    let (old, new) = (town.secretary().await, successor(&town, "周新").await);
    let unit = town.unit("石桥支部");
    let lecture = owed(&office, &unit, "上党课", "2021-12-31").await;
    let general = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let sent = held(&old, &unit, "2021-10-12", &["lecture"], &[&lecture]).await;
    let done = old.post("/api/v1/meetings", sent).await.is(200).text("/record_id");
    // One is delegated to the old secretary by name, as it would be to anybody.
    office.post(&format!("/api/v1/duties/{general}/delegate"), json!({ "to": old.id })).await.is(200);
    let before = old.today().await;
    assert!(mine(&before).contains(&general.as_str()));

    let path = format!("/api/v1/posts/{}/hand-over", post_of(&old).await);
    let answer = office.post(&path, json!({ "to": new.id })).await.is(200);
    let open = u64::try_from(mine(&before).len()).expect("a count");
    // What waits for its review has moved as well.
    assert!(answer["duties"].as_u64() > Some(open), "{open} {}", answer.body);

    let (was, is) = (old.today().await, new.today().await);
    assert_eq!((mine(&was).len(), mine(&is)), (0, mine(&before)));
    record(&office, &done).await.field("/writer", "李卫国");
    standing(&office, &lecture).await.field("/record_id", done.as_str());
    let person = office.get(&format!("/api/v1/people/{}", old.id)).await.is(200);
    let person = person.field("/posts/0/label", "党支部书记").field("/posts/0/to_on", "2021-10-11");
    person.field("/posts/0/is_live", false).field("/posts/0/units", json!(["石桥支部"]));
    let person = office.get(&format!("/api/v1/people/{}", new.id)).await.is(200);
    person.field("/posts/0/from_on", "2021-10-12").field("/posts/0/is_live", true);
    // Reminders go to the new one and not to the old.
    world.move_to("2021-10-19 09:00");
    world.housekeeping().await;
    let told: Vec<(PersonId, i64)> = sqlx::query_as(
        "select person_id, count(*) from notice where state <> 'withdrawn' and subject_kind = 'duty' and person_id = any($1)
         group by person_id",
    )
    .bind([old.id.0, new.id.0])
    .fetch_all(&world.app.db)
    .await
    .expect("notices");
    assert!(told.iter().all(|(person, _)| *person == new.id) && !told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn a_committee_members_linked_members_go_with_the_post() {
    let (_, town, office, _) = village().await;
    let (old, new) = (town.committee_member().await, successor(&town, "周新").await);
    another_away(&town, "钱远", Some(old.id)).await;
    let before = old.today().await;
    assert_eq!(before.iter().filter(|duty| duty["title"] == "联系流动党员").count(), 1);
    let path = format!("/api/v1/posts/{}/hand-over", post_of(&old).await);
    office.post(&path, json!({ "to": new.id, "from_on": "2021-10-12" })).await.is(200);
    let linked: i64 = sqlx::query_scalar("select count(*) from mobile_member where contact_id = $1")
        .bind(new.id.0)
        .fetch_one(&town.world.app.db)
        .await
        .expect("a count");
    assert_eq!(linked, 2);
    new.owes(&new.today().await, "联系流动党员");
    assert!(old.today().await.iter().all(|duty| duty["title"] != "联系流动党员"));
}

#[tokio::test]
async fn of_two_at_once_one_hands_it_over_and_mistakes_are_told() {
    let (_, town, office, cadre) = village().await;
    let old = town.secretary().await;
    let (one, two) = (successor(&town, "周新").await, successor(&town, "吴新").await);
    let path = format!("/api/v1/posts/{}/hand-over", post_of(&old).await);
    for (form, status, code) in [
        (json!({ "to": old.id }), 422, "org.same_person"),
        (json!({ "to": one.id, "from_on": "2021-10-13" }), 422, "org.hand_over_future"),
        (json!({ "to": one.id, "from_on": "2021-10-11" }), 422, "org.hand_over_early"),
        (json!({ "to": cadre.id }), 422, "org.not_a_member"),
        (json!({ "to": uuid::Uuid::now_v7() }), 404, "access.not_found"),
    ] {
        office.post(&path, form).await.refuses(status, code);
    }
    let neighbour = town.person("何书记", Role::VillageSecretary, &["柳荫村党总支"]).await;
    neighbour.post(&path, json!({ "to": one.id })).await.refuses(404, "access.not_found");
    cadre.post(&path, json!({ "to": one.id })).await.refuses(403, "access.forbidden");
    let forms = [json!({ "to": one.id }), json!({ "to": two.id })];
    let [first, second] = forms;
    let (a, b) = tokio::join!(office.post(&path, first), office.post(&path, second));
    let mut answers = [a.status, b.status];
    answers.sort_unstable();
    assert_eq!(answers, [200, 409]);
    let late = if a.status == 409 { a } else { b };
    late.refuses(409, "org.post_ended");
    let people = office.get(&format!("/api/v1/people?unit={}&name=新", town.unit("石桥支部"))).await.is(200);
    let holding = people["people"].as_array().expect("a list");
    assert_eq!(holding.len(), 2);
    assert_eq!(holding.iter().filter(|person| person["posts"] != json!([])).count(), 1);
}
