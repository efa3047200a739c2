//! The bytes as received: for 镇纪委 and 党建办 of the town, with a reason, and never without a line on the log.

use reqwest::header;
use serde_json::Value;
use tuhe::evidence::{self, Hash, Size};
use tuhe::org::Role;

use crate::flow::{ids, village};
use crate::world::{Person, Town, World, common, jpeg, meeting, sha256_hex};

fn path(hash: &str) -> String {
    format!("/api/v1/photos/{hash}/original?reason=核对拍摄时间")
}

async fn fetch(person: &Person, hash: &str, headers: &[(header::HeaderName, &str)]) -> reqwest::Response {
    let mut request = person.world.http.get(format!("{}{}", person.world.base, path(hash)));
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    request.bearer_auth(&person.token).send().await.expect("an answer")
}

/// What the log says of originals, the oldest first: who, and why.
async fn logged(world: &World) -> Vec<(uuid::Uuid, String, Value)> {
    sqlx::query_as(
        "select e.actor_id, p.name, e.facts from audit_entry e
         join person p on p.town_id = e.town_id and p.id = e.actor_id
         where action = 'photo.original_read' order by e.at, e.id",
    )
    .fetch_all(&world.app.db)
    .await
    .expect("the log")
}

#[tokio::test]
async fn the_office_and_the_discipline_fetch_the_very_bytes_and_it_stands_on_the_log() {
    let (world, town, office, cadre) = village().await;
    let photo = jpeg();
    let hash = cadre.uploads(&photo).await;
    let discipline = town.person("吴清", Role::Discipline, &["图河镇"]).await;
    for person in [&office, &discipline] {
        let answer = fetch(person, &hash, &[(header::ACCEPT_ENCODING, "gzip")]).await;
        assert_eq!(answer.status(), 200);
        let told = |name| answer.headers()[name].to_str().expect("text").to_owned();
        assert_eq!(told(header::CONTENT_TYPE), "image/jpeg");
        assert_eq!(told(header::CONTENT_DISPOSITION), format!("attachment; filename=\"{hash}.jpg\""));
        assert_eq!(told(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(told(header::CACHE_CONTROL), "private, no-store");
        assert_eq!(told(header::CONTENT_LENGTH), photo.len().to_string());
        assert!(!answer.headers().contains_key(header::CONTENT_ENCODING), "packed once more");
        assert!(answer.bytes().await.expect("bytes") == photo, "other bytes");
    }
    let logged = logged(&world).await;
    assert_eq!(logged.iter().map(|line| line.0).collect::<Vec<_>>(), [office.id.0, discipline.id.0]);
    for (_, _, facts) in logged {
        assert_eq!(facts, serde_json::json!({ "hash": hash, "reason": "核对拍摄时间" }));
    }
}

#[tokio::test]
async fn a_part_is_fetched_as_the_standard_has_it() {
    let (_, _, office, cadre) = village().await;
    let photo = jpeg();
    let hash = cadre.uploads(&photo).await;
    let part = fetch(&office, &hash, &[(header::RANGE, "bytes=10-19")]).await;
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()[header::CONTENT_RANGE], format!("bytes 10-19/{}", photo.len()).as_str());
    assert_eq!(part.headers()[header::CONTENT_LENGTH], "10");
    let tag = part.headers()[header::ETAG].to_str().expect("text").to_owned();
    assert_eq!(part.bytes().await.expect("bytes"), photo[10..20]);
    let rest = [(header::RANGE, "bytes=100-"), (header::IF_RANGE, tag.as_str())];
    let rest = fetch(&office, &hash, &rest).await;
    assert_eq!(rest.status(), 206);
    assert!(rest.bytes().await.expect("bytes") == photo[100..], "other bytes");
    let another = [(header::RANGE, "bytes=100-"), (header::IF_RANGE, "\"other\"")];
    assert_eq!(fetch(&office, &hash, &another).await.status(), 200);
    let beyond = fetch(&office, &hash, &[(header::RANGE, "bytes=99999999-")]).await;
    assert_eq!(beyond.status(), 416);
    assert_eq!(beyond.headers()[header::CONTENT_RANGE], format!("bytes */{}", photo.len()).as_str());
}

#[tokio::test]
async fn nobody_else_gets_it_not_even_who_took_it_and_nothing_is_logged() {
    let (world, town, _, cadre) = village().await;
    let hash = cadre.uploads(&jpeg()).await;
    let inspector = town.person("高岩", Role::Inspector, &["图河镇"]).await;
    let head = town.person("周明", Role::TownSecretary, &["图河镇"]).await;
    // The office's clerk of one village alone is not the town's.
    let partly = town.person("半个办", Role::PartyOffice, &["柳荫村"]).await;
    for person in [&cadre, &town.secretary().await, &town.neighbour().await, &inspector, &head, &partly] {
        person.get(&path(&hash)).await.refuses(403, "access.forbidden");
    }
    let east = Town::empty(&world, "east").await;
    let theirs = east.office().await;
    theirs.get(&path(&hash)).await.refuses(404, "access.not_found");
    assert!(logged(&world).await.is_empty());
}

#[tokio::test]
async fn two_towns_with_the_same_picture_each_have_their_own() {
    let (world, _, office, cadre) = village().await;
    let photo = jpeg();
    let hash = cadre.uploads(&photo).await;
    let east = Town::empty(&world, "east").await;
    let (theirs, their_cadre) = (east.office().await, east.cadre().await);
    their_cadre.uploads(&photo).await;
    theirs.get(&path(&hash)).await.is(200);
    let towns: Vec<uuid::Uuid> =
        sqlx::query_scalar("select town_id from audit_entry where action = 'photo.original_read'")
            .fetch_all(&world.app.db)
            .await
            .expect("the log");
    assert_eq!(towns, [east.id.0]);
    office.get(&path(&hash)).await.is(200);
}

#[tokio::test]
async fn it_needs_a_reason_and_a_photo_that_is_there() {
    let (world, town, office, cadre) = village().await;
    let hash = cadre.uploads(&jpeg()).await;
    let long = "长".repeat(201);
    for reason in ["", "?reason=", "?reason=%20x%20", &format!("?reason={long}")] {
        let path = format!("/api/v1/photos/{hash}/original{reason}");
        office.get(&path).await.refuses(422, "photo.reason_length");
    }
    for unknown in [&sha256_hex(b"another"), "abc", "..%2f..%2fkeys.toml"] {
        let answer = office.get(&path(unknown)).await;
        assert_eq!((answer.status, &answer["code"]), (404, &"access.not_found".into()), "{unknown}");
    }
    assert!(logged(&world).await.is_empty());
    let key = evidence::key(town.id, Hash::parse(&hash).expect("a hash"), Size::Original);
    assert!(world.app.photos.delete(&key).await.expect("deleted"));
    office.get(&path(&hash)).await.refuses(404, "photo.original_lost");
}

#[tokio::test]
async fn a_bucket_gives_it_back_as_a_folder_does() {
    let (world, bucket) = World::with_bucket("2021-10-12 09:00").await;
    let town = Town::empty(&world, "tuhe").await;
    let (office, cadre) = (town.office().await, town.cadre().await);
    let photo = jpeg();
    let hash = cadre.uploads(&photo).await;
    let key = evidence::key(town.id, Hash::parse(&hash).expect("a hash"), Size::Original);
    assert!(bucket.path_of(&key).exists());
    let answer = fetch(&office, &hash, &[]).await;
    assert!(answer.bytes().await.expect("bytes") == photo, "other bytes");
    let part = fetch(&office, &hash, &[(header::RANGE, "bytes=-7")]).await;
    assert_eq!(part.bytes().await.expect("bytes"), photo[photo.len() - 7..]);
}

#[tokio::test]
async fn a_desk_offers_it_on_the_record_to_whom_the_api_gives_it() {
    let (_, town, office, _) = village().await;
    let secretary = town.secretary().await;
    let photo = jpeg();
    let hash = secretary.uploads(&photo).await;
    let part = common(&town.unit("石桥支部"), "2021-10-12", &[], &[("sheet", &hash)]);
    let sent = meeting(part, &["general"]);
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let record = format!("/console/records/{}", ids(&sent).0);
    let form = format!("/console/photos/{hash}/original");
    let mut desk = crate::console::Desk::of(&office).await;
    desk.get(&record).await.shows(&form).shows("为什么要调取?");
    desk.get(&form).await.refuses(422, "为什么要调取原图");
    assert_eq!(desk.get(&format!("{form}?reason=核对拍摄时间")).await.status, 200);
    let mut own = crate::console::Desk::of(&secretary).await;
    own.get(&record).await.hides("调取原图");
    own.get(&format!("{form}?reason=核对拍摄时间")).await.refuses(403, "没有这项权限");
}
