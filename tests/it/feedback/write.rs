//! Writing.

use serde_json::json;
use uuid::Uuid;

use super::{id_of, logged, mine, words};
use crate::flow::{owed, village};
use crate::mobile::report::REPORT;
use crate::world::Town;

#[tokio::test]
async fn a_suggestion_gets_a_number_and_a_repeat_gets_the_same() {
    let (_, _, office, cadre) = village().await;
    let sent = words("suggestion", "  希望表格再少一些。\n");
    let first = cadre.post("/api/v1/feedback", sent.clone()).await.is(200).field("/number", "2021-0001");
    let again = cadre.post("/api/v1/feedback", sent.clone()).await.is(200);
    assert_eq!(first.body, again.body);
    cadre.post("/api/v1/feedback", words("suggestion", "第二条")).await.is(200).field("/number", "2021-0002");
    let listed = mine(&cadre).await;
    assert_eq!(listed.len(), 2, "{listed:?}");
    let read = &listed[1];
    assert_eq!((&read["text"], &read["state"]), (&json!("希望表格再少一些。"), &json!("open")));
    assert_eq!((&read["label"], &read["unit_name"]), (&json!("建议"), &json!("石桥村")));
    assert_eq!(logged(&cadre, "feedback.written").await, 2, "a repeat is no deed");
    assert_eq!(mine(&office).await, [] as [serde_json::Value; 0]);
}

#[tokio::test]
async fn the_same_id_for_something_else_is_a_conflict() {
    let (_, town, _, cadre) = village().await;
    let sent = words("suggestion", "希望表格再少一些");
    cadre.post("/api/v1/feedback", sent.clone()).await.is(200);
    let mut other = sent.clone();
    other["text"] = json!("另一件事");
    cadre.post("/api/v1/feedback", other).await.refuses(409, "feedback.id_reused");
    town.neighbour().await.post("/api/v1/feedback", sent.clone()).await.refuses(409, "feedback.id_reused");
    // In another town the same id is nobody's.
    let there = Town::empty(&town.world, "bitown").await.cadre().await;
    there.post("/api/v1/feedback", sent).await.is(200).field("/number", "2021-0001");
    assert_eq!(mine(&cadre).await[0]["text"], "希望表格再少一些");
}

#[tokio::test]
async fn the_office_is_asked_to_enter_a_duty_and_reads_which() {
    let (_, town, office, cadre) = village().await;
    let duty = owed(&office, &town.unit("石桥村"), "调整服务中心布局", "2021-10-31").await;
    let sent = json!({ "id": Uuid::now_v7(), "kind": "clerk_request", "duty_id": duty });
    cadre.post("/api/v1/feedback", sent.clone()).await.is(200);
    let page = office.get("/api/v1/feedback?kind=clerk_request").await.is(200);
    let page = page.field("/feedback/0/id", id_of(&sent)).field("/feedback/0/duty_id", duty.clone());
    page.field("/feedback/0/duty_title", "调整服务中心布局").field("/feedback/0/writer", "李小禾");
    // Nobody asks for a duty they cannot see, and only this kind names one.
    let mut again = sent.clone();
    again["id"] = json!(Uuid::now_v7());
    town.neighbour().await.post("/api/v1/feedback", again.clone()).await.refuses(404, "access.not_found");
    again["kind"] = json!("suggestion");
    again["text"] = json!("建议");
    cadre.post("/api/v1/feedback", again).await.refuses(422, "feedback.duty_unwanted");
    let none = json!({ "id": Uuid::now_v7(), "kind": "clerk_request" });
    cadre.post("/api/v1/feedback", none).await.refuses(422, "feedback.duty_missing");
}

#[tokio::test]
async fn a_mobile_member_writes_too_and_asks_for_the_own_report() {
    let (_, town, office, _) = village().await;
    let away = town.away().await;
    let today = away.today().await;
    let duty = &away.owes(&today, REPORT)["id"];
    let sent = json!({ "id": Uuid::now_v7(), "kind": "clerk_request", "duty_id": duty, "text": "手机坏了" });
    away.post("/api/v1/feedback", sent).await.is(200);
    away.post("/api/v1/feedback", words("complaint", "没有人和我联系")).await.is(200);
    let page = office.get("/api/v1/feedback").await.is(200);
    page.field("/feedback/0/unit_name", "石桥支部").field("/feedback/1/duty_title", REPORT);
}

#[tokio::test]
async fn an_empty_or_endless_text_is_refused_with_a_sentence() {
    let (_, _, _, cadre) = village().await;
    cadre.post("/api/v1/feedback", words("complaint", " \n ")).await.refuses(422, "feedback.text_empty");
    cadre.post("/api/v1/feedback", words("suggestion", &"长".repeat(1000))).await.is(200);
    let long = cadre.post("/api/v1/feedback", words("suggestion", &"长".repeat(1001))).await;
    assert_eq!(long.status, 400, "{}", long.body);
    let mut unknown = words("suggestion", "好");
    unknown["photos"] = json!([]);
    assert_eq!(cadre.post("/api/v1/feedback", unknown).await.status, 400);
}
