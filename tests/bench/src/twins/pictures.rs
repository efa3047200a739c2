//! Real photos, and such as are made here: scenes, walls, and sign-in sheets of one form.

use std::path::Path;

use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage};
use tuhe::platform::photo::Shelf;
use tuhe::platform::photo::hash::Prints;

pub type Picture = DynamicImage;

/// Whole numbers as if at random, the same for the same seed.
pub struct Numbers(u64);

impl Numbers {
    pub fn of(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, limit: u32) -> u32 {
        u32::try_from(self.next() >> 40).unwrap_or_default() % limit.max(1)
    }

    fn grey(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or_default()
    }
}

/// The photos of the folder named by `TUHE_TEST_PHOTOS`, at most 1000 px; what is no picture or too small is left out.
pub fn real() -> anyhow::Result<Vec<Picture>> {
    let Some(folder) = std::env::var_os("TUHE_TEST_PHOTOS") else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    gather(Path::new(&folder), &mut files)?;
    files.sort();
    let open = |path: &std::path::PathBuf| image::load_from_memory(&std::fs::read(path).ok()?).ok();
    let pictures =
        files.iter().filter_map(open).filter(|picture| picture.width().min(picture.height()) >= 150);
    Ok(pictures.map(|picture| DynamicImage::from(picture.thumbnail(1000, 1000).to_rgb8())).collect())
}

fn gather(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { gather(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// Forty rectangles over each other.
pub fn scenes(count: u64) -> Vec<Picture> {
    let scene = |seed| {
        let mut numbers = Numbers::of(seed);
        let mut picture = RgbImage::new(640, 480);
        for _ in 0..40 {
            let (x, y) = (numbers.below(640), numbers.below(480));
            let size = (40 + numbers.below(200), 40 + numbers.below(160));
            let colour = Rgb([numbers.grey(), numbers.grey(), numbers.grey()]);
            fill(&mut picture, (x, y), size, colour);
        }
        DynamicImage::from(picture)
    };
    (0..count).map(scene).collect()
}

fn fill(picture: &mut RgbImage, (x, y): (u32, u32), (width, height): (u32, u32), colour: Rgb<u8>) {
    for y in y..(y + height).min(picture.height()) {
        for x in x..(x + width).min(picture.width()) {
            picture.put_pixel(x, y, colour);
        }
    }
}

/// Plaster in slanting light: a slope and noise.
pub fn walls(count: u64) -> Vec<Picture> {
    let wall = |seed| {
        let mut numbers = Numbers::of(1_000_000 + seed);
        let (light, across, down) = (100 + numbers.below(80), numbers.below(60), numbers.below(60));
        let rough = GrayImage::from_fn(100, 75, |x, y| {
            let grey = light + across * x / 100 + down * y / 75 + numbers.below(16);
            Luma([u8::try_from(grey).unwrap_or(u8::MAX)])
        });
        DynamicImage::from(rough).resize_exact(800, 600, image::imageops::FilterType::Triangle)
    };
    (0..count).map(wall).collect()
}

/// One printed form with other hands on it: most photographed on a table, the rest scanned.
pub fn sheets(count: u64) -> Vec<Picture> {
    (0..count).map(|seed| sheet(&mut Numbers::of(2_000_000 + seed))).collect()
}

fn sheet(numbers: &mut Numbers) -> Picture {
    let mut paper = RgbImage::from_pixel(900, 1200, Rgb([238, 236, 230]));
    fill(&mut paper, (250, 60), (400, 40), Rgb([60; 3]));
    for row in 0..26 {
        fill(&mut paper, (80, 160 + row * 38), (740, 2), Rgb([90; 3]));
    }
    for column in [80, 160, 420, 820] {
        fill(&mut paper, (column, 160), (2, 950), Rgb([90; 3]));
    }
    for row in 0..10 + numbers.below(15) {
        for (from, width) in [(175, 60 + numbers.below(60)), (440, 80 + numbers.below(170))] {
            let mut x = from;
            while x < from + width {
                let (top, tall) = (168 + row * 38 + numbers.below(12), 4 + numbers.below(18));
                fill(&mut paper, (x, top), (3, tall), Rgb([30, 30, 60]));
                fill(&mut paper, (x, top), (4 + numbers.below(8), 3), Rgb([30, 30, 60]));
                x += 3 + numbers.below(11);
            }
        }
    }
    if numbers.below(10) < 3 {
        return paper.into();
    }
    let table = Rgb([60 + numbers.grey() / 3, 50 + numbers.grey() / 3, 40 + numbers.grey() / 4]);
    let mut seen = DynamicImage::from(RgbImage::from_pixel(1000, 1333, table));
    let (width, height) = (780 + numbers.below(180), 1080 + numbers.below(200));
    let paper = DynamicImage::from(paper).resize_exact(width, height, image::imageops::FilterType::Triangle);
    image::imageops::overlay(&mut seen, &paper, numbers.below(60).into(), numbers.below(60).into());
    seen
}

/// So many photos with prints as if at random, which none is like.
pub fn random_shelf(photos: u32) -> Shelf {
    let mut numbers = Numbers::of(3);
    let mut shelf = Shelf::default();
    for number in 1..=i64::from(photos) {
        let bytes: Vec<u8> = (0..9).flat_map(|_| numbers.next().to_be_bytes()).collect();
        if let Some(prints) = Prints::from_bytes(&bytes) {
            shelf.add(number, &prints);
        }
    }
    shelf
}
