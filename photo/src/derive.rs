//! One photo in, its facts and two copies out. Pure, and the work that the worker process does.

use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat};

use super::exif::Exif;
use super::header::Header;
use super::{
    DISPLAY_EDGE, Derived, Format, MAX_BYTES, Refusal, THUMB_EDGE, colour, exif, hash, header, resize, sniff,
    stock, turbo,
};

const DISPLAY_QUALITY: i32 = 80;
const THUMB_QUALITY: i32 = 75;

/// Makes the facts and copies of one photo, or says why not. An iPhone's HEIC needs [`derive_heic`].
///
/// The copies carry no metadata; their colours are brought to sRGB first where a profile says they are others.
pub fn derive(bytes: &[u8]) -> Result<Derived, Refusal> {
    if bytes.len() > MAX_BYTES {
        return Err(Refusal::TooBig);
    }
    let format = sniff(bytes)?;
    make(bytes, format, format, exif::read)
}

/// The same for a HEIC: the facts from the original, the copies from `picture`, the JPEG made of it. That one is upright.
pub fn derive_heic(original: &[u8], picture: &[u8]) -> Result<Derived, Refusal> {
    if original.len() > MAX_BYTES {
        return Err(Refusal::TooBig);
    }
    make(picture, Format::Jpeg, Format::Heic, |_| Exif {
        orientation: Orientation::NoTransforms,
        ..exif::read(original)
    })
}

/// The display copy's pixels, upright and in sRGB, before they are compressed.
pub fn display(bytes: &[u8]) -> Result<DynamicImage, Refusal> {
    let format = sniff(bytes)?;
    let header = header::check(bytes, format)?;
    Ok(shrunk(bytes, format, &header, exif::read(bytes).orientation)?.0)
}

/// `format` is that of the bytes, `stored` that of the original.
fn make(
    bytes: &[u8],
    format: Format,
    stored: Format,
    facts: impl FnOnce(&[u8]) -> Exif,
) -> Result<Derived, Refusal> {
    let header = header::check(bytes, format)?;
    let exif = facts(bytes);
    let (display, damaged) = shrunk(bytes, format, &header, exif.orientation)?;
    let small = resize::shrink(&display, THUMB_EDGE)?;
    let thumb = small.as_ref().unwrap_or(&display);
    let (width, height) = seen(header.width, header.height, exif.orientation);
    Ok(Derived {
        width,
        height,
        format: stored,
        captured_at: exif.captured_at,
        has_exif: exif.present,
        camera: exif.camera,
        software: exif.software,
        likeness: hash::of(thumb).map(Box::new),
        damaged: damaged || !header.complete,
        display: turbo::encode(&display, DISPLAY_QUALITY)?,
        thumb: turbo::encode(thumb, THUMB_QUALITY)?,
    })
}

/// The display copy's pixels, and whether decoding met damage.
fn shrunk(
    bytes: &[u8],
    format: Format,
    header: &Header,
    orientation: Orientation,
) -> Result<(DynamicImage, bool), Refusal> {
    let (picture, profile, damaged) = decode(bytes, format, header)?;
    let picture = resize::opaque(picture);
    let mut display = match resize::shrink(&picture, DISPLAY_EDGE)? {
        Some(small) => small,
        None => picture,
    };
    if let Some(profile) = profile {
        colour::to_srgb(&mut display, &profile);
    }
    display.apply_orientation(orientation);
    Ok((display, damaged))
}

/// The picture, its colour profile, and whether it is damaged.
fn decode(
    bytes: &[u8],
    format: Format,
    header: &Header,
) -> Result<(DynamicImage, Option<Vec<u8>>, bool), Refusal> {
    let whole = |format| stock::decode(bytes, format);
    match format {
        Format::Jpeg => {
            let profile = colour::profile(bytes);
            if let Some((picture, damaged)) = turbo::decode(bytes, header, profile.as_deref()) {
                return Ok((picture, profile, damaged));
            }
            // Slower, and more patient with what a chat or a card reader did to the file.
            header::within(header.width, header.height)?;
            let (picture, _) = whole(ImageFormat::Jpeg)?;
            Ok((picture, profile, true))
        }
        Format::Png => whole(ImageFormat::Png).map(|(picture, profile)| (picture, profile, false)),
        Format::Webp => whole(ImageFormat::WebP).map(|(picture, profile)| (picture, profile, false)),
        Format::Heic => Err(Refusal::Unreadable),
    }
}

fn seen(width: u32, height: u32, orientation: Orientation) -> (u32, u32) {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}
