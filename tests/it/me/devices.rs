//! The devices one is logged in on.

use serde_json::{Value, json};

use crate::flow::village;
use crate::world::Person;

async fn devices(of: &Person) -> Vec<Value> {
    of.get("/api/v1/me/devices").await.is(200).list().clone()
}

#[tokio::test]
async fn a_lost_phone_is_logged_out_from_another() {
    let (world, town, _, cadre) = village().await;
    world.move_to("2021-10-12 10:00");
    let lost = town.logs_in(cadre.id, "李小禾").await;
    lost.get("/api/v1/me").await.is(200);
    // Binding the same WeChat identity again keeps the session; both are listed, the newest first.
    let listed = devices(&cadre).await;
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert_eq!(listed[0]["started_at"], "2021-10-12T10:00:00+08:00");
    assert_eq!((&listed[0]["this"], &listed[1]["this"]), (&json!(false), &json!(true)));
    assert_eq!(listed[0]["name"], "测试机");
    assert!(listed.iter().all(|device| device["last_used_at"].is_string()), "{listed:?}");
    let path = format!("/api/v1/me/devices/{}/logout", listed[0]["session"].as_str().expect("an id"));
    cadre.post(&path, json!(null)).await.is(200).field("/sessions", 1);
    lost.get("/api/v1/me").await.refuses(401, "identity.logged_out");
    cadre.post(&path, json!(null)).await.is(200).field("/sessions", 0);
    assert_eq!(devices(&cadre).await.len(), 1);
}

#[tokio::test]
async fn nobody_logs_out_another_persons_device() {
    let (_, town, office, cadre) = village().await;
    let neighbour = town.neighbour().await;
    let session = devices(&cadre).await[0]["session"].as_str().expect("an id").to_owned();
    for other in [&neighbour, &office] {
        let path = format!("/api/v1/me/devices/{session}/logout");
        other.post(&path, json!(null)).await.is(200).field("/sessions", 0);
        assert!(!devices(other).await.iter().any(|device| device["session"] == session.as_str()));
    }
    cadre.get("/api/v1/me").await.is(200);
}
