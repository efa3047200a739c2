//! Sound files cut: at every marker and chunk, a byte before and after, and at each byte of their beginnings.

use crate::jpeg::{flat, flat_progressive};
use crate::{Fate, Sample, png, sound};

pub fn samples() -> Vec<Sample> {
    let [jpeg, png, webp] = sound();
    let progressive = flat_progressive(64, 48, &[0x22, 0x11, 0x11], 3);
    let grey = flat(64, 48, &[0x11]);
    let mut samples = Vec::new();
    for (name, file, places) in [
        ("jpeg", &jpeg, markers(&jpeg)),
        ("progressive jpeg", &progressive, markers(&progressive)),
        ("grey jpeg", &grey, markers(&grey)),
        ("png", &png, chunks(&png)),
        ("webp", &webp, vec![4, 8, 12, 16, 20, 25]),
    ] {
        let around = places.iter().flat_map(|at| [at.saturating_sub(1), *at, at + 1, at + 2, at + 3]);
        let even = (1..20).map(|twentieth| file.len() * twentieth / 20);
        let mut cuts: Vec<usize> = around.chain(even).chain(0..16).filter(|at| *at < file.len()).collect();
        cuts.sort_unstable();
        cuts.dedup();
        for at in cuts {
            let fate = if at < 16 { Fate::Refused } else { Fate::Either };
            samples.push(Sample::new(format!("cut: {name} at {at}"), file[..at].to_vec(), fate));
        }
    }
    samples
}

fn markers(jpeg: &[u8]) -> Vec<usize> {
    (0..jpeg.len() - 1).filter(|at| jpeg[*at] == 0xff && jpeg[at + 1] != 0).collect()
}

fn chunks(file: &[u8]) -> Vec<usize> {
    let mut at = png::SIGNATURE.len();
    let mut places = vec![at];
    for (_, payload) in png::chunks(file) {
        places.extend([at + 4, at + 8, at + 8 + payload.len(), at + 12 + payload.len()]);
        at += 12 + payload.len();
    }
    places
}
