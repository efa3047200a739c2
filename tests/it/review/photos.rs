//! What a reviewer is told of photos that were handed in before, or on another day: to look at, never a verdict.

use image::imageops::{self, FilterType};
use serde_json::{Value, json};
use tuhe::org::Role;

use crate::console::Desk;
use crate::flow::{accept, another, branch, edited, give_back, held, ids, record};
use crate::world::{Answer, Person, Town, common, meeting, open_app, saved, scene, serve, taken_on};

/// A meeting of the unit with this photo of the room.
async fn with_photo(by: &Person, unit: &str, on: &str, photo: &[u8]) -> Value {
    let hash = by.uploads(photo).await;
    let sent = meeting(common(unit, on, &[], &[("meeting", &hash)]), &["general"]);
    by.post("/api/v1/meetings", sent.clone()).await.is(200);
    sent
}

/// What is said of a record's first photo: the codes and the sentences.
fn told(record: &Answer) -> Vec<(String, String)> {
    let facts = record["photos"][0]["facts"].as_array().expect("facts");
    let text = |fact: &Value, key: &str| fact[key].as_str().expect("text").to_owned();
    facts.iter().map(|fact| (text(fact, "code"), text(fact, "text"))).collect()
}

async fn accept_all(by: &Person, sent: &[&Value]) -> Answer {
    let items: Vec<_> =
        sent.iter().map(|sent| json!({ "id": ids(sent).0, "version": ids(sent).1 })).collect();
    by.post("/api/v1/records/accept", json!({ "records": items })).await.is(200)
}

async fn next_secretary(town: &Town) -> Person {
    town.person("柳青", Role::BranchSecretary, &["柳荫支部"]).await
}

#[tokio::test]
async fn one_sheet_for_two_months_is_shown_with_both_and_not_accepted_in_bulk() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let sheet = saved(&scene(), 85);
    let first = with_photo(&secretary, &unit, "2021-10-08", &sheet).await;
    let alone = record(&office, &ids(&first).0).await.field("/flags", json!([]));
    assert_eq!(told(&alone), []);
    world.move_to("2021-11-20");
    let second = with_photo(&secretary, &unit, "2021-11-10", &sheet).await;
    let plain = held(&secretary, &unit, "2021-11-12", &["lecture"], &[]).await;
    secretary.post("/api/v1/meetings", plain.clone()).await.is(200);

    let seen = record(&office, &ids(&second).0).await.field("/flags", json!(["photos"]));
    let said = "同一张照片也用在石桥支部2021年10月8日的会议记录里(待审)。";
    assert_eq!(told(&seen), [("same_photo".into(), said.into())]);
    let other = seen.field("/photos/0/facts/0/other/record_id", ids(&first).0);
    assert!(other.text("/photos/0/facts/0/other/links/thumb").starts_with("/photos/"));
    let earlier = record(&office, &ids(&first).0).await;
    earlier.field("/photos/0/facts/0/other/record_id", ids(&second).0);

    let result = accept_all(&office, &[&first, &second, &plain]).await;
    let result = result.field("/accepted", json!([ids(&plain).0]));
    result.field("/left/0/code", "review.flagged").field("/left/1/code", "review.flagged");
    // It is for a person to decide, and the person may find it in order.
    accept(&office, &ids(&second).0, &ids(&second).1).await.is(200);
    let told_then = told(&record(&office, &ids(&first).0).await);
    assert_eq!(told_then[0].1, "同一张照片也用在石桥支部2021年11月10日的会议记录里(已通过)。");
}

