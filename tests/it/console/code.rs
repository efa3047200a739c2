//! 一次性登录码: a desk opens without a phone, once, within minutes, for a named person of the town's offices.

use serde_json::json;

use super::Desk;
use crate::flow::village;
use crate::world::Answer;

fn code(answer: Answer) -> String {
    answer.is(200).text("/code")
}

#[tokio::test]
async fn a_code_opens_one_desk_once_for_whom_it_was_made() {
    let (world, town, office, _) = village().await;
    let contact = town.village_contact().await;
    let mut own = Desk::of(&office).await;
    let path = format!("/console/people/{}", contact.id);
    let key = own.get(&path).await.shows("电脑登录码").value("form_key");
    let slip = own.post(&format!("{path}/desk-code"), &[("form_key", &key)]).await.shows("吴磊的登录码");
    let shown =
        slip.text.split("aria-label=\"登录码\">").nth(1).expect("a code").split('<').next().expect("an end");
    let (mut desk, mut second) = (Desk::new(&world), Desk::new(&world));
    desk.get("/console/login").await.shows("显示配对码").shows("一次性登录码");
    // As people type it.
    let typed = shown.to_lowercase();
    let form = [("code", typed.as_str())];
    let (one, two) = tokio::join!(desk.post("/console/code", &form), second.post("/console/code", &form));
    let mut answers = [one.status, two.status];
    answers.sort_unstable();
    assert_eq!(answers, [303, 422], "{} {}", one.text, two.text);
    let opened = if one.status == 303 { &mut desk } else { &mut second };
    opened.get("/console/").await.shows("吴磊").shows("今天要办的");
    let devices = contact.get("/api/v1/me/devices").await.is(200);
    assert!(
        devices.list().iter().any(|device| device["name"] == "办公电脑(由 陈静 开通)"),
        "{:?}",
        devices.body
    );
    // Whose name it is is told, once: it may have been another's hand.
    let told = crate::flow::inbox(&contact).await;
    let told: Vec<_> = told.iter().filter_map(|one| one["title"].as_str()).collect();
    assert_eq!(
        told.iter().filter(|title| title.contains("以您的身份登录了(由 陈静 开通)")).count(),
        1,
        "{told:?}"
    );
    assert!(crate::flow::inbox(&office).await.is_empty());
    let issuer: Vec<serde_json::Value> =
        sqlx::query_scalar("select facts from audit_entry where action = 'identity.desk_logged_in_by_code'")
            .fetch_all(&world.app.db)
            .await
            .expect("the log");
    assert_eq!(issuer, [json!({ "issued_by": office.id })]);
    let kept: Vec<Vec<u8>> =
        sqlx::query_scalar("select code_hash from desk_code").fetch_all(&world.app.db).await.expect("codes");
    assert!(
        kept.iter().all(|hash| hash.len() == 32 && !hash.starts_with(typed[..5].to_uppercase().as_bytes()))
    );
    let log: Vec<String> =
        sqlx::query_scalar("select action from audit_entry where action like 'identity.desk_%code%'")
            .fetch_all(&world.app.db)
            .await
            .expect("the log");
    assert_eq!(log.len(), 2, "{log:?}");
}

#[tokio::test]
async fn a_code_that_is_old_replaced_or_of_another_kind_opens_nothing() {
    let (world, town, office, cadre) = village().await;
    let contact = town.village_contact().await;
    let path = format!("/api/v1/people/{}/desk-code", contact.id);
    let mut desk = Desk::new(&world);
    let mut tries = async |code: &str| desk.post("/console/code", &[("code", code)]).await;
    let first = code(office.post(&path, json!(null)).await);
    let second = code(office.post(&path, json!(null)).await);
    tries(&first).await.refuses(422, "登录码不对、已用过或已过期");
    let bind = code(office.post(&format!("/api/v1/people/{}/bind-code", contact.id), json!(null)).await);
    tries(&bind).await.refuses(422, "登录码不对");
    tries("").await.refuses(422, "登录码不对");
    world.move_to("2021-10-12 09:10");
    tries(&second).await.refuses(422, "登录码不对");
    // A village's people have their phones; only the office makes codes.
    let of_village = format!("/api/v1/people/{}/desk-code", cadre.id);
    office.post(&of_village, json!(null)).await.refuses(422, "identity.no_office_post");
    contact.post(&path, json!(null)).await.refuses(403, "access.forbidden");
    let nobody = uuid::Uuid::now_v7();
    office
        .post(&format!("/api/v1/people/{nobody}/desk-code"), json!(null))
        .await
        .refuses(404, "access.not_found");
    let other = crate::world::Town::empty(&world, "other").await.office().await;
    other.post(&path, json!(null)).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn whoever_guesses_login_codes_is_slowed_down() {
    let (world, ..) = village().await;
    let mut desk = Desk::new(&world);
    let mut answers = Vec::new();
    for n in 0..12 {
        answers.push(desk.post("/console/code", &[("code", &format!("2222222{n:03}"))]).await.status);
    }
    assert_eq!(answers, [422, 422, 422, 422, 422, 422, 422, 422, 422, 422, 429, 429]);
}
