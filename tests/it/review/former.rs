//! What was held in a post its writer has just left.

use std::sync::Arc;

use serde_json::json;
use tuhe::org::Role;

use crate::flow::{accept, branch, edited, held, ids, owed, post_of, record, standing};
use crate::world::{Answer, Person, Town, World};

/// A town in which the secretary of 石桥支部 has left the post on 20 October.
async fn left() -> (Arc<World>, Town, Person, Person, String) {
    let (world, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "召开党员大会", "2021-12-31").await;
    world.move_to("2021-10-20");
    leaves(&office, &secretary).await;
    (world, town, office, secretary, duty)
}

async fn leaves(office: &Person, person: &Person) {
    let post = post_of(person).await;
    office.post(&format!("/api/v1/posts/{post}/end"), json!({})).await.is(200);
}

async fn confirm(by: &Person, sent: &serde_json::Value) -> Answer {
    let (id, version) = ids(sent);
    by.post(&format!("/api/v1/records/{id}/confirm"), json!({ "version": version })).await
}

/// A meeting whose photo somebody else of the town has uploaded: the former secretary may upload none.
async fn written(helper: &Person, town: &Town, on: &str, duty: &str) -> serde_json::Value {
    held(helper, &town.unit("石桥支部"), on, &["general"], &[duty]).await
}

#[tokio::test]
async fn leaving_a_post_ends_access_at_once() {
    let (_, town, office, secretary, duty) = left().await;
    assert_eq!(secretary.today().await, Vec::<serde_json::Value>::new());
    secretary.get("/api/v1/records").await.is(200).field("/records", json!([]));
    secretary.get("/api/v1/duties").await.refuses(403, "access.forbidden");
    secretary.get(&format!("/api/v1/duties/{duty}")).await.refuses(404, "access.not_found");
    let sent = written(&office, &town, "2021-10-06", &duty).await;
    secretary.post("/api/v1/meetings", sent).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn what_was_held_in_the_post_counts_once_the_new_secretary_confirms_it() {
    let (world, town, office, secretary, duty) = left().await;
    world.move_to("2021-11-10");
    let sent = written(&office, &town, "2021-10-19", &duty).await;
    let receipt = secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    receipt.field("/needs_confirmation", true).field("/state", "submitted");
    standing(&office, &duty).await.field("/status", "open");
    let (id, version) = ids(&sent);
    accept(&office, &id, &version).await.refuses(409, "review.not_waiting");
    confirm(&secretary, &sent).await.refuses(404, "access.not_found");
    let member = town.committee_member().await;
    confirm(&member, &sent).await.refuses(403, "access.forbidden");
    let next = town.person("何新", Role::BranchSecretary, &["石桥支部"]).await;
    confirm(&next, &sent).await.is(200).field("/state", "submitted");
    standing(&office, &duty).await.field("/status", "met").field("/verdict", "on_time");
    record(&next, &id).await.field("/needs_confirmation", false).field("/reviews/0/decision", "confirmed");
    confirm(&next, &sent).await.refuses(409, "review.nothing_to_confirm");
    accept(&office, &id, &version).await.is(200);
}

#[tokio::test]
async fn thirty_days_after_leaving_nothing_is_taken_any_more() {
    for (day, taken) in [("2021-11-18", true), ("2021-11-19", false)] {
        let (world, town, office, secretary, duty) = left().await;
        world.move_to(day);
        let sent = written(&office, &town, "2021-10-19", &duty).await;
        let answer = secretary.post("/api/v1/meetings", sent).await;
        if taken {
            answer.is(200)
        } else {
            answer.refuses(404, "access.not_found")
        };
    }
}

#[tokio::test]
async fn what_was_held_after_leaving_or_before_the_post_began_is_not_taken() {
    let (world, town, office, secretary, duty) = left().await;
    world.move_to("2021-10-25");
    for day in ["2021-10-21", "2021-10-07"] {
        let sent = written(&office, &town, day, &duty).await;
        secretary.post("/api/v1/meetings", sent).await.refuses(404, "access.not_found");
    }
}

#[tokio::test]
async fn a_former_post_opens_ones_own_records_only() {
    let (world, town, office, secretary) = branch().await;
    let member = town.committee_member().await;
    let theirs = held(&member, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    member.post("/api/v1/meetings", theirs.clone()).await.is(200);
    let own = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["lecture"], &[]).await;
    secretary.post("/api/v1/meetings", own.clone()).await.is(200);
    world.move_to("2021-10-20");
    leaves(&office, &secretary).await;
    let mut edit = edited(&theirs);
    edit["topic"] = json!("改别人的");
    secretary.post("/api/v1/meetings", edit).await.refuses(404, "access.not_found");
    let mut edit = edited(&own);
    edit["topic"] = json!("改自己的");
    secretary.post("/api/v1/meetings", edit).await.is(200).field("/needs_confirmation", true);
}
