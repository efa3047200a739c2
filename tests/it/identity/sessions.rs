//! Sessions live in Redis for speed and in PostgreSQL for truth.

use redis::AsyncCommands;
use serde_json::json;

use super::{Phone, me};
use crate::world::{Town, World};

/// Every key under this world's prefix; the Redis is shared with other tests.
async fn keys(world: &World) -> Vec<String> {
    let mut redis = world.app.redis.commands();
    let pattern = format!("{}*", world.app.redis.key(""));
    redis.keys(pattern).await.expect("keys")
}

#[tokio::test]
async fn logging_out_ends_this_device_and_no_other() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let cadre = town.cadre().await;
    let other = Phone::of(&world, &cadre.openid).logs_in().await.is(200).text("/token");
    cadre.post("/api/v1/logout", json!({})).await.is(200).field("/sessions", 1);
    cadre.get("/api/v1/me").await.refuses(401, "identity.logged_out");
    me(&world, &other).await.is(200);
}

#[tokio::test]
async fn logging_out_everywhere_ends_every_device() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let (cadre, neighbour) = (town.cadre().await, town.neighbour().await);
    let phone = Phone::of(&world, &cadre.openid);
    let others = [phone.logs_in().await.is(200).text("/token"), phone.logs_in().await.is(200).text("/token")];
    cadre.post("/api/v1/logout/all", json!({})).await.is(200).field("/sessions", 3);
    for token in [&others[0], &others[1], &cadre.token] {
        me(&world, token).await.refuses(401, "identity.logged_out");
    }
    neighbour.get("/api/v1/me").await.is(200);
}

#[tokio::test]
async fn a_session_survives_a_redis_that_lost_everything() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let cadre = town.cadre().await;
    cadre.get("/api/v1/me").await.is(200);
    let known = keys(&world).await;
    assert!(known.iter().any(|key| key.contains("session:")), "the session is in Redis: {known:?}");
    let lost: usize = world.app.redis.commands().del(known).await.expect("deleted");
    assert!(lost > 0);
    world.app.sessions.forget();
    cadre.get("/api/v1/me").await.is(200);
}

#[tokio::test]
async fn a_redis_that_remembers_too_much_revives_no_session() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let cadre = town.cadre().await;
    cadre.get("/api/v1/me").await.is(200);
    let mut redis = world.app.redis.commands();
    let mut kept = Vec::new();
    for key in keys(&world).await.into_iter().filter(|key| key.contains("session:")) {
        let value: String = redis.get(&key).await.expect("a value");
        kept.push((key, value));
    }
    assert_eq!(kept.len(), 1);
    cadre.post("/api/v1/logout", json!({})).await.is(200);
    // A failover to a replica that lagged behind brings the old keys back.
    for (key, value) in kept {
        let () = redis.set(key, value).await.expect("set");
    }
    world.app.sessions.forget();
    cadre.get("/api/v1/me").await.refuses(401, "identity.logged_out");
}

#[tokio::test]
async fn a_session_ends_after_half_a_year_used_or_not() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let cadre = town.cadre().await;
    world.move_to("2022-04-10 08:59");
    cadre.get("/api/v1/me").await.is(200);
    world.move_to("2022-04-10 09:00");
    cadre.get("/api/v1/me").await.refuses(401, "identity.login_required");
}

#[tokio::test]
async fn what_is_no_token_is_told_to_log_in() {
    let world = World::on("2021-10-12").await;
    for token in ["", "x", &"长".repeat(30), &"a".repeat(4000)] {
        me(&world, token).await.refuses(401, "identity.login_required");
    }
    let bare = world.http.get(format!("{}/api/v1/me", world.base)).send().await.expect("an answer");
    assert_eq!(bare.status(), 401);
}
