//! What a role alone does not decide: whose member somebody is, whose report it is, what an outsider may learn from the
//! way of being refused.

use serde_json::json;
use tuhe::org::{self, NewPerson, Role};
use uuid::Uuid;

use super::scene::{DAY, Scene, a_survey};
use crate::world::{Person, World, common};

/// Another mobile member of the same branch.
async fn colleague(scene: &Scene) -> Person {
    let (town, world) = (&scene.town, &scene.town.world);
    let branch = town.units["石桥支部"];
    let mut tx = world.app.db.begin().await.expect("begun");
    let new = NewPerson { name: "周航", membership: "full", branch: Some(branch), ..NewPerson::default() };
    let id = org::add_person(&mut tx, &world.app.keys, town.id, &new, world.now()).await.expect("added");
    let since = world.today() - chrono::TimeDelta::days(200);
    org::register_mobile(&mut tx, town.id, id, branch, None, since, world.now()).await.expect("registered");
    tx.commit().await.expect("committed");
    town.logs_in(id, "周航").await
}

#[tokio::test]
async fn a_committee_member_reaches_only_the_members_linked_to_them() {
    let world = World::on(DAY).await;
    let scene = Scene::new(&world).await;
    let other = scene.town.person("许佳", Role::CommitteeMember, &["石桥支部"]).await;
    let member = scene.town.away_member;
    let reason = json!({ "reason": "核对联系方式" });
    other
        .post(&format!("/api/v1/people/{member}/bind-code"), json!(null))
        .await
        .refuses(403, "access.forbidden");
    other.post(&format!("/api/v1/people/{member}/phone"), reason).await.refuses(403, "access.forbidden");
    other.post("/api/v1/contacts", scene.contact()).await.refuses(403, "access.forbidden");
    other.get(&format!("/api/v1/people/{member}/contacts")).await.refuses(404, "access.not_found");
    let report = scene.town.away().await.post("/api/v1/reports", scene.report()).await.is(200);
    let path = format!("/api/v1/records/{}", report.text("/record_id"));
    other.get(&path).await.refuses(404, "access.not_found");
    scene.town.committee_member().await.get(&path).await.is(200);
}

#[tokio::test]
async fn a_report_is_seen_by_its_writer_its_reader_and_who_heads_the_branch_and_by_nobody_else() {
    let world = World::on(DAY).await;
    let scene = Scene::new(&world).await;
    let town = &scene.town;
    let away = town.away().await;
    let report = away.post("/api/v1/reports", scene.report()).await.is(200).text("/record_id");
    let path = format!("/api/v1/records/{report}");
    for reader in [&away, &town.secretary().await, &town.village_secretary().await, &town.office().await] {
        reader.get(&path).await.is(200);
        reader.get(&format!("{path}/versions")).await.is(200);
    }
    let inspector = town.person("高岩", Role::Inspector, &["图河镇"]).await;
    let group = town.person("丁一", Role::GroupLeader, &["石桥支部"]).await;
    for stranger in [&town.cadre().await, &colleague(&scene).await, &inspector, &group] {
        stranger.get(&path).await.refuses(404, "access.not_found");
        stranger.get(&format!("{path}/versions")).await.refuses(404, "access.not_found");
        let list = stranger.get("/api/v1/records").await.is(200);
        assert!(!list.body.to_string().contains(&report), "{} lists the report", list.what);
    }
}

#[tokio::test]
async fn a_mobile_member_cannot_write_over_a_colleagues_report() {
    let world = World::on(DAY).await;
    let scene = Scene::new(&world).await;
    let away = scene.town.away().await;
    let colleague = colleague(&scene).await;
    let mine = scene.report();
    let receipt = away.post("/api/v1/reports", mine.clone()).await.is(200);
    // As the member: not for somebody else.
    let mut forged = scene.report();
    colleague.post("/api/v1/reports", forged.clone()).await.refuses(404, "access.not_found");
    // As oneself, over the colleague's record: with the version guessed wrong, and guessed right.
    forged["record"]["id"] = mine["record"]["id"].clone();
    forged["record"]["entered_for"] = json!(colleague.id);
    for base in [json!(Uuid::now_v7()), json!(receipt.text("/current_version"))] {
        forged["record"]["base_version"] = base;
        forged["record"]["version_id"] = json!(Uuid::now_v7());
        let answer = colleague.post("/api/v1/reports", forged.clone()).await;
        let answer = answer.refuses(409, "checkin.id_reused");
        assert!(answer["details"].is_null(), "the current version is given away: {}", answer.body);
    }
}

#[tokio::test]
async fn an_outsider_learns_nothing_of_a_record_from_the_way_of_being_refused() {
    let world = World::on(DAY).await;
    let scene = Scene::new(&world).await;
    let head = scene.town.person("马骏", Role::AreaHead, &["柳荫村党总支"]).await;
    let accept = format!("/api/v1/records/{}/accept", scene.survey.id);
    head.post(&accept, scene.survey.seen()).await.refuses(404, "access.not_found");
    let item = json!({ "id": scene.survey.id, "version": scene.survey.version });
    let bulk = head.post("/api/v1/records/accept", json!({ "records": [item] })).await.is(200);
    bulk.field("/left/0/code", "access.not_found");
    // A unit next door is not told by its kind.
    let neighbour = scene.town.neighbour().await;
    let branch = scene.town.unit("石桥支部");
    let survey = a_survey(&branch, "inside");
    neighbour.post("/api/v1/sign-surveys", survey).await.refuses(404, "access.not_found");
    let sign = scene.sign("石桥支部", "outside");
    neighbour.post("/api/v1/signs", sign).await.refuses(404, "access.not_found");
    // Nor a person next door by being away or not.
    let secretary = scene.town.person("林涛", Role::BranchSecretary, &["柳荫支部"]).await;
    for person in [scene.town.away_member, scene.town.contact_of_away] {
        let mut record = common(&branch, DAY, &[], &[]);
        record["entered_for"] = json!(person);
        let contact = json!({ "record": record, "said": "家里都好", "way": "phone" });
        secretary.post("/api/v1/contacts", contact).await.refuses(404, "access.not_found");
    }
}
