//! What is refused before anything is kept.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::flow::{branch, held, owed};
use crate::world::{Answer, CLIENT, Person, common, meeting};

/// A refusal of the framework in the one shape.
#[track_caller]
fn malformed(answer: Answer) {
    let answer = answer.refuses(400, "request.invalid");
    let fields: Vec<&String> = answer.body.as_object().expect("an object").keys().collect();
    assert!(
        fields.iter().all(|field| ["code", "message", "details"].contains(&field.as_str())),
        "{fields:?}"
    );
}

#[tokio::test]
async fn every_bound_is_kept_and_told_in_the_one_shape() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let long = |n: usize| json!("字".repeat(n));
    let photo = json!({ "slot": "other", "hash": "a".repeat(64) });
    let changes: [(&str, Value); 14] = [
        ("/place", long(101)),
        ("/place", json!("")),
        ("/host", long(41)),
        ("/recorder", long(41)),
        ("/topic", long(201)),
        ("/minutes", long(20_001)),
        ("/types", json!([])),
        ("/types", json!(vec!["general"; 8])),
        ("/types", json!(["party"])),
        ("/absent", json!(vec![json!({ "name": "某", "reason": "外出" }); 501])),
        ("/record/photos", json!(vec![photo; 31])),
        ("/record/photos", json!([{ "slot": "sheet", "hash": "ABC" }])),
        ("/record/duty_ids", json!((0..21).map(|_| Uuid::now_v7()).collect::<Vec<_>>())),
        ("/record/happened_on", json!("2021-13-01")),
    ];
    for (at, value) in changes {
        let mut sent = meeting(common(&unit, "2021-10-08", &[], &[]), &["general"]);
        *sent.pointer_mut(at).unwrap_or_else(|| panic!("no {at}")) = value;
        malformed(secretary.post("/api/v1/meetings", sent).await);
    }
    assert_eq!(office.get("/api/v1/records").await.is(200)["records"], json!([]));
}

#[tokio::test]
async fn the_longest_meeting_allowed_is_taken() {
    let (_, town, _, secretary) = branch().await;
    let mut sent = meeting(common(&town.unit("石桥支部"), "2021-10-08", &[], &[]), &["general"]);
    sent["minutes"] = json!("记".repeat(20_000));
    sent["topic"] = json!("题".repeat(200));
    secretary.post("/api/v1/meetings", sent).await.is(200);
}

#[tokio::test]
async fn an_unknown_field_is_refused_wherever_it_stands() {
    let (_, town, _, secretary) = branch().await;
    for at in ["", "/record", "/absent/0"] {
        let mut sent = meeting(common(&town.unit("石桥支部"), "2021-10-08", &[], &[]), &["general"]);
        sent.pointer_mut(at).expect("an object")["score"] = json!(5);
        malformed(secretary.post("/api/v1/meetings", sent).await);
    }
}

async fn with_client(secretary: &Person, sent: &Value, client: Option<&str>) -> Answer {
    let world = &secretary.world;
    let request = world.http.post(format!("{}/api/v1/meetings", world.base)).bearer_auth(&secretary.token);
    let request = match client {
        Some(client) => request.header("X-Client", client),
        None => request,
    };
    Answer::of("a client".into(), request.json(sent).send().await.expect("an answer")).await
}

#[tokio::test]
async fn a_client_that_does_not_name_itself_and_a_known_schema_is_refused() {
    let (_, town, _, secretary) = branch().await;
    let sent = meeting(common(&town.unit("石桥支部"), "2021-10-08", &[], &[]), &["general"]);
    for client in [None, Some("tuhe-test/1.0"), Some("tuhe-test/1.0; schema=99"), Some("x; schema=1")] {
        malformed(with_client(&secretary, &sent, client).await);
    }
    with_client(&secretary, &sent, Some(CLIENT)).await.is(200);
}

#[tokio::test]
async fn another_branchs_duty_is_refused() {
    let (_, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("柳荫支部"), "召开党员大会", "2021-12-31").await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[&duty]).await;
    secretary.post("/api/v1/meetings", sent).await.refuses(422, "checkin.other_unit");
}

#[tokio::test]
async fn the_branch_next_door_and_a_duty_nobody_has_are_not_found() {
    let (_, town, office, secretary) = branch().await;
    let sent = held(&secretary, &town.unit("柳荫支部"), "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent).await.refuses(404, "access.not_found");
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let named = [duty.as_str(), &Uuid::now_v7().to_string()];
    let sent = held(&secretary, &unit, "2021-10-08", &["general"], &named).await;
    secretary.post("/api/v1/meetings", sent).await.refuses(404, "access.not_found");
    let mut sent = held(&secretary, &unit, "2021-10-08", &["general"], &[]).await;
    sent["record"]["entered_for"] = json!(Uuid::now_v7());
    secretary.post("/api/v1/meetings", sent).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn whoever_only_looks_writes_no_meeting() {
    let (_, town, _, _) = branch().await;
    let contact = town.village_contact().await;
    let sent = meeting(common(&town.unit("石桥支部"), "2021-10-08", &[], &[]), &["general"]);
    contact.post("/api/v1/meetings", sent.clone()).await.refuses(403, "access.forbidden");
    let mut stranger = contact;
    stranger.token = "nobody".into();
    stranger.post("/api/v1/meetings", sent).await.refuses(401, "identity.login_required");
}
