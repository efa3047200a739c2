//! What a person is told of who sees their data is what those people can in fact see.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tuhe::org::Role;

use crate::access::cast::{Cast, Place};
use crate::flow::{ids, village};
use crate::mobile::report::report;
use crate::world::{Person, common, jpeg, meeting};

/// Whom the person is told of for one kind of data, as `role/name`.
fn told(seen: &Value, kind: &str) -> BTreeSet<String> {
    let of_kind = seen.as_array().expect("a list").iter().find(|one| one["kind"] == kind);
    let by =
        of_kind.unwrap_or_else(|| panic!("{kind} is missing in {seen}"))["by"].as_array().expect("roles");
    let people = by.iter().flat_map(|by| by["people"].as_array().expect("people"));
    people.map(|name| name.as_str().expect("a name").to_owned()).collect()
}

async fn everybody(cast: &mut Cast<'_>) -> Vec<Person> {
    let mut people = Vec::new();
    for role in Role::ALL {
        for place in [Place::Home, Place::NextDoor] {
            people.push(cast.get(*role, place).await);
        }
    }
    people
}

/// The names of those who get an answer.
async fn who_reads(people: &[Person], me: &Person, path: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for person in people.iter().filter(|person| person.id != me.id) {
        if person.get(path).await.status == 200 {
            names.insert(person.name.clone());
        }
    }
    names
}

async fn who_lists(people: &[Person], me: &Person) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for person in people.iter().filter(|person| person.id != me.id) {
        let list = person.get("/api/v1/people").await;
        if list.status == 200 && list.body.to_string().contains(&me.id.to_string()) {
            names.insert(person.name.clone());
        }
    }
    names
}

async fn who_reveals(people: &[Person], me: &Person) -> BTreeSet<String> {
    let (mut names, path) = (BTreeSet::new(), format!("/api/v1/people/{}/phone", me.id));
    for person in people.iter().filter(|person| person.id != me.id) {
        if person.post(&path, json!({ "reason": "核对联系方式" })).await.status == 200 {
            names.insert(person.name.clone());
        }
    }
    names
}

#[tokio::test]
async fn a_secretary_is_told_exactly_who_can_see_what() {
    let (_, town, ..) = village().await;
    let secretary = town.secretary().await;
    let mut cast = Cast::new(&town);
    let people = everybody(&mut cast).await;
    let sent = meeting(common(&town.unit("石桥支部"), "2021-10-12", &[], &[]), &["general"]);
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let seen = secretary.get("/api/v1/me/visibility").await.is(200).body;
    // Those who founded the world are no part of the cast.
    let cast: BTreeSet<String> = people.iter().map(|person| person.name.clone()).collect();
    let among = |kind| -> BTreeSet<String> { told(&seen, kind).intersection(&cast).cloned().collect() };
    assert_eq!(among("name"), who_lists(&people, &secretary).await);
    let record = format!("/api/v1/records/{}", ids(&sent).0);
    assert_eq!(among("records"), who_reads(&people, &secretary, &record).await);
    let photo = secretary.uploads(&jpeg()).await;
    let original = format!("/api/v1/photos/{photo}/original?reason=核对拍摄时间");
    assert_eq!(among("originals"), who_reads(&people, &secretary, &original).await);
    assert_eq!(among("phone"), who_reveals(&people, &secretary).await);
    assert!(seen.as_array().expect("a list").iter().all(|one| one["kind"] != "reports"), "not away");
}

#[tokio::test]
async fn a_mobile_member_is_told_exactly_who_reads_the_reports() {
    let (_, town, ..) = village().await;
    let away = town.away().await;
    let mut cast = Cast::new(&town);
    let people = everybody(&mut cast).await;
    let unlinked = town.person("钱多", Role::CommitteeMember, &["石桥支部"]).await;
    let sent = report(&town, "2021-10-12", &[]);
    away.post("/api/v1/reports", sent.clone()).await.is(200);
    let seen = away.get("/api/v1/me/visibility").await.is(200).body;
    let cast: BTreeSet<String> = people.iter().map(|person| person.name.clone()).collect();
    let among = |kind| -> BTreeSet<String> { told(&seen, kind).intersection(&cast).cloned().collect() };
    let record = format!("/api/v1/records/{}", ids(&sent).0);
    let readers = who_reads(&people, &away, &record).await;
    assert!(readers.contains("王秀英") && readers.len() >= 4, "{readers:?}");
    assert_eq!(among("reports"), readers);
    assert_eq!(among("name"), who_lists(&people, &away).await);
    assert_eq!(among("phone"), who_reveals(&people, &away).await);
    assert!(
        !told(&seen, "reports").contains(&unlinked.name) && !told(&seen, "phone").contains(&unlinked.name)
    );
    assert_eq!(told(&seen, "feedback").len(), 3, "陈静, 党建办甲, 镇纪委甲: {seen}");
}

#[tokio::test]
async fn a_post_that_ends_is_told_no_more() {
    let (world, town, office, cadre) = village().await;
    let inspector = town.person("高岩", Role::Inspector, &["图河镇"]).await;
    let seen = async || told(&cadre.get("/api/v1/me/visibility").await.is(200).body, "records");
    assert!(seen().await.contains("高岩"));
    let post = crate::flow::post_of(&inspector).await;
    office.post(&format!("/api/v1/posts/{post}/end"), json!(null)).await.is(200);
    assert!(!seen().await.contains("高岩"));
    world.move_to("2021-10-13");
    assert!(seen().await.contains("陈静"));
}
