//! 意见建议 at a desk: answered once, the writer told; a complaint is nobody's of the village it is about.

use super::Desk;
use crate::feedback::{mine, words};
use crate::flow::village;

#[tokio::test]
async fn the_office_answers_once_however_often_it_presses_and_the_writer_reads_it() {
    let (_, _, office, cadre) = village().await;
    cadre.post("/api/v1/feedback", words("complaint", "有人<i>不</i>接电话")).await.is(200);
    let mut desk = Desk::of(&office).await;
    desk.get("/console/").await.shows("意见建议等答复");
    let page = desk.get("/console/feedback").await.shows("有人&lt;i&gt;不&lt;/i&gt;接电话");
    let (form_key, id) = (page.value("form_key"), page.value("id"));
    let action = page
        .text
        .split("/answer\"")
        .next()
        .and_then(|text| text.rsplit("action=\"").next())
        .expect("an action");
    let path = format!("{action}/answer");
    let form = [("form_key", form_key.as_str()), ("id", id.as_str()), ("text", "已经提醒,以后有人接。")];
    desk.post(&path, &[form[0], form[1], ("text", "  ")]).await.refuses(422, "请写明答复的内容");
    desk.post(&path, &form).await.leads("/console/feedback?done=1");
    desk.post(&path, &form).await.leads("/console/feedback?done=1");
    desk.get("/console/feedback").await.shows("没有等答复的").hides("接电话");
    desk.get("/console/feedback?answered=1").await.shows("已经提醒");
    let told = mine(&cadre).await;
    assert_eq!(told[0]["answers"].as_array().map(Vec::len), Some(1), "{told:?}");
}

#[tokio::test]
async fn nobody_of_the_village_reads_a_complaint_at_a_desk() {
    let (_, town, _, cadre) = village().await;
    let neighbour = town.neighbour().await;
    neighbour.post("/api/v1/feedback", words("complaint", "石桥村的事")).await.is(200);
    let secretary = town.village_secretary().await;
    for person in [&cadre, &secretary] {
        let mut desk = Desk::of(person).await;
        desk.get("/console/").await.hides("意见建议");
        desk.get("/console/feedback").await.refuses(403, "您的职务没有这项权限");
    }
}
