//! When reminders come, in words.

use serde_json::json;

use crate::flow::village;

#[tokio::test]
async fn the_ladder_is_told_to_everybody() {
    let (_, town, _, cadre) = village().await;
    for person in [&cadre, &town.away().await] {
        let ladders = person.get("/api/v1/me/reminders/rungs").await.is(200);
        let ladders = ladders.field("/0/kind", "dated").field("/0/when", json!(["截止前1天", "截止当天"]));
        ladders.field("/1/when", json!(["截止前7天", "截止前1天"])).field("/5/when/0", "退回时");
    }
}
