//! Without Redis everything goes on, slower; and what Redis remembers revives nobody who has logged out.

use std::sync::Arc;

use serde_json::{Value, json};

use super::private::PrivateRedis;
use super::until;
use crate::world::{Ground, Person, Town, World, common, jpeg};

async fn world_on(redis: &PrivateRedis) -> (Arc<World>, Town, Person) {
    let ground = Ground { redis: Some(redis.url()), ..Ground::default() };
    let world = World::upon("2021-10-12 09:00", ground).await;
    let town = Town::with_plan(&world).await;
    let cadre = town.cadre().await;
    (world, town, cadre)
}

/// What `/readyz` says, with its status.
async fn readiness(world: &World) -> (u16, String) {
    let answer = world.http.get(format!("{}/readyz", world.base)).send().await.expect("an answer");
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.expect("JSON");
    (status, body["status"].as_str().expect("a word").to_owned())
}

#[tokio::test]
async fn without_redis_sessions_logins_and_submissions_go_on_and_readiness_says_degraded() {
    let mut redis = PrivateRedis::start().await;
    let (world, town, cadre) = world_on(&redis).await;
    cadre.get("/api/v1/me").await.is(200);
    assert_eq!(readiness(&world).await, (200, "ready".to_owned()));
    redis.stop().await;
    assert_eq!(readiness(&world).await, (200, "degraded".to_owned()));
    world.app.sessions.forget();
    cadre.get("/api/v1/me").await.is(200).field("/name", "李小禾");
    let code = world.wx.login_code(&cadre.openid);
    let login = world.http.post(format!("{}/api/v1/login", world.base)).json(&json!({ "code": code }));
    let entered: Value = login.send().await.expect("an answer").json().await.expect("JSON");
    let fresh = Person { token: entered["token"].as_str().expect("a token").to_owned(), ..cadre.clone() };
    let photo = fresh.uploads(&jpeg()).await;
    let sign = json!({
        "record": common(&town.unit("石桥村"), "2021-10-12", &[], &[("before", &photo)]),
        "place": "outside", "text": "某某工作站", "finding": "off_list",
    });
    fresh.post("/api/v1/signs", sign).await.is(200);
    redis.start_again().await;
    until("Redis is used again", async || readiness(&world).await.1 == "ready").await;
    fresh.get("/api/v1/me").await.is(200);
}

#[tokio::test]
async fn a_flush_logs_nobody_out_and_nobody_back_in() {
    let redis = PrivateRedis::start().await;
    let (world, town, cadre) = world_on(&redis).await;
    let office = town.office().await;
    cadre.get("/api/v1/me").await.is(200);
    office.get("/api/v1/me").await.is(200);
    cadre.post("/api/v1/logout", Value::Null).await.is(200);
    redis.flush().await;
    world.app.sessions.forget();
    office.get("/api/v1/me").await.is(200);
    cadre.get("/api/v1/me").await.refuses(401, "identity.logged_out");
}

#[tokio::test]
async fn a_logout_while_redis_stands_still_holds_when_it_remembers_the_session_again() {
    let redis = PrivateRedis::start().await;
    let (world, _town, cadre) = world_on(&redis).await;
    cadre.get("/api/v1/me").await.is(200);
    redis.pause();
    cadre.post("/api/v1/logout", Value::Null).await.is(200);
    redis.go_on();
    world.app.sessions.forget();
    cadre.get("/api/v1/me").await.refuses(401, "identity.logged_out");
}

#[tokio::test]
async fn limits_hold_in_the_process_while_redis_is_away() {
    let mut redis = PrivateRedis::start().await;
    let (world, _town, cadre) = world_on(&redis).await;
    redis.stop().await;
    let mut statuses = Vec::new();
    for _ in 0..40 {
        let form = json!({ "tap_id": uuid::Uuid::now_v7(), "results": [] });
        statuses.push(cadre.post("/api/v1/grants", form).await.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 30, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 10, "{statuses:?}");
    drop(world);
}
