//! Colours come out as sRGB, whatever they were in.

use image::{ImageFormat, Rgb, RgbImage};
use moxcms::ColorProfile;
use turbojpeg::Colorspace;

use super::{close, corners, decoded};
use crate::samples::{cmyk, display_p3, file, inks, profiled, turbo, with_profile};
use crate::{Refusal, derive};

/// Colours in Display P3, and the same ones in sRGB by the published matrices.
const WIDE: [([u8; 3], [u8; 3]); 3] =
    [([200, 100, 50], [215, 93, 31]), ([100, 180, 80], [65, 182, 63]), ([120, 120, 120], [120, 120, 120])];

fn plain(colour: [u8; 3]) -> RgbImage {
    RgbImage::from_pixel(64, 48, Rgb(colour))
}

fn fine(colour: [u8; 3]) -> Vec<u8> {
    turbo(&plain(colour), |encoder| encoder.set_quality(100))
}

fn seen(photo: &[u8]) -> [u8; 3] {
    let derived = derive(photo).expect("photo");
    assert!(!derived.damaged);
    decoded(&derived.display).get_pixel(32, 24).0
}

fn near(left: [u8; 3], right: [u8; 3]) -> bool {
    left.iter().zip(right).all(|(l, r)| l.abs_diff(r) <= 4)
}

#[test]
fn an_iphones_colours_are_brought_to_srgb() {
    for (stored, expected) in WIDE {
        let found = seen(&with_profile(&fine(stored), &display_p3()));
        assert!(near(found, expected), "{stored:?}: {found:?}");
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let found = seen(&profiled(&plain(stored), format, display_p3()));
            assert!(near(found, expected), "{format:?} {stored:?}: {found:?}");
        }
        // Without the profile they are what they say.
        assert!(near(seen(&fine(stored)), stored));
    }
}

#[test]
fn a_clear_picture_in_other_colours_keeps_its_white() {
    let picture =
        image::RgbaImage::from_fn(64, 48, |x, _| image::Rgba([200, 100, 50, if x < 32 { 0 } else { 255 }]));
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    image::ImageEncoder::set_icc_profile(&mut encoder, display_p3()).expect("a profile");
    image::ImageEncoder::write_image(encoder, &picture, 64, 48, image::ExtendedColorType::Rgba8)
        .expect("encoded");
    let [left, right, ..] = corners(&derive(&bytes).expect("photo").display);
    assert!(near(left, [255; 3]) && near(right, WIDE[0].1), "{left:?} {right:?}");
}

#[test]
fn srgb_needs_no_work_and_a_grey_profile_is_understood() {
    let srgb = ColorProfile::new_srgb().encode().expect("a profile");
    assert_eq!(
        derive(&with_profile(&fine([200, 100, 50]), &srgb)).expect("photo").display,
        derive(&fine([200, 100, 50])).expect("photo").display
    );
    let linear = ColorProfile::new_gray_with_gamma(1.0).encode().expect("a profile");
    let grey = file(image::GrayImage::from_pixel(64, 48, image::Luma([55])), ImageFormat::Jpeg);
    let found = seen(&with_profile(&grey, &linear));
    assert!(near(found, [128; 3]), "{found:?}");
    // A profile for other pixels than these says nothing about them.
    assert!(near(seen(&with_profile(&grey, &display_p3())), [55; 3]));
    assert!(near(seen(&with_profile(&fine([200, 100, 50]), &linear)), [200, 100, 50]));
}

#[test]
fn a_broken_profile_never_costs_the_photo() {
    let whole = display_p3();
    let photo = fine([200, 100, 50]);
    for cut in (0..whole.len()).step_by(7) {
        seen(&with_profile(&photo, &whole[..cut]));
    }
    let mut state = 0x9e37_79b9_u32;
    for _ in 0..500 {
        let mut profile = whole.clone();
        for _ in 0..4 {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let at = usize::try_from(state >> 8).expect("index") % profile.len();
            profile[at] = state.to_le_bytes()[0];
        }
        seen(&with_profile(&photo, &profile));
    }
    // A chunk is missing: as if there were none.
    let lonely = crate::samples::with_segment(&photo, 0xe2, &[b"ICC_PROFILE\0\x01\x02", &whole]);
    assert!(near(seen(&lonely), [200, 100, 50]));
}

#[test]
fn a_print_shops_cmyk_keeps_its_colours() {
    for (stored, seen) in [
        ([true, true, true, true], [255, 255, 255]),
        ([true, false, false, true], [255, 128, 128]),
        ([false, true, true, true], [128, 255, 255]),
        ([true, true, true, false], [128, 128, 128]),
    ] {
        let derived = derive(&cmyk(stored)).expect("photo");
        assert!(close(corners(&derived.display)[0], seen), "{:?}", corners(&derived.display)[0]);
    }
}

#[test]
fn inks_stored_as_luma_and_chroma_are_inks_too() {
    for space in [Colorspace::CMYK, Colorspace::YCCK] {
        // Little cyan missing, half of the yellow, no black.
        let found = seen(&inks([255, 200, 100, 255], space));
        assert!(near(found, [255, 200, 100]), "{space:?}: {found:?}");
        let found = seen(&inks([255, 200, 100, 128], space));
        assert!(near(found, [128, 100, 50]), "{space:?}: {found:?}");
    }
    assert_eq!(derive(&inks([9; 4], Colorspace::CMYK)[..60]), Err(Refusal::Unreadable));
}
