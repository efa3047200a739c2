//! WebP whose chunks lie about themselves and about each other.

use crate::{Fate, Sample, picture};

type Part<'a> = (&'a [u8; 4], Vec<u8>);

fn file(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (name, payload) in parts {
        body.extend_from_slice(*name);
        body.extend_from_slice(&u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes());
        body.extend_from_slice(payload);
        body.extend_from_slice(&[0][..payload.len() % 2]);
    }
    [b"RIFF", &u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes()[..], &body].concat()
}

fn canvas(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let side = |n: u32| n.wrapping_sub(1).to_le_bytes();
    [&[flags, 0, 0, 0][..], &side(width)[..3], &side(height)[..3]].concat()
}

fn lossless(width: u32, height: u32) -> Vec<u8> {
    let bits = width.wrapping_sub(1) & 0x3fff | (height.wrapping_sub(1) & 0x3fff) << 14;
    [&[0x2f][..], &bits.to_le_bytes(), &[0; 64]].concat()
}

fn lossy(width: u16, height: u16) -> Vec<u8> {
    [&[0x10, 2, 0, 0x9d, 0x01, 0x2a][..], &width.to_le_bytes(), &height.to_le_bytes(), &[0; 64]].concat()
}

pub fn samples() -> Vec<Sample> {
    let sound = picture(image::ImageFormat::WebP);
    let payload = sound[20..].to_vec();
    let mut samples = Vec::new();
    let mut add = |name: String, bytes, fate| samples.push(Sample::new(format!("webp: {name}"), bytes, fate));
    for (width, height) in [(16_384, 16_384), (16_000, 9_000), (16_383, 16_383)] {
        add(
            format!("lossless, claims {width}x{height}"),
            file(&[(b"VP8L", lossless(width, height))]),
            Fate::Refused,
        );
    }
    add("lossy, claims 16383x16383".into(), file(&[(b"VP8 ", lossy(0x3fff, 0x3fff))]), Fate::Refused);
    add("lossy, of nothing".into(), file(&[(b"VP8 ", lossy(0, 0))]), Fate::Refused);
    add("lossy, upscaled".into(), file(&[(b"VP8 ", lossy(0xc040, 0xc030))]), Fate::Either);
    for (width, height) in [(0x100_0000, 0x100_0000), (0x100_0000, 1), (60_000, 60_000)] {
        let parts = [(b"VP8X", canvas(0, width, height)), (b"VP8L", payload.clone())];
        add(format!("canvas of {width}x{height}"), file(&parts), Fate::Refused);
    }
    for (width, height) in [(1, 1), (119, 90), (4_000, 3_000)] {
        let parts = [(b"VP8X", canvas(0, width, height)), (b"VP8L", payload.clone())];
        add(format!("canvas of {width}x{height} over 120x90"), file(&parts), Fate::Either);
    }
    for flags in 0..=7 {
        let flags = 1 << flags;
        let parts = [(b"VP8X", canvas(flags, 120, 90)), (b"VP8L", payload.clone())];
        add(format!("flags {flags:x}"), file(&parts), Fate::Either);
    }
    let animated = [
        (b"VP8X", canvas(2, 120, 90)),
        (b"ANIM", vec![0; 6]),
        (b"ANMF", [&[0; 16][..], b"VP8L", &payload].concat()),
    ];
    add("several pictures".into(), file(&animated), Fate::Refused);
    let hidden = [(b"VP8L", payload.clone()), (b"ANMF", vec![0; 40])];
    add("several pictures, the second hidden".into(), file(&hidden), Fate::Refused);
    let twice = [(b"VP8L", payload.clone()), (b"VP8L", lossless(16_384, 16_384))];
    add("a second picture far too large".into(), file(&twice), Fate::Refused);
    let alpha = [(b"VP8X", canvas(0x10, 120, 90)), (b"ALPH", vec![0xff; 9]), (b"VP8L", payload.clone())];
    add("alpha that is none".into(), file(&alpha), Fate::Either);
    for (name, kind) in [("profile", b"ICCP"), ("EXIF", b"EXIF"), ("XMP", b"XMP ")] {
        for (what, filling) in
            [("empty", Vec::new()), ("of one byte", vec![7]), ("of a megabyte", vec![7; 1 << 20])]
        {
            let parts = [(b"VP8X", canvas(0x2c, 120, 90)), (kind, filling), (b"VP8L", payload.clone())];
            add(format!("{name} {what}"), file(&parts), Fate::Either);
        }
    }
    for at in [4, 16] {
        for length in [0_u32, 1, 11, 0x7fff_ffff, u32::MAX] {
            let mut bytes = sound.clone();
            bytes[at..at + 4].copy_from_slice(&length.to_le_bytes());
            add(format!("length at {at} said to be {length}"), bytes, Fate::Either);
        }
    }
    add("nothing in it".into(), file(&[]), Fate::Refused);
    add("a thousand chunks of nothing".into(), file(&vec![(b"JUNK", Vec::new()); 1_000]), Fate::Refused);
    samples
}
