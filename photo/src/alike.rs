//! What is found alike, on pictures made here; on real ones it is measured by `./dev bench twins`.

use image::{DynamicImage, GrayImage, ImageFormat, imageops};

use super::hash::{Likeness, Prints, VERSION, likeness};
use super::samples::file;
use super::{Near, Shelf, derive};

/// A scene of its own for every seed: forty rectangles over each other, in whole numbers only.
fn scene(seed: u64) -> GrayImage {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |below: u32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from(state >> 40).expect("24 bits") % below
    };
    let mut picture = GrayImage::new(320, 240);
    for _ in 0..40 {
        let (x, y, grey) = (next(320), next(240), u8::try_from(next(256)).expect("a grey"));
        let (right, bottom) = (x + 20 + next(100), y + 20 + next(80));
        for (at_x, at_y, pixel) in picture.enumerate_pixels_mut() {
            if (x..right).contains(&at_x) && (y..bottom).contains(&at_y) {
                pixel.0 = [grey];
            }
        }
    }
    picture
}

fn of(picture: &GrayImage) -> Likeness {
    likeness(usize::try_from(picture.width()).expect("a width"), picture).expect("something to be seen")
}

/// How near `copy` is to `picture`, looked for as an upload is.
fn near(picture: &GrayImage, copy: &GrayImage) -> Option<Near> {
    let mut shelf = Shelf::default();
    shelf.add(7, &of(picture).prints);
    let found = shelf.near(&of(copy).turned);
    assert!(found.len() <= 1 && found.iter().all(|near| near.number == 7));
    found.first().copied()
}

fn cropped(picture: &GrayImage, edge: u32) -> GrayImage {
    let (width, height) = picture.dimensions();
    imageops::crop_imm(picture, edge, edge, width - 2 * edge, height - 2 * edge).to_image()
}

/// The prints of a version are the same for ever: they are stored.
#[test]
fn the_bits_of_a_picture_are_those_of_its_version() {
    assert_eq!(VERSION, 1);
    assert_eq!(of(&scene(1)).prints.to_bytes(), bytes(GOLDEN[0]));
    assert_eq!(of(&scene(2)).prints.to_bytes(), bytes(GOLDEN[1]));
    let portrait = imageops::rotate90(&scene(3));
    assert_eq!(of(&portrait).prints.to_bytes(), bytes(GOLDEN[2]));
}

const GOLDEN: [&str; 3] = [
    concat!(
        "cb63c37c20fd3f48e36b334c6cb53c0a8343c37ce0ed2c4863e3e537199b4b1fe3cdb77d",
        "195b031f63c7e67739bb4b33fb43749d1e7081a35e931a0ef52ba91e7dbb8595974e6034"
    ),
    concat!(
        "e0da119ea67919d0a4fa199eae3d5190e5da1b8ec4791ad6d1cbee7c9ddf9f87d9cb4cf8",
        "9ddf9f07988aef7c9d8d9f8fed6a75942ebd947e49b3c9a3c2a5486637ca6a1fad92018a"
    ),
    concat!(
        "12ee59b89069a25d92eca3fcd5e9755f02ec19a896e9a15c111148503447033301086010",
        "5543071712004c305427031f218c76018f734efb5c3e23e915f3167b76337837bb19e932"
    ),
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("a byte")).collect()
}

#[test]
fn a_copy_is_found_smaller_darker_and_saved_anew() {
    for seed in 1..=20 {
        let picture = scene(seed);
        let small = imageops::resize(&picture, 200, 150, imageops::FilterType::Triangle);
        let dark = imageops::colorops::brighten(&small, -30);
        let jpeg = file(DynamicImage::from(dark), ImageFormat::Jpeg);
        let copy = image::load_from_memory(&jpeg).expect("a JPEG").into_luma8();
        let found = near(&picture, &copy).unwrap_or_else(|| panic!("scene {seed}"));
        assert!(found.detail <= 16, "scene {seed}: {found:?}");
    }
}

