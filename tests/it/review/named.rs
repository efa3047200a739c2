//! Who reviews what: the role its rule names, the 党建办 always, and nobody who may not read it.

use serde_json::{Value, json};
use tuhe::org::Role;
use uuid::Uuid;

use crate::flow::{accept, branch, give_back, held, ids, owed, standing, statement, survey};
use crate::world::{Person, Town, common, meeting};

async fn to_review(by: &Person) -> Vec<String> {
    let page = by.get("/api/v1/records?to_review=true").await.is(200);
    let lines = page["records"].as_array().expect("a list").iter();
    lines
        .map(|line| {
            assert_eq!((&line["state"], &line["mine_to_review"]), (&json!("submitted"), &json!(true)));
            line["id"].as_str().expect("an id").to_owned()
        })
        .collect()
}

/// A meeting of the group, whose rule names the branch's secretary.
async fn of_the_group(town: &Town, office: &Person) -> (Value, String) {
    let unit = town.unit("石桥第一小组");
    let duty = owed(office, &unit, "召开党小组会", "2021-10-31").await;
    let cadre = town.cadre().await;
    let sent = held(&cadre, &unit, "2021-10-08", &["group"], &[&duty]).await;
    cadre.post("/api/v1/meetings", sent.clone()).await.is(200).field("/state", "submitted");
    (sent, duty)
}

#[tokio::test]
async fn whom_the_rule_names_reviews_and_others_are_told_who_does() {
    let (_, town, office, secretary) = branch().await;
    let (sent, _) = of_the_group(&town, &office).await;
    let (id, version) = ids(&sent);
    let contact = town.village_contact().await;
    let area = town.person("马骏", Role::AreaHead, &["石桥村党总支"]).await;
    for other in [&contact, &area, &town.village_secretary().await, &town.cadre().await] {
        let refused = accept(other, &id, &version).await.refuses(403, "review.other_reviewer");
        assert_eq!(refused["message"], "这条记录由党支部书记审核,党建办也可以审核。");
        give_back(other, &id, &version, "2021-10-20").await.refuses(403, "review.other_reviewer");
        assert!(!to_review(other).await.contains(&id));
    }
    // A secretary of another branch is a stranger.
    let next = town.person("林涛", Role::BranchSecretary, &["柳荫支部"]).await;
    accept(&next, &id, &version).await.refuses(404, "access.not_found");
    assert_eq!(to_review(&secretary).await, std::slice::from_ref(&id));
    accept(&secretary, &id, &version).await.is(200).field("/state", "accepted");
    assert!(to_review(&secretary).await.is_empty());
}

#[tokio::test]
async fn the_office_may_always_accept_so_that_no_vacant_post_holds_a_duty_up() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥第一小组");
    let duty = owed(&office, &unit, "召开党小组会", "2021-10-31").await;
    // The secretary is the only one, and wrote it.
    let sent = held(&secretary, &unit, "2021-10-08", &["group"], &[&duty]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let (id, version) = ids(&sent);
    accept(&secretary, &id, &version).await.refuses(403, "review.own_record");
    assert!(!to_review(&secretary).await.contains(&id));
    assert!(to_review(&office).await.contains(&id));
    accept(&office, &id, &version).await.is(200);
    standing(&office, &duty).await.field("/status", "met");
}

#[tokio::test]
async fn what_the_office_is_named_for_nobody_else_accepts() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let cadre = town.cadre().await;
    let sent = held(&cadre, &unit, "2021-10-08", &["general"], &[&duty]).await;
    cadre.post("/api/v1/meetings", sent.clone()).await.is(200);
    let (id, version) = ids(&sent);
    for other in [&secretary, &town.village_contact().await] {
        let refused = accept(other, &id, &version).await.refuses(403, "review.other_reviewer");
        assert_eq!(refused["message"], "这条记录由党建办审核。");
    }
    accept(&office, &id, &version).await.is(200);
}

#[tokio::test]
async fn a_report_is_reviewed_only_by_who_may_read_it() {
    let (_, town, office, secretary) = branch().await;
    let away = town.away().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "向支部汇报半年情况", "2021-12-31").await;
    let mut record = common(&unit, "2021-10-08", &[&duty], &[]);
    record["entered_for"] = json!(town.away_member);
    let sent = json!({ "record": record, "place": "苏州", "life": "工作顺利", "study": "参加线上学习" });
    away.post("/api/v1/reports", sent.clone()).await.is(200).field("/state", "submitted");
    let (id, version) = ids(&sent);
    let area = town.person("马骏", Role::AreaHead, &["石桥村党总支"]).await;
    for blind in [&town.village_contact().await, &area, &town.cadre().await] {
        accept(blind, &id, &version).await.refuses(404, "access.not_found");
        give_back(blind, &id, &version, "2021-10-20").await.refuses(404, "access.not_found");
        let confirm = json!({ "version": version });
        let confirm = blind.post(&format!("/api/v1/records/{id}/confirm"), confirm).await;
        confirm.refuses(404, "access.not_found");
        assert!(to_review(blind).await.is_empty());
    }
    let many = json!({ "records": [{ "id": id, "version": version }] });
    let left = area.post("/api/v1/records/accept", many.clone()).await.is(200);
    left.field("/accepted", json!([])).field("/left/0/code", "access.not_found");
    // The committee member reads it and answers; accepting is the secretary's.
    let linked = town.committee_member().await;
    accept(&linked, &id, &version).await.refuses(403, "review.other_reviewer");
    assert_eq!(to_review(&secretary).await, std::slice::from_ref(&id));
    let done = secretary.post("/api/v1/records/accept", many).await.is(200);
    done.field("/accepted", json!([id]));
}

