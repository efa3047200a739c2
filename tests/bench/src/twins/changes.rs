//! What becomes of a photo on its way to being handed in again.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, Rgb};

use super::pictures::{Numbers, Picture};

pub struct Change {
    pub name: &'static str,
    /// The rule is held to find 95 of 100.
    pub must_be_found: bool,
    /// The seed says where, where a change can be in several places.
    pub make: fn(&Picture, u64) -> Picture,
}

const fn must(name: &'static str, make: fn(&Picture, u64) -> Picture) -> Change {
    Change { name, must_be_found: true, make }
}

const fn may(name: &'static str, make: fn(&Picture, u64) -> Picture) -> Change {
    Change { name, must_be_found: false, make }
}

pub const ALL: [Change; 18] = [
    must("JPEG of quality 50", |picture, _| jpeg(picture, 50)),
    must("JPEG of quality 20", |picture, _| jpeg(picture, 20)),
    must("half the size", |picture, _| fit(picture, picture.width().max(picture.height()) / 2)),
    must("chat forward (400 px, quality 60)", |picture, _| chat(picture)),
    must("20 % brighter", |picture, _| brighter(picture, 6, 5)),
    must("30 % darker", |picture, _| brighter(picture, 7, 10)),
    must("caption over the lowest 10 %", |picture, _| lettered(picture)),
    must("caption, then chat forward", |picture, _| chat(&lettered(picture))),
    must("caption, then a quarter turn", |picture, _| lettered(picture).rotate90()),
    must("quarter turn", |picture, _| picture.rotate90()),
    must("half turn", |picture, _| picture.rotate180()),
    must("mirrored", |picture, _| picture.fliph()),
    must("mirrored, quarter turn, chat forward", |picture, _| chat(&picture.fliph().rotate270())),
    must("5 % of both sides cropped", |picture, seed| cropped(picture, 50, seed)),
    must("5 % cropped at one edge", |picture, seed| cropped_at_one_edge(picture, 50, seed)),
    may("10 % of both sides cropped", |picture, seed| cropped(picture, 100, seed)),
    may("10 % cropped at one edge", |picture, seed| cropped_at_one_edge(picture, 100, seed)),
    may("a second frame of the same scene (simulated)", second_frame),
];

fn jpeg(picture: &Picture, quality: u8) -> Picture {
    let mut bytes = Vec::new();
    let done = JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(&picture.to_rgb8());
    let read = done.and_then(|()| image::load(Cursor::new(bytes), ImageFormat::Jpeg));
    read.unwrap_or_else(|_| picture.clone())
}

fn fit(picture: &Picture, edge: u32) -> Picture {
    picture.resize(edge, edge, FilterType::Triangle)
}

fn chat(picture: &Picture) -> Picture {
    jpeg(&fit(picture, 400), 60)
}

/// Each part of each colour times `of`, divided by `by`.
fn brighter(picture: &Picture, of: u16, by: u16) -> Picture {
    let mut changed = picture.to_rgb8();
    for part in changed.iter_mut() {
        *part = u8::try_from(u16::from(*part) * of / by).unwrap_or(u8::MAX);
    }
    changed.into()
}

/// A light strip with dark strokes, as wide as the picture.
fn lettered(picture: &Picture) -> Picture {
    let mut changed = picture.to_rgb8();
    let (width, height) = changed.dimensions();
    let stroke = (width / 120).max(2);
    for y in height - height / 10..height {
        for x in 0..width {
            let dark = (x / stroke).is_multiple_of(3) && (y / stroke) % 3 != 0;
            changed.put_pixel(x, y, Rgb(if dark { [20; 3] } else { [245; 3] }));
        }
    }
    changed.into()
}

/// So many thousandths of width and of height cut off, divided between the opposite edges at random.
fn cropped(picture: &Picture, thousandths: u32, seed: u64) -> Picture {
    let mut numbers = Numbers::of(seed);
    let (left, top) = (numbers.below(thousandths + 1), numbers.below(thousandths + 1));
    cut(picture, [left, thousandths - left, top, thousandths - top])
}

fn cropped_at_one_edge(picture: &Picture, thousandths: u32, seed: u64) -> Picture {
    let mut edges = [0; 4];
    edges[usize::try_from(seed % 4).unwrap_or_default()] = thousandths;
    cut(picture, edges)
}

/// Thousandths left, right, above and below.
fn cut(picture: &Picture, [left, right, top, bottom]: [u32; 4]) -> Picture {
    let (width, height) = (picture.width(), picture.height());
    let part = |side: u32, thousandths: u32| side * thousandths / 1000;
    picture.crop_imm(
        part(width, left),
        part(height, top),
        width - part(width, left + right),
        height - part(height, top + bottom),
    )
}

/// From a little beside, a little nearer, in other light.
fn second_frame(picture: &Picture, seed: u64) -> Picture {
    let mut numbers = Numbers::of(seed);
    let mut beside = || (20 + numbers.below(80), 20 + numbers.below(80));
    let ((left, right), (top, bottom)) = (beside(), beside());
    let part: DynamicImage = cut(picture, [left, right, top, bottom]);
    brighter(&part, 17 + u16::try_from(numbers.below(7)).unwrap_or_default(), 20)
}
