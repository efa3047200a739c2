//! JPEG by libjpeg-turbo: decoded no larger than the display copy needs, which its transform does on the way.

use image::{DynamicImage, GrayImage, RgbImage};
use turbojpeg::{Colorspace, Compressor, Decompressor, Error, Image, PixelFormat, ScalingFactor, Subsamp};

use super::header::Header;
use super::{DISPLAY_EDGE, Refusal, colour, jpeg};

/// How its warnings begin. After one the pixels are all there, as far as the file goes; it is an error only to the
/// binding.
const WARNINGS: [&str; 3] = ["Premature end of JPEG file", "Corrupt JPEG data", "Inconsistent progression"];

/// The picture, shrunk to a half, quarter or eighth if that still holds the display copy, and whether the library
/// complained. None when it will not read the file.
pub(super) fn decode(bytes: &[u8], header: &Header, profile: Option<&[u8]>) -> Option<(DynamicImage, bool)> {
    try_decode(bytes, header, profile)
        // What stands before the picture may be untidy: stray bytes, half a profile.
        .or_else(|_| try_decode(&jpeg::tidied(bytes), header, profile))
        .inspect_err(|error| tracing::debug!(%error, "not for libjpeg-turbo"))
        .ok()
        .flatten()
}

fn try_decode(
    bytes: &[u8],
    checked: &Header,
    profile: Option<&[u8]>,
) -> turbojpeg::Result<Option<(DynamicImage, bool)>> {
    let mut decoder = Decompressor::new()?;
    decoder.set_scan_limit(jpeg::MAX_SCANS)?;
    let header = decoder.read_header(bytes)?;
    // Only sizes that were checked are given memory; the lossless kind cannot be shrunk on the way.
    let same = |ours: u32, theirs| usize::try_from(ours).is_ok_and(|ours| ours == theirs);
    if header.is_lossless || !same(checked.width, header.width) || !same(checked.height, header.height) {
        return Ok(None);
    }
    let factor = factor(checked.width.max(checked.height));
    decoder.set_scaling_factor(factor)?;
    let format = match header.colorspace {
        Colorspace::Gray => PixelFormat::GRAY,
        Colorspace::CMYK | Colorspace::YCCK => PixelFormat::CMYK,
        _ => PixelFormat::RGB,
    };
    let size = header.scaled(factor);
    let pitch = size.width * format.size();
    let mut pixels = vec![0; pitch * size.height];
    let into = Image { pixels: &mut pixels[..], width: size.width, pitch, height: size.height, format };
    let damaged = match decoder.decompress(bytes, into) {
        Ok(()) => false,
        Err(Error::TurboJpegError(words)) if WARNINGS.iter().any(|start| words.starts_with(start)) => true,
        Err(error) => return Err(error),
    };
    let (Ok(width), Ok(height)) = (u32::try_from(size.width), u32::try_from(size.height)) else {
        return Ok(None);
    };
    let picture: Option<DynamicImage> = match format {
        PixelFormat::GRAY => GrayImage::from_raw(width, height, pixels).map(Into::into),
        PixelFormat::CMYK => {
            let inverted = jpeg::segments(bytes).any(|(marker, _)| marker == jpeg::ADOBE);
            RgbImage::from_raw(width, height, colour::from_inks(pixels, inverted, profile)).map(Into::into)
        }
        _ => RgbImage::from_raw(width, height, pixels).map(Into::into),
    };
    Ok(picture.map(|picture| (picture, damaged)))
}

/// The smallest of the four that leaves the long edge at least that of the display copy. The other eighths have no fast
/// transforms.
fn factor(long: u32) -> ScalingFactor {
    let factors = [ScalingFactor::ONE_EIGHTH, ScalingFactor::ONE_QUARTER, ScalingFactor::ONE_HALF];
    let fits = |part: u32| long.div_ceil(part) >= DISPLAY_EDGE;
    [8, 4, 2]
        .into_iter()
        .zip(factors)
        .find(|(part, _)| fits(*part))
        .map_or(ScalingFactor::ONE, |(_, factor)| factor)
}

/// A grey, RGB or opaque RGBA picture as a JPEG without any metadata, its colours at half the resolution.
pub(super) fn encode(picture: &DynamicImage, quality: i32) -> Result<Vec<u8>, Refusal> {
    try_encode(picture, quality).map_err(|error| {
        tracing::warn!(%error, "encoding failed");
        Refusal::Unreadable
    })
}

fn try_encode(picture: &DynamicImage, quality: i32) -> turbojpeg::Result<Vec<u8>> {
    let (format, sampling) = match picture {
        DynamicImage::ImageLuma8(_) => (PixelFormat::GRAY, Subsamp::Gray),
        DynamicImage::ImageRgba8(_) => (PixelFormat::RGBX, Subsamp::Sub2x2),
        _ => (PixelFormat::RGB, Subsamp::Sub2x2),
    };
    let side = |side: u32| usize::try_from(side).map_err(|_| Error::IntegerOverflow("side"));
    let (width, height) = (side(picture.width())?, side(picture.height())?);
    let mut encoder = Compressor::new()?;
    encoder.set_quality(quality)?;
    encoder.set_subsamp(sampling)?;
    let pitch = width * format.size();
    encoder.compress_to_vec(Image { pixels: picture.as_bytes(), width, pitch, height, format })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_decoded_than_the_copy_needs() {
        let of = |long| factor(long).denom();
        assert_eq!([1600, 3198].map(of), [1, 1]);
        assert_eq!([3199, 3200, 4032, 6396].map(of), [2; 4]);
        assert_eq!([6397, 8064, 12_788].map(of), [4; 3]);
        assert_eq!([12_793, 65_500].map(of), [8; 2]);
    }
}
