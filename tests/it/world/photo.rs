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

/// A real photo, where the folder of real photos is there.
pub fn real_photo(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("TUHE_TEST_PHOTOS")?;
    std::fs::read(std::path::Path::new(&folder).join(name)).ok()
}

pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