#[tokio::test]
async fn a_copy_made_smaller_turned_or_cropped_is_shown_beside_the_earlier_one() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let picture = scene();
    let first = with_photo(&secretary, &unit, "2021-10-08", &saved(&picture, 90)).await;
    let small = imageops::resize(&picture, 400, 300, FilterType::Triangle);
    let part = imageops::crop_imm(&picture, 16, 12, 608, 456).to_image();
    for (copy, said) in [
        (small.clone(), "像是"),
        (imageops::rotate90(&small), "像是"),
        (imageops::flip_horizontal(&small), "像是"),
        (part, "很像"),
    ] {
        let again = with_photo(&secretary, &unit, "2021-10-08", &saved(&copy, 60)).await;
        let seen = record(&office, &ids(&again).0).await.field("/flags", json!(["photos"]));
        let facts = seen["photos"][0]["facts"].as_array().expect("facts");
        let of_first = facts.iter().find(|fact| fact["other"]["record_id"] == json!(ids(&first).0));
        let fact = of_first.unwrap_or_else(|| panic!("{}x{}: {facts:?}", copy.width(), copy.height()));
        assert!(fact["text"].as_str().is_some_and(|text| text.contains(said)), "{fact}");
    }
    let other = with_photo(&secretary, &unit, "2021-10-08", &saved(&scene(), 85)).await;
    record(&office, &ids(&other).0).await.field("/flags", json!([])).field("/photos/0/facts", json!([]));
}

