//! A branch split or merged: members and what is owed follow, what was done stays where it was done.

use serde_json::json;

use crate::flow::{another_away, held, is_owed, owed, record, village};

#[tokio::test]
async fn a_branch_that_is_merged_owes_nothing_more_and_its_members_owe_with_the_other() {
    let (_, town, office, _) = village().await;
    let secretary = town.secretary().await;
    let (old, above) = (town.unit("石桥支部"), town.unit("石桥村党总支"));
    let sent = held(
        &secretary,
        &old,
        "2021-10-12",
        &["lecture"],
        &[&owed(&office, &old, "上党课", "2021-12-31").await],
    )
    .await;
    let done = secretary.post("/api/v1/meetings", sent).await.is(200).text("/record_id");
    let form = json!({ "kind": "branch", "name": "石桥第二支部", "parent": above });
    let kept = office.post("/api/v1/units", form.clone()).await.is(200).text("/id");
    office.post("/api/v1/units", form).await.refuses(409, "org.name_taken");
    office
        .post(&format!("/api/v1/units/{old}/merge"), json!({ "into": old }))
        .await
        .refuses(422, "org.same_unit");
    office.post(&format!("/api/v1/units/{old}/close"), json!(null)).await.refuses(409, "org.unit_in_use");
    let merge = format!("/api/v1/units/{old}/merge");
    let into = json!({ "into": kept });
    let (one, two) = tokio::join!(office.post(&merge, into.clone()), office.post(&merge, into.clone()));
    let mut answers = [one.status, two.status];
    answers.sort_unstable();
    assert_eq!(answers, [200, 409], "{} {}", one.body, two.body);

    assert!(!is_owed(&office, &old, "召开党员大会", "2021-12-31").await, "nothing more there");
    assert!(is_owed(&office, &kept, "召开党员大会", "2021-12-31").await);
    // The mobile member's own report has gone along, once; the group and its meetings too.
    assert!(is_owed(&office, &kept, "向支部汇报半年情况", "2021-12-31").await);
    assert!(!is_owed(&office, &old, "向支部汇报半年情况", "2021-12-31").await);
    let units = office.get("/api/v1/units").await.is(200);
    let group = units.list().iter().find(|unit| unit["name"] == "石桥第一小组").expect("the group");
    assert_eq!(group["parent_id"], kept.as_str());
    assert!(units.list().iter().all(|unit| unit["name"] != "石桥支部"));
    let members = office.get(&format!("/api/v1/people?unit={kept}")).await.is(200);
    assert_eq!(members["people"].as_array().map(Vec::len), Some(2), "{}", members.body);
    record(&office, &done).await.field("/unit_name", "石桥支部").field("/writer", "李卫国");
    assert!(secretary.get("/api/v1/me").await.is(200)["posts"].as_array().expect("posts").is_empty());
}

#[tokio::test]
async fn a_branch_that_is_split_keeps_who_stays_and_the_new_one_owes_for_who_goes() {
    let (_, town, office, cadre) = village().await;
    let old = town.unit("石桥支部");
    let goes = another_away(&town, "钱远", None).await;
    town.world.housekeeping().await;
    let path = format!("/api/v1/units/{old}/split");
    for members in [json!([cadre.id]), json!([town.away_member, uuid::Uuid::now_v7()])] {
        office
            .post(&path, json!({ "name": "石桥南支部", "members": members }))
            .await
            .refuses(422, "org.not_members");
    }
    cadre
        .post(&path, json!({ "name": "石桥南支部", "members": [goes] }))
        .await
        .refuses(403, "access.forbidden");
    let neighbour = town.neighbour().await;
    neighbour
        .post(&path, json!({ "name": "石桥南支部", "members": [goes] }))
        .await
        .refuses(404, "access.not_found");
    let new =
        office.post(&path, json!({ "name": "石桥南支部", "members": [goes] })).await.is(200).text("/unit");
    assert!(is_owed(&office, &new, "召开党员大会", "2021-12-31").await);
    assert!(is_owed(&office, &old, "召开党员大会", "2021-12-31").await);
    assert!(is_owed(&office, &new, "向支部汇报半年情况", "2021-12-31").await, "of who went");
    assert!(is_owed(&office, &old, "向支部汇报半年情况", "2021-12-31").await, "of who stayed");
    let counts: Vec<(i32, i32)> = sqlx::query_as(
        "select full_members, probationary_members from branch_facts f join unit u on u.town_id = f.town_id and u.id = f.unit_id
         where u.name in ('石桥支部', '石桥南支部') order by f.set_at desc, u.name limit 2",
    )
    .fetch_all(&town.world.app.db)
    .await
    .expect("facts");
    assert_eq!(counts.iter().map(|(full, _)| full).sum::<i32>(), 12, "{counts:?}");
    office.post(&format!("/api/v1/units/{new}/close"), json!(null)).await.refuses(409, "org.unit_in_use");
}
