//! Damaged and hostile files, made by rule: cut at every place that means something, with headers that lie, sums that are
//! wrong, directories that run in circles, pictures that would fill the machine, and files that are two things at once.
//!
//! Written from the formats' own descriptions (ITU-T T.81, the PNG and WebP specifications, TIFF 6.0) and sharing no code
//! with the reader under test. The same call makes the same bytes.

mod bits;
mod cuts;
mod exif;
mod jpeg;
mod noise;
mod others;
mod png;
mod webp;

use std::collections::HashSet;

/// What has to become of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is a photo, however odd.
    Taken,
    /// It is none, or too much of one.
    Refused,
    /// Readers may differ; it is taken or refused, and nothing else happens.
    Either,
}

/// One file.
#[derive(Debug, Clone)]
pub struct Sample {
    pub name: String,
    pub bytes: Vec<u8>,
    pub fate: Fate,
}

impl Sample {
    fn new(name: impl Into<String>, bytes: Vec<u8>, fate: Fate) -> Self {
        Self { name: name.into(), bytes, fate }
    }
}

/// All of them: more than five hundred, no two the same.
pub fn corpus() -> Vec<Sample> {
    let kinds = [
        jpeg::samples(),
        png::samples(),
        webp::samples(),
        exif::samples(),
        cuts::samples(),
        others::samples(),
        noise::samples(),
    ];
    let mut samples = kinds.concat();
    // Two rules may come to the same file; the first names it.
    let mut seen = HashSet::new();
    samples.retain(|sample| seen.insert(sample.bytes.clone()));
    samples
}

/// The sound files the damaged ones are made from: JPEG, PNG and WebP.
pub fn sound() -> [Vec<u8>; 3] {
    use image::ImageFormat::{Jpeg, Png, WebP};
    [Jpeg, Png, WebP].map(picture)
}

/// A small picture with something on it.
fn picture(format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_fn(120, 90, |x, y| {
        image::Rgb([x, y, x * y / 7].map(|part| u8::try_from(part % 256).unwrap_or_default()))
    });
    // Writing into memory cannot fail, and an empty file would be seen at once.
    let _ = picture.write_to(&mut bytes, format);
    bytes.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_enough_of_them_and_no_two_are_one() {
        let corpus = corpus();
        assert!(corpus.len() >= 500, "{}", corpus.len());
        let names: HashSet<_> = corpus.iter().map(|sample| &sample.name).collect();
        assert_eq!(names.len(), corpus.len());
        let total: usize = corpus.iter().map(|sample| sample.bytes.len()).sum();
        assert!(total < 64 << 20, "{total} bytes are too many for every run");
    }
}
