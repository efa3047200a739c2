//! 免办, 不适用, and handing over.

use serde_json::{Value, json};

use crate::flow::{branch, duties, held, owed, standing};
use crate::world::{Answer, Person};

async fn propose(by: &Person, duty: &str, kind: &str) -> Answer {
    let form = json!({ "kind": kind, "reason": "全村抗洪,会议停开" });
    by.post(&format!("/api/v1/duties/{duty}/excuse"), form).await
}

async fn decide(by: &Person, duty: &str, approve: bool) -> Answer {
    by.post(&format!("/api/v1/duties/{duty}/excuse/decide"), json!({ "approve": approve })).await
}

#[tokio::test]
async fn one_proposes_to_let_a_duty_off_and_another_decides() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    for (title, kind, status) in
        [("召开党员大会", "excused", "excused"), ("上党课", "not_applicable", "not_applicable")]
    {
        let duty = owed(&office, &unit, title, "2021-12-31").await;
        propose(&secretary, &duty, kind).await.is(200);
        standing(&office, &duty).await.field("/excuse_pending", true).field("/status", "open");
        decide(&secretary, &duty, true).await.refuses(403, "access.forbidden");
        decide(&office, &duty, true).await.is(200);
        standing(&office, &duty).await.field("/status", status).field("/excuse_pending", false);
        assert!(secretary.today().await.iter().all(|line| line["id"] != duty.as_str()));
        propose(&secretary, &duty, kind).await.refuses(409, "duty.closed");
    }
}

#[tokio::test]
async fn nobody_decides_his_own_proposal_and_a_second_one_waits_for_the_first() {
    let (_, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "上党课", "2021-12-31").await;
    decide(&office, &duty, true).await.refuses(409, "duty.no_excuse");
    propose(&office, &duty, "excused").await.is(200);
    propose(&secretary, &duty, "excused").await.refuses(409, "duty.excuse_pending");
    decide(&office, &duty, true).await.refuses(403, "duty.own_excuse");
    let colleague = town.person("林青", tuhe::org::Role::PartyOffice, &["图河镇"]).await;
    decide(&colleague, &duty, false).await.is(200);
    standing(&office, &duty).await.field("/status", "open").field("/excuse_pending", false);
    propose(&secretary, &duty, "excused").await.is(200);
}

#[tokio::test]
async fn an_excuse_has_a_reason_and_a_proposer_with_a_say() {
    let (_, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "上党课", "2021-12-31").await;
    let path = format!("/api/v1/duties/{duty}/excuse");
    secretary.post(&path, json!({ "kind": "excused", "reason": "" })).await.refuses(400, "request.invalid");
    secretary
        .post(&path, json!({ "kind": "forgotten", "reason": "忘了开" }))
        .await
        .refuses(400, "request.invalid");
    let member = town.committee_member().await;
    propose(&member, &duty, "excused").await.refuses(403, "access.forbidden");
    let neighbour = town.neighbour().await;
    propose(&neighbour, &duty, "excused").await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn a_duty_handed_over_stands_on_the_other_list_and_comes_back() {
    let (_, town, office, secretary) = branch().await;
    let member = town.committee_member().await;
    let duty = owed(&office, &town.unit("石桥支部"), "召开支委会", "2021-10-31").await;
    let mine = async |person: &Person| -> Option<Value> {
        let list = person.today().await;
        list.iter().find(|line| line["id"] == duty.as_str()).map(|line| line["mine"].clone())
    };
    assert_eq!((mine(&secretary).await, mine(&member).await), (Some(json!(true)), Some(json!(false))));
    let path = format!("/api/v1/duties/{duty}/delegate");
    secretary.post(&path, json!({ "to": member.id })).await.is(200);
    standing(&secretary, &duty).await.field("/handed_over", true);
    assert_eq!((mine(&secretary).await, mine(&member).await), (Some(json!(false)), Some(json!(true))));
    secretary.post(&path, json!({})).await.is(200);
    standing(&secretary, &duty).await.field("/handed_over", false);
    assert_eq!((mine(&secretary).await, mine(&member).await), (Some(json!(true)), Some(json!(false))));
    member.post(&path, json!({ "to": member.id })).await.refuses(403, "access.forbidden");
    let neighbour = town.neighbour().await;
    secretary.post(&path, json!({ "to": neighbour.id })).await.refuses(422, "duty.delegate_outside");
    let sent = held(&member, &town.unit("石桥支部"), "2021-10-08", &["committee"], &[&duty]).await;
    member.post("/api/v1/meetings", sent).await.is(200);
    secretary.post(&path, json!({ "to": member.id })).await.refuses(409, "duty.closed");
    assert!(duties(&office, &town.unit("石桥支部")).await.iter().any(|line| line["status"] == "met"));
}
