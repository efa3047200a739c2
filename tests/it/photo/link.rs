//! Showing photos: stripped copies behind links that soon die.

use reqwest::header;

use crate::flow::{record, village};
use crate::world::{Person, Town, World, common, jpeg, meeting, real_photo};

/// Uploads, has a record name it, and gives the links as the office sees them: display, thumb.
async fn shown(office: &Person, secretary: &Person, town: &Town, photo: &[u8]) -> (String, String) {
    let hash = secretary.uploads(photo).await;
    let part = common(&town.unit("石桥支部"), "2021-10-12", &[], &[("sheet", &hash)]);
    let sent = meeting(part, &["general"]);
    let id = secretary.post("/api/v1/meetings", sent).await.is(200).text("/record_id");
    let read = record(office, &id).await;
    (read.text("/photos/0/links/display"), read.text("/photos/0/links/thumb"))
}

/// Asks without any login, as a phone's picture element does.
async fn ask(world: &World, link: &str, name: header::HeaderName, value: &str) -> reqwest::Response {
    let request = world.http.get(format!("{}{link}", world.base)).header(name, value);
    request.send().await.expect("an answer")
}

async fn bytes(world: &World, link: &str) -> Vec<u8> {
    let response = ask(world, link, header::ACCEPT, "image/*").await;
    assert_eq!(response.status(), 200, "{link}");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "image/jpeg");
    response.bytes().await.expect("bytes").to_vec()
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// A JPEG with an EXIF block: turned by a quarter, and a word that stands for a place.
fn turned() -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    tiff.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0");
    tiff.extend(b"\x01\x0e\0\x02\0\0\0\x0c\0\0\0\x26\0\0\0\0");
    tiff.extend(b"HOME-ADDRESS");
    let length = u16::try_from(tiff.len() + 8).expect("short").to_be_bytes();
    let plain = jpeg();
    [&plain[..2], b"\xff\xe1", &length, b"Exif\0\0", &tiff, &plain[2..]].concat()
}

#[tokio::test]
async fn copies_are_upright_small_and_carry_no_word_of_the_camera() {
    let (world, town, office, _) = village().await;
    let secretary = town.secretary().await;
    let photo = turned();
    assert!(contains(&photo, b"HOME-ADDRESS"));
    let (display, thumb) = shown(&office, &secretary, &town, &photo).await;
    for (link, longest) in [(display, 640), (thumb, 320)] {
        let copy = bytes(&world, &link).await;
        assert!(!contains(&copy, b"HOME-ADDRESS") && !contains(&copy, b"Exif\0\0"), "{link}");
        let picture = image::load_from_memory(&copy).expect("a picture");
        assert_eq!((picture.width() * 4, picture.height()), (picture.height() * 3, longest), "{link}");
    }
}

#[tokio::test]
async fn the_place_a_real_phone_wrote_into_a_photo_is_not_shown_to_others() {
    let Some(photo) = real_photo("oppo_r7p_3120x4160_420_gps.jpg") else { return };
    let (world, town, office, _) = village().await;
    let secretary = town.secretary().await;
    assert!(contains(&photo[..65_536], b"Exif\0\0") && contains(&photo[..65_536], b"OPPO"));
    let (display, thumb) = shown(&office, &secretary, &town, &photo).await;
    for (link, longest) in [(display, 1600), (thumb, 320)] {
        let copy = bytes(&world, &link).await;
        for mark in [&b"Exif\0\0"[..], b"OPPO", b"GPS", b"http://ns.adobe.com/xap"] {
            assert!(!contains(&copy, mark), "{link} {mark:?}");
        }
        let picture = image::load_from_memory(&copy).expect("a picture");
        assert_eq!(picture.width().max(picture.height()), longest);
    }
}

#[tokio::test]
async fn a_phone_that_has_the_picture_is_not_sent_it_again_and_may_ask_for_a_part() {
    let (world, town, office, _) = village().await;
    let secretary = town.secretary().await;
    let (display, thumb) = shown(&office, &secretary, &town, &jpeg()).await;
    let first = ask(&world, &display, header::ACCEPT, "image/*").await;
    let tag = first.headers()[header::ETAG].to_str().expect("text").to_owned();
    assert!(first.headers()[header::CACHE_CONTROL].to_str().expect("text").starts_with("private"));
    let whole = first.bytes().await.expect("bytes");
    let again = ask(&world, &display, header::IF_NONE_MATCH, &tag).await;
    assert_eq!(again.status(), 304);
    assert_eq!(again.bytes().await.expect("bytes").len(), 0);
    assert_eq!(ask(&world, &thumb, header::IF_NONE_MATCH, &tag).await.status(), 200, "another copy");
    let part = ask(&world, &display, header::RANGE, "bytes=10-19").await;
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()[header::CONTENT_RANGE], format!("bytes 10-19/{}", whole.len()).as_str());
    assert_eq!(part.bytes().await.expect("bytes"), whole[10..20]);
    let beyond = ask(&world, &display, header::RANGE, &format!("bytes={}-", whole.len())).await;
    assert_eq!(beyond.status(), 416);
}

#[tokio::test]
async fn a_link_dies_and_cannot_be_bent() {
    let (world, town, office, _) = village().await;
    let secretary = town.secretary().await;
    let (display, thumb) = shown(&office, &secretary, &town, &jpeg()).await;
    let (other, _) = shown(&office, &secretary, &town, &jpeg()).await;
    let east = Town::empty(&world, "east").await;
    let signed = |link: &str| link.split_once('?').expect("signed").1.to_owned();
    let path = |link: &str| link.split_once('?').expect("signed").0.to_owned();
    let until =
        display.split("until=").nth(1).expect("until").split('&').next().expect("a number").to_owned();
    let later: i64 = until.parse::<i64>().expect("seconds") + 900;
    for bent in [
        format!("{}?{}", path(&display), signed(&thumb)),
        format!("{}?{}", path(&other), signed(&display)),
        display.replace(&town.id.to_string(), &east.id.to_string()),
        display.replace(&format!("until={until}"), &format!("until={later}")),
        format!("{display}A"),
    ] {
        assert_eq!(ask(&world, &bent, header::ACCEPT, "image/*").await.status(), 403, "{bent}");
    }
    let bare = ask(&world, &path(&display), header::ACCEPT, "image/*").await;
    assert!(bare.status().is_client_error(), "{}", bare.status());
    assert_eq!(
        ask(&world, &path(&display).replace("/1600", "/orig"), header::ACCEPT, "*/*").await.status().as_u16()
            / 100,
        4
    );
    world.move_to("2021-10-12 09:29");
    bytes(&world, &display).await;
    world.move_to("2021-10-12 09:31");
    let dead = ask(&world, &display, header::ACCEPT, "image/*").await;
    assert_eq!(dead.status(), 403);
    let refusal: serde_json::Value = dead.json().await.expect("json");
    assert_eq!(refusal["code"], "photo.link_expired");
}
