//! A record that comes before its photos.

use serde_json::json;

use crate::flow::{another, branch, owed, record, standing};
use crate::world::{common, jpeg, meeting, sha256_hex};

#[tokio::test]
async fn a_record_sent_before_its_photos_names_those_missing_and_completes_by_a_repeat() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let (room, sheet) = (jpeg(), jpeg());
    let hashes = [sha256_hex(&room), sha256_hex(&sheet)];
    let photos = [("meeting", &*hashes[0]), ("sheet", &*hashes[1])];
    let sent = meeting(common(&unit, "2021-10-08", &[&duty], &photos), &["general"]);
    let receipt = secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let receipt = receipt.field("/state", "awaiting_photos").field("/missing", json!(hashes));
    receipt.field("/complete", false).field("/photos_short", 0);
    secretary.uploads(&room).await;
    let receipt = secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    receipt.field("/missing", json!([hashes[1]])).field("/complete", false);
    standing(&office, &duty).await.field("/status", "open");
    secretary.uploads(&sheet).await;
    let receipt = secretary.post("/api/v1/meetings", sent).await.is(200);
    receipt.field("/missing", json!([])).field("/complete", true).field("/state", "submitted");
    standing(&office, &duty).await.field("/status", "met");
}

#[tokio::test]
async fn a_record_completes_without_the_phone_once_its_last_photo_is_there() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    world.move_to("2021-10-10");
    let photo = jpeg();
    let record_part = common(&unit, "2021-10-10", &[&duty], &[("sheet", &sha256_hex(&photo))]);
    let sent = meeting(record_part, &["study_day"]);
    let id = secretary.post("/api/v1/meetings", sent).await.is(200).text("/record_id");
    world.move_to("2021-10-20");
    secretary.uploads(&photo).await;
    assert_eq!(tuhe::checkin::complete_pass(&world.app, world.now()).await.expect("passed"), 1);
    record(&office, &id).await.field("/state", "submitted").field("/photos/0/slot", "sheet");
    standing(&office, &duty).await.field("/status", "met").field("/verdict", "on_time");
    assert_eq!(tuhe::checkin::complete_pass(&world.app, world.now()).await.expect("passed"), 0);
}

#[tokio::test]
async fn a_photo_is_shown_only_once_it_has_arrived() {
    let (world, town, office, secretary) = branch().await;
    let photo = jpeg();
    let part = common(&town.unit("石桥支部"), "2021-10-08", &[], &[("other", &sha256_hex(&photo))]);
    let id = secretary.post("/api/v1/meetings", meeting(part, &["general"])).await.is(200).text("/record_id");
    assert!(record(&office, &id).await["photos"][0]["links"].is_null());
    secretary.uploads(&photo).await;
    world.housekeeping().await;
    record(&office, &id).await.text("/photos/0/links/thumb");
}

#[tokio::test]
async fn one_photo_may_serve_two_records() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let sent = crate::flow::held(&secretary, &unit, "2021-10-08", &["general"], &[]).await;
    let other = another(&sent);
    for one in [sent, other] {
        let receipt = secretary.post("/api/v1/meetings", one).await.is(200).field("/complete", true);
        record(&office, &receipt.text("/record_id")).await.text("/photos/0/links/display");
    }
}

#[tokio::test]
async fn the_same_photo_named_twice_is_one_photo() {
    let (_, town, _, cadre) = crate::flow::village().await;
    let mut sent = crate::flow::case(&cadre, &town.unit("石桥村"), "2021-10-12", "outside", "off_list").await;
    let before = sent["record"]["photos"][0].clone();
    sent["record"]["photos"] = json!([before, before]);
    sent["action"] = json!("removed");
    let receipt = cadre.post("/api/v1/signs", sent).await.is(200);
    assert!(receipt["photos_short"].as_i64() > Some(0), "{}", receipt.body);
    receipt.field("/state", "awaiting_photos");
}
