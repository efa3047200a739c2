//! Answering, and how the answer comes back.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{id_of, logged, mine, words};
use crate::flow::{inbox, village};
use crate::world::{Answer, Person, Town};

fn said(text: &str) -> Value {
    json!({ "id": Uuid::now_v7(), "text": text })
}

async fn answers(by: &Person, about: &Value, form: &Value) -> Answer {
    by.post(&format!("/api/v1/feedback/{}/answer", id_of(about)), form.clone()).await
}

#[tokio::test]
async fn the_answer_comes_back_as_a_notice_and_by_wechat() {
    let (world, _, office, cadre) = village().await;
    world.allow(&cadre, 5).await;
    world.settle().await;
    let before = cadre.messages().len();
    let sent = words("suggestion", "希望表格再少一些");
    cadre.post("/api/v1/feedback", sent.clone()).await.is(200);
    world.move_to("2021-10-13 10:00");
    answers(&office, &sent, &said("已合并两张表")).await.is(200);
    let page = format!("more/feedback/index?id={}", id_of(&sent));
    let told = inbox(&cadre).await;
    let notice = told.iter().find(|notice| notice["page"] == page).expect("a notice");
    assert_eq!(notice["title"], "您反映的2021-0001号事项有了答复");
    world.settle().await;
    assert!(cadre.messages().len() > before, "nothing came by WeChat");
    let read = &mine(&cadre).await[0];
    assert_eq!((&read["state"], &read["answers"][0]["text"]), (&json!("answered"), &json!("已合并两张表")));
    assert_eq!(read["answers"][0]["by"], "陈静");
    assert_eq!(logged(&office, "feedback.answered").await, 1);
}

#[tokio::test]
async fn a_second_answer_is_a_correction_and_both_are_kept() {
    let (_, _, office, cadre) = village().await;
    let sent = words("complaint", "路灯不亮");
    cadre.post("/api/v1/feedback", sent.clone()).await.is(200);
    let mut too_early = said("更正");
    too_early["corrects"] = json!(Uuid::now_v7());
    answers(&office, &sent, &too_early).await.refuses(409, "feedback.nothing_to_correct");
    let first = said("本周修好");
    answers(&office, &sent, &first).await.is(200);
    answers(&office, &sent, &first).await.is(200);
    let mut changed = first.clone();
    changed["text"] = json!("下周修好");
    answers(&office, &sent, &changed).await.refuses(409, "feedback.id_reused");
    let refusal = answers(&office, &sent, &said("下周修好")).await.refuses(409, "feedback.answered");
    assert_eq!(refusal["details"]["last_answer"], first["id"]);
    let mut correction = said("下周修好");
    correction["corrects"] = first["id"].clone();
    answers(&office, &sent, &correction).await.is(200);
    let read = &mine(&cadre).await[0]["answers"];
    let texts: Vec<_> = read.as_array().expect("answers").iter().map(|answer| &answer["text"]).collect();
    assert_eq!(texts, ["本周修好", "下周修好"]);
    assert_eq!(
        inbox(&cadre).await.iter().filter(|n| n["page"].to_string().contains("more/feedback")).count(),
        2
    );
}

#[tokio::test]
async fn of_two_who_answer_at_once_one_is_told_of_the_other() {
    let (_, town, office, cadre) = village().await;
    let colleague = town.person("许佳", tuhe::org::Role::PartyOffice, &["图河镇"]).await;
    let sent = words("complaint", "路灯不亮");
    cadre.post("/api/v1/feedback", sent.clone()).await.is(200);
    let (one, other) = (said("本周修好"), said("下周修好"));
    let (a, b) = tokio::join!(answers(&office, &sent, &one), answers(&colleague, &sent, &other));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", a.body, b.body);
    assert_eq!(mine(&cadre).await[0]["answers"].as_array().expect("answers").len(), 1);
}

#[tokio::test]
async fn nobody_but_the_office_answers_and_nobody_of_another_town() {
    let (world, town, _, cadre) = village().await;
    let sent = words("complaint", "路灯不亮");
    cadre.post("/api/v1/feedback", sent.clone()).await.is(200);
    let form = said("马上办");
    let secretary = town.village_secretary().await;
    answers(&secretary, &sent, &form).await.refuses(403, "access.forbidden");
    answers(&cadre, &sent, &form).await.refuses(403, "access.forbidden");
    answers(&town.neighbour().await, &sent, &form).await.refuses(404, "access.not_found");
    let there = Town::empty(&world, "bitown").await.office().await;
    answers(&there, &sent, &form).await.refuses(404, "access.not_found");
    assert_eq!(mine(&cadre).await[0]["answers"], json!([]));
}
