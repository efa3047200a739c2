//! What is taken and what is refused.

use image::{ImageFormat, Rgb};

use crate::flow::village;
use crate::world::{jpeg, photo_of, real_photo, sha256_hex};

fn picture(format: ImageFormat) -> Vec<u8> {
    let salt = *uuid::Uuid::new_v4().as_bytes();
    photo_of(400, 300, format, |x, y| Rgb([salt[(x / 30 % 16) as usize], salt[(y / 30 % 16) as usize], 90]))
}

#[tokio::test]
async fn jpeg_png_and_webp_are_taken_whatever_their_name_says() {
    let (_, _, _, cadre) = village().await;
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let bytes = picture(format);
        let taken = cadre.tries_to_upload(&bytes, &sha256_hex(&bytes)).await.is(200);
        let taken = taken.field("/hash", sha256_hex(&bytes)).field("/existed", false);
        taken.field("/width", 400).field("/height", 300);
    }
}

#[tokio::test]
async fn what_is_not_a_photo_is_refused_with_its_own_word() {
    let (_, _, _, cadre) = village().await;
    let ftyp = |brand: &[u8]| {
        [&0x18_u32.to_be_bytes()[..], b"ftyp", brand, b"\0\0\0\0mif1", brand, &[7; 200]].concat()
    };
    let text = "会议记录:今天学习了文件。".repeat(20).into_bytes();
    let mut broken = picture(ImageFormat::Png);
    broken.truncate(200);
    let mut cut = jpeg();
    cut.truncate(300);
    for (bytes, code) in [
        // It says it is an iPhone's, and is nothing.
        (ftyp(b"heic"), "photo.unreadable"),
        (ftyp(b"avif"), "photo.avif"),
        (b"\0\0\0\x14ftypisom\0\0\0\0mp42 and so on".to_vec(), "photo.video"),
        (text, "photo.not_a_photo"),
        (Vec::new(), "photo.too_small"),
        (b"\xff\xd8\xff".to_vec(), "photo.too_small"),
        (broken, "photo.unreadable"),
        (cut, "photo.unreadable"),
        (b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), "photo.gif"),
        (b"%PDF-1.7 minutes of the meeting".to_vec(), "photo.pdf"),
        (b"PK\x03\x04 minutes of the meeting".to_vec(), "photo.document"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "photo.svg"),
    ] {
        cadre.tries_to_upload(&bytes, &sha256_hex(&bytes)).await.refuses(422, code);
    }
}

#[tokio::test]
async fn an_iphones_heic_is_taken() {
    let (world, _, _, cadre) = village().await;
    let Some(heic) = real_photo("heic-iphone.heic") else {
        eprintln!("no HEIC here (TUHE_TEST_PHOTOS); nothing to check");
        return;
    };
    let answer = cadre.tries_to_upload(&heic, &sha256_hex(&heic)).await;
    if world.app.photo_pool.takes_heic() {
        let taken = answer.is(200).field("/hash", sha256_hex(&heic)).field("/existed", false);
        taken.field("/width", 4032).field("/height", 3024);
    } else {
        answer.refuses(422, "photo.heic_unavailable");
    }
}

#[tokio::test]
async fn bytes_that_are_not_those_declared_are_refused() {
    let (_, _, _, cadre) = village().await;
    let (one, other) = (jpeg(), jpeg());
    cadre.tries_to_upload(&one, &sha256_hex(&other)).await.refuses(422, "photo.hash_mismatch");
    for declared in ["", "abc", &"g".repeat(64)] {
        cadre.tries_to_upload(&one, declared).await.refuses(400, "photo.hash_malformed");
    }
    cadre.uploads(&one).await;
}

#[tokio::test]
async fn a_photo_too_big_is_refused() {
    let (world, _, _, cadre) = village().await;
    let mut bytes = jpeg();
    bytes.resize(world.app.config.photo_max_bytes + 1, 0);
    cadre.tries_to_upload(&bytes, &sha256_hex(&bytes)).await.refuses(422, "photo.too_big");
}

#[tokio::test]
async fn the_same_photo_again_is_there_already_also_from_another_phone_at_once() {
    let (_, town, _, cadre) = village().await;
    let secretary = town.secretary().await;
    let photo = jpeg();
    let hash = sha256_hex(&photo);
    let (one, two) = futures_util::future::join(
        cadre.tries_to_upload(&photo, &hash),
        secretary.tries_to_upload(&photo, &hash),
    )
    .await;
    let existed = [&one, &two].map(|answer| answer.clone().is(200)["existed"] == true);
    assert_eq!(existed.iter().filter(|existed| **existed).count(), 1, "{} {}", one.body, two.body);
    cadre.tries_to_upload(&photo, &hash).await.is(200).field("/existed", true);
}

#[tokio::test]
async fn a_photo_needs_a_login_and_a_right_to_write() {
    let (_, town, _, cadre) = village().await;
    let inspector = town.person("督导员", tuhe::org::Role::Inspector, &["图河镇"]).await;
    let photo = jpeg();
    inspector.tries_to_upload(&photo, &sha256_hex(&photo)).await.refuses(403, "access.forbidden");
    let mut stranger = cadre;
    stranger.token = "nobody".into();
    stranger.tries_to_upload(&photo, &sha256_hex(&photo)).await.refuses(401, "identity.login_required");
}
