//! The photos that are measured: two of 12 megapixels as a camera wrote them, and a hundred in all sizes and kinds made of
//! the same. Real ones from a folder, or where there is none, drawn ones as noisy as a photo.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use image::RgbImage;
use image::imageops::{self, FilterType};
use moxcms::ColorProfile;
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

pub struct Set {
    pub name: &'static str,
    pub files: Vec<PathBuf>,
}

/// Photos of 12 megapixels.
pub fn phone(folder: Option<&Path>, place: &Path) -> anyhow::Result<Set> {
    let mut files: Vec<PathBuf> = match folder {
        Some(folder) => {
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?
        }
        None => Vec::new(),
    };
    files.retain(|path| path.extension().is_some_and(|ending| ending == "jpg" || ending == "jpeg"));
    files.sort();
    if files.is_empty() {
        for (number, (width, height)) in [(4000, 3000), (3120, 4160)].into_iter().enumerate() {
            let path = place.join(format!("drawn-{number}.jpg"));
            fs::write(&path, encode(&drawn(width, height), 92, Subsamp::Sub2x2)?)?;
            files.push(path);
        }
    }
    Ok(Set { name: "12 MP", files })
}

/// A hundred variants of those, as they are and without colour profiles. Each trait goes round in a circle of its own
/// length, so that they meet in all combinations. Of eight phones' photos, three had sRGB's profile, one Display P3's.
pub fn mixed(phone: &Set, place: &Path) -> anyhow::Result<[Set; 2]> {
    const EDGES: [u32; 7] = [4160, 4000, 3264, 2592, 4000, 1920, 1600];
    const QUALITIES: [i32; 5] = [95, 90, 85, 92, 75];
    const KINDS: [Subsamp; 9] = [
        Subsamp::Sub2x2,
        Subsamp::Sub2x1,
        Subsamp::Sub2x2,
        Subsamp::None,
        Subsamp::Sub2x2,
        Subsamp::Sub1x2,
        Subsamp::Sub2x2,
        Subsamp::Sub4x1,
        Subsamp::Gray,
    ];
    let srgb = ColorProfile::new_srgb().encode().context("sRGB")?;
    let p3 = ColorProfile::new_display_p3().encode().context("Display P3")?;
    let profiles = [None, Some(&srgb), None, Some(&p3), None, Some(&srgb), None, Some(&srgb)];
    let originals: Vec<RgbImage> =
        phone.files.iter().map(|path| Ok(image::open(path)?.into_rgb8())).collect::<anyhow::Result<_>>()?;
    let mut sets = [Set { name: "mixed", files: vec![] }, Set { name: "mixed, no ICC", files: vec![] }];
    // One resize for each size of each original: what makes the set takes longer than measuring it otherwise.
    for (edge_number, edge) in EDGES.iter().enumerate() {
        for (original_number, original) in originals.iter().enumerate() {
            let picture = scaled(original, *edge);
            let mine =
                (0..100).filter(|n| n % EDGES.len() == edge_number && n % originals.len() == original_number);
            for number in mine {
                let jpeg = encode(&picture, QUALITIES[number % 5], KINDS[number % 9])?;
                let jpeg = with_segment(&jpeg, 0xe1, &orientation(number % 8 + 1));
                let bare = place.join(format!("bare-{number:03}.jpg"));
                fs::write(&bare, &jpeg)?;
                sets[1].files.push(bare);
                let coloured = match profiles[number / 3 % 8] {
                    Some(profile) if KINDS[number % 9] != Subsamp::Gray => {
                        with_segment(&jpeg, 0xe2, &[b"ICC_PROFILE\0\x01\x01", &profile[..]].concat())
                    }
                    _ => jpeg,
                };
                let path = place.join(format!("mixed-{number:03}.jpg"));
                fs::write(&path, coloured)?;
                sets[0].files.push(path);
            }
        }
    }
    Ok(sets)
}

fn scaled(picture: &RgbImage, edge: u32) -> RgbImage {
    let long = picture.width().max(picture.height());
    let side = |side: u32| (side * edge).div_ceil(long).max(1);
    imageops::resize(picture, side(picture.width()), side(picture.height()), FilterType::Triangle)
}

fn encode(picture: &RgbImage, quality: i32, kind: Subsamp) -> anyhow::Result<Vec<u8>> {
    let (width, height) = (usize::try_from(picture.width())?, usize::try_from(picture.height())?);
    let mut encoder = Compressor::new()?;
    encoder.set_quality(quality)?;
    encoder.set_subsamp(kind)?;
    let pixels = picture.as_raw().as_slice();
    Ok(encoder.compress_to_vec(Image {
        pixels,
        width,
        pitch: width * 3,
        height,
        format: PixelFormat::RGB,
    })?)
}

fn with_segment(jpeg: &[u8], marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap_or(u16::MAX).to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, payload, &jpeg[2..]].concat()
}

/// EXIF that says nothing but how the picture stands.
fn orientation(value: usize) -> Vec<u8> {
    let value = u8::try_from(value).unwrap_or(1);
    let entry = [0x12, 0x01, 3, 0, 1, 0, 0, 0, value, 0, 0, 0];
    [b"Exif\0\0II*\0\x08\0\0\0\x01\0", &entry[..], &[0; 4]].concat()
}

/// Soft shapes with grain, which costs a decoder what a photo does.
fn drawn(width: u32, height: u32) -> RgbImage {
    let mut state = 0x9e37_79b9_u32;
    RgbImage::from_fn(width, height, |x, y| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let grain = (state >> 27).cast_signed() - 16;
        let shape =
            |period: u32, shift: u32| ((x + shift) / period % 2 * 90 + y * 120 / height).cast_signed();
        image::Rgb(
            [(700, 0), (430, 90), (250, 40)].map(|(period, shift)| {
                u8::try_from((shape(period, shift) + grain).clamp(0, 255)).unwrap_or(0)
            }),
        )
    })
}
