//! The same submission again.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::flow::{another, branch, edited, held, ids, owed};
use crate::world::{Person, Town};

async fn versions(of: &Person, record: &str) -> Vec<Value> {
    of.get(&format!("/api/v1/records/{record}/versions")).await.is(200).list().clone()
}

#[tokio::test]
async fn the_same_submission_twenty_times_in_a_row_is_one_record() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let sent = held(&secretary, &unit, "2021-10-08", &["general"], &[&duty]).await;
    let first = secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    world.move_to("2021-10-08 10:00");
    for _ in 1..20 {
        let again = secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
        assert_eq!(again.body, first.body);
    }
    assert_eq!(versions(&secretary, &ids(&sent).0).await.len(), 1);
    let list = office.get("/api/v1/records").await.is(200);
    assert_eq!(list["records"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn the_same_submission_twenty_times_at_once_is_one_record() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let sent = held(&secretary, &unit, "2021-10-08", &["general"], &[&duty]).await;
    let all = join_all((0..20).map(|_| secretary.post("/api/v1/meetings", sent.clone()))).await;
    for answer in &all {
        assert_eq!(answer.clone().is(200).body, all[0].body);
    }
    assert_eq!(versions(&secretary, &ids(&sent).0).await.len(), 1);
}

#[tokio::test]
async fn the_same_edit_twenty_times_at_once_is_one_version() {
    let (_, town, _, secretary) = branch().await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let mut next = edited(&sent);
    next["topic"] = json!("修路");
    let all = join_all((0..20).map(|_| secretary.post("/api/v1/meetings", next.clone()))).await;
    for answer in &all {
        assert_eq!(answer.clone().is(200).body, all[0].body);
    }
    assert_eq!(versions(&secretary, &ids(&sent).0).await.len(), 2);
}

#[tokio::test]
async fn a_repeat_of_the_first_version_under_another_version_id_is_the_same_record() {
    let (_, town, _, secretary) = branch().await;
    let mut sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    let (id, first) = ids(&sent);
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    sent["record"]["version_id"] = json!(uuid::Uuid::now_v7());
    secretary.post("/api/v1/meetings", sent).await.is(200).field("/current_version", first);
    assert_eq!(versions(&secretary, &id).await.len(), 1);
}

#[tokio::test]
async fn one_id_with_other_content_is_a_conflict() {
    let (_, town, _, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let sent = held(&secretary, &unit, "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let mut other = sent.clone();
    other["topic"] = json!("别的议题");
    secretary.post("/api/v1/meetings", other.clone()).await.refuses(409, "checkin.id_reused");
    other["record"]["version_id"] = json!(uuid::Uuid::now_v7());
    secretary.post("/api/v1/meetings", other).await.refuses(409, "checkin.id_reused");
    let mut statement = crate::flow::statement(&unit, "2021-10-08", &[]);
    statement["record"]["id"] = sent["record"]["id"].clone();
    secretary.post("/api/v1/statements", statement).await.refuses(409, "checkin.id_reused");
}

#[tokio::test]
async fn one_version_id_for_two_records_is_a_conflict_also_at_once() {
    let (_, town, office, secretary) = branch().await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    let mut all = vec![sent.clone()];
    for _ in 0..7 {
        let mut other = another(&sent);
        other["record"]["version_id"] = sent["record"]["version_id"].clone();
        all.push(other);
    }
    let answers = join_all(all.iter().map(|one| secretary.post("/api/v1/meetings", one.clone()))).await;
    let (kept, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((kept.len(), refused.len()), (1, 7));
    for answer in refused {
        answer.refuses(409, "checkin.id_reused");
    }
    let list = office.get("/api/v1/records").await.is(200);
    assert_eq!(list["records"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn somebody_elses_repeat_is_not_answered_with_the_record() {
    let (_, town, _, secretary) = branch().await;
    let member = town.committee_member().await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    member.post("/api/v1/meetings", sent).await.refuses(409, "checkin.id_reused");
}

#[tokio::test]
async fn an_id_used_in_another_town_is_no_conflict() {
    let (world, town, _, secretary) = branch().await;
    let east = Town::empty(&world, "east").await;
    let other = east.person("赵东", tuhe::org::Role::BranchSecretary, &["石桥支部"]).await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let mut same = sent.clone();
    same["record"]["unit_id"] = json!(east.unit("石桥支部"));
    same["topic"] = json!("东镇的会");
    other.post("/api/v1/meetings", same).await.is(200);
    other.post("/api/v1/meetings", sent).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn a_submission_that_waits_too_long_for_its_turn_is_told_to_come_again_and_then_kept() {
    let (world, town, _, secretary) = branch().await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["committee"], &[]).await;
    let id: uuid::Uuid = ids(&sent).0.parse().expect("an id");
    let (high, low) = id.as_u64_pair();
    let mut other = world.app.db.begin().await.expect("a transaction");
    sqlx::query("select pg_advisory_xact_lock($1)")
        .bind((high ^ low).cast_signed())
        .execute(&mut *other)
        .await
        .expect("the turn");
    secretary.post("/api/v1/meetings", sent.clone()).await.refuses(503, "server.busy");
    other.rollback().await.expect("given back");
    secretary.post("/api/v1/meetings", sent).await.is(200);
}
