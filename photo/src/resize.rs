//! Pixels: made fit for JPEG, and smaller. Shrinking comes before turning, which is then cheap.

use fast_image_resize as fir;
use fir::images::{Image, ImageRef};
use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};

use super::Refusal;

/// Grey or RGB of eight bits, or RGBA laid on white with its alpha spent.
pub(super) fn opaque(picture: DynamicImage) -> DynamicImage {
    match picture {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) => picture,
        DynamicImage::ImageLuma16(_) => picture.into_luma8().into(),
        picture if !picture.color().has_alpha() => picture.into_rgb8().into(),
        picture => {
            // In place: a second buffer of this size would be the largest of the whole job.
            let mut pixels = picture.into_rgba8();
            for pixel in pixels.as_chunks_mut::<4>().0.iter_mut().filter(|pixel| pixel[3] != 255) {
                let [red, green, blue, alpha] = *pixel;
                *pixel = [on_white(red, alpha), on_white(green, alpha), on_white(blue, alpha), 255];
            }
            pixels.into()
        }
    }
}

fn on_white(colour: u8, alpha: u8) -> u8 {
    let mixed = u16::from(colour) * u16::from(alpha) + 255 * (255 - u16::from(alpha));
    u8::try_from((mixed + 127) / 255).unwrap_or(u8::MAX)
}

/// The opaque picture with no side over `edge`; none when it is no larger anyway.
pub(super) fn shrink(picture: &DynamicImage, edge: u32) -> Result<Option<DynamicImage>, Refusal> {
    let (width, height) = fitting(picture.width(), picture.height(), edge);
    let kind = match picture {
        DynamicImage::ImageLuma8(_) => fir::PixelType::U8,
        DynamicImage::ImageRgb8(_) => fir::PixelType::U8x3,
        DynamicImage::ImageRgba8(_) => fir::PixelType::U8x4,
        _ => return Err(Refusal::Unreadable),
    };
    if (width, height) == (picture.width(), picture.height()) {
        return Ok(None);
    }
    let broken = |error: &dyn std::fmt::Display| {
        tracing::warn!(%error, "resizing failed");
        Refusal::Unreadable
    };
    let source =
        ImageRef::new(picture.width(), picture.height(), picture.as_bytes(), kind).map_err(|e| broken(&e))?;
    let mut small = Image::new(width, height, kind);
    let options = fir::ResizeOptions::new()
        .resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Lanczos3))
        .use_alpha(false);
    fir::Resizer::new().resize(&source, &mut small, &options).map_err(|e| broken(&e))?;
    let small = small.into_vec();
    match kind {
        fir::PixelType::U8 => GrayImage::from_raw(width, height, small).map(Into::into),
        fir::PixelType::U8x3 => RgbImage::from_raw(width, height, small).map(Into::into),
        _ => RgbaImage::from_raw(width, height, small).map(Into::into),
    }
    .ok_or(Refusal::Unreadable)
    .map(Some)
}

/// Sides scaled so that the longer one is at most `edge`, neither under one pixel.
fn fitting(width: u32, height: u32, edge: u32) -> (u32, u32) {
    let long = width.max(height);
    if long <= edge {
        return (width, height);
    }
    let scaled = |side: u32| {
        let side = (u64::from(side) * u64::from(edge) + u64::from(long) / 2) / u64::from(long);
        u32::try_from(side).unwrap_or(edge).max(1)
    };
    (scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_long_edge_fits_and_nothing_grows() {
        assert_eq!(fitting(4000, 3000, 1600), (1600, 1200));
        assert_eq!(fitting(3120, 4160, 1600), (1200, 1600));
        assert_eq!(fitting(16_384, 1, 320), (320, 1));
        assert_eq!(fitting(1600, 1600, 1600), (1600, 1600));
        assert_eq!(fitting(5, 7, 320), (5, 7));
    }

    #[test]
    fn what_is_clear_becomes_white() {
        assert_eq!(
            [on_white(0, 0), on_white(0, 255), on_white(255, 9), on_white(0, 128)],
            [255, 0, 255, 127]
        );
        let picture = RgbaImage::from_pixel(2, 2, image::Rgba([10, 20, 30, 0])).into();
        assert_eq!(opaque(picture).into_rgb8().get_pixel(1, 1).0, [255, 255, 255]);
        let faint = image::GrayAlphaImage::from_pixel(2, 2, image::LumaA([0, 128])).into();
        assert_eq!(opaque(faint).into_rgb8().get_pixel(0, 0).0, [127, 127, 127]);
    }
}
