//! Returning: with a reason, by a date of its own.

use serde_json::json;

use crate::flow::{accept, branch, edited, give_back, held, ids, inbox, owed, record, standing};

#[tokio::test]
async fn a_return_opens_the_duty_again_and_lateness_stays_judged_by_the_first_receipt() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    world.move_to("2021-10-10");
    let sent = held(&secretary, &unit, "2021-10-10", &["study_day"], &[&duty]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    standing(&office, &duty).await.field("/status", "met").field("/counts", "receipt");
    world.move_to("2021-10-15");
    let (id, version) = ids(&sent);
    let answer = give_back(&office, &id, &version, "2021-10-25").await.is(200);
    answer.field("/state", "returned").field("/due_on", "2021-10-25");
    standing(&office, &duty).await.field("/status", "returned").field("/return_due", "2021-10-25");
    let today = secretary.today().await;
    let line = today.iter().find(|line| line["id"] == duty.as_str()).expect("on the list");
    assert_eq!((&line["status"], &line["return_due"]), (&json!("returned"), &json!("2021-10-25")));
    let read = record(&secretary, &id).await.field("/state", "returned");
    read.field("/reviews/0/reason", "照片看不清,请补拍").field("/reviews/0/reviewer", "陈静");
    world.move_to("2021-10-24");
    let next = edited(&sent);
    let receipt = secretary.post("/api/v1/meetings", next.clone()).await.is(200);
    receipt.field("/state", "submitted").field("/duties/0/verdict", "on_time");
    // Whoever asked for it wants to see it: it does not pass among the unquestioned ones.
    record(&office, &id).await.field("/flags", json!(["mended"]));
    let many = json!({ "records": [{ "id": id, "version": ids(&next).1 }] });
    let left = office.post("/api/v1/records/accept", many).await.is(200);
    left.field("/left/0/code", "review.flagged");
    accept(&office, &id, &ids(&next).1).await.is(200);
    let stands = standing(&office, &duty).await.field("/status", "met").field("/verdict", "on_time");
    assert!(stands["return_due"].is_null());
}

#[tokio::test]
async fn a_return_without_a_date_gives_a_week_and_never_a_day_past() {
    let (_, town, office, secretary) = branch().await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let (id, version) = ids(&sent);
    give_back(&office, &id, &version, "2021-10-07").await.refuses(422, "review.due_past");
    let path = format!("/api/v1/records/{id}/return");
    let form = json!({ "version": version, "reason": "" });
    office.post(&path, form).await.refuses(400, "request.invalid");
    let form = json!({ "version": version, "reason": "议题不清楚" });
    office.post(&path, form).await.is(200).field("/due_on", "2021-10-15");
    accept(&office, &id, &version).await.refuses(409, "review.not_waiting");
}

#[tokio::test]
async fn the_writer_and_whoever_it_was_written_for_are_told_of_a_return() {
    let (_, town, office, secretary) = branch().await;
    let member = town.committee_member().await;
    let mut sent = held(&member, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    sent["record"]["entered_for"] = json!(secretary.id);
    member.post("/api/v1/meetings", sent.clone()).await.is(200);
    let (id, version) = ids(&sent);
    give_back(&office, &id, &version, "2021-10-20").await.is(200);
    for person in [&member, &secretary] {
        let told = inbox(person).await;
        let notice = told.iter().find(|n| n["page"] == format!("pages/record/index?id={id}"));
        let title = notice.expect("a notice")["title"].as_str().expect("a title").to_owned();
        assert!(title.contains("退回") && title.contains("2021年10月20日"), "{title}");
    }
    member.post("/api/v1/meetings", edited(&sent)).await.is(200).field("/state", "submitted");
    let left = inbox(&member).await;
    assert!(left.iter().all(|n| n["page"] != format!("pages/record/index?id={id}")), "{left:?}");
}

#[tokio::test]
async fn a_second_return_is_a_second_notice() {
    let (_, town, office, secretary) = branch().await;
    let mut sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    for _ in 0..2 {
        let (id, version) = ids(&sent);
        give_back(&office, &id, &version, "2021-10-20").await.is(200);
        assert_eq!(inbox(&secretary).await.iter().filter(|n| n["due_on"] == "2021-10-20").count(), 1);
        sent = edited(&sent);
        secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    }
    let read = record(&office, &ids(&sent).0).await;
    assert_eq!(read["reviews"].as_array().map(Vec::len), Some(2));
}
