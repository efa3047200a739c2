//! From the first photo to the last.

use serde_json::{Value, json};
use tuhe::org::Role;

use crate::flow::{case, edited, ids, record, village};
use crate::world::{Person, jpeg};

/// The case cleared, with an after photo.
async fn cleared(by: &Person, sent: &Value) -> Value {
    let after = by.uploads(&jpeg()).await;
    let mut next = edited(sent);
    let photos = next["record"]["photos"].as_array_mut().expect("a list");
    photos.push(json!({ "slot": "after", "hash": after }));
    next["action"] = json!("removed");
    next
}

#[tokio::test]
async fn a_case_opened_by_one_cadre_is_finished_days_later_by_another() {
    let (world, town, office, cadre) = village().await;
    let other = town.person("赵晓", Role::VillageCadre, &["石桥村"]).await;
    let sent = case(&cadre, &town.unit("石桥村"), "2021-10-12", "outside", "off_list").await;
    cadre.post("/api/v1/signs", sent.clone()).await.is(200).field("/state", "draft");
    world.move_to("2021-10-18");
    let open = other.get("/api/v1/signs?open=true").await.is(200);
    let line = &open.list()[0];
    assert_eq!((&line["state"], &line["found_on"]), (&json!("open"), &json!("2021-10-12")));
    assert_eq!(line["version_id"], sent["record"]["version_id"], "the base of the next edit");
    assert!(line["before"]["thumb"].is_string());
    let next = cleared(&other, &sent).await;
    let receipt = other.post("/api/v1/signs", next).await.is(200).field("/state", "submitted");
    receipt.field("/received_at", "2021-10-12T09:00:00+08:00");
    assert_eq!(cadre.get("/api/v1/signs?open=true").await.is(200).list().len(), 0);
    let all = cadre.get("/api/v1/signs").await.is(200);
    let line = &all.list()[0];
    assert_eq!((&line["state"], &line["closed_on"]), (&json!("done"), &json!("2021-10-18")));
    record(&office, &ids(&sent).0).await.field("/facts/action", "removed").field("/version_no", 2);
}

#[tokio::test]
async fn keeping_a_board_or_being_unable_needs_a_reason_and_no_after_photo() {
    let (_, town, _, cadre) = village().await;
    for (action, state) in [("kept", "kept"), ("cannot", "cannot")] {
        let mut sent = case(&cadre, &town.unit("石桥村"), "2021-10-12", "inside", "unsure").await;
        sent["action"] = json!(action);
        cadre.post("/api/v1/signs", sent.clone()).await.refuses(422, "sign.reason_needed");
        sent["reason"] = json!("  ");
        cadre.post("/api/v1/signs", sent.clone()).await.refuses(422, "sign.reason_needed");
        sent["reason"] = json!("在准入清单内");
        let receipt = cadre.post("/api/v1/signs", sent.clone()).await.is(200);
        receipt.field("/state", "submitted").field("/complete", true);
        let lines = cadre.get("/api/v1/signs").await.is(200);
        let line = lines.list().iter().find(|line| line["id"] == sent["record"]["id"]).expect("the case");
        assert_eq!(line["state"], state);
    }
}

#[tokio::test]
async fn a_board_cleared_without_an_after_photo_waits_for_it() {
    let (_, town, _, cadre) = village().await;
    let mut sent = case(&cadre, &town.unit("石桥村"), "2021-10-12", "outside", "off_list").await;
    let second = cadre.uploads(&jpeg()).await;
    sent["record"]["photos"]
        .as_array_mut()
        .expect("a list")
        .push(json!({ "slot": "before", "hash": second }));
    sent["action"] = json!("replaced");
    // Two photos, both of before: one of after is still wanted.
    let receipt = cadre.post("/api/v1/signs", sent.clone()).await.is(200);
    receipt.field("/state", "awaiting_photos").field("/photos_short", 1);
    let next = cleared(&cadre, &sent).await;
    cadre.post("/api/v1/signs", next).await.is(200).field("/state", "submitted");
}

#[tokio::test]
async fn an_after_photo_without_an_action_is_refused() {
    let (_, town, _, cadre) = village().await;
    let sent = case(&cadre, &town.unit("石桥村"), "2021-10-12", "outside", "off_list").await;
    let mut next = cleared(&cadre, &sent).await;
    next["action"] = Value::Null;
    next["record"]["base_version"] = Value::Null;
    cadre.post("/api/v1/signs", next).await.refuses(422, "sign.after_without_action");
}

#[tokio::test]
async fn a_board_hangs_in_a_village_and_nowhere_else() {
    let (_, town, office, cadre) = village().await;
    let secretary = town.secretary().await;
    let sent = case(&secretary, &town.unit("石桥支部"), "2021-10-12", "outside", "off_list").await;
    secretary.post("/api/v1/signs", sent).await.refuses(422, "sign.not_a_village");
    let sent = case(&office, &town.unit("图河镇"), "2021-10-12", "outside", "off_list").await;
    office.post("/api/v1/signs", sent).await.refuses(422, "sign.not_a_village");
    let sent = case(&cadre, &town.unit("柳荫村"), "2021-10-12", "outside", "off_list").await;
    cadre.post("/api/v1/signs", sent).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn a_register_shows_the_own_village_and_the_town_all() {
    let (_, town, office, cadre) = village().await;
    let neighbour = town.neighbour().await;
    for (who, unit) in [(&cadre, "石桥村"), (&neighbour, "柳荫村")] {
        let sent = case(who, &town.unit(unit), "2021-10-12", "outside", "advertisement").await;
        who.post("/api/v1/signs", sent).await.is(200);
    }
    let own = neighbour.get("/api/v1/signs").await.is(200);
    assert_eq!((own.list().len(), &own.list()[0]["village"]), (1, &json!("柳荫村")));
    let path = format!("/api/v1/signs?village={}", town.unit("石桥村"));
    assert_eq!(neighbour.get(&path).await.is(200).list().len(), 0);
    assert_eq!(office.get("/api/v1/signs").await.is(200).list().len(), 2);
    assert_eq!(office.get(&path).await.is(200).list().len(), 1);
}
