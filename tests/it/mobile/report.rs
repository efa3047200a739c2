//! Report and answer.

use serde_json::{Value, json};

use crate::flow::{another_away, edited, ids, inbox, owed, record, standing, village};
use crate::world::{Person, Town, common};

pub const REPORT: &str = "向支部汇报半年情况";
const CONTACT: &str = "联系流动党员";

/// The half-year report in its three answers.
pub fn report(town: &Town, on: &str, duties: &[&str]) -> Value {
    json!({
        "record": common(&town.unit("石桥支部"), on, duties, &[]),
        "place": "江苏省昆山市玉山镇", "life": "在电子厂上班,身体都好。", "study": "用手机看了党课。",
        "wishes": "盼着春节回来参加组织生活会。",
    })
}

/// A word to a member.
pub fn word(town: &Town, on: &str, member: &Person, duties: &[&str]) -> Value {
    let mut record = common(&town.unit("石桥支部"), on, duties, &[]);
    record["entered_for"] = json!(member.id);
    json!({ "record": record, "said": "收到了,年底组织生活会定在腊月二十。", "way": "app" })
}

#[tokio::test]
async fn a_member_reports_and_is_answered_and_both_words_are_on_the_log() {
    let (_, town, office, _) = village().await;
    let (away, contact) = (town.away().await, town.committee_member().await);
    let branch = town.unit("石桥支部");
    let today = away.today().await;
    let duty = away.owes(&today, REPORT)["id"].as_str().expect("an id").to_owned();
    let sent = report(&town, "2021-10-12", &[&duty]);
    let receipt = away.post("/api/v1/reports", sent.clone()).await.is(200).field("/complete", true);
    receipt.field("/duties/0/verdict", "on_time");
    standing(&away, &duty).await.field("/status", "met");
    let (id, _) = ids(&sent);
    let told = inbox(&contact).await;
    assert!(told.iter().any(|n| n["page"] == format!("pages/record/index?id={id}")), "{told:?}");
    let read = record(&contact, &id).await.field("/facts/life", sent["life"].clone());
    read.field("/facts/place", sent["place"].clone()).field("/entered_for", away.id.to_string());
    let owes = owed(&office, &branch, CONTACT, "2021-12-31").await;
    let mut answer = word(&town, "2021-10-12", &away, &[&owes]);
    answer["in_reply_to"] = json!(id);
    contact.post("/api/v1/contacts", answer.clone()).await.is(200);
    standing(&office, &owes).await.field("/status", "met");
    let told = inbox(&away).await;
    assert!(
        told.iter().any(|n| n["page"] == format!("pages/record/index?id={}", ids(&answer).0)),
        "{told:?}"
    );
    record(&away, &ids(&answer).0).await.field("/facts/said", answer["said"].clone());
    let log = away.get(&format!("/api/v1/people/{}/contacts", away.id)).await.is(200);
    let mut directions: Vec<_> = log.list().iter().map(|line| line["direction"].as_str()).collect();
    directions.sort_unstable();
    assert_eq!(directions, [Some("from_member"), Some("to_member")]);
}

#[tokio::test]
async fn a_corrected_report_replaces_what_was_said_and_makes_no_second_contact() {
    let (_, town, _, _) = village().await;
    let away = town.away().await;
    let sent = report(&town, "2021-10-12", &[]);
    away.post("/api/v1/reports", sent.clone()).await.is(200);
    away.post("/api/v1/reports", sent.clone()).await.is(200);
    let mut next = edited(&sent);
    next["life"] = json!("换到了苏州上班。");
    away.post("/api/v1/reports", next).await.is(200);
    let log = away.get(&format!("/api/v1/people/{}/contacts", away.id)).await.is(200);
    assert_eq!(log.list().len(), 1);
    assert_eq!(log.list()[0]["said"], "换到了苏州上班。");
}