#[tokio::test]
async fn the_lead_named_for_a_task_reviews_it_and_any_lead_while_none_is_named() {
    let (world, town, office, _) = branch().await;
    world.move_to("2021-10-12");
    let root = town.unit("图河镇");
    let duty = owed(&office, &root, "招聘乡村振兴专干", "2021-10-31").await;
    let (lead, other) = (
        town.person("周明", Role::ActionLead, &["图河镇"]).await,
        town.person("孙岩", Role::ActionLead, &["图河镇"]).await,
    );
    let sent = statement(&root, "2021-10-12", &[&duty]);
    office.post("/api/v1/statements", sent.clone()).await.is(200);
    let (id, version) = ids(&sent);
    assert_eq!(to_review(&lead).await, std::slice::from_ref(&id));
    assert_eq!(to_review(&other).await, std::slice::from_ref(&id));
    let name = json!({ "person": lead.id, "name": "周明" });
    office.put("/api/v1/plan/tasks/1.2.1/lead", name).await.is(200);
    assert!(to_review(&other).await.is_empty());
    let refused = accept(&other, &id, &version).await.refuses(403, "review.other_reviewer");
    assert!(refused.text("/message").contains("责任人"));
    accept(&lead, &id, &version).await.is(200);
}

#[tokio::test]
async fn a_record_for_two_rules_takes_a_reviewer_of_both() {
    let (world, town, office, _) = branch().await;
    world.move_to("2021-10-12");
    let root = town.unit("图河镇");
    let recruit = owed(&office, &root, "招聘乡村振兴专干", "2021-10-31").await;
    let plan = owed(&office, &root, "制定一村一策增收计划", "2021-12-31").await;
    let head = town.person("郑书记", Role::TownSecretary, &["图河镇"]).await;
    let sent = statement(&root, "2021-10-12", &[&recruit, &plan]);
    head.post("/api/v1/statements", sent.clone()).await.is(200);
    let (id, version) = ids(&sent);
    let lead = town.person("周明", Role::ActionLead, &["图河镇"]).await;
    let refused = accept(&lead, &id, &version).await.refuses(403, "review.other_reviewer");
    assert_eq!(refused["message"], "这条记录由党建办审核。");
    accept(&office, &id, &version).await.is(200);
}

#[tokio::test]
async fn the_list_of_what_is_to_be_reviewed_is_what_the_review_takes() {
    let (_, town, office, secretary) = branch().await;
    let (sent, _) = of_the_group(&town, &office).await;
    let mut all = vec![(ids(&sent).0, "records", "accept")];
    let unit = town.unit("石桥支部");
    for by in [&secretary, &office] {
        let sent = held(by, &unit, "2021-10-08", &["general"], &[]).await;
        by.post("/api/v1/meetings", sent.clone()).await.is(200);
        all.push((ids(&sent).0, "records", "accept"));
    }
    let cadre = town.cadre().await;
    for sent in [
        survey(&town.unit("石桥村"), "2021-10-08", "inside", &[]),
        survey(&town.unit("石桥村"), "2021-10-08", "outside", &[]),
    ] {
        cadre.post("/api/v1/sign-surveys", sent.clone()).await.is(200);
        all.push((ids(&sent).0, "sign-surveys", "confirm"));
    }
    // Not waiting: a meeting without its photo for a duty that wants one.
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let waiting = meeting(common(&unit, "2021-10-08", &[&duty], &[]), &["general"]);
    cadre.post("/api/v1/meetings", waiting.clone()).await.is(200).field("/state", "awaiting_photos");
    let mut seen = 0;
    for by in [
        &office,
        &secretary,
        &cadre,
        &town.village_contact().await,
        &town.person("马骏", Role::AreaHead, &["柳荫村党总支"]).await,
        &town.person("高岩", Role::Inspector, &["图河镇"]).await,
    ] {
        let mine = to_review(by).await;
        seen += mine.len();
        assert!(!mine.contains(&ids(&waiting).0));
        for (id, kind, verb) in &all {
            let stale = json!({ "version": Uuid::now_v7() });
            let answer = by.post(&format!("/api/v1/{kind}/{id}/{verb}"), stale).await;
            let taken = answer["code"] == "review.version_changed";
            assert_eq!(mine.contains(id), taken, "{}: {} {}", answer.what, answer.status, answer.body);
        }
    }
    assert!(seen >= 8, "only {seen}");
}
