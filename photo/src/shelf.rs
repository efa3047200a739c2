//! The prints of many photos, searched by walking through all of them: one pass for all eight orientations, in lanes of
//! sixteen bits that the compiler puts side by side. A million take some milliseconds.

use super::hash::{Prints, Turned, View};

/// Alike: so few coarse bits differ, of 64 …
const NEAR: u32 = 10;
/// … or so few gradients …
const SAME_GRADIENTS: u32 = 6;
/// … with no more coarse bits than this.
const NEAR_BY_GRADIENTS: u32 = 18;
/// Photos looked at together: their distances stay in the cache.
const BLOCK: usize = 1024;

/// Which view of the picture looked for is compared with which of those on the shelf: the whole with a centre finds what was
/// cropped, either way round.
const COMPARED: [(View, View); 4] = [
    (View::Whole, View::Whole),
    (View::Upper, View::Upper),
    (View::Whole, View::Centre),
    (View::Centre, View::Whole),
];

/// A photo that looks like the one looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near {
    /// Under which it was put on the shelf.
    pub number: i64,
    /// Coarse bits that differ in the nearest orientation and view, of 64.
    pub distance: u8,
    /// Bits of the finer structure that differ in that orientation, of 192: some for a copy, many for what is only alike.
    pub detail: u8,
}

/// Photos under ascending numbers.
#[derive(Default)]
pub struct Shelf {
    numbers: Vec<i64>,
    prints: Vec<Prints>,
    /// The coarse bits once more, by view and class: whole arrays of sixteen-bit lanes.
    lanes: [[Vec<u16>; 4]; 3],
}

impl Shelf {
    pub fn add(&mut self, number: i64, prints: &Prints) {
        self.numbers.push(number);
        self.prints.push(*prints);
        for (view, lanes) in [View::Whole, View::Upper, View::Centre].into_iter().zip(&mut self.lanes) {
            lanes.iter_mut().zip(classes(prints.coarse(view))).for_each(|(lane, class)| lane.push(class));
        }
    }

    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The number put there last; 0 on an empty shelf.
    pub fn last(&self) -> i64 {
        self.numbers.last().copied().unwrap_or(0)
    }

    /// All photos that look like this one, in the order they were put there.
    pub fn near(&self, sought: &Turned) -> Vec<Near> {
        let passes = passes(sought);
        let mut found = Vec::new();
        let mut nearest = [0_u16; BLOCK];
        for from in (0..self.len()).step_by(BLOCK) {
            let to = (from + BLOCK).min(self.len());
            let nearest = &mut nearest[..to - from];
            nearest.fill(u16::MAX);
            for (view, sought) in &passes {
                pass(self.lanes[*view as usize].each_ref().map(|lane| &lane[from..to]), *sought, nearest);
            }
            for (at, _) in
                nearest.iter().enumerate().filter(|(_, bits)| u32::from(**bits) <= NEAR_BY_GRADIENTS)
            {
                found.extend(self.judge(from + at, sought));
            }
        }
        found
    }

    /// Looks closely, orientation by orientation.
    fn judge(&self, at: usize, sought: &Turned) -> Option<Near> {
        let stored = &self.prints[at];
        let mut best: Option<(u32, u32)> = None;
        for turned in &sought.prints {
            for (mine, theirs) in COMPARED {
                let distance = (turned.coarse(mine) ^ stored.coarse(theirs)).count_ones();
                let gradients = (turned.gradients(mine) ^ stored.gradients(theirs)).count_ones();
                let by_gradients =
                    !sought.plain && gradients <= SAME_GRADIENTS && distance <= NEAR_BY_GRADIENTS;
                if distance <= NEAR || by_gradients {
                    let this = (turned.detail_from(stored), distance);
                    best = Some(best.map_or(this, |best| best.min(this)));
                }
            }
        }
        let (detail, distance) = best?;
        let byte = |bits: u32| u8::try_from(bits).unwrap_or(u8::MAX);
        Some(Near { number: self.numbers[at], distance: byte(distance), detail: byte(detail) })
    }
}

/// What one pass looks for, and in which view of those on the shelf. Mirroring and turning upside down only change signs of
/// whole classes, so a pass finds all four at once: with rows and columns exchanged that makes two for a view. The view
/// without a caption differs by the side that is cut off: four.
fn passes(sought: &Turned) -> Vec<(View, [u16; 4])> {
    let of = |turn: usize, view| classes(sought.prints[turn].coarse(view));
    let mut passes = Vec::new();
    for (mine, theirs) in COMPARED {
        let turns: &[usize] = if matches!(mine, View::Upper) { &[0, 2, 4, 6] } else { &[0, 4] };
        passes.extend(turns.iter().map(|turn| (theirs, of(*turn, mine))));
    }
    passes
}

/// Lowers each photo's distance to the nearest of the four mirrored forms.
fn pass(lanes: [&[u16]; 4], sought: [u16; 4], nearest: &mut [u16]) {
    let [even, columns, rows, both] = lanes;
    for ((((nearest, even), columns), rows), both) in
        nearest.iter_mut().zip(even).zip(columns).zip(rows).zip(both)
    {
        let even = bits(even ^ sought[0]);
        let columns = bits(columns ^ sought[1]);
        let rows = bits(rows ^ sought[2]);
        let both = bits(both ^ sought[3]);
        let upright = (even + columns + rows + both).min(even + (16 - columns) + rows + (16 - both));
        let flipped =
            (even + columns + (16 - rows) + (16 - both)).min(even + (16 - columns) + (16 - rows) + both);
        *nearest = (*nearest).min(upright.min(flipped));
    }
}

/// Counted so that the compiler keeps to lanes of sixteen bits.
const fn bits(word: u16) -> u16 {
    let pairs = word - ((word >> 1) & 0x5555);
    let fours = (pairs & 0x3333) + ((pairs >> 2) & 0x3333);
    let eights = (fours + (fours >> 4)) & 0x0f0f;
    (eights + (eights >> 8)) & 0x1f
}

/// The four classes of coarse bits.
fn classes(coarse: u64) -> [u16; 4] {
    [0, 16, 32, 48].map(|from| u16::try_from((coarse >> from) & 0xffff).unwrap_or_default())
}
