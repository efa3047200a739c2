//! Duties are the same whenever and however often they are made.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::json;
use tuhe::org::{self, FactsOn};
use tuhe::platform::clock;

use super::edit::change;
use crate::flow::{duties, is_owed};
use crate::world::{Town, World};

async fn generate(town: &Town) -> u64 {
    let mut tx = town.world.app.db.begin().await.expect("begun");
    let changed = tuhe::duty::generate(&mut tx, town.id, town.world.now()).await.expect("generated");
    tx.commit().await.expect("committed");
    changed
}

/// What is owed, by names that two towns share.
async fn owed(town: &Town) -> BTreeSet<(String, String, Option<String>, String, Option<NaiveDate>)> {
    sqlx::query_as(
        "select r.code, u.name, p.name, d.window_key, d.window_last from duty d
         join rule r on r.town_id = d.town_id and r.id = d.rule_id
         join unit u on u.town_id = d.town_id and u.id = d.unit_id
         left join person p on p.town_id = d.town_id and p.id = d.person_id
         where d.town_id = $1 and d.state <> 'withdrawn'",
    )
    .bind(town.id.0)
    .fetch_all(&town.world.app.db)
    .await
    .expect("read")
    .into_iter()
    .collect()
}

async fn state(town: &Town, branch: &str, from_on: &str, committee: bool, groups: bool) {
    let facts =
        FactsOn { has_committee: committee, has_groups: groups, full_members: 9, probationary_members: 0 };
    let mut tx = town.world.app.db.begin().await.expect("begun");
    let from_on = from_on.parse().expect("a date");
    org::set_facts(&mut tx, town.id, town.units[branch], from_on, &facts, town.world.now())
        .await
        .expect("stated");
    tx.commit().await.expect("committed");
}

#[tokio::test]
async fn running_again_changes_nothing() {
    let world = World::on("2021-10-08").await;
    let town = Town::with_plan(&world).await;
    let before = owed(&town).await;
    assert!(before.len() > 40, "{}", before.len());
    for _ in 0..3 {
        assert_eq!(generate(&town).await, 0);
    }
    assert_eq!(owed(&town).await, before);
}

#[tokio::test]
async fn daily_now_and_then_or_once_at_the_end_makes_the_same_duties() {
    let world = World::on("2021-10-08").await;
    let (mut towns, mut offices) = (Vec::new(), Vec::new());
    for code in ["daily", "sometimes", "once"] {
        let town = Town::empty(&world, code).await;
        town.load_plan("2021-10-01".parse().expect("a date")).await;
        let office = town.office().await;
        towns.push(town);
        offices.push(office);
    }
    let last: NaiveDate = "2022-01-20".parse().expect("a date");
    let mut day = world.today();
    while day < last {
        day = day.succ_opt().expect("a day");
        world.move_to(&day.to_string());
        for town in &towns {
            match day.to_string().as_str() {
                // Elected, dissolved two days before the month ends, back in the next, restated as if never there.
                "2021-10-15" => state(town, "柳荫支部", "2021-10-15", true, false).await,
                "2021-11-29" => state(town, "柳荫支部", "2021-11-29", false, false).await,
                "2021-12-10" => state(town, "柳荫支部", "2021-12-10", true, true).await,
                "2021-12-20" => state(town, "石桥支部", "2021-10-08", false, false).await,
                "2022-01-05" => state(town, "柳荫支部", "2021-12-10", false, false).await,
                _ => {}
            }
        }
        // Rules changed as well, one of them to another period in the middle of it, one off and on again.
        for office in &offices {
            let (code, fields) = match day.to_string().as_str() {
                "2021-11-20" => (
                    "3.3.1-2",
                    json!({ "cadence": { "kind": "per_period", "period": "quarter", "times": 1 } }),
                ),
                "2021-12-05" => ("3.1.2-1", json!({ "grace_days": 5 })),
                "2021-12-15" => ("3.1.4", json!({ "off": true })),
                "2021-12-25" => ("3.1.4", json!({ "off": false })),
                _ => continue,
            };
            change(office, code, fields).await.is(200);
        }
        generate(&towns[0]).await;
        if day.signed_duration_since("2021-10-08".parse().expect("a date")).num_days() % 11 == 0 {
            generate(&towns[1]).await;
        }
    }
    for town in &towns {
        generate(town).await;
    }
    let daily = owed(&towns[0]).await;
    assert!(daily.iter().any(|(code, unit, _, key, _)| {
        (&**code, &**unit, &**key) == ("3.1.2-1", "柳荫支部", "2021-10")
    }));
    assert!(daily.iter().any(|(code, _, _, key, _)| (&**code, &**key) == ("3.1.4", "2022-01-20")));
    assert!(
        !daily.iter().any(|(code, _, _, key, _)| (&**code, &**key) == ("3.1.4", "2021-12-20")),
        "it was off"
    );
    assert!(daily.iter().any(|(code, _, _, key, _)| (&**code, &**key) == ("3.3.1-2", "2021Q4")));
    for other in &towns[1..] {
        let other = owed(other).await;
        let difference: Vec<_> = daily.symmetric_difference(&other).collect();
        assert!(difference.is_empty(), "{difference:#?}");
    }
}

