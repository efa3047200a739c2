//! Who sees what is said between a member and the branch.

use serde_json::json;
use tuhe::org::Role;

use super::report::{report, word};
use crate::flow::{ids, record, village};
use crate::world::Person;

async fn readings(of: &Person) -> i64 {
    sqlx::query_scalar(
        "select count(*) from audit_entry where action = 'mobile.contacts_read' and subject_id = $1",
    )
    .bind(of.id.0)
    .fetch_one(&of.world.app.db)
    .await
    .expect("counted")
}

#[tokio::test]
async fn reading_the_log_of_another_is_itself_logged() {
    let (_, town, office, _) = village().await;
    let (away, contact) = (town.away().await, town.committee_member().await);
    away.post("/api/v1/reports", report(&town, "2021-10-12", &[])).await.is(200);
    let path = format!("/api/v1/people/{}/contacts", away.id);
    away.get(&path).await.is(200);
    assert_eq!(readings(&away).await, 0, "one's own");
    for (n, reader) in [&contact, &office].into_iter().enumerate() {
        assert_eq!(reader.get(&path).await.is(200).list().len(), 1);
        assert_eq!(readings(&away).await, i64::try_from(n).expect("small") + 1);
    }
}

#[tokio::test]
async fn a_committee_member_who_is_not_linked_sees_nothing_of_it() {
    let (_, town, _, _) = village().await;
    let (away, contact) = (town.away().await, town.committee_member().await);
    let unlinked = town.person("钱多", Role::CommitteeMember, &["石桥支部"]).await;
    let sent = report(&town, "2021-10-12", &[]);
    away.post("/api/v1/reports", sent.clone()).await.is(200);
    let (id, _) = ids(&sent);
    unlinked.get(&format!("/api/v1/records/{id}")).await.refuses(404, "access.not_found");
    unlinked.get(&format!("/api/v1/records/{id}/versions")).await.refuses(404, "access.not_found");
    unlinked.get("/api/v1/records").await.is(200).field("/records", json!([]));
    let path = format!("/api/v1/people/{}/contacts", away.id);
    unlinked.get(&path).await.refuses(404, "access.not_found");
    assert_eq!(readings(&away).await, 0, "a refusal is no reading");
    let answer = word(&town, "2021-10-12", &away, &[]);
    unlinked.post("/api/v1/contacts", answer).await.refuses(403, "access.forbidden");
    record(&contact, &id).await;
}

#[tokio::test]
async fn the_village_cadre_and_the_next_branch_see_nothing_of_it() {
    let (_, town, _, cadre) = village().await;
    let away = town.away().await;
    let next = town.person("柳书记", Role::BranchSecretary, &["柳荫支部"]).await;
    let contact = town.village_contact().await;
    let sent = report(&town, "2021-10-12", &[]);
    away.post("/api/v1/reports", sent.clone()).await.is(200);
    let (id, _) = ids(&sent);
    for person in [&cadre, &next, &contact] {
        person.get(&format!("/api/v1/records/{id}")).await.refuses(404, "access.not_found");
        let log = person.get(&format!("/api/v1/people/{}/contacts", away.id)).await;
        assert!(matches!(log.status, 403 | 404), "{}: {}", person.name, log.body);
    }
}

#[tokio::test]
async fn a_word_needs_a_member_who_is_away() {
    let (_, town, office, cadre) = village().await;
    let contact = town.committee_member().await;
    let away = town.away().await;
    let mut sent = word(&town, "2021-10-12", &away, &[]);
    sent["record"]["entered_for"] = json!(null);
    contact.post("/api/v1/contacts", sent.clone()).await.refuses(422, "mobile.member_missing");
    sent["record"]["entered_for"] = json!(cadre.id);
    office.post("/api/v1/contacts", sent.clone()).await.refuses(422, "mobile.not_registered");
    sent["record"]["entered_for"] = json!(away.id);
    away.post("/api/v1/contacts", sent.clone()).await.refuses(403, "access.forbidden");
    sent["record"]["unit_id"] = json!(town.unit("柳荫支部"));
    office.post("/api/v1/contacts", sent).await.refuses(422, "mobile.other_branch");
}
