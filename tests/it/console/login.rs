//! A desk is logged in by a phone, locks itself, and can be ended from either side.

use serde_json::json;

use super::Desk;
use crate::flow::village;

#[tokio::test]
async fn a_code_on_the_screen_confirmed_on_the_phone_opens_the_desk() {
    let (world, _, office, _) = village().await;
    let mut desk = Desk::new(&world);
    desk.get("/console/").await.leads("/console/login");
    let code = desk.code().await;
    assert_eq!(code.chars().filter(char::is_ascii_digit).count(), 8, "{code}");
    office.post("/api/v1/me/desk", json!({ "code": code })).await.is(200);
    desk.get("/console/pair").await.leads("/console/");
    let page = desk.get("/console/").await.shows("今天要办的").shows(&office.name);
    let header = |name: &str| page.headers[name].to_str().expect("text").to_owned();
    assert!(header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(
        (header("cache-control").as_str(), header("x-content-type-options").as_str()),
        ("no-store", "nosniff")
    );
    let devices = office.get("/api/v1/me/devices").await.is(200);
    assert!(devices.list().iter().any(|device| device["name"] == "办公电脑"), "{:?}", devices.body);
}

#[tokio::test]
async fn a_code_is_good_once_for_five_minutes_and_for_one_desk() {
    let (world, town, office, _) = village().await;
    let neighbour = town.neighbour().await;
    let (mut desk, mut other) = (Desk::new(&world), Desk::new(&world));
    let (code, late) = (desk.code().await, other.code().await);
    office
        .post("/api/v1/me/desk", json!({ "code": "00000000" }))
        .await
        .refuses(422, "identity.desk_code_invalid");
    office.post("/api/v1/me/desk", json!({ "code": code })).await.is(200);
    neighbour
        .post("/api/v1/me/desk", json!({ "code": code }))
        .await
        .refuses(422, "identity.desk_code_invalid");
    desk.get("/console/pair").await.leads("/console/");
    desk.get("/console/").await.shows(&office.name);
    other.get("/console/").await.leads("/console/login");
    world.move_to("2021-10-12 09:06");
    office.post("/api/v1/me/desk", json!({ "code": late })).await.refuses(422, "identity.desk_code_invalid");
}

#[tokio::test]
async fn whoever_guesses_codes_is_slowed_down() {
    let (_, _, office, _) = village().await;
    let mut answers = Vec::new();
    for n in 0..8 {
        answers.push(office.post("/api/v1/me/desk", json!({ "code": format!("{n:08}") })).await.status);
    }
    assert_eq!(answers, [422, 422, 422, 422, 422, 422, 429, 429]);
}

#[tokio::test]
async fn a_desk_nobody_touches_for_half_an_hour_locks_itself() {
    let (world, _, office, _) = village().await;
    let mut desk = Desk::of(&office).await;
    world.move_to("2021-10-12 09:29");
    desk.get("/console/").await.shows("今天要办的");
    world.move_to("2021-10-12 09:58");
    desk.get("/console/review").await.shows("审核");
    world.move_to("2021-10-12 10:29");
    desk.get("/console/").await.leads("/console/login");
}

#[tokio::test]
async fn a_desk_is_over_at_the_end_of_the_day_however_busy() {
    let (world, _, office, _) = village().await;
    let mut desk = Desk::of(&office).await;
    for minute in (25..12 * 60).step_by(25) {
        world.move_to(&format!("2021-10-12 {:02}:{:02}", 9 + minute / 60, minute % 60));
        desk.get("/console/").await.shows("今天要办的");
    }
    world.move_to("2021-10-12 21:01");
    desk.get("/console/").await.leads("/console/login");
}

#[tokio::test]
async fn leaving_ends_it_here_and_the_phone_ends_it_from_afar() {
    let (_, _, office, _) = village().await;
    let (mut left, mut lost) = (Desk::of(&office).await, Desk::of(&office).await);
    let kept = left.cookies.clone();
    let form_key = left.get("/console/").await.value("form_key");
    left.post("/console/logout", &[("form_key", &form_key)]).await.leads("/console/login");
    left.cookies = kept;
    left.get("/console/").await.leads("/console/login");
    lost.get("/console/").await.shows("今天要办的");
    let devices = office.get("/api/v1/me/devices").await.is(200);
    for device in devices.list().iter().filter(|device| device["name"] == "办公电脑") {
        let path = format!("/api/v1/me/devices/{}/logout", device["session"].as_str().expect("an id"));
        office.post(&path, json!(null)).await.is(200);
    }
    lost.get("/console/").await.leads("/console/login");
}

#[tokio::test]
async fn leaving_by_an_old_page_is_leaving_all_the_same() {
    let (world, _, office, _) = village().await;
    let mut desk = Desk::of(&office).await;
    let old = desk.get("/console/").await.value("form_key");
    let newer = Desk::of(&office).await;
    desk.cookies = newer.cookies;
    desk.post("/console/logout", &[("form_key", &old)]).await.leads("/console/login");
    desk.get("/console/").await.leads("/console/login");
    let mut locked = Desk::of(&office).await;
    let key = locked.get("/console/").await.value("form_key");
    world.move_to("2021-10-12 09:31");
    locked.post("/console/logout", &[("form_key", &key)]).await.leads("/console/login");
}

#[tokio::test]
async fn a_cookie_made_up_or_touched_up_opens_nothing() {
    let (world, _, office, _) = village().await;
    let mut desk = Desk::of(&office).await;
    let good = desk.cookies["tuhe_desk"].clone();
    let (token, rest) = good.split_once('.').expect("parts");
    let (at, signature) = rest.split_once('.').expect("parts");
    let later = at.parse::<i64>().expect("seconds") + 600;
    for bad in [
        String::new(),
        token.to_owned(),
        format!("{token}.{later}.{signature}"),
        format!("{}.{at}.{signature}", office.token),
        format!("{token}.{at}.{}", "0".repeat(signature.len())),
        format!("{token}.-9999999999999999.{signature}"),
        "…".into(),
    ] {
        let mut forged = Desk::new(&world);
        if bad.is_ascii() {
            forged.cookies.insert("tuhe_desk".into(), bad);
        }
        forged.get("/console/").await.leads("/console/login");
    }
    desk.get("/console/").await.shows("今天要办的");
}
