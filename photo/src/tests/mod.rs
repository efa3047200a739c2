//! Whole photos through the whole job.

mod colours;
mod jpegs;
mod phones;

use image::{ImageFormat, Luma, Rgba, RgbaImage};

use super::samples::{CORNERS, exif, file, quarters, real, with_exif, with_segment};
use super::{DISPLAY_EDGE, Derived, Format, MAX_BYTES, Refusal, THUMB_EDGE, derive};

fn decoded(jpeg: &[u8]) -> image::RgbImage {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).expect("a JPEG").into_rgb8()
}

/// Colours near the corners: above left, above right, below left, below right.
fn corners(jpeg: &[u8]) -> [[u8; 3]; 4] {
    let picture = decoded(jpeg);
    let (x, y) = (picture.width() - 2, picture.height() - 2);
    [(1, 1), (x, 1), (1, y), (x, y)].map(|(x, y)| picture.get_pixel(x, y).0)
}

fn close(left: [u8; 3], right: [u8; 3]) -> bool {
    left.iter().zip(right).all(|(l, r)| l.abs_diff(r) < 30)
}

/// Only the segments a bare JPEG needs: no EXIF, XMP, profile or comment.
fn assert_bare(jpeg: &[u8]) {
    let mut rest = &jpeg[2..];
    loop {
        let (marker, length) = (rest[1], usize::from(u16::from_be_bytes([rest[2], rest[3]])));
        assert!(matches!(marker, 0xe0 | 0xdb | 0xc0 | 0xc4 | 0xda), "segment {marker:#x}");
        if marker == 0xda {
            break;
        }
        rest = &rest[2 + length..];
    }
    assert!(!jpeg.windows(4).any(|window| window == b"Exif"));
}

fn check_copies(derived: &Derived) {
    for (copy, edge) in [(&derived.display, DISPLAY_EDGE), (&derived.thumb, THUMB_EDGE)] {
        assert_bare(copy);
        let picture = decoded(copy);
        let long = derived.width.max(derived.height);
        assert_eq!(picture.width().max(picture.height()), long.min(edge));
        assert_eq!(picture.width() > picture.height(), derived.width > derived.height);
    }
}

#[test]
fn all_eight_orientations_come_out_upright() {
    let jpeg = file(quarters(96, 64), ImageFormat::Jpeg);
    let [red, green, blue, white] = CORNERS;
    let upright = [
        [red, green, blue, white],
        [green, red, white, blue],
        [white, blue, green, red],
        [blue, white, red, green],
        [red, blue, green, white],
        [blue, red, white, green],
        [white, green, blue, red],
        [green, white, red, blue],
    ];
    for (value, expected) in (1_u16..).zip(upright) {
        let derived = derive(&with_exif(&jpeg, &exif(value, "2021:10:10 08:31:05"))).expect("photo");
        assert_eq!((derived.width, derived.height), if value < 5 { (96, 64) } else { (64, 96) }, "{value}");
        for copy in [&derived.display, &derived.thumb] {
            let found = corners(copy);
            assert!(found.iter().zip(expected).all(|(f, e)| close(*f, e)), "{value}: {found:?}");
        }
    }
    // Out of range counts as upright.
    let odd = derive(&with_exif(&jpeg, &exif(9, "2021:10:10 08:31:05"))).expect("photo");
    assert!(close(corners(&odd.display)[0], red));
}

