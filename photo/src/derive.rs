//! One photo in, its facts and two copies out. Pure, and the work that the worker process does.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageError, ImageFormat, ImageReader, Limits};

use super::header::{MAX_PIXELS, MAX_SIDE};
use super::{
    DISPLAY_EDGE, Derived, Format, MAX_BYTES, Refusal, THUMB_EDGE, exif, hash, header, resize, sniff,
};

/// Most bytes of decoded pixels: four for each of the most pixels that are allowed.
const MAX_DECODED_BYTES: u64 = MAX_PIXELS * 4;

const DISPLAY_QUALITY: u8 = 80;
const THUMB_QUALITY: u8 = 75;

/// Makes the facts and copies of one photo, or says why not.
///
/// The copies carry no metadata, so no colour profile either: a Display P3 photo loses some colour. They are for
/// looking; the original is kept as received.
pub fn derive(bytes: &[u8]) -> Result<Derived, Refusal> {
    if bytes.len() > MAX_BYTES {
        return Err(Refusal::TooBig);
    }
    let format = sniff(bytes)?;
    let header = header::check(bytes, format)?;
    let exif = exif::read(bytes);
    let mut display = resize::shrink(&resize::opaque(decode(bytes, format)?), DISPLAY_EDGE)?;
    display.apply_orientation(exif.orientation);
    let thumb = resize::shrink(&display, THUMB_EDGE)?;
    let (width, height) = seen(header.width, header.height, exif.orientation);
    Ok(Derived {
        width,
        height,
        format,
        captured_at: exif.captured_at,
        has_exif: exif.present,
        camera: exif.camera,
        software: exif.software,
        likeness: hash::of(&thumb).map(Box::new),
        damaged: !header.complete,
        display: encode(display, DISPLAY_QUALITY)?,
        thumb: encode(thumb, THUMB_QUALITY)?,
    })
}

fn decode(bytes: &[u8], format: Format) -> Result<DynamicImage, Refusal> {
    let format = match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Webp => ImageFormat::WebP,
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    reader.decode().map_err(|error| match error {
        ImageError::Limits(_) => Refusal::TooManyPixels,
        _ => Refusal::Unreadable,
    })
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

fn encode(picture: DynamicImage, quality: u8) -> Result<Vec<u8>, Refusal> {
    // JPEG has no alpha; what there was has been laid on white before.
    let picture = match picture {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) => picture,
        other => other.into_rgb8().into(),
    };
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode(picture.as_bytes(), picture.width(), picture.height(), picture.color().into())
        .map_err(|error| {
            tracing::warn!(%error, "encoding failed");
            Refusal::Unreadable
        })?;
    Ok(bytes)
}
