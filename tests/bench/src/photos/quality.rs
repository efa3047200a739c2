//! How near the display copy's pixels, before they are compressed, come to a full decode with Lanczos3 by libvips.

use std::fs;
use std::path::Path;

use anyhow::Context;
use image::RgbImage;

/// Peak signal to noise over all three colours, in dB.
pub fn psnr(ours: &RgbImage, theirs: &RgbImage) -> f64 {
    let squares: u64 =
        ours.as_raw().iter().zip(theirs.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    let mean = to_f64(squares) / to_f64(ours.as_raw().len() as u64);
    10.0 * (255.0 * 255.0 / mean).log10()
}

/// Structural similarity of the luma, over windows of 8 × 8 pixels four apart (Wang and others 2004).
pub fn ssim(ours: &RgbImage, theirs: &RgbImage) -> f64 {
    const SIDE: u32 = 8;
    let (first, second) = ((0.01_f64 * 255.0).powi(2), (0.03_f64 * 255.0).powi(2));
    let luma = |picture: &RgbImage, x, y| {
        let [red, green, blue] = picture.get_pixel(x, y).0.map(f64::from);
        0.299 * red + 0.587 * green + 0.114 * blue
    };
    let mut sum = 0.0;
    let mut windows = 0_u32;
    for top in (0..=ours.height() - SIDE).step_by(4) {
        for left in (0..=ours.width() - SIDE).step_by(4) {
            let (mut a, mut b, mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for (x, y) in (top..top + SIDE).flat_map(|y| (left..left + SIDE).map(move |x| (x, y))) {
                let (mine, other) = (luma(ours, x, y), luma(theirs, x, y));
                a += mine;
                b += other;
                aa += mine * mine;
                bb += other * other;
                ab += mine * other;
            }
            let count = f64::from(SIDE * SIDE);
            let (a, b) = (a / count, b / count);
            let (var_a, var_b, both) = (aa / count - a * a, bb / count - b * b, ab / count - a * b);
            sum += (2.0 * a * b + first) * (2.0 * both + second)
                / ((a * a + b * b + first) * (var_a + var_b + second));
            windows += 1;
        }
    }
    sum / f64::from(windows)
}

/// A binary PPM of eight bits.
pub fn read_ppm(path: &Path) -> anyhow::Result<RgbImage> {
    let bytes = fs::read(path)?;
    let mut rest = &bytes[..];
    let mut numbers = Vec::new();
    let mut words = 0;
    while words < 4 {
        let line = rest.split(|byte| *byte == b'\n').next().context("no header")?;
        rest = rest.get(line.len() + 1..).context("no header")?;
        if line.starts_with(b"#") {
            continue;
        }
        for word in std::str::from_utf8(line)?.split_whitespace() {
            words += 1;
            numbers.extend(word.parse::<u32>());
        }
    }
    let [width, height, 255] = numbers[..] else { anyhow::bail!("not a PPM of eight bits: {numbers:?}") };
    RgbImage::from_raw(width, height, rest.to_vec()).context("a PPM of another length")
}

#[expect(clippy::cast_precision_loss, reason = "a sum of squares this far is exact enough for decibels")]
fn to_f64(number: u64) -> f64 {
    number as f64
}
