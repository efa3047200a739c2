//! JPEG in all its kinds, and in all its states.

use image::ImageFormat;
use turbojpeg::Subsamp;

use super::{check_copies, close, corners};
use crate::samples::{CORNERS, file, quarters, turbo, with_segment};
use crate::{Refusal, derive};

#[test]
fn colours_may_be_stored_at_any_resolution() {
    let kinds = [
        Subsamp::None,
        Subsamp::Sub2x1,
        Subsamp::Sub1x2,
        Subsamp::Sub2x2,
        Subsamp::Sub4x1,
        Subsamp::Sub1x4,
        Subsamp::Gray,
    ];
    for kind in kinds {
        for progressive in [false, true] {
            // Decoded at a half on the way; the second has sides that no block fits.
            for (width, height) in [(3400, 2600), (3301, 1999), (97, 61)] {
                let photo = turbo(&quarters(width, height), |encoder| {
                    encoder.set_subsamp(kind)?;
                    encoder.set_progressive(progressive)
                });
                let derived = derive(&photo).expect("photo");
                assert!(!derived.damaged && (derived.width, derived.height) == (width, height));
                check_copies(&derived);
                let expected = match kind {
                    Subsamp::Gray => [[76; 3], [150; 3], [29; 3], [255; 3]],
                    _ => CORNERS,
                };
                let found = corners(&derived.display);
                assert!(found.iter().zip(expected).all(|(f, e)| close(*f, e)), "{kind:?}: {found:?}");
            }
        }
    }
}

#[test]
fn very_large_and_very_long_photos_are_shrunk_on_the_way() {
    for (width, height) in [(13_000, 9000), (20_000, 600)] {
        let derived =
            derive(&turbo(&quarters(width, height), |encoder| encoder.set_quality(50))).expect("photo");
        assert_eq!((derived.width, derived.height), (width, height));
        check_copies(&derived);
        assert!(
            corners(&derived.display).iter().zip(CORNERS).all(|(found, expected)| close(*found, expected))
        );
    }
}

#[test]
fn a_cut_jpeg_is_kept_as_damaged_and_a_cut_png_is_refused() {
    let noise = image::RgbImage::from_fn(400, 300, |x, y| {
        let value = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)).to_le_bytes();
        image::Rgb([value[0], value[1], value[2]])
    });
    let whole = file(noise.clone(), ImageFormat::Jpeg);
    let derived = derive(&whole[..whole.len() * 6 / 10]).expect("most of a photo");
    assert!(derived.damaged);
    check_copies(&derived);
    let whole = file(noise, ImageFormat::Png);
    assert_eq!(derive(&whole[..whole.len() / 2]), Err(Refusal::Unreadable));
}

#[test]
fn a_jpeg_that_is_only_untidy_is_kept() {
    let whole = turbo(&quarters(2000, 1500), |encoder| encoder.set_subsamp(Subsamp::Sub2x2));
    // Stray bytes before a marker, as some card readers leave them.
    let untidy = [&whole[..20], b"\0\0\0\0", &whole[20..]].concat();
    // No end, and an end after which a second file begins.
    let endless = whole[..whole.len() - 2].to_vec();
    let doubled = [&whole[..], b"PK\x03\x04 an archive"].concat();
    // Bytes within the picture that are none of its code.
    let mut spoilt = whole.clone();
    let middle = whole.len() / 2;
    spoilt[middle..middle + 8].copy_from_slice(b"\xff\xd9\xff\xd5\xff\xd9\xff\xd3");
    for (photo, damaged) in [(untidy, false), (endless, true), (doubled, false), (spoilt, true)] {
        let derived = derive(&photo).expect("photo");
        assert_eq!(derived.damaged, damaged);
        check_copies(&derived);
        assert!(close(corners(&derived.display)[0], CORNERS[0]));
    }
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let mut claims = turbo(&quarters(64, 64), |_| Ok(()));
    let frame = claims.windows(2).position(|pair| pair == b"\xff\xc0").expect("a frame");
    claims[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    assert_eq!(derive(&claims), Err(Refusal::TooManyPixels));
    // Over the size in two frames: the first is small, the second is not.
    let twice = with_segment(&claims, 0xc0, &[b"\x08\0\x40\0\x40\x03\x01\x22\0\x02\x11\0\x03\x11\0"]);
    assert_eq!(derive(&twice), Err(Refusal::Unreadable));
    // Ever more scans of the same coefficients.
    let photo = turbo(&quarters(640, 480), |encoder| encoder.set_progressive(true));
    let scan = photo.windows(2).rposition(|pair| pair == b"\xff\xda").expect("a scan");
    let (start, last) = (&photo[..scan], &photo[scan..photo.len() - 2]);
    assert_eq!(derive(&[start, &last.repeat(120), b"\xff\xd9"].concat()), Err(Refusal::Unreadable));
    assert!(derive(&[start, last, b"\xff\xd9"].concat()).is_ok());
    // Nothing but a header.
    let start = turbo(&quarters(640, 480), |_| Ok(()));
    let scan = start.windows(2).position(|pair| pair == b"\xff\xda").expect("a scan");
    assert_eq!(derive(&start[..scan]), Err(Refusal::Unreadable));
}
