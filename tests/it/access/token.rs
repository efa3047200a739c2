//! Without a session that holds, every operation but login, binding and `about` is 401, whatever else is sent.

use super::scene::Scene;
use super::spec::{Operation, operations};
use super::table::{PUBLIC, ROWS};
use crate::world::{Answer, World};

#[tokio::test]
async fn without_a_token_that_holds_every_operation_asks_to_log_in() {
    let world = World::on(super::scene::DAY).await;
    let scene = Scene::new(&world).await;
    let revoked = scene.town.cadre().await;
    revoked.post("/api/v1/logout", serde_json::Value::Null).await.is(200);
    let headers = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer no-token-of-ours".to_owned()),
        Some(format!("Bearer {}", "x".repeat(5_000))),
        Some(format!("Basic {}", revoked.token)),
        Some(format!("Bearer {}", revoked.token)),
    ];
    for row in ROWS {
        let operation = Operation::of(row);
        for header in &headers {
            let answer = operation.ask(&world, header.as_deref(), &(row.ask)(&scene)).await;
            must_log_in(answer, header.as_deref());
        }
    }
}

#[tokio::test]
async fn a_session_that_has_lived_its_half_year_is_over_although_redis_still_knows_it() {
    let world = World::on(super::scene::DAY).await;
    let scene = Scene::new(&world).await;
    let office = scene.town.office().await;
    office.get("/api/v1/me").await.is(200);
    world.move_to("2022-04-12");
    for row in ROWS {
        let answer = Operation::of(row).by(&office, &(row.ask)(&scene)).await;
        must_log_in(answer, Some("expired"));
    }
}

#[tokio::test]
async fn logging_in_and_binding_need_no_token() {
    let world = World::on(super::scene::DAY).await;
    let about = &operations()["about"];
    about.ask(&world, None, &super::spec::Ask::plain()).await.is(200).field("/trial", true);
    for id in PUBLIC.into_iter().filter(|id| *id != "about") {
        let operation = &operations()[id];
        let mut body = serde_json::json!({ "code": "unknown" });
        if id == "bind" {
            body["bind_code"] = serde_json::json!("ABCDEFGHJK");
        }
        let ask = super::spec::Ask::plain().json(body);
        operation.ask(&world, None, &ask).await.refuses(422, "identity.code_invalid");
    }
}

#[track_caller]
fn must_log_in(answer: Answer, header: Option<&str>) {
    let shown = header.map(|text| text.chars().take(40).collect::<String>());
    let what = format!("{} with {shown:?}", answer.what);
    // A login somebody ended says so; anything else just has to log in.
    let logged_out = answer.body["code"] == "identity.logged_out";
    let code = if logged_out { "identity.logged_out" } else { "identity.login_required" };
    Answer { what, ..answer }.refuses(401, code);
}
