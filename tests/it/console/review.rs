//! The office accepts and returns at a desk what it would on the phone.

use super::Desk;
use crate::flow::{owed, record, standing, statement, village};

#[tokio::test]
async fn what_is_returned_with_a_reason_comes_back_to_its_writer_and_is_accepted_then() {
    let (_, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let duty = owed(&office, &unit, "到服务大厅集中办公", "").await;
    let mut sent = statement(&unit, "2021-10-12", &[&duty]);
    sent["text"] = "<b>每天</b>两人值班".into();
    let receipt = cadre.post("/api/v1/statements", sent).await.is(200);
    let id = receipt.text("/record_id");
    let path = format!("/console/records/{id}");

    let mut desk = Desk::of(&office).await;
    desk.get("/console/").await.shows("等我审核");
    desk.get("/console/review").await.shows(&path).shows("到服务大厅集中办公");
    let page = desk.get(&path).await.shows("&lt;b&gt;每天&lt;/b&gt;两人值班").hides("<b>每天");
    let (form_key, version) = (page.value("form_key"), page.value("version"));
    let form = [("form_key", form_key.as_str()), ("version", &version), ("reason", "请写明值班的人")];
    desk.post(&format!("{path}/return"), &[form[0], form[1], ("reason", " 短 ")])
        .await
        .refuses(422, "2 到 500 个字");
    let nul = [form[0], form[1], ("reason", "请写\u{0}明白")];
    desk.post(&format!("{path}/return"), &nul).await.refuses(400, "不能保存的字符");
    desk.post(&format!("{path}/return"), &form).await.leads(&format!("{path}?done=returned"));
    desk.get(&path).await.shows("请写明值班的人").hides("退回</button>");
    record(&cadre, &id).await.field("/state", "returned").field("/reviews/0/reason", "请写明值班的人");

    let mut again = statement(&unit, "2021-10-12", &[&duty]);
    again["record"]["id"] = id.clone().into();
    again["record"]["base_version"] = version.into();
    cadre.post("/api/v1/statements", again).await.is(200);
    let page = desk.get(&path).await;
    let (form_key, version) = (page.value("form_key"), page.value("version"));
    let form = [("form_key", form_key.as_str()), ("version", version.as_str())];
    desk.post(&format!("{path}/accept"), &form).await.leads(&format!("{path}?done=accepted"));
    standing(&office, &duty).await.field("/status", "met");
    // A second press, or a colleague a moment later.
    desk.post(&format!("{path}/accept"), &form).await.refuses(409, "没有办成");
}

#[tokio::test]
async fn what_was_changed_after_it_was_opened_is_not_accepted_by_the_old_page() {
    let (_, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let receipt = cadre.post("/api/v1/statements", statement(&unit, "2021-10-12", &[])).await.is(200);
    let (id, version) = (receipt.text("/record_id"), receipt.text("/version_id"));
    let mut desk = Desk::of(&office).await;
    let path = format!("/console/records/{id}");
    let form_key = desk.get(&path).await.value("form_key");
    let mut again = statement(&unit, "2021-10-12", &[]);
    again["record"]["id"] = id.clone().into();
    again["record"]["base_version"] = version.clone().into();
    cadre.post("/api/v1/statements", again).await.is(200);
    let form = [("form_key", form_key.as_str()), ("version", version.as_str())];
    desk.post(&format!("{path}/accept"), &form).await.refuses(409, "没有办成");
    record(&office, &id).await.field("/state", "submitted");
}

#[tokio::test]
async fn several_are_accepted_in_one_press_and_two_desks_at_once_accept_each_once() {
    let (_, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let mut ids = Vec::new();
    for _ in 0..3 {
        let sent = statement(&unit, "2021-10-12", &[]);
        ids.push(cadre.post("/api/v1/statements", sent).await.is(200).text("/record_id"));
    }
    let (mut one, mut other) = (Desk::of(&office).await, Desk::of(&office).await);
    let page = one.get("/console/review").await;
    let ticked: Vec<String> = page
        .text
        .split("name=\"record\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap_or("").to_owned())
        .collect();
    assert_eq!(ticked.len(), 3, "{}", page.text);
    let keys = [page.value("form_key"), other.get("/console/review").await.value("form_key")];
    let forms = keys.each_ref().map(|key| {
        let mut form = vec![("form_key", key.as_str())];
        form.extend(ticked.iter().map(|value| ("record", value.as_str())));
        form
    });
    let (first, second) =
        tokio::join!(one.post("/console/review", &forms[0]), other.post("/console/review", &forms[1]));
    let accepted = |to: &str| -> usize {
        to.split("accepted=")
            .nth(1)
            .and_then(|rest| rest.split('&').next())
            .expect("a count")
            .parse()
            .expect("a number")
    };
    assert_eq!(accepted(&first.to) + accepted(&second.to), 3, "{} {}", first.to, second.to);
    for id in &ids {
        record(&office, id).await.field("/state", "accepted");
    }
    one.get(&first.to).await.shows("通过了");
    one.get("/console/review").await.shows("现在没有要审的记录");
}

#[tokio::test]
async fn a_form_without_the_desks_own_key_does_nothing() {
    let (_, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let receipt = cadre.post("/api/v1/statements", statement(&unit, "2021-10-12", &[])).await.is(200);
    let (id, version) = (receipt.text("/record_id"), receipt.text("/version_id"));
    let (mut desk, mut other) = (Desk::of(&office).await, Desk::of(&cadre).await);
    let foreign = other.get("/console/").await.value("form_key");
    for key in ["", "x", foreign.as_str()] {
        let form =
            [("form_key", key), ("version", version.as_str()), ("reason", "重新写"), ("record", "x.y")];
        for path in [
            &format!("/console/records/{id}/accept"),
            &format!("/console/records/{id}/return"),
            "/console/review",
            "/console/logout",
        ] {
            desk.post(path, &form).await.refuses(403, "页面已过期");
        }
    }
    desk.post(&format!("/console/records/{id}/accept"), &[("version", &version)])
        .await
        .refuses(403, "页面已过期");
    record(&office, &id).await.field("/state", "submitted");
    desk.get("/console/").await.shows("今天要办的");
}