#[tokio::test]
async fn windows_that_end_before_the_towns_first_day_are_not_owed_and_history_can_be_entered() {
    let world = World::on("2021-10-08").await;
    let town = Town::empty(&world, "tuhe").await;
    town.load_plan("2021-10-15".parse().expect("a date")).await;
    let (office, secretary) = (town.office().await, town.secretary().await);
    let unit = town.unit("石桥支部");
    assert!(!is_owed(&office, &unit, "固定学习日", "2021-10-10").await);
    assert!(is_owed(&office, &unit, "固定学习日", "2021-10-20").await);
    assert!(is_owed(&office, &unit, "召开党员大会", "2021-12-31").await);
    let sent = crate::flow::held(&secretary, &unit, "2021-03-05", &["general"], &[]).await;
    let receipt = secretary.post("/api/v1/meetings", sent).await.is(200);
    receipt.field("/duties", serde_json::json!([])).field("/state", "submitted");
}

#[tokio::test]
async fn every_branch_owes_by_its_facts_and_nothing_twice() {
    let world = World::on("2021-10-08").await;
    let town = Town::with_plan(&world).await;
    let office = town.office().await;
    for (unit, committee) in [("石桥支部", true), ("柳荫支部", false), ("镇中学支部", false)] {
        let unit = town.unit(unit);
        assert_eq!(is_owed(&office, &unit, "召开支委会", "2021-10-31").await, committee);
        let all = duties(&office, &unit).await;
        let study = all.iter().filter(|d| d["title"] == "固定学习日" && d["last"] == "2021-10-20").count();
        assert_eq!(study, 1);
    }
    assert_eq!(clock::today(world.now()).to_string(), "2021-10-08");
}

#[tokio::test]
async fn a_town_whose_plan_cannot_be_read_keeps_no_other_from_its_duties() {
    let world = World::on("2021-10-01").await;
    let (broken, sound) = (Town::empty(&world, "broken").await, Town::empty(&world, "sound").await);
    for town in [&broken, &sound] {
        town.load_plan(world.today()).await;
    }
    // As a later release might have written it.
    sqlx::query("update rule set audience = 'each_household' where town_id = $1 and code = '3.1.1'")
        .bind(broken.id.0)
        .execute(&world.app.db)
        .await
        .expect("a rule nobody here can read");
    let (was, before) = (owed(&broken).await, owed(&sound).await.len());
    world.move_to("2022-02-01");
    world.housekeeping().await;
    assert_eq!(owed(&broken).await, was);
    assert!(owed(&sound).await.len() > before);
    let told = world.http.get(format!("{}/metrics", world.base)).send().await.expect("an answer");
    let told = told.text().await.expect("numbers");
    assert!(told.contains("# TYPE tuhe_towns_failing gauge"), "{told}");
}
