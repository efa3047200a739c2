//! What one photo costs: both copies, its hash and facts, beside others that make the same two copies.

mod job;
mod quality;
mod set;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use image::DynamicImage;
use tuhe::platform::photo;

use crate::client::Round;
use crate::peers;
use crate::program;
use crate::report::{Bar, Report, Side, median};
use crate::scratch::{Scratch, tail};
use job::{Done, How};
use set::Set;

pub use job::{Args, run as work};

const SECTION: &str = "photos";

/// Who makes the copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Maker {
    Here(How),
    Sharp,
    /// In process, `thumbnail` or `shrink`.
    Libvips(&'static str),
}

impl Maker {
    fn name(self) -> &'static str {
        match self {
            Self::Here(How::Ours) => "ours",
            Self::Here(How::Plain) => "image crate, Lanczos3",
            Self::Here(How::Floor) => "floor: SHA-256, entropy decoding",
            Self::Here(How::Vipsthumbnail) => "vipsthumbnail, twice",
            Self::Here(How::Imagemagick) => "ImageMagick",
            Self::Sharp => "sharp",
            Self::Libvips("shrink") => "libvips, halved while decoding",
            Self::Libvips(_) => "libvips, its thumbnail call",
        }
    }

    /// What is held against it on photos of 12 megapixels.
    fn bar(self) -> Option<Bar> {
        match self {
            Self::Here(How::Plain) => Some(Bar::AtLeast(6.0)),
            Self::Here(How::Floor) => Some(Bar::AtLeast(0.5)),
            Self::Libvips("shrink") => Some(Bar::AtLeast(2.3)),
            _ => None,
        }
    }

    /// Makes the copies of all photos of a set, in a process of its own.
    fn make(self, scratch: &Scratch, threads: usize, set: &Set) -> anyhow::Result<Done> {
        let mut command = match self {
            Self::Here(how) => {
                let how = clap::ValueEnum::to_possible_value(&how).context("a hidden way")?;
                let mut command = program::clean(std::env::current_exe()?);
                command.args(["counterpart", "photos", "--how", how.get_name(), "--output"]);
                command.arg(scratch.path("photos"));
                command
            }
            Self::Sharp => script("node", "sharp.mjs"),
            Self::Libvips(how) => {
                let mut command = script("python3", "libvips.py");
                command.args(["--how", how]);
                command
            }
        };
        command.args(["--threads", &threads.to_string()]).args(&set.files);
        said(scratch, command)
    }
}

fn script(interpreter: &str, name: &str) -> Command {
    let mut command = program::clean(interpreter.into());
    command.arg(peers::folder().join(name));
    command
}

