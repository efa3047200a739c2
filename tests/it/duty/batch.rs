//! Many duties in one go: a flood week.

use serde_json::{Value, json};
use uuid::Uuid;

use super::postpone::titles;
use crate::flow::{branch, duties, held, owed, standing};
use crate::world::{Answer, Person, Town};

fn flood(town: &Town, kind: &str, units: &[&str], days: (&str, &str)) -> Value {
    let units: Vec<String> = units.iter().map(|unit| town.unit(unit)).collect();
    json!({ "kind": kind, "from": days.0, "until": days.1, "units": units })
}

async fn preview(by: &Person, choice: &Value) -> Answer {
    by.post("/api/v1/excuse-batches/preview", choice.clone()).await
}

fn keys(preview: &Answer) -> Vec<String> {
    let all = preview["duties"].as_array().expect("duties").iter();
    all.map(|one| one["key"].as_str().expect("a key").to_owned()).collect()
}

async fn propose(by: &Person, id: Uuid, choice: &Value, keys: &[String]) -> Answer {
    let batch = json!({ "id": id, "choice": choice, "reason": "全镇抗洪", "duties": keys });
    by.post("/api/v1/excuse-batches", batch).await
}

async fn decide(by: &Person, id: Uuid, approve: bool) -> Answer {
    by.post(&format!("/api/v1/excuse-batches/{id}/decide"), json!({ "approve": approve })).await
}

async fn undo(by: &Person, id: Uuid) -> Answer {
    by.post(&format!("/api/v1/excuse-batches/{id}/undo"), json!({ "reason": "汛情解除" })).await
}

async fn colleague(town: &Town) -> Person {
    town.person("林青", tuhe::org::Role::PartyOffice, &["图河镇"]).await
}

#[tokio::test]
async fn what_the_preview_names_is_done_once_and_nothing_else() {
    let (_, town, office, secretary) = branch().await;
    let (id, deputy) = (Uuid::now_v7(), colleague(&town).await);
    let choice = flood(&town, "excused", &["石桥村党总支", "柳荫村党总支"], ("2021-10-09", "2021-10-20"));
    let shown = preview(&office, &choice).await.is(200);
    let named = keys(&shown);
    let lines = shown["duties"].as_array().expect("duties");
    assert!(
        lines.len() >= 4 && lines.iter().all(|one| one["last"].as_str() <= Some("2021-10-20")),
        "{lines:#?}"
    );
    assert!(lines.iter().all(|one| one["unit_name"] != "镇中学支部"), "not chosen");
    // All but one: it was unticked.
    let study = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    let kept = lines.iter().find(|one| one["unit_name"] == "柳荫支部" && one["last"] == "2021-10-10");
    let kept = kept.expect("the other branch's study day")["key"].as_str().expect("a key");
    let fewer: Vec<String> = named.iter().filter(|key| *key != kept).cloned().collect();
    propose(&office, id, &choice, &fewer).await.is(200).field("/done", fewer.len());
    propose(&office, id, &choice, &fewer).await.is(200).field("/done", fewer.len());
    propose(&office, id, &choice, &named).await.refuses(409, "duty.batch_id_reused");
    propose(&office, Uuid::now_v7(), &choice, &fewer).await.refuses(409, "duty.preview_stale");
    let left = preview(&office, &choice).await.is(200);
    assert_eq!(keys(&left), [kept.to_owned()]);
    assert_eq!(left["left"].as_array().map(Vec::len), Some(fewer.len()));
    standing(&office, &study).await.field("/status", "upcoming").field("/excuse_pending", true);
    decide(&office, id, true).await.refuses(403, "duty.own_excuse");
    office
        .post(&format!("/api/v1/duties/{study}/excuse/decide"), json!({ "approve": true }))
        .await
        .refuses(409, "duty.in_batch");
    decide(&deputy, id, true).await.is(200).field("/done", fewer.len()).field("/left", 0);
    decide(&deputy, id, true).await.refuses(409, "duty.batch_decided");
    standing(&office, &study).await.field("/status", "excused");
    let other = owed(&office, &town.unit("柳荫支部"), "固定学习日", "2021-10-10").await;
    standing(&office, &other).await.field("/status", "upcoming");
    let told = titles(&secretary).await;
    assert_eq!(
        told.iter().filter(|title| title.contains("同意免办")).count(),
        1,
        "one notice a person: {told:?}"
    );
    undo(&deputy, id).await.is(200).field("/done", fewer.len());
    undo(&deputy, id).await.refuses(409, "duty.nothing_to_undo");
    standing(&office, &study).await.field("/status", "upcoming");
}

