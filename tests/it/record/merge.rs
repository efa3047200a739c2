//! An extra is offered for merge, and merged: nothing of it is lost, and it stays merged.

use futures_util::future::join;
use serde_json::{Value, json};
use tuhe::org::Role;
use uuid::Uuid;

use crate::flow::{
    accept, branch, edited, give_back, held, ids, inbox, owed, record, standing, statement, village,
};
use crate::world::{Answer, Person, Town, common, meeting};

async fn merge(by: &Person, extra: &Value, into: &str) -> Answer {
    let (id, version) = ids(extra);
    by.post(&format!("/api/v1/records/{id}/merge"), json!({ "version": version, "into": into })).await
}

/// The branch's meeting entered by its secretary, and again by a member of its committee.
async fn twice(office: &Person, town: &Town, secretary: &Person) -> (Value, Value, Person, String) {
    let unit = town.unit("石桥支部");
    let duty = owed(office, &unit, "召开党员大会", "2021-12-31").await;
    let member = town.committee_member().await;
    let mut first = held(secretary, &unit, "2021-10-08", &["general"], &[&duty]).await;
    first["topic"] = json!("学习讨论");
    secretary.post("/api/v1/meetings", first.clone()).await.is(200);
    let second = held(&member, &unit, "2021-10-07", &["general"], &[&duty]).await;
    let receipt = member.post("/api/v1/meetings", second.clone()).await.is(200);
    let kept = ids(&first).0;
    let receipt = receipt.field("/duties/0/extra_of/record_id", kept.as_str());
    let receipt = receipt.field("/duties/0/extra_of/title", "学习讨论");
    receipt
        .field("/duties/0/extra_of/happened_on", "2021-10-08")
        .field("/duties/0/extra_of/writer", "李卫国");
    (first, second, member, duty)
}

async fn merges_logged(town: &Town, id: &str) -> i64 {
    sqlx::query_scalar("select count(*) from audit_entry where action = 'record.merged' and subject_id = $1")
        .bind(id.parse::<Uuid>().expect("an id"))
        .fetch_one(&town.world.app.db)
        .await
        .expect("a count")
}

#[tokio::test]
async fn a_merged_extra_is_kept_whole_and_seen_from_both_sides() {
    let (world, town, office, secretary) = branch().await;
    let (first, second, member, duty) = twice(&office, &town, &secretary).await;
    let (kept, extra) = (ids(&first).0, ids(&second).0);
    record(&member, &extra).await.field("/duties/0/extra_of/record_id", kept.as_str());
    let before = record(&office, &extra).await;
    merge(&member, &second, &kept).await.is(200).field("/state", "merged");
    let after = record(&office, &extra).await.field("/state", "merged");
    for part in ["/facts", "/version_id", "/happened_on", "/writer", "/photos/0/hash", "/duties/0/extra"] {
        assert_eq!(after.body.pointer(part), before.body.pointer(part), "{part}");
    }
    assert!(after["photos"][0]["links"].is_object(), "its photo is still shown");
    let after = after.field("/merged_into/record_id", kept.as_str()).field("/merged_into/writer", "李卫国");
    after.field("/merged_into/title", "学习讨论");
    let read = record(&secretary, &kept).await.field("/merged/0/record_id", extra.as_str());
    read.field("/merged/0/writer", "王秀英").field("/state", "submitted");
    standing(&office, &duty).await.field("/status", "met").field("/record_id", kept.as_str());
    let versions = office.get(&format!("/api/v1/records/{extra}/versions")).await.is(200);
    assert_eq!(versions.list().len(), 1);
    assert_eq!(merges_logged(&town, &extra).await, 1);
    // A lost answer, and a photo that was swept for: the repeat of the record itself still says what it said.
    world.housekeeping().await;
    let again = member.post("/api/v1/meetings", second).await.is(200);
    again.field("/state", "merged").field("/complete", true);
}

#[tokio::test]
async fn two_phones_merging_at_once_and_a_repeat_merge_once() {
    let (_, town, office, secretary) = branch().await;
    let (first, second, member, _) = twice(&office, &town, &secretary).await;
    let kept = ids(&first).0;
    let (one, two) = join(merge(&member, &second, &kept), merge(&secretary, &second, &kept)).await;
    one.is(200).field("/state", "merged");
    two.is(200).field("/state", "merged");
    merge(&office, &second, &kept).await.is(200);
    assert_eq!(merges_logged(&town, &ids(&second).0).await, 1);
    let elsewhere = Uuid::now_v7().to_string();
    let refused = merge(&member, &second, &elsewhere).await.refuses(409, "merge.elsewhere");
    refused.field("/details/merged_into", kept);
}

