//! Health and metrics.

use uuid::Uuid;

use super::send;
use crate::world::{Town, World};

#[tokio::test]
async fn metrics_have_one_label_per_route_and_none_per_thing() {
    let world = World::on("2021-10-12").await;
    let town = Town::with_plan(&world).await;
    let office = town.office().await;
    let record = Uuid::now_v7();
    office.get(&format!("/api/v1/records/{record}")).await.is(404);
    for invented in ["/api/v1/inventeda", "/api/v1/inventedb/inventedc", "/inventedd"] {
        office.get(invented).await.is(404);
    }
    let text = send(world.http.get(format!("{}/metrics", world.base))).await.is(200);
    let text = text.body.as_str().expect("text").to_owned();
    let bucket = "tuhe_request_seconds_bucket{route=\"/api/v1/records/:id\",status=\"404\",le=\"10\"}";
    assert!(text.contains(bucket), "{text}");
    assert!(text.contains("route=\"other\",status=\"404\""), "unknown paths are folded together");
    assert!(!text.contains("invented"), "{text}");
    let digits = |part: &str| part.len() >= 32 && part.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    for line in text.lines() {
        assert!(!line.split(|c| "\"/{}".contains(c)).any(digits), "an id in a label: {line}");
    }
}

#[tokio::test]
async fn a_server_with_everything_is_ready() {
    let world = World::on("2021-10-12").await;
    send(world.http.get(format!("{}/healthz", world.base))).await.is(200);
    send(world.http.get(format!("{}/readyz", world.base))).await.is(200).field("/status", "ready");
}

#[tokio::test]
async fn without_redis_the_server_is_degraded_and_still_serves() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let cadre = town.cadre().await;
    let mut app = world.app.clone();
    app.redis = tuhe::platform::redis::Redis::open("redis://127.0.0.1:1", "x:").expect("an address");
    app.limiter = tuhe::platform::limit::Limiter::new(app.redis.clone());
    let (base, _stop) = crate::world::serve(app).await;
    send(world.http.get(format!("{base}/readyz"))).await.is(200).field("/status", "degraded");
    send(world.http.get(format!("{base}/api/v1/me")).bearer_auth(&cadre.token)).await.is(200);
    let form = serde_json::json!({ "code": world.wx.login_code(&cadre.openid) });
    send(world.http.post(format!("{base}/api/v1/login")).json(&form)).await.is(200).text("/token");
}