fn said(scratch: &Scratch, mut command: Command) -> anyhow::Result<Done> {
    let log = scratch.path("photos.log");
    let output = command.stderr(std::fs::File::create(&log)?).output()?;
    anyhow::ensure!(output.status.success(), "{command:?}:\n{}", tail(&log));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Photos of 12 megapixels, as their cameras wrote them.
pub fn originals(scratch: &Scratch, folder: Option<&Path>) -> anyhow::Result<Vec<Vec<u8>>> {
    let place = scratch.path("originals");
    std::fs::create_dir_all(&place)?;
    Ok(set::phone(folder, &place)?.files.iter().map(std::fs::read).collect::<Result<_, _>>()?)
}

pub fn run(scratch: &Scratch, folder: Option<&Path>, report: &mut Report) -> anyhow::Result<()> {
    let place = scratch.path("photos");
    std::fs::create_dir_all(&place)?;
    let phone = set::phone(folder, &place)?;
    let [mixed, unprofiled] = set::mixed(&phone, &place)?;
    let vips = has("vipsthumbnail");
    let own = Maker::Here(How::Ours);
    let mut makers = vec![Maker::Here(How::Floor), Maker::Here(How::Plain)];
    if peers::are_installed() {
        makers.push(Maker::Sharp);
    } else {
        report.note("photos: sharp was not measured, it is not installed.");
    }
    if vips {
        makers.extend([
            Maker::Libvips("shrink"),
            Maker::Libvips("thumbnail"),
            Maker::Here(How::Vipsthumbnail),
        ]);
    } else {
        report.note("photos: libvips was not measured, it is not installed.");
    }
    if job::imagemagick().is_some() {
        makers.push(Maker::Here(How::Imagemagick));
    }
    // Enough photos that a round is longer than the clock's grain and the neighbours' breath.
    let often = Set { name: phone.name, files: phone.files.iter().cycle().take(16).cloned().collect() };
    memory(scratch, &often, own, &makers, report)?;
    let bars: Vec<(Maker, Option<Bar>)> = makers.iter().map(|maker| (*maker, maker.bar())).collect();
    for threads in [1, 2] {
        compare(scratch, threads, &often, own, &bars, report)?;
        if peers::are_installed() {
            let bar = |bar| [(Maker::Sharp, Some(Bar::AtLeast(bar)))];
            compare(scratch, threads, &mixed, own, &bar(3.0), report)?;
            compare(scratch, threads, &unprofiled, own, &bar(2.1), report)?;
        }
    }
    if vips {
        quality(scratch, &phone, report)?;
    }
    let real = folder.is_some();
    report.note(format!(
        "photos: {} photos. Every side makes a copy of 1600 px at q80 and, from its pixels, a thumbnail of 320 px at q75, \
         upright, without metadata; ours also reads the facts and tells colours. A process of its own each round, whose \
         first photo does not count; the photos lie in memory before.",
        if real { "real" } else { "drawn" }
    ));
    Ok(())
}

/// Rounds of ours and each of the others in turn.
fn compare(
    scratch: &Scratch,
    threads: usize,
    set: &Set,
    ours: Maker,
    others: &[(Maker, Option<Bar>)],
    report: &mut Report,
) -> anyhow::Result<()> {
    let side = |maker: Maker| {
        let many = if threads == 1 { "a processor second" } else { "two threads" };
        (maker, Side::new(format!("{}, {}, {many}", maker.name(), set.name)))
    };
    let mut mine = side(ours);
    let mut theirs: Vec<(Maker, Side)> = others.iter().map(|(maker, _)| side(*maker)).collect();
    for _ in 0..report.rounds {
        for (maker, side) in std::iter::once(&mut mine).chain(&mut theirs) {
            let done = maker.make(scratch, threads, set)?;
            let count = f64::from(u32::try_from(set.files.len())?);
            // Beside other work on the machine, processor time tells better what a photo costs.
            let seconds = if threads == 1 { done.cpu } else { done.seconds };
            side.rounds.push(Round { per_second: count / seconds, p50: 0.0, p99: 0.0 });
            eprintln!("photos: {}: {:.1} ms a photo", side.what, seconds * 1000.0 / count);
        }
    }
    let against: Vec<(&Side, Option<Bar>)> =
        theirs.iter().zip(others).map(|((_, side), (_, bar))| (side, *bar)).collect();
    report.throughput(SECTION, &mine.1, &against);
    for (_, side) in &theirs {
        report.throughput(SECTION, side, &[]);
    }
    Ok(())
}

/// What one photo adds to a process.
fn memory(
    scratch: &Scratch,
    set: &Set,
    ours: Maker,
    others: &[Maker],
    report: &mut Report,
) -> anyhow::Result<()> {
    for maker in std::iter::once(&ours).chain(others) {
        // Tools run in processes of their own, which the number would not show.
        if matches!(maker, Maker::Here(How::Vipsthumbnail | How::Imagemagick)) {
            continue;
        }
        let mut grown = Vec::new();
        for file in set.files.iter().take(2) {
            grown.push(maker.make(scratch, 1, &Set { name: set.name, files: vec![file.clone()] })?.grown);
        }
        let bar = (*maker == ours).then_some(Bar::AtMost(30.0));
        report.number(SECTION, &format!("memory above the photo, {}", maker.name()), &grown, "MB", bar);
    }
    Ok(())
}

/// Shrinking alone, beside a full decode by libvips.
fn quality(scratch: &Scratch, set: &Set, report: &mut Report) -> anyhow::Result<()> {
    let (mut noise, mut likeness) = (Vec::new(), Vec::new());
    for file in &set.files {
        let output: PathBuf = scratch.path("photos/reference.ppm");
        let mut command = script("python3", "libvips.py");
        command.args(["--how", "reference"]).args([file, &output]);
        said(scratch, command)?;
        let theirs = quality::read_ppm(&output)?;
        let ours: DynamicImage = photo::display(&std::fs::read(file)?)?;
        let ours = ours.into_rgb8();
        anyhow::ensure!(ours.dimensions() == theirs.dimensions(), "copies of different sizes");
        noise.push(quality::psnr(&ours, &theirs));
        likeness.push(quality::ssim(&ours, &theirs));
    }
    report.number(SECTION, "shrinking, PSNR", &noise, "dB", Some(Bar::AtLeast(40.0)));
    report.number(SECTION, "shrinking, SSIM", &likeness, "", Some(Bar::AtLeast(0.99)));
    eprintln!("photos: PSNR {:.1}, SSIM {:.4}", median(noise), median(likeness));
    Ok(())
}

fn has(tool: &str) -> bool {
    Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success())
}
