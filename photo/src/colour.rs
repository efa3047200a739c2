//! Colours as a screen understands them: sRGB, before the profile that says what they were is left behind.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use image::DynamicImage;
use moxcms::{
    ColorProfile, DataColorSpace, Layout, ToneReprCurve, TransformExecutor, TransformOptions, Xyzd,
};

use super::jpeg;

/// Begins every chunk of a profile in a JPEG; the chunk's number and their count follow.
const CHUNK: &[u8] = b"ICC_PROFILE\0";

type Transform = Arc<dyn TransformExecutor<u8> + Send + Sync>;

/// The profile in a JPEG, put together from its chunks; none if one is missing.
pub(super) fn profile(jpeg: &[u8]) -> Option<Vec<u8>> {
    let mut chunks: Vec<(u8, &[u8])> = Vec::new();
    let mut count = 0;
    for (marker, payload) in jpeg::segments(jpeg) {
        if let Some([number, of, chunk @ ..]) = payload.strip_prefix(CHUNK).filter(|_| marker == jpeg::ICC) {
            chunks.push((*number, chunk));
            count = *of;
        }
    }
    chunks.sort_by_key(|(number, _)| *number);
    let whole = count > 0 && chunks.iter().map(|(number, _)| *number).eq(1..=count);
    whole.then(|| chunks.into_iter().flat_map(|(_, chunk)| chunk).copied().collect())
}

/// Brings an opaque picture to sRGB. It stays as it is when the profile is that, is of another kind or is broken: no
/// profile costs a photo.
pub(super) fn to_srgb(picture: &mut DynamicImage, profile: &[u8]) {
    let (layout, space) = match picture {
        DynamicImage::ImageLuma8(_) => (Layout::Gray, DataColorSpace::Gray),
        DynamicImage::ImageRgb8(_) => (Layout::Rgb, DataColorSpace::Rgb),
        DynamicImage::ImageRgba8(_) => (Layout::Rgba, DataColorSpace::Rgb),
        _ => return,
    };
    let row = usize::try_from(picture.width()).unwrap_or(1) * layout.channels();
    guarded(|| {
        let (transform, target) = transform(profile, space, layout)?;
        let pixels: &mut [u8] = match picture {
            DynamicImage::ImageLuma8(grey) => grey.as_mut(),
            DynamicImage::ImageRgb8(colours) => colours.as_mut(),
            DynamicImage::ImageRgba8(colours) => colours.as_mut(),
            _ => return None,
        };
        // Row by row: a second picture would be the largest of the job.
        let mut seen = vec![0; row / layout.channels() * target.channels()];
        for row in pixels.chunks_exact_mut(row) {
            transform.transform(row, &mut seen).ok()?;
            for (pixel, seen) in
                row.chunks_exact_mut(layout.channels()).zip(seen.chunks_exact(target.channels()))
            {
                pixel.copy_from_slice(&seen[..layout.channels()]);
            }
        }
        Some(())
    });
}

/// RGB from four inks a pixel, by their profile where there is one. Adobe's files say how much paper shows
/// (`inverted`), others how much ink there is.
pub(super) fn from_inks(mut inks: Vec<u8>, inverted: bool, profile: Option<&[u8]>) -> Vec<u8> {
    if inverted {
        for ink in &mut inks {
            *ink = 255 - *ink;
        }
    }
    let by_profile = profile.and_then(|profile| {
        guarded(|| {
            let (transform, _) = transform(profile, DataColorSpace::Cmyk, Layout::Rgba)?;
            let mut seen = vec![0; inks.len() / 4 * 3];
            transform.transform(&inks, &mut seen).ok()?;
            Some(seen)
        })
    });
    by_profile.unwrap_or_else(|| {
        let paper = |ink: u8, black: u8| {
            let light = u16::from(255 - ink) * u16::from(255 - black);
            u8::try_from((light + 127) / 255).unwrap_or(u8::MAX)
        };
        inks.as_chunks::<4>().0.iter().flat_map(|[c, m, y, k]| [c, m, y].map(|ink| paper(*ink, *k))).collect()
    })
}

/// The way from a profile's colours to sRGB, and what comes out; none where there is no need or no way.
fn transform(profile: &[u8], space: DataColorSpace, layout: Layout) -> Option<(Transform, Layout)> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    if profile.color_space != space || is_srgb(&profile) {
        return None;
    }
    // Grey and inks come out as RGB.
    let target = if space == DataColorSpace::Rgb { layout } else { Layout::Rgb };
    let options = TransformOptions::default();
    let transform = profile.create_transform_8bit(layout, &ColorProfile::new_srgb(), target, options).ok()?;
    Some((transform, target))
}

/// The profile's primaries and curves are those of sRGB, whoever wrote it and whatever he called it.
fn is_srgb(profile: &ColorProfile) -> bool {
    let srgb = ColorProfile::new_srgb();
    let near = |ours: Xyzd, theirs: Xyzd| {
        [ours.x - theirs.x, ours.y - theirs.y, ours.z - theirs.z].iter().all(|apart| apart.abs() < 0.002)
    };
    let same = |ours: Option<&ToneReprCurve>| {
        let (Some(ours), Some(theirs)) = (ours, srgb.red_trc.as_ref()) else { return false };
        let (Ok(ours), Ok(theirs)) = (ours.make_linear_evaluator(), theirs.make_linear_evaluator()) else {
            return false;
        };
        [0.03, 0.1, 0.25, 0.5, 0.75]
            .iter()
            .all(|&at| (ours.evaluate_value(at) - theirs.evaluate_value(at)).abs() < 0.002)
    };
    profile.color_space == DataColorSpace::Rgb
        && profile.lut_a_to_b_perceptual.is_none()
        && profile.lut_a_to_b_colorimetric.is_none()
        && near(profile.red_colorant, srgb.red_colorant)
        && near(profile.green_colorant, srgb.green_colorant)
        && near(profile.blue_colorant, srgb.blue_colorant)
        && same(profile.red_trc.as_ref())
        && same(profile.green_trc.as_ref())
        && same(profile.blue_trc.as_ref())
}

/// What the closure answers; none when a profile makes the library panic.
fn guarded<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok().flatten()
}
