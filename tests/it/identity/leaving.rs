//! Whoever leaves a post or the town loses what came with it at once.

use serde_json::json;
use uuid::Uuid;

use super::{Phone, asks_code};
use crate::world::{Town, World};

#[tokio::test]
async fn leaving_a_post_ends_its_access_at_once() {
    let world = World::on("2021-10-12").await;
    let town = Town::with_plan(&world).await;
    let (office, cadre) = (town.office().await, town.cadre().await);
    cadre.get("/api/v1/units").await.is(200);
    let post: Uuid = sqlx::query_scalar("select id from post where person_id = $1")
        .bind(cadre.id.0)
        .fetch_one(&world.app.db)
        .await
        .expect("the post");
    office.post(&format!("/api/v1/posts/{post}/end"), json!({})).await.is(200);
    cadre.get("/api/v1/units").await.refuses(403, "access.forbidden");
    cadre.get("/api/v1/duties").await.refuses(403, "access.forbidden");
    assert!(cadre.today().await.is_empty());
    cadre.get("/api/v1/me").await.is(200).field("/posts", json!([]));
}

#[tokio::test]
async fn who_has_left_the_town_is_let_in_nowhere() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let (office, cadre) = (town.office().await, town.cadre().await);
    cadre.get("/api/v1/me").await.is(200);
    sqlx::query("update person set left_on = '2021-10-11' where id = $1")
        .bind(cadre.id.0)
        .execute(&world.app.db)
        .await
        .expect("gone");
    cadre.get("/api/v1/me").await.refuses(401, "identity.login_required");
    cadre.get("/api/v1/duties/today").await.refuses(401, "identity.login_required");
    let answer = Phone::of(&world, &cadre.openid).logs_in().await.is(200);
    assert_eq!(answer.body, json!({ "memberships": [] }));
    asks_code(&office, cadre.id).await.refuses(404, "access.not_found");
}