#[tokio::test]
async fn what_is_merged_stays_so_and_a_late_edit_is_kept_beside_it() {
    let (_, town, office, secretary) = branch().await;
    let (first, second, member, _) = twice(&office, &town, &secretary).await;
    let (kept, (extra, version)) = (ids(&first).0, ids(&second));
    give_back(&office, &extra, &version, "2021-10-20").await.is(200).field("/state", "returned");
    assert_eq!(inbox(&member).await.len(), 1);
    merge(&secretary, &second, &kept).await.is(200);
    assert!(inbox(&member).await.is_empty(), "nothing is to be put right any more");
    accept(&office, &extra, &version).await.refuses(409, "review.not_waiting");
    give_back(&office, &extra, &version, "2021-10-21").await.refuses(409, "review.not_waiting");
    let waiting = office.get("/api/v1/records?to_review=true").await.is(200);
    assert!(!waiting.body.to_string().contains(&extra));
    let mut late = edited(&second);
    late["topic"] = json!("在地下室里补的");
    for _ in 0..2 {
        let answer = member.post("/api/v1/meetings", late.clone()).await.refuses(409, "checkin.merged");
        answer.field("/details/merged_into", kept.as_str());
    }
    record(&member, &extra).await.field("/state", "merged").field("/version_no", 1);
    let versions = office.get(&format!("/api/v1/records/{extra}/versions")).await.is(200);
    assert!(versions.body.to_string().contains("在地下室里补的"), "acknowledged or not, it is kept");
    // The record kept goes its own way.
    accept(&office, &kept, &ids(&first).1).await.is(200).field("/state", "accepted");
}

#[tokio::test]
async fn its_writer_a_secretary_and_the_office_merge_and_nobody_else() {
    let (_, town, office, secretary) = branch().await;
    let (first, second, _, _) = twice(&office, &town, &secretary).await;
    let kept = ids(&first).0;
    let colleague = town.person("许佳", Role::CommitteeMember, &["石桥支部"]).await;
    for other in [&colleague, &town.cadre().await, &town.village_contact().await] {
        merge(other, &second, &kept).await.refuses(403, "access.forbidden");
    }
    let next = town.person("林涛", Role::BranchSecretary, &["柳荫支部"]).await;
    merge(&next, &second, &kept).await.refuses(404, "access.not_found");
    merge(&town.village_secretary().await, &second, &kept).await.is(200);
}

#[tokio::test]
async fn only_an_extra_is_merged_and_only_into_what_counts_for_its_duty() {
    let (_, town, office, secretary) = branch().await;
    let (first, second, member, _) = twice(&office, &town, &secretary).await;
    let kept = ids(&first).0;
    merge(&secretary, &first, &ids(&second).0).await.refuses(409, "merge.not_the_kept");
    merge(&member, &second, &ids(&second).0).await.refuses(409, "merge.not_the_kept");
    // Of another unit, though the secretary of the village may write there too; and one that is not there.
    let next = town.person("林涛", Role::BranchSecretary, &["柳荫支部"]).await;
    let unit = town.unit("柳荫支部");
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let theirs = held(&next, &unit, "2021-10-08", &["general"], &[&duty]).await;
    next.post("/api/v1/meetings", theirs.clone()).await.is(200);
    for into in [ids(&theirs).0, Uuid::now_v7().to_string()] {
        merge(&office, &second, &into).await.refuses(409, "merge.not_the_kept");
    }
    let mut stale = second.clone();
    stale["record"]["version_id"] = json!(Uuid::now_v7());
    merge(&member, &stale, &kept).await.refuses(409, "review.version_changed");
    accept(&office, &ids(&second).0, &ids(&second).1).await.is(200);
    merge(&member, &second, &kept).await.refuses(409, "merge.accepted");
}

#[tokio::test]
async fn an_extra_that_still_counts_or_still_waits_for_photos_is_not_merged() {
    let (_, town, office, secretary) = branch().await;
    let (first, _, member, duty) = twice(&office, &town, &secretary).await;
    let kept = ids(&first).0;
    let unit = town.unit("石桥支部");
    let waiting = meeting(common(&unit, "2021-10-07", &[&duty], &[]), &["general"]);
    member.post("/api/v1/meetings", waiting.clone()).await.is(200).field("/state", "awaiting_photos");
    merge(&member, &waiting, &kept).await.refuses(409, "merge.unfinished");
    let lecture = owed(&office, &unit, "上党课", "2021-12-31").await;
    let both = held(&member, &unit, "2021-10-07", &["general", "lecture"], &[&duty, &lecture]).await;
    member.post("/api/v1/meetings", both.clone()).await.is(200);
    merge(&member, &both, &kept).await.refuses(409, "merge.still_counts");
    standing(&office, &lecture).await.field("/record_id", ids(&both).0);
}

#[tokio::test]
async fn a_village_and_a_mobile_member_merge_their_own() {
    let (_, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let duty = owed(&office, &unit, "调整服务中心布局", "2021-10-31").await;
    let (first, second) =
        (statement(&unit, "2021-10-12", &[&duty]), statement(&unit, "2021-10-12", &[&duty]));
    for sent in [&first, &second] {
        cadre.post("/api/v1/statements", sent.clone()).await.is(200);
    }
    record(&cadre, &ids(&second).0).await.field("/duties/0/extra_of/title", "情况说明");
    merge(&cadre, &second, &ids(&first).0).await.is(200);
    let (branch, away) = (town.unit("石桥支部"), town.away().await);
    let duty = owed(&office, &branch, "向支部汇报半年情况", "2021-12-31").await;
    let report = |record| json!({ "record": record, "place": "苏州", "life": "顺利", "study": "线上" });
    let (first, second) = (
        report(common(&branch, "2021-10-12", &[&duty], &[])),
        report(common(&branch, "2021-10-12", &[&duty], &[])),
    );
    for sent in [&first, &second] {
        away.post("/api/v1/reports", sent.clone()).await.is(200);
    }
    // Who may not read a report does not learn of it by merging.
    let contact = town.village_contact().await;
    merge(&contact, &second, &ids(&first).0).await.refuses(404, "access.not_found");
    merge(&away, &second, &ids(&first).0).await.is(200).field("/state", "merged");
}
