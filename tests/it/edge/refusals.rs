//! Every refusal, the framework's own included, is `{code, message, details?}` and repeats nothing the caller sent.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::send;
use crate::world::{CLIENT, Town, World, common, meeting};

/// What no answer may repeat.
const MARK: &str = "赵铁柱13912345678";

#[tokio::test]
async fn an_unknown_address_is_404_in_the_one_shape() {
    let world = World::on("2021-10-12").await;
    for path in ["/", "/api/v1/nothing", "/api/v2/login", "/photos/x", "/demo/clock", "/api/v1/records/"] {
        send(world.http.get(format!("{}{path}", world.base))).await.refuses(404, "access.not_found");
    }
}

#[tokio::test]
async fn a_wrong_method_is_405_in_the_one_shape() {
    let world = World::on("2021-10-12").await;
    for (method, path) in [
        (Method::DELETE, "/api/v1/login"),
        (Method::GET, "/api/v1/logout"),
        (Method::PATCH, "/api/v1/duties/today"),
        (Method::POST, "/healthz"),
    ] {
        send(world.http.request(method, format!("{}{path}", world.base)))
            .await
            .refuses(405, "request.method");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_400_and_not_repeated() {
    let world = World::on("2021-10-12").await;
    let bodies = [
        format!("{{\"code\": {MARK}"),
        format!("\"{MARK}\""),
        format!("{{\"code\": {{\"a\": \"{MARK}\"}}}}"),
        format!("{{\"code\": [\"{MARK}\"]}}"),
        format!("{{\"code\": \"x\", \"town\": \"{MARK}\"}}"),
        String::new(),
    ];
    for body in bodies {
        let request = world.http.post(format!("{}/api/v1/login", world.base)).body(body.clone());
        let answer = send(request.header("Content-Type", "application/json")).await;
        let answer = answer.refuses(400, "request.invalid");
        assert!(!answer.body.to_string().contains(MARK), "{body} is repeated: {}", answer.body);
    }
}

#[tokio::test]
async fn a_wrong_content_type_is_415() {
    let world = World::on("2021-10-12").await;
    for kind in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
        let request = world.http.post(format!("{}/api/v1/login", world.base)).body("{\"code\":\"x\"}");
        send(request.header("Content-Type", kind)).await.refuses(415, "request.media_type");
    }
}

#[tokio::test]
async fn a_value_outside_its_bounds_names_the_field_and_not_the_value() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let secretary = town.secretary().await;
    let facts = json!({
        "from_on": "2021-10-01", "has_committee": true, "has_groups": true,
        "full_members": -77, "probationary_members": 0,
    });
    let path = format!("/api/v1/units/{}/facts", town.unit("石桥支部"));
    let answer = secretary.put(&path, facts).await.refuses(400, "request.invalid");
    let reason = answer.text("/details/reason");
    assert!(reason.contains("full_members") && !reason.contains("-77"), "{reason}");
    let long = json!({ "code": MARK.repeat(20) });
    let answer = send(world.http.post(format!("{}/api/v1/login", world.base)).json(&long)).await;
    let answer = answer.refuses(400, "request.invalid");
    assert!(answer.text("/details/reason").contains("code"));
    assert!(!answer.body.to_string().contains(MARK));
}

#[tokio::test]
async fn a_field_nobody_knows_is_refused() {
    let world = World::on("2021-10-12").await;
    let form = json!({ "code": "x", "colour": MARK });
    let answer = send(world.http.post(format!("{}/api/v1/login", world.base)).json(&form)).await;
    let answer = answer.refuses(400, "request.invalid");
    assert!(!answer.body.to_string().contains(MARK));
}

#[tokio::test]
async fn an_id_or_a_query_that_cannot_be_read_is_400_and_not_repeated() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    for path in [
        format!("/api/v1/records/{MARK}"),
        format!("/api/v1/duties?overdue={MARK}"),
        format!("/api/v1/duties?unit={MARK}"),
        format!("/api/v1/duties?after={MARK}"),
    ] {
        let answer = office.get(&path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        assert!(answer["code"].is_string() && answer["message"].is_string(), "{path}: {}", answer.body);
        assert!(!answer.body.to_string().contains("13912345678"), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_write_must_say_which_client_wrote_it() {
    let world = World::on("2021-10-12").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    let form = meeting(common(&town.unit("石桥支部"), "2021-10-12", &[], &[]), &["general"]);
    for client in [None, Some("somebody"), Some("tuhe-mini/9.0; schema=99")] {
        let mut request = world.http.post(format!("{}/api/v1/meetings", world.base)).json(&form);
        request = request.bearer_auth(&secretary.token);
        if let Some(client) = client {
            request = request.header("X-Client", client);
        }
        send(request).await.refuses(400, "request.invalid");
    }
    let request = world.http.post(format!("{}/api/v1/meetings", world.base)).json(&form);
    let answer = send(request.bearer_auth(&secretary.token).header("X-Client", CLIENT)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let world = World::on("2021-10-12").await;
    let mut seen = std::collections::BTreeSet::new();
    for path in ["/healthz", "/healthz", "/api/v1/me", "/nothing", "/api/v1/openapi.json", "/metrics"] {
        let answer = send(world.http.get(format!("{}{path}", world.base))).await;
        let id = answer.headers["x-request-id"].to_str().expect("text").to_owned();
        assert!(Uuid::parse_str(&id).is_ok(), "{path}: {id}");
        assert!(seen.insert(id), "{path} repeats an id");
    }
}
