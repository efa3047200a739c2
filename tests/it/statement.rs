//! 情况说明: a few sentences, no photo.

use serde_json::json;
use tuhe::org::Role;

use crate::flow::{held, owed, record, standing, statement, village};

#[tokio::test]
async fn a_desk_of_the_town_states_what_it_owes() {
    let (world, town, office, _) = village().await;
    let secretary = town.person("周明", Role::TownSecretary, &["图河镇"]).await;
    let discipline = town.person("韩松", Role::Discipline, &["图河镇"]).await;
    let root = town.unit("图河镇");
    for (who, title, last) in [
        (&office, "招聘乡村振兴专干", "2021-10-31"),
        (&secretary, "制定一村一策增收计划", "2021-12-31"),
        (&discipline, "启用资金使用审批单", "2021-12-31"),
    ] {
        let today = who.today().await;
        assert_eq!(who.owes(&today, title)["mine"], true);
        let duty = owed(&office, &root, title, last).await;
        let receipt = who.post("/api/v1/statements", statement(&root, "2021-10-12", &[&duty])).await.is(200);
        let receipt = receipt.field("/complete", true).field("/photos_short", 0);
        standing(&office, &duty).await.field("/status", "met").field("/verdict", "on_time");
        let read = record(who, &receipt.text("/record_id")).await;
        read.field("/kind", "statement").field("/facts/text", "已经办好,群众反映不错。");
    }
    drop(world);
}

#[tokio::test]
async fn a_village_states_what_it_owes_and_nothing_of_the_town_or_the_next_village() {
    let (_, town, office, cadre) = village().await;
    for unit in ["图河镇", "柳荫村"] {
        let sent = statement(&town.unit(unit), "2021-10-12", &[]);
        cadre.post("/api/v1/statements", sent).await.refuses(404, "access.not_found");
    }
    let unit = town.unit("石桥村");
    let duty = owed(&office, &unit, "到服务大厅集中办公", "").await;
    let receipt = cadre.post("/api/v1/statements", statement(&unit, "2021-10-12", &[&duty])).await.is(200);
    receipt.field("/duties/0/verdict", "on_time");
    standing(&office, &duty).await.field("/status", "submitted");
    let watcher = town.person("赵监委", Role::SupervisionCommittee, &["石桥村"]).await;
    let sent = statement(&unit, "2021-10-12", &[]);
    watcher.post("/api/v1/statements", sent).await.refuses(403, "access.forbidden");
}

#[tokio::test]
async fn a_statement_says_something_and_no_more_than_fits() {
    let (_, town, _, cadre) = village().await;
    let unit = town.unit("石桥村");
    let mut sent = statement(&unit, "2021-10-12", &[]);
    sent["text"] = json!(" \n");
    cadre.post("/api/v1/statements", sent.clone()).await.refuses(422, "statement.text_empty");
    for text in [String::new(), "字".repeat(2001)] {
        sent["text"] = json!(text);
        cadre.post("/api/v1/statements", sent.clone()).await.refuses(400, "request.invalid");
    }
    sent["text"] = json!("字".repeat(2000));
    cadre.post("/api/v1/statements", sent.clone()).await.is(200);
    sent["rank"] = json!(1);
    cadre.post("/api/v1/statements", sent).await.refuses(400, "request.invalid");
}

#[tokio::test]
async fn a_statement_is_no_meeting_and_a_meeting_no_statement() {
    let (_, town, office, cadre) = village().await;
    let secretary = town.secretary().await;
    let unit = town.unit("石桥支部");
    let general = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let sent = statement(&unit, "2021-10-12", &[&general]);
    secretary.post("/api/v1/statements", sent).await.refuses(422, "checkin.wrong_kind");
    let unit = town.unit("石桥村");
    let layout = owed(&office, &unit, "调整服务中心布局", "2021-10-31").await;
    let sent = held(&cadre, &unit, "2021-10-12", &["general"], &[&layout]).await;
    cadre.post("/api/v1/meetings", sent).await.refuses(422, "checkin.wrong_kind");
}

#[tokio::test]
async fn the_same_statement_again_is_one_record() {
    let (_, town, office, cadre) = village().await;
    let sent = statement(&town.unit("石桥村"), "2021-10-12", &[]);
    let first = cadre.post("/api/v1/statements", sent.clone()).await.is(200);
    let again = cadre.post("/api/v1/statements", sent).await.is(200);
    assert_eq!(first.body, again.body);
    let list = office.get("/api/v1/records?kind=statement").await.is(200);
    assert_eq!(list["records"].as_array().map(Vec::len), Some(1));
}
