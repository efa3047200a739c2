//! A place is clean when the village has said so, nothing that must go hangs there, and the town has confirmed.

use serde_json::{Value, json};

use crate::flow::{accept, case, edited, give_back, ids, owed, standing, survey, village};
use crate::world::{Answer, Person, jpeg};

const OUTSIDE: &str = "排查清理外立面标牌";
const INSIDE: &str = "排查清理室内标牌";

async fn confirm(by: &Person, sent: &Value) -> Answer {
    let (id, version) = ids(sent);
    by.post(&format!("/api/v1/sign-surveys/{id}/confirm"), json!({ "version": version })).await
}

async fn clears(by: &Person, sent: &Value) -> Value {
    let after = by.uploads(&jpeg()).await;
    let mut next = edited(sent);
    next["record"]["photos"].as_array_mut().expect("a list").push(json!({ "slot": "after", "hash": after }));
    next["action"] = json!("removed");
    by.post("/api/v1/signs", next.clone()).await.is(200).field("/state", "submitted");
    next
}

#[tokio::test]
async fn a_survey_is_confirmed_only_when_nothing_that_must_go_hangs() {
    let (_, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let sent = survey(&unit, "2021-10-12", "outside", &[]);
    cadre.post("/api/v1/sign-surveys", sent.clone()).await.is(200).field("/state", "submitted");
    let style = case(&cadre, &unit, "2021-10-12", "outside", "wrong_style").await;
    cadre.post("/api/v1/signs", style).await.is(200);
    let mut open = Vec::new();
    for finding in ["off_list", "advertisement", "wrong_name"] {
        let found = case(&cadre, &unit, "2021-10-12", "outside", finding).await;
        cadre.post("/api/v1/signs", found.clone()).await.is(200);
        open.push(found);
    }
    while let Some(found) = open.pop() {
        let refusal = confirm(&office, &sent).await.refuses(409, "sign.cases_open");
        refusal.field("/details/open", open.len() + 1);
        clears(&cadre, &found).await;
    }
    // The wrong style still hangs: that alone keeps no place from being clean.
    confirm(&office, &sent).await.is(200).field("/confirmed", true);
}

#[tokio::test]
async fn a_case_returned_or_waiting_for_its_photo_keeps_a_place_from_being_clean() {
    let (_, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let sent = survey(&unit, "2021-10-12", "outside", &[]);
    cadre.post("/api/v1/sign-surveys", sent.clone()).await.is(200);
    let mut found = case(&cadre, &unit, "2021-10-12", "outside", "off_list").await;
    found["action"] = json!("removed");
    cadre.post("/api/v1/signs", found.clone()).await.is(200).field("/state", "awaiting_photos");
    confirm(&office, &sent).await.refuses(409, "sign.cases_open");
    let done = clears(&cadre, &found).await;
    let (id, version) = ids(&done);
    give_back(&office, &id, &version, "2021-10-20").await.is(200);
    confirm(&office, &sent).await.refuses(409, "sign.cases_open");
    cadre.post("/api/v1/signs", edited(&done)).await.is(200).field("/state", "submitted");
    confirm(&office, &sent).await.is(200);
}

#[tokio::test]
async fn confirming_meets_the_duty_of_that_place_and_no_other() {
    let (_, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let outside = owed(&office, &unit, OUTSIDE, "2021-10-31").await;
    let inside = owed(&office, &unit, INSIDE, "2021-10-31").await;
    let hangs_inside = case(&cadre, &unit, "2021-10-12", "inside", "off_list").await;
    cadre.post("/api/v1/signs", hangs_inside).await.is(200);
    let sent = survey(&unit, "2021-10-12", "outside", &[&outside, &inside]);
    let receipt = cadre.post("/api/v1/sign-surveys", sent.clone()).await.is(200);
    let receipt = receipt.field("/not_counted/0/duty_id", inside.as_str());
    receipt.field("/not_counted/0/code", "checkin.wrong_place").field("/duties/0/duty_id", outside.as_str());
    standing(&office, &outside).await.field("/status", "submitted");
    confirm(&office, &sent).await.is(200);
    standing(&office, &outside).await.field("/status", "met").field("/verdict", "on_time");
    standing(&office, &inside).await.field("/status", "open");
    let wrong = survey(&unit, "2021-10-12", "outside", &[&inside]);
    cadre.post("/api/v1/sign-surveys", wrong).await.refuses(422, "checkin.wrong_place");
}

#[tokio::test]
async fn a_place_with_no_board_at_all_is_confirmed_by_whom_the_rule_names() {
    let (_, town, office, cadre) = village().await;
    let contact = town.village_contact().await;
    let unit = town.unit("石桥村");
    let duty = owed(&office, &unit, INSIDE, "2021-10-31").await;
    let sent = survey(&unit, "2021-10-12", "inside", &[&duty]);
    cadre.post("/api/v1/sign-surveys", sent.clone()).await.is(200);
    confirm(&contact, &sent).await.refuses(403, "review.other_reviewer");
    confirm(&office, &sent).await.is(200);
    standing(&office, &duty).await.field("/status", "met");
    confirm(&office, &sent).await.refuses(409, "review.not_waiting");
    // Declared for no duty, it is the town's cadre's as well.
    let sent = survey(&unit, "2021-10-12", "outside", &[]);
    cadre.post("/api/v1/sign-surveys", sent.clone()).await.is(200);
    confirm(&contact, &sent).await.is(200);
}

#[tokio::test]
async fn the_village_does_not_confirm_its_own_survey() {
    let (_, town, office, cadre) = village().await;
    let head = town.village_secretary().await;
    let neighbour = town.neighbour().await;
    let unit = town.unit("石桥村");
    let sent = survey(&unit, "2021-10-12", "outside", &[]);
    cadre.post("/api/v1/sign-surveys", sent.clone()).await.is(200);
    confirm(&cadre, &sent).await.refuses(403, "access.forbidden");
    confirm(&head, &sent).await.refuses(403, "access.forbidden");
    confirm(&neighbour, &sent).await.refuses(404, "access.not_found");
    let own = survey(&unit, "2021-10-12", "outside", &[]);
    office.post("/api/v1/sign-surveys", own.clone()).await.is(200);
    confirm(&office, &own).await.refuses(403, "review.own_record");
    let meeting = case(&cadre, &unit, "2021-10-12", "outside", "off_list").await;
    cadre.post("/api/v1/signs", meeting.clone()).await.is(200);
    confirm(&office, &meeting).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn a_survey_is_not_accepted_like_other_records() {
    let (_, town, office, cadre) = village().await;
    let sent = survey(&town.unit("石桥村"), "2021-10-12", "outside", &[]);
    cadre.post("/api/v1/sign-surveys", sent.clone()).await.is(200);
    let (id, version) = ids(&sent);
    accept(&office, &id, &version).await.refuses(409, "review.survey_needs_confirmation");
    let many = json!({ "records": [{ "id": id, "version": version }] });
    let result = office.post("/api/v1/records/accept", many).await.is(200);
    result.field("/accepted", json!([])).field("/left/0/code", "review.survey_needs_confirmation");
    give_back(&office, &id, &version, "2021-10-20").await.is(200);
}
