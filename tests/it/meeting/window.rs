//! 按时, 补录, and outside.

use crate::flow::{branch, duties, edited, held, owed, standing};
use crate::world::{common, meeting};

#[tokio::test]
async fn a_meeting_entered_on_its_day_is_on_time() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    world.move_to("2021-10-10 20:00");
    let sent = held(&secretary, &unit, "2021-10-10", &["study_day"], &[&duty]).await;
    let receipt = secretary.post("/api/v1/meetings", sent).await.is(200);
    let receipt = receipt.field("/state", "submitted").field("/complete", true);
    receipt.field("/duties/0/verdict", "on_time").field("/received_at", "2021-10-10T20:00:00+08:00");
    standing(&office, &duty).await.field("/status", "met").field("/verdict", "on_time");
}

#[tokio::test]
async fn weak_signal_is_nobodys_lateness_for_three_days_and_not_four() {
    for (day, verdict) in [("2021-10-13 23:59", "on_time"), ("2021-10-14 00:00", "late")] {
        let (world, town, office, secretary) = branch().await;
        let unit = town.unit("石桥支部");
        let duty = owed(&office, &unit, "固定学习日", "2021-10-10").await;
        world.move_to(day);
        let sent = held(&secretary, &unit, "2021-10-10", &["study_day"], &[&duty]).await;
        secretary.post("/api/v1/meetings", sent).await.is(200).field("/duties/0/verdict", verdict);
    }
}

#[tokio::test]
async fn a_meeting_entered_three_weeks_late_is_recorded_late_and_counts() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    world.move_to("2021-10-31");
    world.housekeeping().await;
    standing(&office, &duty).await.field("/status", "overdue");
    let sent = held(&secretary, &unit, "2021-10-10", &["study_day"], &[&duty]).await;
    secretary.post("/api/v1/meetings", sent).await.is(200).field("/duties/0/verdict", "late");
    standing(&office, &duty).await.field("/status", "met").field("/verdict", "late");
    let list = office.get("/api/v1/records?kind=meeting").await.is(200);
    let list = list.field("/records/0/late", true);
    assert_eq!(list["records"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_meeting_dated_tomorrow_is_refused() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let sent = held(&secretary, &unit, "2021-10-09", &["general"], &[&duty]).await;
    secretary.post("/api/v1/meetings", sent).await.refuses(422, "checkin.future");
    let sent = held(&secretary, &unit, "2021-10-09", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent).await.refuses(422, "checkin.future");
    let kept = office.get("/api/v1/records").await.is(200);
    assert_eq!(kept["records"], serde_json::json!([]));
}

#[tokio::test]
async fn a_meeting_outside_every_window_is_refused_with_the_window() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let sent = held(&secretary, &unit, "2021-09-30", &["general"], &[&duty]).await;
    let refusal = secretary.post("/api/v1/meetings", sent).await.refuses(422, "checkin.outside_window");
    let sentence = refusal.text("/message");
    assert!(sentence.contains("2021年10月1日") && sentence.contains("2021年12月31日"), "{sentence}");
}

#[tokio::test]
async fn one_meeting_serves_three_duties() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let general = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let lecture = owed(&office, &unit, "上党课", "2021-12-31").await;
    let study = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    world.move_to("2021-10-10");
    let (types, named) = (["general", "lecture", "study_day"], [&*general, &lecture, &study]);
    let sent = held(&secretary, &unit, "2021-10-10", &types, &named).await;
    let receipt = secretary.post("/api/v1/meetings", sent).await.is(200);
    assert_eq!(receipt["duties"].as_array().map(Vec::len), Some(3));
    assert_eq!(receipt["not_counted"], serde_json::json!([]));
    for duty in named {
        standing(&office, duty).await.field("/status", "met");
    }
}

#[tokio::test]
async fn a_type_that_does_not_fit_a_duty_is_said_and_the_rest_counts() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let committee = owed(&office, &unit, "召开支委会", "2021-10-31").await;
    let study = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    world.move_to("2021-10-10");
    let sent = held(&secretary, &unit, "2021-10-10", &["study_day"], &[&committee, &study]).await;
    let receipt = secretary.post("/api/v1/meetings", sent).await.is(200);
    let receipt = receipt.field("/duties/0/duty_id", study.as_str());
    let receipt = receipt.field("/not_counted/0/duty_id", committee.as_str());
    let receipt = receipt.field("/not_counted/0/code", "checkin.wrong_kind");
    assert!(receipt.text("/not_counted/0/message").contains("召开支委会"));
    standing(&office, &committee).await.field("/status", "open");
    let sent = held(&secretary, &unit, "2021-10-10", &["lecture"], &[&committee]).await;
    secretary.post("/api/v1/meetings", sent).await.refuses(422, "checkin.wrong_kind");
}

#[tokio::test]
async fn a_meeting_edited_into_another_type_no_longer_meets_its_duty() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let general = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let lecture = owed(&office, &unit, "上党课", "2021-12-31").await;
    let sent = held(&secretary, &unit, "2021-10-08", &["general"], &[&general]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    standing(&office, &general).await.field("/status", "met");
    let mut next = edited(&sent);
    next["types"] = serde_json::json!(["lecture"]);
    next["record"]["duty_ids"] = serde_json::json!([lecture]);
    secretary.post("/api/v1/meetings", next).await.is(200);
    let general = standing(&office, &general).await.field("/status", "open");
    assert_eq!(
        (&general["verdict"], &general["record_id"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    standing(&office, &lecture).await.field("/status", "met");
}

#[tokio::test]
async fn a_group_meeting_meets_the_groups_duty() {
    let (_, town, office, secretary) = branch().await;
    let group = town.unit("石桥第一小组");
    let duty = owed(&office, &group, "召开党小组会", "2021-10-31").await;
    let sent = held(&secretary, &group, "2021-10-08", &["group"], &[&duty]).await;
    secretary.post("/api/v1/meetings", sent).await.is(200).field("/duties/0/verdict", "on_time");
    assert!(duties(&office, &town.unit("柳荫支部")).await.iter().all(|d| d["title"] != "召开党小组会"));
}

#[tokio::test]
async fn a_meeting_without_its_photo_is_kept_and_completed_by_a_later_version() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    world.move_to("2021-10-10");
    let sent = meeting(common(&unit, "2021-10-10", &[&duty], &[]), &["study_day"]);
    let receipt = secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    receipt.field("/state", "awaiting_photos").field("/photos_short", 1).field("/complete", false);
    standing(&office, &duty).await.field("/status", "open");
    world.move_to("2021-10-20");
    let photo = secretary.uploads(&crate::world::jpeg()).await;
    let mut next = edited(&sent);
    next["record"]["photos"] = serde_json::json!([{ "slot": "meeting", "hash": photo }]);
    let receipt = secretary.post("/api/v1/meetings", next).await.is(200);
    let receipt = receipt.field("/state", "submitted").field("/photos_short", 0);
    // The first receipt is what counts: the photo came ten days later, the meeting did not.
    receipt.field("/complete", true).field("/duties/0/verdict", "on_time");
    standing(&office, &duty).await.field("/status", "met").field("/verdict", "on_time");
}
