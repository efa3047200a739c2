//! Sound files with some bytes, bits or stretches changed by chance: the same chance every time.

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::{Fate, Sample, sound};

const OF_EACH: usize = 40;

pub fn samples() -> Vec<Sample> {
    let mut chance = SmallRng::seed_from_u64(94);
    let mut samples = Vec::new();
    for (name, file) in ["jpeg", "png", "webp"].into_iter().zip(sound()) {
        for n in 0..OF_EACH {
            let mut bytes = file.clone();
            // The first bytes say what it is, and are left.
            for _ in 0..=n / 4 {
                let at = chance.random_range(12..bytes.len());
                match n % 4 {
                    0 => bytes[at] = chance.random(),
                    1 => bytes[at] ^= 1 << chance.random_range(0..8),
                    2 => bytes[at..].rotate_left(1),
                    _ => {
                        let end = (at + 16).min(bytes.len());
                        bytes.copy_within(12..12 + end - at, at);
                    }
                }
            }
            samples.push(Sample::new(format!("noise: {name} {n}"), bytes, Fate::Either));
        }
    }
    samples
}
