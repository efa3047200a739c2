//! Photos for tests: generated, each different; real ones where the folder is there.

use std::io::Cursor;
use std::sync::atomic::{AtomicU8, Ordering};

use image::{ImageFormat, Rgb, RgbImage};
use sha2::{Digest, Sha256};

static SHADE: AtomicU8 = AtomicU8::new(0);

/// A JPEG no other test has.
pub fn jpeg() -> Vec<u8> {
    let shade = SHADE.fetch_add(1, Ordering::Relaxed);
    let salt: [u8; 16] = *uuid::Uuid::new_v4().as_bytes();
    photo_of(640, 480, ImageFormat::Jpeg, |x, y| {
        Rgb([shade, salt[(x / 40 % 16) as usize], salt[(y / 30 % 16) as usize]])
    })
}

/// A picture in any format.
pub fn photo_of(
    width: u32,
    height: u32,
    format: ImageFormat,
    pixel: impl Fn(u32, u32) -> Rgb<u8>,
) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, pixel);
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

/// A picture no other test has, with something to be seen on it: forty rectangles over each other.
pub fn scene() -> RgbImage {
    let mut state = uuid::Uuid::new_v4().as_u64_pair().0 | 1;
    let mut next = |below: u32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from(state >> 40).expect("24 bits") % below
    };
    let mut picture = RgbImage::new(640, 480);
    for _ in 0..40 {
        let (x, y) = (next(640), next(480));
        let (right, bottom) = (x + 40 + next(200), y + 40 + next(160));
        let colour = [next(256), next(256), next(256)].map(|part| u8::try_from(part).expect("a colour"));
        for at_y in y..bottom.min(480) {
            for at_x in x..right.min(640) {
                picture.put_pixel(at_x, at_y, Rgb(colour));
            }
        }
    }
    picture
}

/// A picture as a JPEG file of this quality.
pub fn saved(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality);
    encoder.encode_image(picture).expect("encoded");
    bytes
}

/// A JPEG with EXIF that says when it was taken, `2021:10:03 09:00:00`, and what program wrote it last.
pub fn taken_on(jpeg: &[u8], at: &str, software: &str) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: usize, value: usize| {
        let long = |n: usize| u32::try_from(n).expect("small").to_le_bytes();
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &long(count), &long(value)].concat()
    };
    // The header of 8 bytes, a directory of two entries, one of one, then the texts.
    let (sub, texts) = (8 + 2 + 2 * 12 + 4, 8 + 2 + 2 * 12 + 4 + 2 + 12 + 4);
    let exif = [
        b"II*\0\x08\0\0\0".to_vec(),
        vec![2, 0],
        entry(0x0131, 2, software.len() + 1, texts + at.len() + 1),
        entry(0x8769, 4, 1, sub),
        vec![0; 4],
        vec![1, 0],
        entry(0x9003, 2, at.len() + 1, texts),
        vec![0; 4],
        at.as_bytes().to_vec(),
        vec![0],
        software.as_bytes().to_vec(),
        vec![0],
    ]
    .concat();
    let length = u16::try_from(exif.len() + 8).expect("short").to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, b"Exif\0\0", &exif, &jpeg[2..]].concat()
}

/// A real photo, where the folder of real photos is there.
pub fn real_photo(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("TUHE_TEST_PHOTOS")?;
    std::fs::read(std::path::Path::new(&folder).join(name)).ok()
}

pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
