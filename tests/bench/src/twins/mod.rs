//! Finding alike photos: how long a search takes among how many, what share of changed copies is found, and how often two
//! photos that have nothing to do with each other are. Real photos are those of the folder `TUHE_TEST_PHOTOS` and all
//! below it; beside them pictures made here. The table of docs/duplicates.md is this section over two public collections.

mod changes;
mod pictures;

use std::time::Instant;

use tuhe::platform::photo::hash::{Likeness, Prints, likeness};
use tuhe::platform::photo::{Near, Shelf};

use crate::report::{Bar, Report};
use pictures::Picture;

const SECTION: &str = "twins";
/// For a search of a million.
const QUICK: Bar = Bar::AtMost(20.0);
const FOUND: Bar = Bar::AtLeast(0.95);
const FALSE: Bar = Bar::AtMost(1.0);
/// Of 192 bits: up to here a pair of the collection is one picture kept twice, and no false pair.
const ONE_PICTURE: u8 = 24;
/// What is told of sheets of one form is a copy only, see `checkin/trust`.
const COPY: u8 = 16;

pub fn run(report: &mut Report) -> anyhow::Result<()> {
    let real = pictures::real()?;
    let scenes = pictures::scenes(100);
    let sought = scenes.iter().find_map(of).ok_or_else(|| anyhow::anyhow!("a scene shows nothing"))?;
    for (photos, bar) in [(10_000, None), (100_000, None), (1_000_000, Some(QUICK))] {
        let shelf = pictures::random_shelf(photos);
        let times: Vec<f64> = (0..report.rounds.max(3)).map(|_| search(&shelf, &sought)).collect();
        report.number(SECTION, &format!("a search among {photos} photos"), &times, "ms", bar);
    }
    eprintln!("twins: {} real photos", real.len());
    recall(
        report,
        if real.len() < 50 { [real.as_slice(), scenes.as_slice()].concat() } else { real.clone() },
    );
    let (walls, sheets) = (pictures::walls(100), pictures::sheets(100));
    for (what, pictures, copies_only, bar) in [
        ("pairs of different photos found alike, of 100,000", real.as_slice(), false, Some(FALSE)),
        ("pairs of different made scenes found alike, of 100,000", scenes.as_slice(), false, Some(FALSE)),
        ("pairs of walls found alike, of 100,000", walls.as_slice(), false, Some(FALSE)),
        ("pairs of sheets of one form found alike, of 100,000", sheets.as_slice(), false, None),
        ("pairs of sheets of one form taken for copies, of 100,000", sheets.as_slice(), true, Some(FALSE)),
    ] {
        let (found, pairs) = alike(pictures, copies_only);
        if pairs > 0 {
            report.number(
                SECTION,
                &format!("{what} ({found} of {pairs})"),
                &[per_100_000(found, pairs)],
                "",
                bar,
            );
        }
    }
    report.note(format!(
        "twins: recall over {} real photos{}; pairs of real photos that differ by no more than {ONE_PICTURE} of the 192 fine \
         bits are one picture kept twice and are taken out.",
        real.len(),
        if real.len() < 50 { " and 100 made scenes" } else { "" }
    ));
    Ok(())
}

fn search(shelf: &Shelf, sought: &Likeness) -> f64 {
    let begun = Instant::now();
    let found = shelf.near(&sought.turned);
    std::hint::black_box(found);
    begun.elapsed().as_secs_f64() * 1000.0
}

/// The share of changed copies that is found, change by change.
fn recall(report: &mut Report, pictures: Vec<Picture>) {
    let originals: Vec<(Picture, Prints)> =
        pictures.into_iter().filter_map(|picture| Some((picture.clone(), of(&picture)?.prints))).collect();
    for change in changes::ALL {
        let found = (0_u64..).zip(&originals).filter(|(seed, (picture, prints))| {
            let mut shelf = Shelf::default();
            shelf.add(1, prints);
            of(&(change.make)(picture, *seed)).is_some_and(|copy| !shelf.near(&copy.turned).is_empty())
        });
        let share = share(found.count(), originals.len());
        let bar = change.must_be_found.then_some(FOUND);
        report.number(SECTION, &format!("found: {}", change.name), &[share], "", bar);
    }
}

/// How many pairs of different pictures are found alike, and of how many.
fn alike(pictures: &[Picture], copies_only: bool) -> (usize, usize) {
    let likenesses: Vec<Likeness> = pictures.iter().filter_map(of).collect();
    let mut shelf = Shelf::default();
    let (mut found, mut pairs) = (0, 0);
    for (number, likeness) in (1..).zip(&likenesses) {
        let near = shelf.near(&likeness.turned);
        let counts = |near: &&Near| if copies_only { near.detail <= COPY } else { near.detail > ONE_PICTURE };
        let one_picture = near.iter().filter(|near| !copies_only && near.detail <= ONE_PICTURE).count();
        found += near.iter().filter(counts).count();
        pairs += shelf.len() - one_picture;
        shelf.add(number, &likeness.prints);
    }
    (found, pairs)
}

/// As the server does it: from the luma of the thumbnail.
fn of(picture: &Picture) -> Option<Likeness> {
    let luma = picture.thumbnail(320, 320).into_luma8();
    likeness(usize::try_from(luma.width()).ok()?, &luma)
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn per_100_000(part: usize, whole: usize) -> f64 {
    share(part, whole) * 100_000.0
}
