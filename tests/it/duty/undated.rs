//! 立即, and a date that had passed when the notice was issued.

use serde_json::{Value, json};

use crate::flow::{accept, duties, ids, is_owed, owed, standing, statement, village};

const ASAP: &str = "到服务大厅集中办公";

#[tokio::test]
async fn what_is_to_be_done_at_once_has_no_date_and_is_never_overdue() {
    let (world, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let duty = owed(&office, &unit, ASAP, "").await;
    world.move_to("2022-03-31");
    world.housekeeping().await;
    let stands = standing(&office, &duty).await.field("/status", "open").field("/time", "立即");
    assert!(stands["last"].is_null());
    let overdue = office.get(&format!("/api/v1/duties?overdue=true&unit={unit}")).await.is(200);
    let overdue = overdue["duties"].as_array().expect("a list");
    assert!(!overdue.is_empty() && overdue.iter().all(|line| line["title"] != ASAP), "{overdue:?}");
    let sent = statement(&unit, "2022-03-31", &[&duty]);
    cadre.post("/api/v1/statements", sent).await.is(200).field("/duties/0/verdict", "on_time");
}

#[tokio::test]
async fn a_date_replaces_at_once_and_nobody_is_asked_again_for_what_is_done() {
    let (world, town, office, cadre) = village().await;
    let (done, open) = (town.unit("石桥村"), town.unit("柳荫村"));
    let duty = owed(&office, &done, ASAP, "").await;
    let sent = statement(&done, "2021-10-12", &[&duty]);
    cadre.post("/api/v1/statements", sent.clone()).await.is(200);
    let (id, version) = ids(&sent);
    accept(&office, &id, &version).await.is(200);
    let asked = owed(&office, &open, ASAP, "").await;
    let date = json!({ "opens": "2021-10-12", "due": "2021-11-15" });
    office.put("/api/v1/plan/rules/5.1.2/date", date).await.is(200);
    assert_eq!(owed(&office, &open, ASAP, "2021-11-15").await, asked, "the same duty, by its day now");
    let all = duties(&office, &open).await;
    assert_eq!(all.iter().filter(|line| line["title"] == ASAP).count(), 1, "{all:?}");
    world.housekeeping().await;
    standing(&office, &duty).await.field("/status", "met");
    assert!(!is_owed(&office, &done, ASAP, "2021-11-15").await);
    world.move_to("2021-11-20");
    let overdue = office.get(&format!("/api/v1/duties?overdue=true&unit={open}")).await.is(200);
    assert!(overdue["duties"].as_array().expect("a list").iter().any(|line| line["title"] == ASAP));
}

#[tokio::test]
async fn a_date_past_at_issue_asks_the_office_for_a_new_one_and_is_met_by_it() {
    let (_, town, office, _) = village().await;
    let root = town.unit("图河镇");
    let today = office.today().await;
    let ask = office.owes(&today, "给这项任务定新的时间");
    assert_eq!(
        (&ask["task_code"], &ask["last"], &ask["status"]),
        (&json!("2.3.1"), &Value::Null, &json!("open"))
    );
    let ask = ask["id"].as_str().expect("an id").to_owned();
    let date = json!({ "opens": "2021-10-12", "due": "2021-12-20" });
    office.put("/api/v1/plan/rules/2.3.1/date", date).await.is(200);
    standing(&office, &ask).await.field("/status", "met");
    // What the date is for, under the task's own name.
    let duty = owed(&office, &root, "加强年轻党员培养发展", "2021-12-20").await;
    let sent = statement(&root, "2021-10-12", &[&duty]);
    office.post("/api/v1/statements", sent).await.is(200);
    standing(&office, &duty).await.field("/status", "met");
}

#[tokio::test]
async fn only_what_is_done_once_gets_a_date_and_only_from_the_office() {
    let (_, _, office, cadre) = village().await;
    let date = json!({ "opens": "2021-10-12", "due": "2021-11-15" });
    let path = |code: &str| format!("/api/v1/plan/rules/{code}/date");
    office.put(&path("3.1.1"), date.clone()).await.refuses(422, "plan.not_dated");
    office.put(&path("9.9.9"), date.clone()).await.refuses(404, "access.not_found");
    cadre.put(&path("5.1.2"), date).await.refuses(403, "access.forbidden");
    let turned = json!({ "opens": "2021-11-15", "due": "2021-11-14" });
    office.put(&path("5.1.2"), turned).await.refuses(422, "plan.date_order");
}
