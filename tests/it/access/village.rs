//! Whoever works for a village works for its Party branches too: they hang under the 党总支 beside the 行政村.

use serde_json::json;
use tuhe::org::Role;

use super::scene::{DAY, Scene};
use crate::flow::{branch, held, owed, post_of, standing, statement};
use crate::world::{Town, World, common, meeting};

#[tokio::test]
async fn whoever_works_for_a_village_enters_the_meetings_of_its_branches() {
    let (_, town, office, _) = branch().await;
    let unit = town.unit("石桥支部");
    for role in Role::FOR_THE_VILLAGE {
        let helper = town.person(role.label(), role, &["石桥村"]).await;
        let sent = held(&helper, &unit, "2021-10-08", &["lecture"], &[]).await;
        let receipt = helper.post("/api/v1/meetings", sent).await.is(200).field("/state", "submitted");
        let path = format!("/api/v1/records/{}", receipt.text("/record_id"));
        helper.get(&path).await.is(200);
        helper.post("/api/v1/statements", statement(&unit, "2021-10-08", &[])).await.is(200);
        let accept = json!({ "version": receipt.text("/current_version") });
        helper.post(&format!("{path}/accept"), accept).await.refuses(403, "access.forbidden");
    }
    let cadre = town.cadre().await;
    let today = cadre.today().await;
    let duty = cadre.owes(&today, "召开党员大会");
    assert_eq!((&duty["mine"], &duty["unit_name"]), (&json!(false), &json!("石桥支部")));
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let sent = held(&cadre, &unit, "2021-10-08", &["general"], &[&duty]).await;
    cadre.post("/api/v1/meetings", sent).await.is(200).field("/duties/0/verdict", "on_time");
    standing(&office, &duty).await.field("/status", "met");
}

#[tokio::test]
async fn the_village_next_door_and_the_branches_of_the_town_stay_closed() {
    let (_, town, _, _) = branch().await;
    for role in Role::FOR_THE_VILLAGE {
        let neighbour = town.person(role.label(), role, &["柳荫村"]).await;
        let today = neighbour.today().await;
        assert!(!today.is_empty() && today.iter().all(|duty| duty["unit_name"] != "石桥支部"), "{today:?}");
        for unit in ["石桥支部", "镇中学支部", "石桥村"] {
            let sent = meeting(common(&town.unit(unit), "2021-10-08", &[], &[]), &["general"]);
            neighbour.post("/api/v1/meetings", sent).await.refuses(404, "access.not_found");
            let sent = statement(&town.unit(unit), "2021-10-08", &[]);
            neighbour.post("/api/v1/statements", sent).await.refuses(404, "access.not_found");
        }
    }
    // The council is of the village and not of its Party side.
    let council = town.person("石议", Role::CouncilMember, &["石桥村"]).await;
    let sent = meeting(common(&town.unit("石桥支部"), "2021-10-08", &[], &[]), &["general"]);
    council.post("/api/v1/meetings", sent).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn another_towns_village_of_the_same_name_reaches_nothing_here() {
    let world = World::on(DAY).await;
    let scene = Scene::new(&world).await;
    let stranger = Town::empty(&world, "bitown").await.cadre().await;
    stranger.post("/api/v1/meetings", scene.meeting()).await.refuses(404, "access.not_found");
    stranger.get(&format!("/api/v1/records/{}", scene.to_read.id)).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn a_members_report_stays_hidden_from_who_works_for_the_village() {
    let world = World::on(DAY).await;
    let scene = Scene::new(&world).await;
    let report = scene.town.away().await.post("/api/v1/reports", scene.report()).await.is(200);
    let id = report.text("/record_id");
    for role in Role::FOR_THE_VILLAGE {
        let helper = scene.town.person(role.label(), role, &["石桥村"]).await;
        helper.get(&format!("/api/v1/records/{id}")).await.refuses(404, "access.not_found");
        let list = helper.get("/api/v1/records").await.is(200);
        assert!(!list.body.to_string().contains(&id), "{} lists the report", list.what);
        helper.post("/api/v1/reports", scene.report()).await.refuses(403, "access.forbidden");
    }
}

#[tokio::test]
async fn what_a_branch_held_while_the_cadre_was_in_post_is_taken_after_leaving() {
    let (world, town, office, _) = branch().await;
    let cadre = town.cadre().await;
    let post = post_of(&cadre).await;
    world.move_to("2021-10-20");
    office.post(&format!("/api/v1/posts/{post}/end"), json!({})).await.is(200);
    let unit = town.unit("石桥支部");
    let sent = held(&office, &unit, "2021-10-19", &["general"], &[]).await;
    cadre.post("/api/v1/meetings", sent).await.is(200).field("/needs_confirmation", true);
    let sent = held(&office, &town.unit("柳荫支部"), "2021-10-19", &["general"], &[]).await;
    cadre.post("/api/v1/meetings", sent).await.refuses(404, "access.not_found");
}