#[tokio::test]
async fn of_the_next_villages_record_only_who_may_read_it_learns_more_than_that_it_is_there() {
    let (_, town, office, secretary) = branch().await;
    let picture = saved(&scene(), 85);
    let theirs =
        with_photo(&next_secretary(&town).await, &town.unit("柳荫支部"), "2021-10-08", &picture).await;
    let mine = with_photo(&secretary, &town.unit("石桥支部"), "2021-10-08", &picture).await;
    let seen = record(&office, &ids(&mine).0).await;
    seen.field("/photos/0/facts/0/other/unit_name", "柳荫支部");
    let contact = town.village_contact().await;
    let seen = record(&contact, &ids(&mine).0).await.field("/flags", json!(["photos"]));
    let said = "镇里另一条记录也用了这张照片,那条记录不在您能看的范围内,可以请党建办核对。";
    assert_eq!(told(&seen), [("same_photo".into(), said.into())]);
    for secret in ["柳荫", &ids(&theirs).0, "柳青"] {
        assert!(!seen.body.to_string().contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn who_reviews_nothing_is_told_nothing_of_other_peoples_photos() {
    let (_, town, _, secretary) = branch().await;
    let member = town.committee_member().await;
    let unit = town.unit("石桥支部");
    let picture = saved(&scene(), 85);
    with_photo(&secretary, &unit, "2021-10-08", &picture).await;
    let mine = with_photo(&member, &unit, "2021-10-07", &picture).await;
    let seen = record(&member, &ids(&mine).0).await.field("/flags", json!([]));
    seen.field("/photos/0/facts", json!([]));
}

#[tokio::test]
async fn the_same_photo_in_another_town_is_nobodys_business() {
    let (world, town, office, secretary) = branch().await;
    let other = Town::empty(&world, "bitown").await;
    let (there, other_office) = (other.secretary().await, other.office().await);
    let picture = scene();
    let mine = with_photo(&secretary, &town.unit("石桥支部"), "2021-10-08", &saved(&picture, 85)).await;
    let same = with_photo(&there, &other.unit("石桥支部"), "2021-10-08", &saved(&picture, 85)).await;
    let alike = with_photo(&there, &other.unit("石桥支部"), "2021-10-07", &saved(&scene(), 60)).await;
    for (reader, sent) in [(&office, &mine), (&other_office, &same), (&other_office, &alike)] {
        let seen = record(reader, &ids(sent).0).await.field("/flags", json!([]));
        seen.field("/photos/0/facts", json!([]));
    }
}

#[tokio::test]
async fn of_two_copies_that_come_at_once_each_is_shown_beside_the_other() {
    let (_, town, office, secretary) = branch().await;
    let next = next_secretary(&town).await;
    for _ in 0..5 {
        let picture = scene();
        let small = imageops::resize(&picture, 400, 300, FilterType::Triangle);
        let (one, two) = (saved(&picture, 90), saved(&small, 60));
        let (first, second) = futures_util::future::join(
            with_photo(&secretary, &town.unit("石桥支部"), "2021-10-08", &one),
            with_photo(&next, &town.unit("柳荫支部"), "2021-10-08", &two),
        )
        .await;
        for (sent, other) in [(&first, &second), (&second, &first)] {
            let seen = record(&office, &ids(sent).0).await;
            seen.field("/photos/0/facts/0/other/record_id", ids(other).0);
        }
    }
}

#[tokio::test]
async fn a_photo_taken_out_again_is_held_against_nobody_and_a_returned_records_is_still_shown() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let picture = saved(&scene(), 85);
    let wrong = with_photo(&secretary, &unit, "2021-10-08", &picture).await;
    let right = with_photo(&secretary, &unit, "2021-10-07", &picture).await;
    give_back(&office, &ids(&wrong).0, &ids(&wrong).1, "2021-10-20").await.is(200);
    let seen = record(&office, &ids(&right).0).await;
    assert!(told(&seen)[0].1.ends_with("(已退回)。"), "{:?}", told(&seen));
    let mut mended = edited(&wrong);
    let hash = secretary.uploads(&saved(&scene(), 85)).await;
    mended["record"]["photos"] = json!([{ "slot": "meeting", "hash": hash }]);
    secretary.post("/api/v1/meetings", mended.clone()).await.is(200);
    record(&office, &ids(&right).0).await.field("/photos/0/facts", json!([])).field("/flags", json!([]));
    accept_all(&office, &[&right]).await.field("/accepted", json!([ids(&right).0]));
}

#[tokio::test]
async fn a_photo_of_another_day_is_told_with_both_days_and_an_edited_one_by_its_program() {
    let (world, town, office, secretary) = branch().await;
    world.move_to("2021-10-25");
    let unit = town.unit("石桥支部");
    let photo = taken_on(&saved(&scene(), 85), "2021:10:03 09:00:00", "Snapseed 2.0");
    let sent = with_photo(&secretary, &unit, "2021-10-20", &photo).await;
    let seen = record(&office, &ids(&sent).0).await.field("/flags", json!(["photos"]));
    assert_eq!(
        told(&seen),
        [
            ("taken_before".into(), "照片记的拍摄时间是2021年10月3日,会议日期是2021年10月20日。".into()),
            ("edited".into(), "照片用修图软件存过(Snapseed 2.0)。".into()),
        ]
    );
    // The same photo of the same day needs no look.
    let photo = taken_on(&saved(&scene(), 85), "2021:10:20 09:00:00", "Snapseed 2.0");
    let sent = with_photo(&secretary, &unit, "2021-10-20", &photo).await;
    record(&office, &ids(&sent).0).await.field("/flags", json!([]));
    accept_all(&office, &[&sent]).await.field("/accepted", json!([ids(&sent).0]));
}

#[tokio::test]
async fn what_the_phone_drew_anew_is_not_blamed_for_having_no_exif() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    for (shrunk, codes) in [("true", json!([])), ("false", json!(["no_exif"]))] {
        let hash = upload_at(&world.base, &secretary, &saved(&scene(), 85), Some(shrunk)).await;
        let sent = meeting(common(&unit, "2021-10-08", &[], &[("meeting", &hash)]), &["general"]);
        secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
        let seen = record(&office, &ids(&sent).0).await;
        let found: Vec<String> = told(&seen).into_iter().map(|(code, _)| code).collect();
        assert_eq!(json!(found), codes, "{shrunk}");
    }
}

/// Uploads to a server, with the phone's word where there is one; gives the hash.
async fn upload_at(base: &str, by: &Person, bytes: &[u8], shrunk: Option<&str>) -> String {
    let hash = crate::world::sha256_hex(bytes);
    let part = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name("photo.jpg");
    let mut form = reqwest::multipart::Form::new().part("file", part).text("sha256", hash.clone());
    if let Some(shrunk) = shrunk {
        form = form.text("shrunk", shrunk.to_owned());
    }
    let request = by.world.http.post(format!("{base}/api/v1/photos")).bearer_auth(&by.token);
    let answer = request.multipart(form).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    hash
}

#[tokio::test]
async fn servers_over_one_database_find_each_others_photos_and_a_new_one_finds_them_all() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let folder = std::path::PathBuf::from(&world.settings["TUHE_VAR"]);
    let (wechat, clock) = (world.wx.base_url(), world.app.clock.clone());
    let app = open_app(&world.database, &wechat, &folder, clock).await;
    let (second, _stop) = serve(app).await;
    let picture = scene();
    let mut sent = Vec::new();
    // Here, there, here again: each has looked at the town's photos before the next comes.
    for (at, base) in [&world.base, &second, &world.base, &second].into_iter().enumerate() {
        let edge = 600 - 50 * u32::try_from(at).expect("small");
        let copy = imageops::resize(&picture, edge, edge * 3 / 4, FilterType::Triangle);
        let hash = upload_at(base, &secretary, &saved(&copy, 80), None).await;
        let form = meeting(common(&unit, "2021-10-08", &[], &[("meeting", &hash)]), &["general"]);
        secretary.post("/api/v1/meetings", form.clone()).await.is(200);
        sent.push(ids(&form).0);
    }
    for id in &sent {
        let seen = record(&office, id).await;
        assert_eq!(told(&seen).len(), sent.len() - 1, "{:?}", told(&seen));
    }
}

