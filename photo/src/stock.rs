//! PNG and WebP, and the JPEGs that libjpeg-turbo refuses: decoded whole, in Rust, within limits.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits};

use super::Refusal;
use super::header::{MAX_PIXELS, MAX_SIDE};

/// Most bytes of decoded pixels: four for each of the most pixels that are allowed.
const MAX_DECODED_BYTES: u64 = MAX_PIXELS * 4;

/// The picture and its colour profile.
pub(super) fn decode(bytes: &[u8], format: ImageFormat) -> Result<(DynamicImage, Option<Vec<u8>>), Refusal> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let refused = |error| match error {
        ImageError::Limits(_) => Refusal::TooManyPixels,
        _ => Refusal::Unreadable,
    };
    let mut decoder = reader.into_decoder().map_err(refused)?;
    // A broken profile is no profile.
    let profile = decoder.icc_profile().ok().flatten();
    Ok((DynamicImage::from_decoder(decoder).map_err(refused)?, profile))
}
