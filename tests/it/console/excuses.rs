//! Proposals at the desk: decided, taken back, and many in one go with a preview.

use super::Desk;
use crate::flow::{branch, owed, standing};

#[tokio::test]
async fn a_proposal_is_made_on_the_page_of_the_duty_and_decided_at_another_desk() {
    let (_, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    let (mut own, mut desk) = (Desk::of(&secretary).await, Desk::of(&office).await);
    let page = own.get(&format!("/console/duties/{duty}")).await.shows("申请免办、延期、不适用");
    let form_key = page.value("form_key");
    let path = format!("/console/duties/{duty}/excuse");
    let form = |last| {
        [("form_key", form_key.as_str()), ("kind", "postponed"), ("reason", "全村抗洪"), ("last", last)]
    };
    own.post(&path, &form("2021-10-09")).await.refuses(422, "要晚于原来的");
    own.post(&path, &form("")).await.refuses(422, "新的最后一天");
    own.post(&path, &form("2021-10-16")).await.leads(&format!("/console/duties/{duty}?proposed=1"));
    own.get("/console/excuses").await.shows("全村抗洪").hides("同意</button>");
    desk.get("/console/").await.shows("免办、延期的申请");
    let page = desk.get("/console/excuses").await.shows("延期到 2021年10月16日");
    let form_key = page.value("form_key");
    let decide = format!("/console/excuses/duty/{duty}/decide");
    let form = [("form_key", form_key.as_str()), ("deed", "approve")];
    desk.post(&decide, &form).await.leads("/console/excuses?said=approved");
    desk.post(&decide, &form).await.refuses(409, "没有办成");
    standing(&office, &duty).await.field("/last", "2021-10-16");
    desk.get("/console/excuses?decided=1").await.shows("已同意").shows("撤销,照常办理");
    desk.get(&format!("/console/duties/{duty}")).await.shows("原来的最后一天是2021年10月10日");
    let undo = format!("/console/excuses/duty/{duty}/undo");
    let form = [("form_key", form_key.as_str()), ("reason", "水退了")];
    desk.post(&undo, &form).await.leads("/console/excuses?decided=1&said=undone");
    standing(&office, &duty).await.field("/last", "2021-10-10");
    // Undone by somebody else meanwhile: that is said, and what was typed is not lost.
    let target = format!("duty/{duty}");
    let again = [("form_key", form_key.as_str()), ("target", target.as_str()), ("reason", "又下雨了")];
    desk.post(&undo, &again).await.refuses(409, "role=\"alert\"").refuses(409, "您刚才填的:又下雨了");
    let mut other = Desk::of(&town.neighbour().await).await;
    let foreign = other.get("/console/").await.value("form_key");
    other.post(&undo, &[("form_key", &foreign), ("reason", "水退了")]).await.refuses(403, "没有这项权限");
}

#[tokio::test]
async fn a_proposal_is_withdrawn_at_the_desk_of_whoever_made_it() {
    let (_, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    let form = serde_json::json!({ "kind": "excused", "reason": "全村抗洪" });
    secretary.post(&format!("/api/v1/duties/{duty}/excuse"), form).await.is(200);
    let (mut own, mut desk) = (Desk::of(&secretary).await, Desk::of(&office).await);
    let path = format!("/console/excuses/duty/{duty}/withdraw");
    let page = desk.get("/console/excuses").await.shows("全村抗洪").hides("撤回申请");
    let form_key = page.value("form_key");
    desk.post(&path, &[("form_key", &form_key)]).await.refuses(403, "只能撤回自己提出的申请");
    let form_key = own.get("/console/excuses").await.shows("撤回申请").value("form_key");
    own.post(&path, &[("form_key", "x")]).await.refuses(403, "");
    own.post(&path, &[("form_key", &form_key)]).await.leads("/console/excuses?said=withdrawn");
    own.post(&path, &[("form_key", &form_key)]).await.refuses(409, "已经撤回");
    own.get("/console/excuses?said=withdrawn").await.shows("已撤回申请").shows("没有等决定的申请");
    desk.get("/console/excuses?decided=1").await.shows("本人已撤回").hides("撤销,照常办理");
    standing(&office, &duty).await.field("/excuse_pending", false);
}

#[tokio::test]
async fn a_flood_week_is_previewed_proposed_decided_and_taken_back() {
    let (_, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    let (mut own, mut desk) = (Desk::of(&secretary).await, Desk::of(&office).await);
    let page = own.get("/console/excuses/new").await.shows("石桥支部").shows("3.1.4 固定学习日");
    page.hides("柳荫支部");
    let form_key = own.get("/console/excuses/new").await.value("form_key");
    let unit = town.unit("石桥支部");
    let choice = [
        ("form_key", form_key.as_str()),
        ("kind", "excused"),
        ("from", "2021-10-09"),
        ("until", "2021-10-31"),
        ("last", ""),
        ("grace_days", ""),
        ("unit", &unit),
        ("rule", "3.1.4"),
    ];
    let page = own.post("/console/excuses/preview", &choice).await.shows("共 <strong>2</strong> 项");
    let (id, first) = (page.value("id"), page.value("duty"));
    let mut form = choice.to_vec();
    form.extend([("id", id.as_str()), ("duty", first.as_str()), ("reason", "全村抗洪")]);
    own.post("/console/excuses/propose", &form).await.leads("/console/excuses?said=proposed&done=1");
    own.post("/console/excuses/propose", &form).await.leads("/console/excuses?said=proposed&done=1");
    own.get("/console/excuses?said=proposed&done=1").await.shows("共1项,等别人决定");
    let form_key = desk.get("/console/excuses").await.value("form_key");
    let decide = format!("/console/excuses/batch/{id}/decide");
    let form = [("form_key", form_key.as_str()), ("deed", "approve")];
    desk.post(&decide, &form).await.leads("/console/excuses?said=approved&done=1&left=0");
    standing(&office, &duty).await.field("/status", "excused");
    let undo = format!("/console/excuses/batch/{id}/undo");
    let form = [("form_key", form_key.as_str()), ("reason", "水退了")];
    desk.post(&undo, &form).await.leads("/console/excuses?decided=1&said=undone&done=1&left=0");
    standing(&office, &duty).await.field("/status", "upcoming");
    let mut cadre = Desk::of(&town.cadre().await).await;
    cadre.get("/console/excuses/new").await.refuses(403, "没有这项权限");
}