#[test]
fn the_copies_carry_no_metadata_and_the_facts_no_position() {
    let photo = with_exif(&file(quarters(1700, 300), ImageFormat::Jpeg), &exif(6, "2021:10:10 08:31:05"));
    let photo = with_segment(&photo, 0xe1, &[b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"]);
    let photo = with_segment(&photo, 0xe2, &[b"MPF\0MM\0*"]);
    let photo = with_segment(&photo, 0xed, &[b"Photoshop 3.0\0"]);
    let photo = with_segment(&photo, 0xfe, &[b"taken in front of the house of the aunt"]);
    let derived = derive(&photo).expect("photo");
    assert_eq!((derived.width, derived.height, derived.format), (300, 1700, Format::Jpeg));
    assert_eq!(derived.captured_at.map(|at| at.to_string()).as_deref(), Some("2021-10-10 08:31:05"));
    assert!(derived.has_exif && !derived.damaged);
    check_copies(&derived);
    let facts = serde_json::to_string(&derived).expect("facts");
    assert!(!facts.contains("40"), "{facts}");
}

#[test]
fn a_small_photo_is_not_enlarged() {
    let derived = derive(&file(quarters(100, 60), ImageFormat::Jpeg)).expect("photo");
    assert!(!derived.has_exif && derived.captured_at.is_none());
    check_copies(&derived);
    let grey = image::GrayImage::from_pixel(1, 1, Luma([9]));
    check_copies(&derive(&file(grey, ImageFormat::Jpeg)).expect("photo"));
}

#[test]
fn png_and_webp_are_photos_too() {
    for (format, expected) in [(ImageFormat::Png, Format::Png), (ImageFormat::WebP, Format::Webp)] {
        let derived = derive(&file(quarters(700, 500), format)).expect("photo");
        assert_eq!(derived.format, expected);
        check_copies(&derived);
        assert!(
            corners(&derived.display).iter().zip(CORNERS).all(|(found, expected)| close(*found, expected))
        );
        // Clear pixels turn white, whatever colour hides behind them.
        let clear = RgbaImage::from_pixel(64, 64, Rgba([200, 0, 0, 0]));
        assert!(close(corners(&derive(&file(clear, format)).expect("photo").display)[0], [255; 3]));
    }
    let deep = image::ImageBuffer::<Luma<u16>, _>::from_pixel(400, 300, Luma([40_000_u16]));
    let derived = derive(&file(deep, ImageFormat::Png)).expect("photo");
    assert!(close(corners(&derived.display)[0], [156; 3]));
}

#[test]
fn what_no_picture_can_be_made_of_is_refused() {
    assert_eq!(derive(b""), Err(Refusal::TooSmall));
    assert_eq!(derive(b"Dear comrades, the photo follows."), Err(Refusal::NotAPhoto));
    assert_eq!(derive(b"\xff\xd8\xff\xe0 and then nothing of the kind"), Err(Refusal::Unreadable));
    assert_eq!(derive(&vec![0; MAX_BYTES + 1]), Err(Refusal::TooBig));
    let mut claims = file(quarters(64, 64), ImageFormat::Png);
    claims[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    assert_eq!(derive(&claims), Err(Refusal::TooManyPixels));
}

#[test]
fn no_mutation_of_a_photo_panics() {
    let samples = [
        with_exif(&file(quarters(48, 40), ImageFormat::Jpeg), &exif(6, "2021:10:10 08:31:05")),
        file(quarters(48, 40), ImageFormat::Png),
        file(quarters(48, 40), ImageFormat::WebP),
    ];
    let mut state = 0x9e37_79b9_u32;
    for sample in &samples {
        for _ in 0..300 {
            let mut bytes = sample.clone();
            for _ in 0..4 {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                let at = usize::try_from(state >> 8).expect("index") % bytes.len();
                bytes[at] = state.to_le_bytes()[0];
            }
            // Refused or derived, either is right; a size grown by mutation stays under the limits.
            drop(derive(&bytes));
        }
    }
}

#[test]
fn real_photos_become_copies() {
    if let Some(phone) = real("oppo_r7p_3120x4160_420_gps.jpg") {
        let derived = derive(&phone).expect("photo");
        assert_eq!((derived.width, derived.height), (3120, 4160));
        assert!(derived.has_exif && derived.captured_at.is_some());
        check_copies(&derived);
    }
    if let Some(camera) = real("canon1000d_o6_3888x2592_422.jpg") {
        let derived = derive(&camera).expect("photo");
        assert_eq!((derived.width, derived.height), (2592, 3888));
        check_copies(&derived);
    }
    if let Some(screen) = real("screenshot_1290x2796.png") {
        let derived = derive(&screen).expect("photo");
        assert_eq!((derived.width, derived.height, derived.format), (1290, 2796, Format::Png));
        check_copies(&derived);
    }
}