#[tokio::test]
async fn windows_to_come_are_shown_as_planned_and_made_by_the_proposal() {
    let (world, town, office, secretary) = branch().await;
    let (id, unit) = (Uuid::now_v7(), town.unit("石桥支部"));
    let mut choice = flood(&town, "postponed", &["石桥支部"], ("2022-01-01", "2022-02-28"));
    choice["last"] = json!("2022-03-15");
    let rule = preview(&office, &choice).await.is(200)["duties"].as_array().expect("duties").clone();
    assert!(rule.len() > 4 && rule.iter().all(|one| one["planned"] == true), "{rule:#?}");
    let study = rule.iter().find(|one| one["last"] == "2022-01-10").expect("a study day");
    let named = vec![study["key"].as_str().expect("a key").to_owned()];
    let before = duties(&office, &unit).await.len();
    propose(&secretary, id, &choice, &named).await.is(200).field("/done", 1);
    assert_eq!(duties(&office, &unit).await.len(), before + 1);
    decide(&office, id, true).await.is(200);
    // The day comes: what was put off is not made again, and the other study day is as ever.
    world.move_to("2022-01-12");
    world.housekeeping().await;
    let all = duties(&office, &unit).await;
    let of =
        |last: &str| all.iter().filter(|one| one["title"] == "固定学习日" && one["last"] == last).count();
    assert_eq!((of("2022-01-10"), of("2022-03-15"), of("2022-01-20")), (0, 1, 1));
}

#[tokio::test]
async fn what_was_done_meanwhile_is_left_and_stays_done() {
    let (world, town, office, secretary) = branch().await;
    let (id, unit, deputy) = (Uuid::now_v7(), town.unit("石桥支部"), colleague(&town).await);
    let mut choice = flood(&town, "excused", &["石桥支部"], ("2021-10-10", "2021-12-31"));
    let tasks = office.get("/api/v1/plan/tasks").await.is(200);
    let rules = tasks.list().iter().flat_map(|task| task["rules"].as_array().expect("rules"));
    let meetings = ["上党课", "召开支委会", "固定学习日"];
    let codes: Vec<Value> = rules
        .filter(|rule| meetings.iter().any(|title| rule["title"] == *title))
        .map(|rule| rule["code"].clone())
        .collect();
    assert_eq!(codes.len(), 3);
    choice["rules"] = json!(codes);
    let named = keys(&preview(&office, &choice).await.is(200));
    propose(&office, id, &choice, &named).await.is(200);
    let study = owed(&office, &unit, "上党课", "2021-12-31").await;
    let sent = held(&secretary, &unit, "2021-10-08", &["lecture"], &[&study]).await;
    secretary.post("/api/v1/meetings", sent).await.is(200);
    let done = named.len() - 1;
    decide(&deputy, id, true).await.is(200).field("/done", done).field("/left", 1);
    standing(&office, &study).await.field("/status", "met");
    // Of the others one is held after all: it stays let off when the batch is taken back.
    world.move_to("2021-10-08 11:00");
    let committee = owed(&office, &unit, "召开支委会", "2021-10-31").await;
    let sent = held(&secretary, &unit, "2021-10-08", &["committee"], &[&committee]).await;
    secretary.post("/api/v1/meetings", sent).await.is(200);
    undo(&office, id).await.is(200).field("/done", done - 1).field("/left", 1);
    standing(&office, &committee).await.field("/status", "excused");
    standing(&office, &study).await.field("/status", "met");
}

