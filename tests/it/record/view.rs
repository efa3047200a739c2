//! What the phone is told of a record: everything for 办理详情, in words.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::flow::{accept, branch, edited, give_back, held, ids, owed, record};
use crate::world::Person;

/// The ids of a page of records.
async fn listed(by: &Person, query: &str) -> Vec<String> {
    let page = by.get(&format!("/api/v1/records?{query}")).await.is(200);
    let list = page["records"].as_array().expect("a list").iter();
    list.map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn a_returned_record_says_who_returned_it_in_which_post_why_and_by_when() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开支委会", "2021-10-31").await;
    let sent = held(&secretary, &unit, "2021-10-08", &["committee"], &[&duty]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let (id, version) = ids(&sent);
    give_back(&office, &id, &version, "2021-10-15").await.is(200);
    let read = record(&secretary, &id).await.field("/state", "returned").field("/state_label", "已退回");
    let read = read.field("/reviews/0/label", "退回").field("/reviews/0/reviewer", "陈静");
    let read = read.field("/reviews/0/role", "党建办").field("/reviews/0/due_on", "2021-10-15");
    let read = read.field("/reviews/0/reason", "照片看不清,请补拍").field("/versions", 1);
    let read = read.field("/photos/0/label", "签到表").field("/duties/0/verdict_label", "按时");
    assert!(read["photos"][0]["links"]["thumb"].is_string(), "{}", read.body);
    let next = edited(&sent);
    secretary.post("/api/v1/meetings", next.clone()).await.is(200);
    accept(&office, &id, &ids(&next).1).await.is(200);
    let read = record(&secretary, &id).await.field("/versions", 2).field("/version_no", 2);
    read.field("/reviews/1/label", "通过").field("/reviews/1/role", "党建办").field("/state_label", "已通过");
}

#[tokio::test]
async fn a_photo_on_its_way_has_no_link_and_the_state_says_so() {
    let (_, town, _, secretary) = branch().await;
    let mut sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    sent["record"]["photos"][0]["hash"] = json!("ab".repeat(32));
    let id = secretary.post("/api/v1/meetings", sent).await.is(200).text("/record_id");
    let read = record(&secretary, &id).await.field("/state_label", "照片未到齐");
    assert!(read["photos"][0]["links"].is_null(), "{}", read.body);
}

#[tokio::test]
async fn mine_is_what_i_wrote_or_what_was_entered_for_me() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let own = held(&secretary, &unit, "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", own.clone()).await.is(200);
    let mut entered = held(&office, &unit, "2021-10-07", &["committee"], &[]).await;
    entered["record"]["entered_for"] = json!(secretary.id);
    entered["record"]["entry_channel"] = json!("clerk");
    office.post("/api/v1/meetings", entered.clone()).await.is(200);
    let others = held(&office, &unit, "2021-10-06", &["lecture"], &[]).await;
    office.post("/api/v1/meetings", others.clone()).await.is(200);
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    let id = |sent: &Value| ids(sent).0;
    assert_eq!(sorted(listed(&secretary, "mine=true").await), sorted(vec![id(&own), id(&entered)]));
    assert_eq!(sorted(listed(&office, "mine=true").await), sorted(vec![id(&entered), id(&others)]));
    assert_eq!(listed(&secretary, "").await.len(), 3);
    assert_eq!(listed(&town.away().await, "mine=true").await, [] as [String; 0]);
    record(&office, &id(&entered)).await.field("/entered_for_name", "李卫国");
    // Still one unit and one kind if asked for.
    assert_eq!(listed(&secretary, &format!("mine=true&unit={}", Uuid::now_v7())).await, [] as [String; 0]);
}
