//! An iPhone's HEIC: the facts from the original, the copies from what the tool made of it.

use super::{check_copies, close, corners};
use crate::samples::{CORNERS, exif, quarters, real, turbo, with_exif};
use crate::{Format, Refusal, derive, derive_heic};

#[test]
fn the_facts_are_the_originals_and_it_is_not_turned_twice() {
    let Some(original) = real("heic-iphone.heic") else {
        eprintln!("no HEIC here (TUHE_TEST_PHOTOS); nothing to check");
        return;
    };
    // The tool turns the picture and may leave a word about it.
    let picture = with_exif(&turbo(&quarters(3024, 4032), |_| Ok(())), &exif(6, "2001:01:01 00:00:00"));
    let derived = derive_heic(&original, &picture).expect("photo");
    assert_eq!((derived.format, derived.width, derived.height), (Format::Heic, 3024, 4032));
    assert_eq!(derived.captured_at.map(|at| at.to_string()).as_deref(), Some("2019-08-21 10:57:23"));
    assert!(derived.has_exif && !derived.damaged);
    check_copies(&derived);
    assert!(corners(&derived.display).iter().zip(CORNERS).all(|(found, expected)| close(*found, expected)));
    // By itself it is not for the decoders here.
    assert_eq!(derive(&original), Err(Refusal::Unreadable));
}
