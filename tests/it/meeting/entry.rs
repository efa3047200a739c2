//! Who enters what.

use serde_json::json;

use crate::flow::{branch, held, owed, record};
use crate::world::{common, meeting};

#[tokio::test]
async fn a_committee_member_enters_for_the_branch() {
    let (_, town, office, _) = branch().await;
    let member = town.committee_member().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开支委会", "2021-10-31").await;
    let sent = held(&member, &unit, "2021-10-08", &["committee"], &[&duty]).await;
    let id = member.post("/api/v1/meetings", sent).await.is(200).text("/record_id");
    record(&office, &id).await.field("/writer", "王秀英").field("/facts/types", json!(["committee"]));
}

#[tokio::test]
async fn the_office_enters_a_paper_for_the_secretary_and_it_is_said() {
    let (_, town, office, secretary) = branch().await;
    let mut sent = held(&office, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    sent["record"]["entered_for"] = json!(secretary.id);
    sent["record"]["entry_channel"] = json!("clerk");
    let id = office.post("/api/v1/meetings", sent).await.is(200).text("/record_id");
    let read = record(&secretary, &id).await;
    let read = read.field("/entry_channel", "clerk").field("/writer", "陈静");
    read.field("/entered_for", secretary.id.to_string());
}

#[tokio::test]
async fn attendance_must_add_up_and_absence_has_a_reason() {
    let (_, town, _, secretary) = branch().await;
    let mut sent = meeting(common(&town.unit("石桥支部"), "2021-10-08", &[], &[]), &["general"]);
    sent["present"] = json!(3);
    let refusal = secretary.post("/api/v1/meetings", sent.clone()).await;
    let refusal = refusal.refuses(422, "meeting.attendance");
    assert!(refusal.text("/message").contains("应到 3 人,实到 3 人,缺席 1 人"));
    sent["present"] = json!(2);
    sent["absent"][0]["reason"] = json!(" ");
    secretary.post("/api/v1/meetings", sent.clone()).await.refuses(422, "meeting.absence_reason");
    sent["absent"][0]["reason"] = json!("病假");
    sent["minutes"] = json!(" \n ");
    secretary.post("/api/v1/meetings", sent.clone()).await.refuses(422, "meeting.minutes_empty");
    sent["minutes"] = json!("学习。");
    secretary.post("/api/v1/meetings", sent).await.is(200);
}

#[tokio::test]
async fn what_is_written_comes_back_as_it_was() {
    let (_, town, office, secretary) = branch().await;
    let mut sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["lecture", "general"], &[]).await;
    sent["minutes"] = json!("一、传达精神。\n二、“一事一议”:修路 <3 公里>;& 其他 😀");
    let id = secretary.post("/api/v1/meetings", sent.clone()).await.is(200).text("/record_id");
    let read = record(&office, &id).await.field("/facts/minutes", sent["minutes"].clone());
    let read = read.field("/facts/types", json!(["general", "lecture"])).field("/facts/expected", 3);
    let read = read.field("/facts/absent/0/name", "孙远").field("/photos/0/slot", "sheet");
    read.field("/unit_name", "石桥支部").field("/label", "会议").field("/late", false);
}
