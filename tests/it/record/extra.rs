//! A second record for the same duty.

use crate::flow::{branch, held, owed, record, standing};
use crate::world::{common, jpeg, meeting, sha256_hex};

#[tokio::test]
async fn a_second_record_for_a_fulfilled_duty_is_kept_as_an_extra() {
    let (_, town, office, secretary) = branch().await;
    let member = town.committee_member().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let sent = held(&secretary, &unit, "2021-10-08", &["general"], &[&duty]).await;
    let first = secretary.post("/api/v1/meetings", sent).await.is(200).field("/duties/0/extra", false);
    let sent = held(&member, &unit, "2021-10-07", &["general"], &[&duty]).await;
    let second = member.post("/api/v1/meetings", sent).await.is(200);
    let second = second.field("/duties/0/extra", true).field("/state", "submitted");
    standing(&office, &duty).await.field("/record_id", first.text("/record_id"));
    record(&office, &second.text("/record_id")).await.field("/duties/0/extra", true);
}

#[tokio::test]
async fn of_two_records_waiting_for_photos_the_later_complete_is_the_extra() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let photos = [jpeg(), jpeg()];
    let mut records = Vec::new();
    for photo in &photos {
        let part = common(&unit, "2021-10-08", &[&duty], &[("sheet", &sha256_hex(photo))]);
        let receipt = secretary.post("/api/v1/meetings", meeting(part, &["general"])).await.is(200);
        records.push(receipt.text("/record_id"));
    }
    for photo in photos.iter().rev() {
        secretary.uploads(photo).await;
        world.housekeeping().await;
    }
    standing(&office, &duty).await.field("/status", "met").field("/record_id", records[1].as_str());
    record(&office, &records[0]).await.field("/state", "submitted").field("/duties/0/extra", true);
    record(&office, &records[1]).await.field("/duties/0/extra", false);
}

#[tokio::test]
async fn a_record_for_an_excused_duty_is_an_extra_and_the_duty_stays_excused() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let excuse = serde_json::json!({ "kind": "excused", "reason": "汛期停会" });
    secretary.post(&format!("/api/v1/duties/{duty}/excuse"), excuse).await.is(200);
    let approve = serde_json::json!({ "approve": true });
    office.post(&format!("/api/v1/duties/{duty}/excuse/decide"), approve).await.is(200);
    let sent = held(&secretary, &unit, "2021-10-08", &["general"], &[&duty]).await;
    secretary.post("/api/v1/meetings", sent).await.is(200).field("/duties/0/extra", true);
    standing(&office, &duty).await.field("/status", "excused");
}
