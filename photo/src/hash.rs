//! What a picture looks like, in 72 bytes: two pictures whose bytes differ little are the same picture saved anew, made
//! smaller, turned, lettered or a little cropped. A likeness is no proof: it is shown to a person.
//!
//! The algorithm is fixed and has a number ([`VERSION`]); whatever changes a bit of it is another version. Of the luma of
//! the thumbnail as a person sees it, three views are looked at: the whole, the whole without its lowest tenth (where
//! captions stand), and the centre (for crops). Each view gives
//! - 64 bits of its coarse structure: the area means of 32 × 32 fields, their cosine transform, the signs of the 8 × 8 lowest
//!   frequencies without the first row and column (so light and shade over the whole picture do not count);
//! - 64 bits of its gradients: 9 × 8 fields, whether each is darker than its right neighbour.
//!
//! The whole gives also 192 bits of its finer structure, by which two sheets of one form are told apart: the signs of the
//! 16 × 16 lowest frequencies without the 64 above. A picture is looked for in all eight orientations, each with the bits it
//! would have had.

use std::sync::LazyLock;

use image::DynamicImage;
use serde::{Deserialize, Serialize};

use super::grid::{Region, Sums};

/// Of the algorithm. Prints of different versions are not compared.
pub const VERSION: u16 = 1;

/// Share of the picture's height that a caption takes.
const CAPTION: f64 = 0.1;
/// What the centre leaves away at each edge.
const MARGIN: f64 = 0.035;
/// Median strength of the coarse structure, in grey levels, below which there is nothing to recognise a picture by.
const BLANK: f64 = 0.01;
/// Below it gradients are noise: a wall, the sky.
const PLAIN: f64 = 0.1;

/// The bits of one picture in one orientation, see the module's head: coarse and gradients of the three views, then the fine
/// ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prints(pub(super) [u64; 9]);

/// The views of [`Prints`].
#[derive(Clone, Copy)]
pub(super) enum View {
    Whole,
    Upper,
    Centre,
}

impl Prints {
    /// As stored: big-endian, 72 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (words, []) = bytes.as_chunks::<8>() else { return None };
        Some(Self(<[[u8; 8]; 9]>::try_from(words).ok()?.map(u64::from_be_bytes)))
    }

    /// Four classes of sixteen bits: by whether the column's and the row's frequency is odd.
    pub(super) const fn coarse(&self, view: View) -> u64 {
        self.0[view as usize]
    }

    pub(super) const fn gradients(&self, view: View) -> u64 {
        self.0[3 + view as usize]
    }

    /// Bits of the finer structure that differ, of 192.
    pub(super) fn detail_from(&self, other: &Self) -> u32 {
        self.0[6..].iter().zip(&other.0[6..]).map(|(mine, theirs)| (mine ^ theirs).count_ones()).sum()
    }
}

#[cfg(test)]
impl Prints {
    /// With these bits of the whole's coarse ones the other way, and no other view to be known by.
    pub(super) fn changed_by(mut self, mask: u64) -> Self {
        self.0[0] ^= mask;
        self.0[1] ^= 0x5a5a_5a5a_5a5a_5a5a;
        self.0[2] ^= 0xa5a5_a5a5_a5a5_a5a5;
        self
    }
}

#[cfg(test)]
impl Likeness {
    pub(super) fn turned_prints(&self) -> &[Prints; 8] {
        &self.turned.prints
    }
}

/// What a picture looks like, and what it would look like in the eight orientations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Likeness {
    /// As it stands: what is stored, and compared with.
    pub prints: Prints,
    pub turned: Turned,
}

/// The prints of a picture in all eight orientations, upright first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turned {
    pub(super) prints: [Prints; 8],
    /// Too plain for its gradients to say anything.
    pub(super) plain: bool,
}

/// The likeness of a photo by its thumbnail.
pub(super) fn of(thumb: &DynamicImage) -> Option<Likeness> {
    let luma = thumb.to_luma8();
    likeness(usize::try_from(luma.width()).ok()?, &luma)
}

/// The likeness of a picture by its luma, row by row; none for one that shows nothing (a lens cap, a white sheet).
pub fn likeness(width: usize, luma: &[u8]) -> Option<Likeness> {
    let sums = Sums::of(width, luma)?;
    let whole = Spectrum::of(&sums, Region::WHOLE);
    let strength = whole.strength();
    if strength < BLANK {
        return None;
    }
    let centre = Spectrum::of(&sums, Region::centre(MARGIN));
    // Each side cut off serves the two orientations that are mirrored from left to right.
    let uppers = [0, 2, 4, 6].map(|turn| Spectrum::of(&sums, Orientation(turn).without_caption()));
    let prints = [0, 1, 2, 3, 4, 5, 6, 7].map(|turn: u8| {
        let orientation = Orientation(turn);
        let turned = whole.turned(orientation);
        let coarse = [
            turned.coarse(),
            uppers[usize::from(turn / 2)].turned(orientation).coarse(),
            centre.turned(orientation).coarse(),
        ];
        let views = [Region::WHOLE, orientation.without_caption(), Region::centre(MARGIN)];
        let mut words = [0; 9];
        words[..3].copy_from_slice(&coarse);
        words[3..6].copy_from_slice(&views.map(|view| orientation.gradients(&sums, view)));
        words[6..].copy_from_slice(&turned.fine());
        Prints(words)
    });
    Some(Likeness { prints: prints[0], turned: Turned { prints, plain: strength < PLAIN } })
}

