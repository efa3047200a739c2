//! The main job once through, end to end.

use serde_json::json;

use crate::world::{Town, World, common, jpeg};

#[tokio::test]
async fn a_cadre_clears_a_sign_and_the_office_returns_and_accepts_it() {
    let world = World::on("2021-10-12").await;
    let town = Town::with_plan(&world).await;
    let (cadre, office) = (town.cadre().await, town.office().await);
    world.allow(&cadre, 3).await;
    let before = cadre.uploads(&jpeg()).await;
    let mut sign = json!({
        "record": common(&town.unit("石桥村"), "2021-10-12", &[], &[("before", &before)]),
        "place": "outside", "text": "某某工作站", "finding": "off_list",
    });
    cadre.post("/api/v1/signs", sign.clone()).await.is(200).field("/state", "draft").field("/complete", true);
    let open = cadre.get("/api/v1/signs?open=true").await.is(200);
    assert_eq!(open.list().len(), 1);
    let after = cadre.uploads(&jpeg()).await;
    sign["record"]["base_version"] = sign["record"]["version_id"].clone();
    sign["record"]["version_id"] = json!(uuid::Uuid::now_v7());
    sign["record"]["photos"] =
        json!([{ "slot": "before", "hash": before }, { "slot": "after", "hash": after }]);
    sign["action"] = json!("removed");
    let receipt = cadre
        .post("/api/v1/signs", sign.clone())
        .await
        .is(200)
        .field("/state", "submitted")
        .field("/complete", true);
    let id = receipt.text("/record_id");
    let version = receipt.text("/current_version");
    office
        .post(
            &format!("/api/v1/records/{id}/return"),
            json!({ "version": version, "reason": "清理后的照片看不清墙面" }),
        )
        .await
        .is(200)
        .field("/state", "returned");
    world.settle().await;
    assert_eq!(cadre.messages().len(), 1, "the return is told");
    assert_eq!(cadre.messages()[0].page.as_deref(), Some(format!("pages/record/index?id={id}").as_str()));
    sign["record"]["base_version"] = json!(version);
    sign["record"]["version_id"] = json!(uuid::Uuid::now_v7());
    let again = cadre.post("/api/v1/signs", sign).await.is(200).field("/state", "submitted");
    let version = again.text("/current_version");
    office.post(&format!("/api/v1/records/{id}/accept"), json!({ "version": version })).await.is(200);
    office.get(&format!("/api/v1/records/{id}")).await.is(200).field("/state", "accepted");
}
