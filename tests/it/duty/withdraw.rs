//! Taking one's own proposal back while nobody has decided it.

use serde_json::{Value, json};
use tuhe::org::Role;
use uuid::Uuid;

use super::postpone::{decide, postpone, titles};
use crate::flow::{branch, owed, standing};
use crate::world::{Answer, Person, World};

async fn propose(by: &Person, duty: &str, reason: &str) -> Answer {
    by.post(&format!("/api/v1/duties/{duty}/excuse"), json!({ "kind": "excused", "reason": reason })).await
}

async fn withdraw(by: &Person, duty: &str) -> Answer {
    by.post(&format!("/api/v1/duties/{duty}/excuse/withdraw"), Value::Null).await
}

async fn proposals(by: &Person, decided: bool) -> Vec<Value> {
    let page = by.get(&format!("/api/v1/excuses?decided={decided}")).await.is(200);
    page["proposals"].as_array().expect("a list").clone()
}

/// What the log says was done to proposals, the first first.
async fn logged(world: &World) -> Vec<String> {
    let all = "select action from audit_entry where action like 'duty.excuse%' or action like 'duty.batch%' order by at, id";
    sqlx::query_scalar(all).fetch_all(&world.app.db).await.expect("entries")
}

#[tokio::test]
async fn what_waits_is_taken_back_by_whoever_asked_and_may_be_asked_again() {
    let (world, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "上党课", "2021-12-31").await;
    withdraw(&secretary, &duty).await.refuses(409, "duty.nothing_to_withdraw");
    propose(&secretary, &duty, "房子漏雨").await.is(200);
    let waits = standing(&secretary, &duty).await;
    waits.field("/excuse_pending", true).field("/excuse/mine", true).field("/excuse/reason", "房子漏雨");
    standing(&office, &duty).await.field("/excuse/mine", false).field("/excuse/label", "免办");
    assert_eq!(proposals(&secretary, false).await[0]["mine"], true);
    assert_eq!(proposals(&office, false).await[0]["mine"], false);

    withdraw(&secretary, &duty).await.is(200);
    let after = standing(&office, &duty).await.field("/excuse_pending", false).field("/status", "open");
    assert_eq!(after.body.get("excuse"), None, "nobody is shown what was taken back");
    assert!(proposals(&office, false).await.is_empty());
    assert_eq!(proposals(&office, true).await[0]["decision"], "withdrawn");
    let told = office.get(&format!("/api/v1/duties/{duty}/explain")).await.is(200);
    told.field("/decisions/0/sentence", "申请免办:本人撤回了。").field("/decisions/0/waits", false);
    decide(&office, &duty, true).await.refuses(409, "duty.no_excuse");
    withdraw(&secretary, &duty).await.refuses(409, "duty.nothing_to_withdraw");

    propose(&secretary, &duty, "还是漏雨").await.is(200);
    decide(&office, &duty, false).await.is(200);
    withdraw(&secretary, &duty).await.refuses(409, "duty.nothing_to_withdraw");
    standing(&secretary, &duty).await.field("/excuse/decision", "refused").field("/excuse_pending", false);
    assert_eq!(titles(&secretary).await, ["“上党课”没有同意免办"]);
    assert_eq!(
        logged(&world).await,
        ["duty.excuse_proposed", "duty.excuse_withdrawn", "duty.excuse_proposed", "duty.excuse_decided"]
    );
}

#[tokio::test]
async fn nobody_takes_back_what_another_has_asked() {
    let (_, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "上党课", "2021-12-31").await;
    propose(&secretary, &duty, "房子漏雨").await.is(200);
    withdraw(&office, &duty).await.refuses(403, "duty.others_excuse");
    withdraw(&town.cadre().await, &duty).await.refuses(403, "access.forbidden");
    withdraw(&town.neighbour().await, &duty).await.refuses(404, "access.not_found");
    standing(&office, &duty).await.field("/excuse_pending", true);
}

#[tokio::test]
async fn of_a_decision_and_a_withdrawal_at_once_one_holds() {
    let (world, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    for round in 0..8 {
        postpone(&secretary, &duty, "2021-10-16").await.is(200);
        let (decided, withdrawn) = if round % 2 == 0 {
            tokio::join!(decide(&office, &duty, true), withdraw(&secretary, &duty))
        } else {
            let (withdrawn, decided) =
                tokio::join!(withdraw(&secretary, &duty), decide(&office, &duty, true));
            (decided, withdrawn)
        };
        let mut both = [decided.status, withdrawn.status];
        both.sort_unstable();
        assert_eq!(both, [200, 409], "{} {}", decided.body, withdrawn.body);
        let last = if decided.status == 200 { "2021-10-16" } else { "2021-10-10" };
        standing(&office, &duty).await.field("/last", last).field("/excuse_pending", false);
        if decided.status == 200 {
            super::postpone::undo(&office, &duty).await.is(200);
        }
        world.move_to(&format!("2021-10-08 10:{round:02}"));
    }
}

#[tokio::test]
async fn a_batch_is_taken_back_as_one() {
    let (world, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    let units = [town.unit("石桥支部")];
    let choice = json!({ "kind": "excused", "from": "2021-10-09", "until": "2021-10-20", "units": units });
    let shown = secretary.post("/api/v1/excuse-batches/preview", choice.clone()).await.is(200);
    let keys: Vec<&Value> =
        shown["duties"].as_array().expect("duties").iter().map(|one| &one["key"]).collect();
    let id = Uuid::now_v7();
    let batch = json!({ "id": id, "choice": choice, "reason": "全村抗洪", "duties": keys });
    secretary.post("/api/v1/excuse-batches", batch.clone()).await.is(200);
    let back = format!("/api/v1/excuse-batches/{id}/withdraw");
    let decide = format!("/api/v1/excuse-batches/{id}/decide");
    withdraw(&secretary, &duty).await.refuses(409, "duty.in_batch");
    office.post(&back, Value::Null).await.refuses(403, "duty.others_excuse");
    town.neighbour().await.post(&back, Value::Null).await.refuses(404, "access.not_found");
    let colleague = town.person("林青", Role::PartyOffice, &["图河镇"]).await;
    let (withdrawn, decided) =
        tokio::join!(secretary.post(&back, Value::Null), colleague.post(&decide, json!({ "approve": true })));
    let mut both = [withdrawn.status, decided.status];
    both.sort_unstable();
    assert_eq!(both, [200, 409], "{} {}", withdrawn.body, decided.body);
    let status = if decided.status == 200 { "excused" } else { "upcoming" };
    standing(&office, &duty).await.field("/status", status).field("/excuse_pending", false);
    secretary.post(&back, Value::Null).await.refuses(409, "duty.batch_decided");
    // A second batch of the same duties is possible once the first is out of the way.
    if withdrawn.status == 200 {
        withdrawn.field("/done", keys.len());
        let again = json!({ "id": Uuid::now_v7(), "choice": choice, "reason": "全村抗洪", "duties": keys });
        secretary.post("/api/v1/excuse-batches", again).await.is(200);
        office.post(&decide, json!({ "approve": true })).await.refuses(409, "duty.batch_decided");
        assert!(logged(&world).await.contains(&"duty.batch_withdrawn".to_owned()));
    }
}
