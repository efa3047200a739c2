//! Photos that tests make for themselves, so that no folder of real ones is needed.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// Corner colours as stored: red, green above; blue, white below.
pub const CORNERS: [[u8; 3]; 4] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];

/// A picture whose four quarters have the [`CORNERS`] colours.
pub fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb(CORNERS[usize::from(x >= width / 2) + 2 * usize::from(y >= height / 2)])
    })
}

/// The picture as a file.
pub fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

/// A JPEG with an EXIF segment put in behind the first marker, as cameras do.
pub fn with_exif(jpeg: &[u8], exif: &[u8]) -> Vec<u8> {
    let length = u16::try_from(exif.len() + 8).expect("length").to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, b"Exif\0\0", exif, &jpeg[2..]].concat()
}

/// EXIF by hand: orientation, capture time, and a latitude of 40.25 degrees north.
pub fn exif(orientation: u16, captured_at: &str) -> Vec<u8> {
    assert_eq!(captured_at.len(), 19);
    // Offsets: header 8, three directories (3, 1 and 2 entries), then the values that do not fit their entries.
    let (sub, gps) = (8 + 2 + 3 * 12 + 4, 8 + 2 + 3 * 12 + 4 + 2 + 12 + 4);
    let values = gps + 2 + 2 * 12 + 4;
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let directory = |entries: &[Vec<u8>]| {
        [&u16::try_from(entries.len()).expect("count").to_le_bytes()[..], &entries.concat(), &[0; 4]].concat()
    };
    let degrees: Vec<u8> = [40_u32, 1, 15, 1, 0, 1].iter().flat_map(|part| part.to_le_bytes()).collect();
    [
        b"II*\0\x08\0\0\0".to_vec(),
        directory(&[
            entry(0x0112, 3, 1, orientation.into()),
            entry(0x8769, 4, 1, sub),
            entry(0x8825, 4, 1, gps),
        ]),
        directory(&[entry(0x9003, 2, 20, values)]),
        directory(&[entry(1, 2, 2, u32::from(b'N')), entry(2, 5, 3, values + 20)]),
        captured_at.as_bytes().to_vec(),
        vec![0],
        degrees,
    ]
    .concat()
}

/// Real photos, if the machine has them: the folder named by `TUHE_TEST_PHOTOS`.
pub fn real(name: &str) -> Option<Vec<u8>> {
    std::fs::read(std::path::Path::new(&std::env::var_os("TUHE_TEST_PHOTOS")?).join(name)).ok()
}
