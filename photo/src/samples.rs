//! Photos that tests make for themselves, so that no folder of real ones is needed.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use moxcms::ColorProfile;
use turbojpeg::{Colorspace, Compressor, Image, PixelFormat, Subsamp};

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

/// A JPEG of libjpeg-turbo's, set up by `set`.
pub fn turbo(picture: &RgbImage, set: impl Fn(&mut Compressor) -> turbojpeg::Result<()>) -> Vec<u8> {
    pixels(picture.as_raw(), PixelFormat::RGB, picture.width(), set)
}

/// The same from inks, of which 255 is none, stored as such or as luma and chroma.
pub fn inks(colour: [u8; 4], space: Colorspace) -> Vec<u8> {
    let set = |encoder: &mut Compressor| {
        encoder.set_subsamp(Subsamp::None)?;
        encoder.set_colorspace(space)
    };
    pixels(&colour.repeat(64 * 48), PixelFormat::CMYK, 64, set)
}

fn pixels(
    pixels: &[u8],
    format: PixelFormat,
    width: u32,
    set: impl Fn(&mut Compressor) -> turbojpeg::Result<()>,
) -> Vec<u8> {
    let width = usize::try_from(width).expect("width");
    let pitch = width * format.size();
    let mut encoder = Compressor::new().expect("encoder");
    set(&mut encoder).expect("set");
    encoder
        .compress_to_vec(Image { pixels, width, pitch, height: pixels.len() / pitch, format })
        .expect("encoded")
}

/// A JPEG with a segment put in behind the first marker.
pub fn with_segment(jpeg: &[u8], marker: u8, parts: &[&[u8]]) -> Vec<u8> {
    let payload = parts.concat();
    let length = u16::try_from(payload.len() + 2).expect("length").to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, &payload, &jpeg[2..]].concat()
}

/// With EXIF, where cameras put it.
pub fn with_exif(jpeg: &[u8], exif: &[u8]) -> Vec<u8> {
    with_segment(jpeg, 0xe1, &[b"Exif\0\0", exif])
}

/// With a colour profile, in two chunks of which the second stands first.
pub fn with_profile(jpeg: &[u8], profile: &[u8]) -> Vec<u8> {
    let (first, second) = profile.split_at(profile.len() / 2);
    let jpeg = with_segment(jpeg, 0xe2, &[b"ICC_PROFILE\0\x01\x02", first]);
    with_segment(&jpeg, 0xe2, &[b"ICC_PROFILE\0\x02\x02", second])
}

/// The colours of an iPhone's screen.
pub fn display_p3() -> Vec<u8> {
    ColorProfile::new_display_p3().encode().expect("a profile")
}

/// A PNG or WebP with a colour profile.
pub fn profiled(picture: &RgbImage, format: ImageFormat, profile: Vec<u8>) -> Vec<u8> {
    fn write(mut encoder: impl image::ImageEncoder, picture: &RgbImage, profile: Vec<u8>) {
        encoder.set_icc_profile(profile).expect("a profile");
        encoder
            .write_image(picture, picture.width(), picture.height(), image::ExtendedColorType::Rgb8)
            .expect("encoded");
    }
    let mut bytes = Vec::new();
    match format {
        ImageFormat::Png => write(image::codecs::png::PngEncoder::new(&mut bytes), picture, profile),
        _ => write(image::codecs::webp::WebPEncoder::new_lossless(&mut bytes), picture, profile),
    }
    bytes
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

/// One 8 × 8 block of one colour as a CMYK JPEG of the Adobe kind, where 255 is no ink. By hand, as `image` writes
/// none: all quantisers are 1, and the Huffman tables know just the three symbols that are used.
pub fn cmyk(colour: [bool; 4]) -> Vec<u8> {
    // Each component: the difference 0 (sample 128) as `0`, or category 10 with 1016 (sample 255) as `10` and ten
    // bits; then the end of the block, `0`.
    let mut bits: String =
        colour.map(|full| if full { "10 1111111000 0" } else { "0 0" }).concat().replace(' ', "");
    bits.push_str(&"1".repeat(7 - (bits.len() + 7) % 8));
    let scan = (0..bits.len()).step_by(8).map(|at| u8::from_str_radix(&bits[at..at + 8], 2).expect("bits"));
    let components: Vec<u8> = (1..=4).flat_map(|id| [id, 0x11, 0]).collect();
    let selectors: Vec<u8> = (1..=4).flat_map(|id| [id, 0]).collect();
    [
        b"\xff\xd8\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0".to_vec(),
        [&b"\xff\xdb\0\x43\0"[..], &[1; 64]].concat(),
        [&b"\xff\xc0\0\x14\x08\0\x08\0\x08\x04"[..], &components].concat(),
        [&b"\xff\xc4\0\x15\0\x01\x01"[..], &[0; 14], &[0, 10]].concat(),
        [&b"\xff\xc4\0\x14\x10\x01"[..], &[0; 15], &[0]].concat(),
        [&b"\xff\xda\0\x0e\x04"[..], &selectors, &[0, 63, 0]].concat(),
        scan.flat_map(|byte| if byte == 0xff { vec![0xff, 0] } else { vec![byte] }).collect(),
        b"\xff\xd9".to_vec(),
    ]
    .concat()
}

/// Real photos, if the machine has them: the folder named by `TUHE_TEST_PHOTOS`.
pub fn real(name: &str) -> Option<Vec<u8>> {
    std::fs::read(std::path::Path::new(&std::env::var_os("TUHE_TEST_PHOTOS")?).join(name)).ok()
}
