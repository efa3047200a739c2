//! One process that makes the copies of photos: ours, the plain way in Rust, the floor, or tools started for each photo. As
//! a process of its own its memory can be seen, and the libraries of others are measured alike.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::Context;
use clap::ValueEnum;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageReader};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tuhe::platform::photo;
use turbojpeg::{Decompressor, Image, PixelFormat, ScalingFactor};

use crate::cpu;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum How {
    /// SHA-256, EXIF, both copies: the whole of what the worker does.
    Ours,
    /// The `image` crate alone: full decode, its Lanczos3, its encoder.
    Plain,
    /// SHA-256 and the least decoding that reads every bit of the photo: an eighth, grey.
    Floor,
    /// `vipsthumbnail`, twice for each photo.
    Vipsthumbnail,
    /// ImageMagick's `convert`, told the size it may decode to.
    Imagemagick,
}

/// `bench counterpart photos --how ours --threads 2 PHOTO…`
#[derive(clap::Args)]
pub struct Args {
    #[arg(long)]
    how: How,
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Where tools put what they make.
    #[arg(long)]
    output: PathBuf,
    files: Vec<PathBuf>,
}

/// What every process that makes copies prints.
#[derive(Serialize, Deserialize)]
pub struct Done {
    /// For all photos, after a first one that does not count.
    pub seconds: f64,
    /// Of processors, in that time: what a photo costs whatever else the machine does.
    pub cpu: f64,
    /// MB by which that first one made the process grow; the photos themselves lay in memory before.
    pub grown: f64,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let photos: Vec<(PathBuf, Vec<u8>)> =
        args.files.iter().map(|path| Ok((path.clone(), fs::read(path)?))).collect::<anyhow::Result<_>>()?;
    let copies = |(path, bytes): &(PathBuf, Vec<u8>)| copies(args.how, path, bytes, &args.output);
    // The highest water mark starts anew.
    fs::write("/proc/self/clear_refs", "5")?;
    let before = peak()?;
    copies(photos.first().context("no photos")?)?;
    let grown = peak()? - before;
    let next = AtomicUsize::new(0);
    let (begun, used) = (Instant::now(), cpu::seconds(std::process::id()));
    std::thread::scope(|scope| {
        let work = || -> anyhow::Result<()> {
            while let Some(photo) = photos.get(next.fetch_add(1, Ordering::Relaxed)) {
                copies(photo)?;
            }
            Ok(())
        };
        let workers: Vec<_> = (0..args.threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("no panic"))
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let done = Done { seconds, cpu: cpu::seconds(std::process::id()) - used, grown };
    println!("{}", serde_json::to_string(&done)?);
    Ok(())
}

fn copies(how: How, path: &Path, bytes: &[u8], output: &Path) -> anyhow::Result<()> {
    let to = |name: &str| output.join(name);
    match how {
        How::Ours => {
            std::hint::black_box((Sha256::digest(bytes), photo::derive(bytes)?));
        }
        How::Plain => {
            std::hint::black_box((Sha256::digest(bytes), plain(bytes)?));
        }
        How::Floor => {
            std::hint::black_box((Sha256::digest(bytes), floor(bytes)?));
        }
        How::Vipsthumbnail => {
            let thumbnail = |from: &Path, size: &str, to: &Path| {
                let mut command = Command::new("vipsthumbnail");
                command.arg(from).args(["--size", size, "--output"]).arg(to);
                finished(command)
            };
            thumbnail(path, "1600x1600>", &to("display.jpg[Q=80,strip]"))?;
            thumbnail(&to("display.jpg"), "320x320>", &to("thumb.jpg[Q=75,strip]"))?;
        }
        How::Imagemagick => {
            let mut command = Command::new(imagemagick().context("no ImageMagick")?);
            command.args(["-define", "jpeg:size=3200x3200"]).arg(path);
            command.args(["-auto-orient", "-resize", "1600x1600>", "-strip", "-quality", "80"]);
            command
                .args(["(", "+clone", "-resize", "320x320>", "-quality", "75", "-write"])
                .arg(to("thumb.jpg"));
            command.args(["+delete", ")"]).arg(to("display.jpg"));
            finished(command)?;
        }
    }
    Ok(())
}

/// Debian's own name for it: other things may be called `convert`.
pub fn imagemagick() -> Option<&'static Path> {
    ["/usr/bin/convert-im6.q16", "/usr/bin/magick"].map(Path::new).into_iter().find(|path| path.exists())
}

fn finished(mut command: Command) -> anyhow::Result<()> {
    let status = command.env("VIPS_CONCURRENCY", "1").stdout(Stdio::null()).status()?;
    anyhow::ensure!(status.success(), "{command:?}: {status}");
    Ok(())
}

fn plain(bytes: &[u8]) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
    let mut decoder = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    let shrink = |picture: &DynamicImage, edge: u32| {
        if picture.width().max(picture.height()) > edge {
            picture.resize(edge, edge, FilterType::Lanczos3)
        } else {
            picture.clone()
        }
    };
    let encode = |picture: &DynamicImage, quality| {
        let mut bytes = Vec::new();
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality)).map(|()| bytes)
    };
    let display = shrink(&picture, 1600);
    Ok((encode(&display, 80)?, encode(&shrink(&display, 320), 75)?))
}

fn floor(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut decoder = Decompressor::new()?;
    decoder.set_scaling_factor(ScalingFactor::ONE_EIGHTH)?;
    let header = decoder.read_header(bytes)?.scaled(ScalingFactor::ONE_EIGHTH);
    let (width, height) = (header.width, header.height);
    let mut pixels = vec![0; width * height];
    let into = Image { pixels: &mut pixels[..], width, pitch: width, height, format: PixelFormat::GRAY };
    decoder.decompress(bytes, into)?;
    Ok(pixels)
}

/// MB this process held at most.
fn peak() -> anyhow::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no such line")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}
