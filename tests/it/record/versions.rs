//! Edits, and two phones at once.

use futures_util::future::join;
use serde_json::{Value, json};

use crate::flow::{branch, edited, held, ids, record};

#[tokio::test]
async fn of_two_phones_editing_at_once_one_wins_and_both_are_kept() {
    let (_, town, office, secretary) = branch().await;
    let member = town.committee_member().await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let (mut one, mut two) = (edited(&sent), edited(&sent));
    one["topic"] = json!("修路");
    two["topic"] = json!("修桥");
    let (first, second) =
        join(secretary.post("/api/v1/meetings", one.clone()), member.post("/api/v1/meetings", two.clone()))
            .await;
    let ((won, winner), (lost, loser, refusal)) = if first.status == 200 {
        ((one, &secretary), (two, &member, second))
    } else {
        ((two, &member), (one, &secretary, first))
    };
    let current = ids(&won).1;
    refusal.refuses(409, "checkin.version_conflict").field("/details/current_version", current.as_str());
    let id = ids(&sent).0;
    record(winner, &id).await.field("/facts/topic", won["topic"].clone()).field("/version_no", 2);
    let all = office.get(&format!("/api/v1/records/{id}/versions")).await.is(200);
    assert_eq!(all.list().len(), 3);
    let kept: Vec<&Value> = all.list().iter().filter(|version| version["no"].is_null()).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["content"]["facts"]["topic"], lost["topic"]);
    // A lost answer: the repeat says the same, and where to go on from.
    let again = loser.post("/api/v1/meetings", lost).await.refuses(409, "checkin.version_conflict");
    again.field("/details/current_version", current);
}

#[tokio::test]
async fn an_edit_upon_an_old_version_is_a_conflict_and_upon_the_new_one_is_not() {
    let (_, town, _, secretary) = branch().await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let mut second = edited(&sent);
    second["topic"] = json!("二");
    secretary.post("/api/v1/meetings", second.clone()).await.is(200);
    let mut stale = edited(&sent);
    stale["topic"] = json!("旧");
    secretary.post("/api/v1/meetings", stale.clone()).await.refuses(409, "checkin.version_conflict");
    let mut merged = edited(&second);
    merged["topic"] = json!("二和旧");
    secretary.post("/api/v1/meetings", merged).await.is(200);
    let id = ids(&sent).0;
    record(&secretary, &id).await.field("/version_no", 3).field("/facts/topic", "二和旧");
}

#[tokio::test]
async fn an_edit_of_a_record_that_does_not_exist_is_refused() {
    let (_, town, _, secretary) = branch().await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", edited(&sent)).await.refuses(422, "checkin.base_unknown");
}

#[tokio::test]
async fn the_village_next_door_sees_neither_record_nor_versions() {
    let (_, town, office, secretary) = branch().await;
    let neighbour = town.neighbour().await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let id = ids(&sent).0;
    neighbour.get(&format!("/api/v1/records/{id}")).await.refuses(404, "access.not_found");
    neighbour.get(&format!("/api/v1/records/{id}/versions")).await.refuses(404, "access.not_found");
    assert_eq!(neighbour.get("/api/v1/records").await.is(200)["records"], json!([]));
    record(&office, &id).await;
}

#[tokio::test]
async fn a_list_of_records_pages_to_its_end_without_gap_or_repeat() {
    let (_, town, office, secretary) = branch().await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    for _ in 0..53 {
        secretary.post("/api/v1/meetings", crate::flow::another(&sent)).await.is(200);
    }
    let first = office.get("/api/v1/records").await.is(200);
    let second = office.get(&format!("/api/v1/records?after={}", first.text("/next"))).await.is(200);
    let of = |page: &Value| -> Vec<Value> {
        page["records"].as_array().expect("a list").iter().map(|line| line["id"].clone()).collect()
    };
    let (mut all, rest) = (of(&first.body), of(&second.body));
    assert_eq!((all.len(), rest.len(), second["next"].is_null()), (50, 3, true));
    all.extend(rest);
    all.sort_by_key(ToString::to_string);
    all.dedup();
    assert_eq!(all.len(), 53);
    office.get("/api/v1/records?after=x").await.refuses(400, "request.cursor");
}