#[tokio::test]
async fn a_record_merged_into_another_is_no_second_use_of_its_photo() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = crate::flow::owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    let hash = secretary.uploads(&saved(&scene(), 85)).await;
    let first = meeting(common(&unit, "2021-10-08", &[&duty], &[("sheet", &hash)]), &["general"]);
    secretary.post("/api/v1/meetings", first.clone()).await.is(200);
    let extra = another(&first);
    secretary.post("/api/v1/meetings", extra.clone()).await.is(200);
    record(&office, &ids(&first).0).await.field("/flags", json!(["photos"]));
    let form = json!({ "version": ids(&extra).1, "into": ids(&first).0 });
    secretary.post(&format!("/api/v1/records/{}/merge", ids(&extra).0), form).await.is(200);
    record(&office, &ids(&first).0).await.field("/flags", json!([])).field("/photos/0/facts", json!([]));
}

#[tokio::test]
async fn the_desk_shows_both_pictures_with_the_way_to_the_other_record() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let picture = saved(&scene(), 85);
    let first = with_photo(&secretary, &unit, "2021-10-08", &picture).await;
    let second = with_photo(&secretary, &unit, "2021-10-07", &picture).await;
    let mut desk = Desk::of(&office).await;
    desk.get("/console/review").await.shows("照片要看").hides("type=\"checkbox\"");
    let page = desk.get(&format!("/console/records/{}", ids(&second).0)).await;
    page.shows("照片要留意的地方").shows(&format!("/console/records/{}", ids(&first).0)).shows("通过");
}

#[tokio::test]
async fn a_photo_stored_by_the_release_before_is_found_once_its_copies_are_made_anew() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let picture = scene();
    let old = saved(&picture, 90);
    let first = with_photo(&secretary, &unit, "2021-10-08", &old).await;
    let forget = "update photo set prints = null, print_no = null, print_version = null where town_id = $1";
    sqlx::query(forget).bind(town.id.0).execute(&world.app.db).await.expect("forgotten");
    let small = imageops::resize(&picture, 400, 300, FilterType::Triangle);
    let second = with_photo(&secretary, &unit, "2021-10-08", &saved(&small, 60)).await;
    record(&office, &ids(&second).0).await.field("/flags", json!([]));
    let derived = tuhe::platform::photo::derive(&old).expect("a photo");
    let hash = tuhe::evidence::Hash::parse(&crate::world::sha256_hex(&old)).expect("a hash");
    for _ in 0..2 {
        tuhe::evidence::facts::rewrite(&world.app, town.id, hash, &derived, world.now())
            .await
            .expect("written");
    }
    for (sent, other) in [(&first, &second), (&second, &first)] {
        let seen = record(&office, &ids(sent).0).await.field("/flags", json!(["photos"]));
        assert_eq!(told(&seen).len(), 1);
        seen.field("/photos/0/facts/0/other/record_id", ids(other).0);
    }
}
