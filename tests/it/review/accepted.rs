//! Accepting: by somebody else, of what was seen.

use serde_json::json;

use crate::flow::{accept, branch, edited, give_back, held, ids, owed, record, standing, statement, village};
use crate::world::{common, meeting};

#[tokio::test]
async fn nobody_accepts_what_he_wrote_any_of() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let own = held(&office, &unit, "2021-10-08", &["general"], &[]).await;
    office.post("/api/v1/meetings", own.clone()).await.is(200);
    let (id, version) = ids(&own);
    accept(&office, &id, &version).await.refuses(403, "review.own_record");
    give_back(&office, &id, &version, "2021-10-20").await.refuses(403, "review.own_record");
    let sent = held(&secretary, &unit, "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let mut next = edited(&sent);
    next["topic"] = json!("办公室改过的议题");
    office.post("/api/v1/meetings", next.clone()).await.is(200);
    let (id, version) = ids(&next);
    accept(&office, &id, &version).await.refuses(403, "review.own_record");
    let contact = town.village_contact().await;
    accept(&contact, &id, &version).await.is(200).field("/state", "accepted");
}

#[tokio::test]
async fn a_version_that_changed_since_it_was_read_is_not_accepted() {
    let (_, town, office, secretary) = branch().await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let mut next = edited(&sent);
    next["topic"] = json!("改过");
    secretary.post("/api/v1/meetings", next.clone()).await.is(200);
    let (id, seen) = ids(&sent);
    accept(&office, &id, &seen).await.refuses(409, "review.version_changed");
    give_back(&office, &id, &seen, "2021-10-20").await.refuses(409, "review.version_changed");
    accept(&office, &id, &ids(&next).1).await.is(200);
}

#[tokio::test]
async fn what_is_not_waiting_for_review_is_not_accepted() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let waiting = meeting(common(&unit, "2021-10-08", &[&duty], &[]), &["general"]);
    secretary.post("/api/v1/meetings", waiting.clone()).await.is(200).field("/state", "awaiting_photos");
    let (id, version) = ids(&waiting);
    accept(&office, &id, &version).await.refuses(409, "review.not_waiting");
    let sent = held(&secretary, &unit, "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let (id, version) = ids(&sent);
    accept(&office, &id, &version).await.is(200);
    accept(&office, &id, &version).await.refuses(409, "review.not_waiting");
    give_back(&office, &id, &version, "2021-10-20").await.refuses(409, "review.not_waiting");
}

#[tokio::test]
async fn a_writer_accepts_nothing_and_a_reviewer_only_at_home() {
    let (_, town, _, secretary) = branch().await;
    let contact = town.village_contact().await;
    let member = town.committee_member().await;
    let school = town.person("孟老师", tuhe::org::Role::BranchSecretary, &["镇中学支部"]).await;
    let sent = held(&school, &town.unit("镇中学支部"), "2021-10-08", &["general"], &[]).await;
    school.post("/api/v1/meetings", sent.clone()).await.is(200);
    let (id, version) = ids(&sent);
    accept(&contact, &id, &version).await.refuses(404, "access.not_found");
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let (id, version) = ids(&sent);
    accept(&member, &id, &version).await.refuses(403, "access.forbidden");
    accept(&contact, &id, &version).await.is(200);
}

#[tokio::test]
async fn a_stranger_learns_nothing_of_a_survey_by_accepting_it() {
    let (_, town, _, cadre) = village().await;
    let stranger = town.person("冯远", tuhe::org::Role::VillageContact, &["柳荫村党总支"]).await;
    let sent = crate::flow::survey(&town.unit("石桥村"), "2021-10-12", "outside", &[]);
    cadre.post("/api/v1/sign-surveys", sent.clone()).await.is(200);
    let (id, version) = ids(&sent);
    accept(&stranger, &id, &version).await.refuses(404, "access.not_found");
    let many = json!({ "records": [{ "id": id, "version": version }] });
    let result = stranger.post("/api/v1/records/accept", many).await.is(200);
    result.field("/left/0/code", "access.not_found");
}

#[tokio::test]
async fn in_bulk_only_what_needs_no_look_is_accepted_and_the_rest_is_named() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let study = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    world.move_to("2021-10-20");
    let plain = held(&secretary, &unit, "2021-10-20", &["lecture"], &[]).await;
    let late = held(&secretary, &unit, "2021-10-10", &["study_day"], &[&study]).await;
    let own = held(&office, &unit, "2021-10-20", &["general"], &[]).await;
    let mut clerk = held(&secretary, &unit, "2021-10-19", &["general"], &[]).await;
    clerk["record"]["entry_channel"] = json!("clerk");
    for (who, sent) in [(&secretary, &plain), (&secretary, &late), (&office, &own), (&secretary, &clerk)] {
        who.post("/api/v1/meetings", sent.clone()).await.is(200);
    }
    let gone = json!({ "id": uuid::Uuid::now_v7(), "version": uuid::Uuid::now_v7() });
    let mut items: Vec<_> = [&plain, &late, &own, &clerk]
        .map(|sent| json!({ "id": ids(sent).0, "version": ids(sent).1 }))
        .to_vec();
    items.push(gone);
    let result = office.post("/api/v1/records/accept", json!({ "records": items })).await.is(200);
    let result = result.field("/accepted", json!([ids(&plain).0]));
    let codes: Vec<_> = result["left"].as_array().expect("a list").iter().map(|left| &left["code"]).collect();
    assert_eq!(codes, ["review.flagged", "review.own_record", "review.flagged", "access.not_found"]);
    record(&office, &ids(&late).0).await.field("/state", "submitted");
}

#[tokio::test]
async fn an_accepted_record_that_is_corrected_comes_back_with_a_flag() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let sent = held(&secretary, &unit, "2021-10-08", &["general"], &[&duty]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let (id, version) = ids(&sent);
    accept(&office, &id, &version).await.is(200);
    let mut next = edited(&sent);
    next["minutes"] = json!("补充:通过了修路方案。");
    secretary.post("/api/v1/meetings", next.clone()).await.is(200).field("/state", "submitted");
    record(&office, &id).await.field("/state", "submitted").field("/flags", json!(["corrected"]));
    standing(&office, &duty).await.field("/status", "met");
    let many = json!({ "records": [{ "id": id, "version": ids(&next).1 }] });
    let result = office.post("/api/v1/records/accept", many).await.is(200);
    result.field("/left/0/code", "review.flagged");
    accept(&office, &id, &ids(&next).1).await.is(200);
}

#[tokio::test]
async fn what_needs_acceptance_is_met_only_by_it() {
    let (world, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let duty = owed(&office, &unit, "调整服务中心布局", "2021-10-31").await;
    let sent = statement(&unit, "2021-10-12", &[&duty]);
    cadre.post("/api/v1/statements", sent.clone()).await.is(200).field("/state", "submitted");
    standing(&office, &duty).await.field("/status", "submitted").field("/counts", "acceptance");
    world.move_to("2021-11-20");
    let (id, version) = ids(&sent);
    accept(&office, &id, &version).await.is(200);
    // The office took its time: that is not the village's lateness.
    standing(&office, &duty).await.field("/status", "met").field("/verdict", "on_time");
}