/// One of eight: rows and columns exchanged (4), then mirrored from left to right (1), then upside down (2).
#[derive(Clone, Copy)]
struct Orientation(u8);

impl Orientation {
    const fn exchanges(self) -> bool {
        self.0 & 4 != 0
    }

    const fn mirrors(self) -> bool {
        self.0 & 1 != 0
    }

    const fn flips(self) -> bool {
        self.0 & 2 != 0
    }

    /// What of the untouched picture is left when the lowest tenth of the turned one is cut off.
    fn without_caption(self) -> Region {
        let mut view = Region::WHOLE;
        let (low, high) = if self.exchanges() { &mut view.columns } else { &mut view.rows };
        if self.flips() {
            *low += CAPTION;
        } else {
            *high -= CAPTION;
        }
        view
    }

    /// Whether each field of eight rows of the turned picture is darker than the one to its right.
    fn gradients(self, sums: &Sums, view: Region) -> u64 {
        let (columns, rows) = if self.exchanges() { (8, 9) } else { (9, 8) };
        let grid = sums.grid(view, columns, rows).turned(self.exchanges(), self.mirrors(), self.flips());
        let pairs = (0..8).flat_map(|y| (0..8).map(move |x| (x, y)));
        pairs
            .enumerate()
            .fold(0, |bits, (bit, (x, y))| bits | (u64::from(grid.at(x + 1, y) > grid.at(x, y)) << bit))
    }
}

/// Fields of a side that is transformed.
const SIDE: usize = 32;
/// Frequencies of either direction that are looked at, the first being one half wave over the side.
const MOST: usize = 16;
/// Their cosines at the middles of the fields.
static WAVES: LazyLock<[[f64; SIDE]; MOST]> = LazyLock::new(|| {
    let wave = |frequency: usize, at: usize| {
        // The argument within one turn: exact, whatever the frequency.
        let steps = u8::try_from((2 * at + 1) * frequency % (4 * SIDE)).unwrap_or_default();
        (f64::from(steps) * std::f64::consts::PI / 64.0).cos()
    };
    std::array::from_fn(|frequency| std::array::from_fn(|at| wave(frequency + 1, at)))
});

/// The cosine transform of 32 × 32 fields: frequencies 1 to 16 down, and for each those across.
#[derive(Clone)]
struct Spectrum([[f64; MOST]; MOST]);

impl Spectrum {
    fn of(sums: &Sums, view: Region) -> Self {
        let grid = sums.grid(view, SIDE, SIDE);
        let mut across = [[0.0; SIDE]; MOST];
        for y in 0..SIDE {
            let row: [f64; SIDE] = std::array::from_fn(|x| grid.at(x, y));
            for (column, wave) in across.iter_mut().zip(&*WAVES) {
                column[y] = dot(wave, &row);
            }
        }
        Self(std::array::from_fn(|v| std::array::from_fn(|u| dot(&WAVES[v], &across[u]))))
    }

    /// Of the turned picture: what was across goes down; a mirrored odd wave has the other sign.
    fn turned(&self, orientation: Orientation) -> Self {
        // The first frequency is odd.
        let sign = |mirrored: bool, at: usize| if mirrored && at.is_multiple_of(2) { -1.0 } else { 1.0 };
        Self(std::array::from_fn(|v| {
            std::array::from_fn(|u| {
                let value = if orientation.exchanges() { self.0[u][v] } else { self.0[v][u] };
                value * sign(orientation.mirrors(), u) * sign(orientation.flips(), v)
            })
        }))
    }

    /// The median amplitude of the 64 lowest frequencies.
    fn strength(&self) -> f64 {
        let lowest = self.0[..8].iter().flat_map(|row| &row[..8]);
        let mut amplitudes: Vec<f64> = lowest.map(|value| value.abs() / 512.0).collect();
        amplitudes.sort_by(f64::total_cmp);
        amplitudes[32]
    }

    /// The signs of the 64 lowest frequencies in four classes: those even in both directions, odd across, odd down, odd in
    /// both. Turning the picture without exchanging its sides changes whole classes.
    fn coarse(&self) -> u64 {
        let mut bits = 0;
        for (v, row) in self.0[..8].iter().enumerate() {
            for (u, value) in row[..8].iter().enumerate() {
                let class = (1 - u % 2) + 2 * (1 - v % 2);
                bits |= u64::from(*value > 0.0) << (class * 16 + v / 2 * 4 + u / 2);
            }
        }
        bits
    }

    /// The signs of the 192 next.
    fn fine(&self) -> [u64; 3] {
        let mut words = [0; 3];
        let all = self
            .0
            .iter()
            .enumerate()
            .flat_map(|(v, row)| row.iter().enumerate().map(move |(u, value)| (u, v, value)));
        for (bit, (_, _, value)) in all.filter(|(u, v, _)| *u >= 8 || *v >= 8).enumerate() {
            words[bit / 64] |= u64::from(*value > 0.0) << (bit % 64);
        }
        words
    }
}

fn dot(one: &[f64; SIDE], other: &[f64; SIDE]) -> f64 {
    // Four sums at once; their order is part of the version.
    let mut sums = [0.0; 4];
    for (one, other) in one.as_chunks::<4>().0.iter().zip(other.as_chunks::<4>().0) {
        for ((sum, one), other) in sums.iter_mut().zip(one).zip(other) {
            *sum += one * other;
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
