//! What is owed when something happens: opened by the office, listed and reminded of like any duty, taken back with a reason.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::flow::{branch, duties, inbox, statement};
use crate::world::{Answer, Person, Town};

const PATH: &str = "/api/v1/plan/rules/2.1.1/occasions";
const TITLE: &str = "按25步发展党员:今年第一批";

fn occasion(town: &Town, units: &[&str]) -> Value {
    let units: Vec<String> = units.iter().map(|unit| town.unit(unit)).collect();
    json!({ "id": Uuid::now_v7(), "units": units, "due": "2021-10-20", "note": "今年第一批" })
}

async fn opens(by: &Person, form: &Value) -> Answer {
    by.post(PATH, form.clone()).await
}

async fn withdraws(by: &Person, form: &Value) -> Answer {
    let id = form["id"].as_str().expect("an id");
    by.post(&format!("/api/v1/occasions/{id}/withdraw"), json!({ "reason": "开错了支部" })).await
}

/// The duties of the occasion that a unit has.
async fn of(office: &Person, town: &Town, unit: &str) -> Vec<Value> {
    let all = duties(office, &town.unit(unit)).await;
    all.into_iter().filter(|duty| duty["title"] == TITLE).collect()
}

#[tokio::test]
async fn an_occasion_is_a_duty_of_each_unit_named_told_at_once_and_met_like_any_other() {
    let (world, town, office, secretary) = branch().await;
    let form = occasion(&town, &["石桥支部", "柳荫支部"]);
    opens(&office, &form).await.is(200);
    world.housekeeping().await;
    let list = secretary.today().await;
    let duty = secretary.owes(&list, TITLE);
    assert_eq!((&duty["mine"], &duty["last"]), (&json!(true), &json!("2021-10-20")));
    assert!(
        inbox(&secretary).await.iter().any(|notice| {
            notice["title"].as_str().is_some_and(|title| title.contains("今年第一批"))
        })
    );
    assert_eq!(of(&office, &town, "柳荫支部").await.len(), 1);
    assert_eq!(of(&office, &town, "镇中学支部").await.len(), 0);
    let id = duty["id"].as_str().expect("an id");
    let sent = statement(&town.unit("石桥支部"), "2021-10-08", &[id]);
    secretary.post("/api/v1/statements", sent).await.is(200).field("/duties/0/verdict", "on_time");
    let listed = office.get(PATH).await.is(200).field("/0/open", 1).field("/0/done", 1);
    listed.field("/0/units", json!(["石桥支部", "柳荫支部"]));
    // Generation and a change of the rule leave it as it was opened.
    let rule = office.get("/api/v1/plan/rules/2.1.1").await.is(200);
    let mut change = json!({ "base_version": 1, "minutes": 9 });
    for field in [
        "title",
        "cadence",
        "audience",
        "applies",
        "photos_required",
        "counts",
        "grace_days",
        "ladder",
        "reviewer",
    ] {
        change[field] = rule[field].clone();
    }
    office.post("/api/v1/plan/rules/2.1.1", change).await.is(200);
    world.housekeeping().await;
    assert_eq!(of(&office, &town, "柳荫支部").await[0]["status"], "open");
    assert_eq!(of(&office, &town, "石桥支部").await[0]["status"], "met");
}

#[tokio::test]
async fn sent_twice_or_at_once_it_is_opened_once() {
    let (_, town, office, _) = branch().await;
    let form = occasion(&town, &["石桥支部"]);
    let (one, two) = tokio::join!(opens(&office, &form), opens(&office, &form));
    one.is(200);
    two.is(200);
    opens(&office, &form).await.is(200);
    assert_eq!(of(&office, &town, "石桥支部").await.len(), 1);
    let mut other = form.clone();
    other["note"] = json!("另一件事");
    opens(&office, &other).await.refuses(409, "duty.occasion_reused");
}

#[tokio::test]
async fn one_opened_in_error_is_taken_back_and_what_was_handed_in_stays() {
    let (world, town, office, secretary) = branch().await;
    let form = occasion(&town, &["石桥支部", "柳荫支部"]);
    opens(&office, &form).await.is(200);
    let duty = of(&office, &town, "石桥支部").await[0]["id"].as_str().expect("an id").to_owned();
    let sent = statement(&town.unit("石桥支部"), "2021-10-08", &[&duty]);
    secretary.post("/api/v1/statements", sent).await.is(200);
    secretary.post(PATH, form.clone()).await.refuses(403, "access.forbidden");
    withdraws(&secretary, &form).await.refuses(403, "access.forbidden");
    let stranger = Town::empty(&world, "other").await.office().await;
    withdraws(&stranger, &form).await.refuses(404, "access.not_found");
    withdraws(&office, &form).await.is(200);
    assert_eq!(of(&office, &town, "柳荫支部").await.len(), 0);
    assert_eq!(of(&office, &town, "石桥支部").await[0]["status"], "met");
    withdraws(&office, &form).await.refuses(409, "duty.occasion_withdrawn");
    world.housekeeping().await;
    assert_eq!(of(&office, &town, "柳荫支部").await.len(), 0);
    office.get(PATH).await.is(200).field("/0/withdrawn_reason", "开错了支部");
}

#[tokio::test]
async fn what_cannot_be_opened_is_refused() {
    let (world, town, office, _) = branch().await;
    let fits = occasion(&town, &["石桥支部"]);
    let other = Town::empty(&world, "other").await;
    for (field, wrong, status, code) in [
        ("due", json!("2021-10-07"), 422, "duty.occasion_past"),
        ("due", json!("2201-10-20"), 422, "duty.occasion_far"),
        ("opens", json!("0021-10-01"), 422, "duty.occasion_far"),
        ("opens", json!("2021-10-21"), 422, "plan.date_order"),
        ("units", json!([town.unit("石桥村")]), 422, "duty.occasion_unit"),
        ("units", json!([]), 422, "duty.occasion_unit"),
        ("units", json!([other.unit("石桥支部")]), 404, "access.not_found"),
        ("note", json!(""), 400, "request.invalid"),
    ] {
        let mut form = fits.clone();
        form[field] = wrong;
        opens(&office, &form).await.refuses(status, code);
    }
    office.post("/api/v1/plan/rules/3.1.1/occasions", fits.clone()).await.refuses(422, "duty.not_an_event");
    office.post("/api/v1/plan/rules/9.9.9/occasions", fits).await.refuses(404, "access.not_found");
    // The town's own needs no units.
    let own = json!({ "id": Uuid::now_v7(), "units": [], "due": "2021-10-20", "note": "石桥村换届" });
    office.post("/api/v1/plan/rules/1.1.1/occasions", own).await.is(200);
    let list = office.today().await;
    assert_eq!(office.owes(&list, "村书记任用走五步:石桥村换届")["mine"], true);
}