#[tokio::test]
async fn without_a_linked_committee_member_the_secretary_is_told_and_holds_the_contact() {
    let (world, town, _, _) = village().await;
    let secretary = town.secretary().await;
    let id = another_away(&town, "郑远航", None).await;
    let alone = town.logs_in(id, "郑远航").await;
    world.housekeeping().await;
    let sent = report(&town, "2021-10-12", &[]);
    alone.post("/api/v1/reports", sent.clone()).await.is(200);
    let page = format!("pages/record/index?id={}", ids(&sent).0);
    let told = inbox(&secretary).await;
    assert!(told.iter().any(|n| n["page"] == page.as_str()), "{told:?}");
    let today = secretary.today().await;
    let mine: Vec<_> = today.iter().filter(|duty| duty["title"] == CONTACT && duty["mine"] == true).collect();
    assert_eq!(mine.len(), 1, "only of the member nobody is linked to");
    assert_eq!(mine[0]["person_id"], id.to_string());
    secretary.post("/api/v1/contacts", word(&town, "2021-10-12", &alone, &[])).await.is(200);
}

#[tokio::test]
async fn the_linked_committee_member_writes_the_report_for_the_member() {
    let (_, town, office, _) = village().await;
    let (away, contact) = (town.away().await, town.committee_member().await);
    let unlinked = town.person("钱多", tuhe::org::Role::CommitteeMember, &["石桥支部"]).await;
    let duty = owed(&office, &town.unit("石桥支部"), REPORT, "2021-12-31").await;
    let mut sent = report(&town, "2021-10-12", &[&duty]);
    sent["record"]["entered_for"] = json!(away.id);
    sent["record"]["entry_channel"] = json!("clerk");
    unlinked.post("/api/v1/reports", sent.clone()).await.refuses(403, "access.forbidden");
    let other = another_away(&town, "郑远航", None).await;
    let other = town.logs_in(other, "郑远航").await;
    other.post("/api/v1/reports", sent.clone()).await.refuses(404, "access.not_found");
    contact.post("/api/v1/reports", sent.clone()).await.is(200);
    standing(&away, &duty).await.field("/status", "met");
    record(&away, &ids(&sent).0).await.field("/writer", "王秀英").field("/entry_channel", "clerk");
}

#[tokio::test]
async fn a_report_goes_to_the_own_branch_and_says_all_three_answers() {
    let (_, town, _, cadre) = village().await;
    let away = town.away().await;
    let mut sent = report(&town, "2021-10-12", &[]);
    sent["record"]["unit_id"] = json!(town.unit("柳荫支部"));
    away.post("/api/v1/reports", sent).await.refuses(422, "mobile.other_branch");
    for field in ["place", "life", "study"] {
        let mut sent = report(&town, "2021-10-12", &[]);
        sent[field] = json!("");
        away.post("/api/v1/reports", sent).await.refuses(400, "request.invalid");
    }
    let sent = report(&town, "2021-10-13", &[]);
    away.post("/api/v1/reports", sent).await.refuses(422, "checkin.future");
    cadre.post("/api/v1/reports", report(&town, "2021-10-12", &[])).await.refuses(403, "access.forbidden");
}

#[tokio::test]
async fn a_word_to_one_member_meets_no_duty_towards_another() {
    let (world, town, office, _) = village().await;
    let (away, contact) = (town.away().await, town.committee_member().await);
    let other = another_away(&town, "郑远航", Some(contact.id)).await;
    world.housekeeping().await;
    let all = crate::flow::duties(&office, &town.unit("石桥支部")).await;
    let theirs = all.iter().find(|d| d["title"] == CONTACT && d["person_id"] == other.to_string());
    let theirs = theirs.expect("a duty")["id"].as_str().expect("an id").to_owned();
    let sent = word(&town, "2021-10-12", &away, &[&theirs]);
    contact.post("/api/v1/contacts", sent).await.refuses(422, "checkin.other_person");
    standing(&office, &theirs).await.field("/status", "open");
}
