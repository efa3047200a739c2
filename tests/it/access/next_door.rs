//! A listed role of the village next door finds nothing of 石桥村.

use tuhe::access::roles;
use tuhe::org::Role;

use super::cast::{Cast, Place};
use super::scene::{DAY, Scene, fingerprint};
use super::spec::Operation;
use super::table::{ENDS_THE_SESSION, NEEDS_A_DESK, ROWS, Reach, Row, Who};
use crate::world::{Answer, Person, World};

#[tokio::test]
async fn a_role_held_next_door_finds_nothing_here() {
    let world = World::on(DAY).await;
    let scene = Scene::new(&world).await;
    let mut cast = Cast::new(&scene.town);
    for role in Role::ALL {
        cast.get(*role, Place::NextDoor).await;
    }
    let before = fingerprint(&world, &scene.town).await;
    for row in ROWS {
        let Who::Listed(action, reach) = row.who else { continue };
        if reach == Reach::List {
            continue;
        }
        for role in roles(action) {
            let person = cast.get(*role, Place::NextDoor).await;
            let answer = Operation::of(row).by(&person, &(row.ask)(&scene)).await;
            sees_nothing(row, reach, &answer);
        }
    }
    assert_eq!(fingerprint(&world, &scene.town).await, before, "a call from next door changed something");
}

#[tokio::test]
async fn lists_next_door_hold_nothing_of_this_village() {
    let world = World::on(DAY).await;
    let scene = Scene::new(&world).await;
    let secrets = scene.secrets();
    let mut cast = Cast::new(&scene.town);
    for row in ROWS.iter().filter(|row| !ENDS_THE_SESSION.contains(&row.id) && row.id != NEEDS_A_DESK) {
        let listed = match row.who {
            Who::Listed(action, Reach::List) => roles(action),
            Who::Listed(..) | Who::Tied => continue,
            Who::Oneself => Role::ALL,
        };
        for role in listed {
            let person = cast.get(*role, Place::NextDoor).await;
            let answer = Operation::of(row).by(&person, &(row.ask)(&scene)).await.is(200);
            shows_none(&answer, &secrets);
        }
    }
    // And the same lists do hold them for who may see them: the secrets are not misspelt.
    let office = scene.town.office().await;
    seen_by(&office, &secrets, &["/api/v1/units", "/api/v1/duties", "/api/v1/records", "/api/v1/call-list"])
        .await;
}

fn sees_nothing(row: &Row, reach: Reach, answer: &Answer) {
    match reach {
        Reach::Thing => {
            answer.clone().refuses(404, "access.not_found");
        }
        Reach::Each => {
            let left = answer.body.pointer("/left/0/code").and_then(serde_json::Value::as_str);
            assert_eq!(left, Some("access.not_found"), "{} answered {}", answer.what, answer.body);
            assert_eq!(answer["accepted"], serde_json::json!([]), "{}", answer.what);
        }
        // The plan is everybody's to read, and only to be written by who has the whole town.
        Reach::Town if ["plan_tasks", "plan_rule", "export_plan"].contains(&row.id) => {
            answer.clone().is(200);
        }
        Reach::Town => {
            let refused = answer.status == 403 || answer.status == 404;
            assert!(refused, "{} answered {} {}", answer.what, answer.status, answer.body);
        }
        Reach::County => {
            answer.clone().is(200);
        }
        Reach::List => unreachable!("lists have a test of their own"),
    }
}

#[track_caller]
pub fn shows_none(answer: &Answer, secrets: &[String]) {
    let text = answer.body.to_string();
    for secret in secrets {
        assert!(!text.contains(secret), "{} shows {secret}", answer.what);
    }
}

async fn seen_by(person: &Person, secrets: &[String], lists: &[&str]) {
    for list in lists {
        let answer = person.get(list).await.is(200);
        let text = answer.body.to_string();
        assert!(secrets.iter().any(|secret| text.contains(secret)), "{} shows nothing", answer.what);
    }
}