#[test]
fn a_copy_is_found_in_each_of_the_eight_orientations() {
    for seed in 1..=5 {
        let picture = scene(seed);
        let mirrored = imageops::flip_horizontal(&picture);
        for base in [&picture, &mirrored] {
            let turned = [
                base.clone(),
                imageops::rotate90(base),
                imageops::rotate180(base),
                imageops::rotate270(base),
            ];
            for (quarter, copy) in turned.iter().enumerate() {
                let found = near(&picture, copy).unwrap_or_else(|| panic!("scene {seed}, {quarter}"));
                assert!(found.distance <= 2 && found.detail <= 8, "scene {seed}, {quarter}: {found:?}");
            }
        }
    }
}

#[test]
fn a_caption_along_the_foot_hides_nothing_however_the_picture_is_turned_then() {
    for seed in 1..=20 {
        let picture = scene(seed);
        let mut lettered = picture.clone();
        let height = lettered.height();
        for (x, y, pixel) in lettered.enumerate_pixels_mut() {
            if y >= height - height / 10 {
                pixel.0 = [if x / 5 % 3 == 0 { 20 } else { 245 }];
            }
        }
        for copy in [&lettered, &imageops::rotate90(&lettered), &imageops::flip_horizontal(&lettered)] {
            assert!(near(&picture, copy).is_some(), "scene {seed}");
        }
    }
}

#[test]
fn what_was_cropped_a_little_is_found_either_way_round() {
    for seed in 1..=20 {
        let picture = scene(seed);
        let part = cropped(&picture, 10);
        assert!(near(&picture, &part).is_some(), "scene {seed}: the part came second");
        assert!(near(&part, &picture).is_some(), "scene {seed}: the part came first");
    }
}

#[test]
fn other_pictures_are_not_alike() {
    let mut shelf = Shelf::default();
    let likenesses: Vec<Likeness> = (1..=300).map(|seed| of(&scene(seed))).collect();
    for (number, likeness) in (1..).zip(&likenesses) {
        assert_eq!(shelf.near(&likeness.turned), [], "scene {number}");
        shelf.add(number, &likeness.prints);
    }
    assert_eq!((shelf.len(), shelf.last()), (300, 300));
}

#[test]
fn the_quick_pass_misses_nothing_that_a_close_look_at_each_would_find() {
    // Around the threshold: a picture's own bits with some changed, in other orientations.
    let picture = of(&scene(1));
    let mut shelf = Shelf::default();
    let mut expected = Vec::new();
    for (number, flips) in (1_i64..=1500).zip((0_u32..24).cycle()) {
        let turned = picture.turned_prints()[usize::try_from(number).expect("a number") % 8];
        let mask = (0..flips)
            .fold(0_u64, |mask, at| mask | (1 << ((at * 37 + u32::try_from(number).expect("small")) % 64)));
        let changed = turned.changed_by(mask);
        shelf.add(number, &changed);
        if mask.count_ones() <= 10 {
            expected.push(number);
        }
    }
    let found: Vec<i64> = shelf.near(&picture.turned).iter().map(|near| near.number).collect();
    let missed: Vec<_> = expected.iter().filter(|number| !found.contains(number)).collect();
    assert_eq!(missed, Vec::<&i64>::new());
}

#[test]
fn what_shows_nothing_has_no_likeness_and_is_taken_all_the_same() {
    assert_eq!(likeness(320, &vec![200; 320 * 240]), None);
    assert_eq!(likeness(0, &[]), None);
    assert_eq!(likeness(5, &[1, 2]), None);
    let white = derive(&file(GrayImage::from_pixel(640, 480, image::Luma([255])), ImageFormat::Jpeg));
    assert_eq!(white.expect("a photo").likeness, None);
    let seen = derive(&file(scene(4), ImageFormat::Jpeg)).expect("a photo").likeness;
    assert!(seen.is_some());
}

#[test]
fn prints_come_back_from_their_bytes_and_from_nothing_else() {
    let prints = of(&scene(9)).prints;
    assert_eq!(Prints::from_bytes(&prints.to_bytes()), Some(prints));
    assert_eq!(Prints::from_bytes(&prints.to_bytes()[1..]), None);
    assert_eq!(Prints::from_bytes(&[prints.to_bytes(), vec![0; 8]].concat()), None);
    assert_eq!(Prints::from_bytes(&[]), None);
}