#[tokio::test]
async fn duties_of_a_stretch_are_handed_over_at_once_and_come_back() {
    let (_, town, office, secretary) = branch().await;
    let (id, member) = (Uuid::now_v7(), town.committee_member().await);
    let mut choice = flood(&town, "delegated", &["石桥支部"], ("2021-10-10", "2021-10-20"));
    preview(&secretary, &choice).await.refuses(422, "duty.delegate_whom");
    choice["to"] = json!(town.neighbour().await.id);
    preview(&secretary, &choice).await.refuses(422, "duty.delegate_outside");
    choice["to"] = json!(member.id);
    let named = keys(&preview(&secretary, &choice).await.is(200));
    propose(&secretary, id, &choice, &named).await.is(200).field("/done", named.len());
    let study = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    let mine = async |person: &Person| {
        person.today().await.iter().any(|one| one["id"] == study.as_str() && one["mine"] == true)
    };
    assert!(mine(&member).await && !mine(&secretary).await);
    assert!(titles(&member).await.iter().any(|title| title.contains("请您来办")));
    undo(&secretary, id).await.is(200).field("/done", named.len());
    assert!(!mine(&member).await && mine(&secretary).await);
}

#[tokio::test]
async fn a_batch_reaches_no_further_than_whoever_proposes_or_decides_it() {
    let (world, town, office, secretary) = branch().await;
    let beyond = flood(&town, "excused", &["石桥支部", "柳荫支部"], ("2021-10-01", "2021-10-31"));
    preview(&secretary, &beyond).await.refuses(404, "access.not_found");
    propose(&secretary, Uuid::now_v7(), &beyond, &["x".to_owned()]).await.refuses(404, "access.not_found");
    let own = flood(&town, "excused", &["石桥支部"], ("2021-10-01", "2021-10-31"));
    let (id, named) = (Uuid::now_v7(), keys(&preview(&secretary, &own).await.is(200)));
    propose(&secretary, id, &own, &named).await.is(200);
    decide(&secretary, id, true).await.refuses(403, "access.forbidden");
    let neighbour = town.person("何为", tuhe::org::Role::VillageSecretary, &["柳荫村党总支"]).await;
    decide(&neighbour, id, true).await.refuses(404, "access.not_found");
    propose(&neighbour, id, &own, &named).await.refuses(404, "access.not_found");
    undo(&neighbour, id).await.refuses(404, "access.not_found");
    let elsewhere = Town::empty(&world, "bitown").await.office().await;
    decide(&elsewhere, id, true).await.refuses(404, "access.not_found");
    for (days, code) in
        [(("2021-10-31", "2021-10-01"), "duty.batch_days"), (("2021-01-01", "2022-12-31"), "duty.batch_days")]
    {
        preview(&office, &flood(&town, "excused", &["石桥支部"], days)).await.refuses(422, code);
    }
    preview(&office, &flood(&town, "excused", &[], ("2021-10-01", "2021-10-31")))
        .await
        .refuses(422, "duty.batch_units");
    propose(&office, Uuid::now_v7(), &own, &[]).await.refuses(422, "duty.batch_empty");
}

#[tokio::test]
async fn two_who_send_the_same_batch_at_once_send_it_once() {
    let (_, town, office, _) = branch().await;
    let choice = flood(&town, "excused", &["石桥支部"], ("2021-10-01", "2022-01-31"));
    let (id, named) = (Uuid::now_v7(), keys(&preview(&office, &choice).await.is(200)));
    let (one, other) =
        tokio::join!(propose(&office, id, &choice, &named), propose(&office, id, &choice, &named));
    assert_eq!((one.status, other.status), (200, 200), "{} {}", one.body, other.body);
    let list = office.get("/api/v1/excuses").await.is(200);
    let all = list["proposals"].as_array().expect("a list");
    assert_eq!((all.len(), &all[0]["duties"]), (1, &json!(named.len())));
}
