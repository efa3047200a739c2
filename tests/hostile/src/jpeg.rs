//! JPEG written by hand: grey pictures of any size in almost no bytes, and headers that say something else.

use crate::bits::Bits;
use crate::{Fate, Sample, picture};

pub const START: &[u8] = b"\xff\xd8";
pub const END: &[u8] = b"\xff\xd9";

/// Start of frame: baseline, extended, progressive, lossless, arithmetic.
const BASELINE: u8 = 0xc0;
const PROGRESSIVE: u8 = 0xc2;

pub fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap_or(u16::MAX).to_be_bytes();
    [&[0xff, marker][..], &length, payload].concat()
}

/// Quantisers of one.
fn quantisers() -> Vec<u8> {
    segment(0xdb, &[&[0][..], &[1; 64]].concat())
}

/// A Huffman table of sixteen four-bit codes at most, for these symbols.
fn codes(class: u8, symbols: &[u8]) -> Vec<u8> {
    let mut counts = [0; 16];
    counts[3] = u8::try_from(symbols.len()).unwrap_or(15);
    segment(0xc4, &[&[class << 4][..], &counts, symbols].concat())
}

/// One code of one bit, `0`, for the symbol zero: "no difference" or "end of block".
fn one_code(class: u8) -> Vec<u8> {
    let mut counts = [0; 16];
    counts[0] = 1;
    segment(0xc4, &[&[class << 4][..], &counts, &[0]].concat())
}

fn frame(marker: u8, width: u16, height: u16, sampling: &[u8]) -> Vec<u8> {
    let [h1, h0] = height.to_be_bytes();
    let [w1, w0] = width.to_be_bytes();
    let count = u8::try_from(sampling.len()).unwrap_or(u8::MAX);
    let components = (1_u8..).zip(sampling).flat_map(|(id, sampling)| [id, *sampling, 0]);
    segment(marker, &[8, h1, h0, w1, w0, count].into_iter().chain(components).collect::<Vec<_>>())
}

fn scan(components: &[u8], spectrum: [u8; 3]) -> Vec<u8> {
    let count = u8::try_from(components.len()).unwrap_or(u8::MAX);
    let selectors = components.iter().flat_map(|id| [*id, 0]);
    segment(0xda, &[count].into_iter().chain(selectors).chain(spectrum).collect::<Vec<_>>())
}

/// Blocks of the interleaved scan of a picture.
fn blocks(width: u16, height: u16, sampling: &[u8]) -> u64 {
    let most = |shift: u8| u64::from(sampling.iter().map(|s| s >> shift & 15).max().unwrap_or(1).max(1));
    if let [_] = sampling {
        return u64::from(width).div_ceil(8) * u64::from(height).div_ceil(8);
    }
    let units = u64::from(width).div_ceil(8 * most(4)) * u64::from(height).div_ceil(8 * most(0));
    units * sampling.iter().map(|s| u64::from(s >> 4) * u64::from(s & 15)).sum::<u64>()
}

fn ids(sampling: &[u8]) -> Vec<u8> {
    (1_u8..).zip(sampling).map(|(id, _)| id).collect()
}

/// A grey picture in one scan.
pub fn flat(width: u16, height: u16, sampling: &[u8]) -> Vec<u8> {
    let mut data = Bits::default();
    data.zeros(2 * blocks(width, height, sampling));
    [
        START.to_vec(),
        quantisers(),
        frame(BASELINE, width, height, sampling),
        one_code(0),
        one_code(1),
        scan(&ids(sampling), [0, 63, 0]),
        data.finish(),
        END.to_vec(),
    ]
    .concat()
}

/// A grey picture in a scan of averages and so many scans of details, of which there are none.
pub fn flat_progressive(width: u16, height: u16, sampling: &[u8], details: u32) -> Vec<u8> {
    let mut bytes = [
        START.to_vec(),
        quantisers(),
        frame(PROGRESSIVE, width, height, sampling),
        one_code(0),
        codes(1, &(0..15).map(|run| run << 4).collect::<Vec<_>>()),
        scan(&ids(sampling), [0, 0, 0]),
    ]
    .concat();
    let mut data = Bits::default();
    data.zeros(blocks(width, height, sampling));
    bytes.extend(data.finish());
    for _ in 0..details {
        bytes.extend(scan(&[1], [1, 63, 0]));
        bytes.extend(ends(u64::from(width).div_ceil(8) * u64::from(height).div_ceil(8)));
    }
    bytes.extend(END);
    bytes
}

/// Runs of ended blocks: the symbol for `2^n` and more, and `n` bits of how many more.
fn ends(mut blocks: u64) -> Vec<u8> {
    let mut data = Bits::default();
    while blocks > 0 {
        let bits = blocks.ilog2().min(14);
        let more = (blocks - (1 << bits)).min((1 << bits) - 1);
        data.put(bits, 4);
        data.put(u32::try_from(more).unwrap_or_default(), bits);
        blocks -= (1 << bits) + more;
    }
    data.finish()
}

pub fn samples() -> Vec<Sample> {
    [sound(), bombs(), lies(), segments(), marks()].concat()
}

const COLOUR: &[u8] = &[0x22, 0x11, 0x11];

fn sound() -> Vec<Sample> {
    let mut samples = vec![
        Sample::new("jpeg: one pixel", flat(1, 1, &[0x11]), Fate::Taken),
        Sample::new("jpeg: one pixel wide", flat(1, 4000, COLOUR), Fate::Taken),
        Sample::new("jpeg: one pixel high", flat(4000, 1, COLOUR), Fate::Taken),
        Sample::new("jpeg: nothing but averages", flat_progressive(640, 480, COLOUR, 0), Fate::Either),
    ];
    for sampling in
        [[0x11, 0x11, 0x11], [0x21, 0x11, 0x11], [0x22, 0x11, 0x11], [0x41, 0x11, 0x11], [0x12, 0x11, 0x11]]
    {
        let name = format!("{sampling:x?}");
        samples.push(Sample::new(format!("jpeg: sampled {name}"), flat(333, 211, &sampling), Fate::Taken));
        let progressive = flat_progressive(333, 211, &sampling, 3);
        samples.push(Sample::new(format!("jpeg: progressive, sampled {name}"), progressive, Fate::Either));
    }
    samples
}

fn bombs() -> Vec<Sample> {
    let mut samples = Vec::new();
    for (width, height) in
        [(65_500, 65_500), (65_535, 65_535), (65_535, 4_000), (20_000, 14_000), (16_384, 16_384)]
    {
        // The picture's data need not be there for a reader to make room for it.
        let name = format!("{width}x{height}");
        let claimed =
            [START, &quantisers(), &frame(BASELINE, width, height, COLOUR), &one_code(0), &one_code(1)]
                .concat();
        let claimed = [&claimed[..], &scan(&[1, 2, 3], [0, 63, 0]), &[0; 4_000], END].concat();
        samples.push(Sample::new(format!("jpeg: claims {name}"), claimed, Fate::Refused));
        let mut data = flat_progressive(64, 64, COLOUR, 1);
        let at = data.windows(2).position(|pair| pair == [0xff, PROGRESSIVE]).unwrap_or_default();
        data[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
        data[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
        samples.push(Sample::new(format!("jpeg: progressive, claims {name}"), data, Fate::Refused));
    }
    for scans in [101, 400, 1_500] {
        let bytes = flat_progressive(8_000, 6_000, COLOUR, scans);
        samples.push(Sample::new(format!("jpeg: {scans} scans of 48 megapixels"), bytes, Fate::Refused));
    }
    for scans in [20, 90] {
        let bytes = flat_progressive(8_000, 6_000, &[0x11, 0x11, 0x11], scans);
        samples.push(Sample::new(
            format!("jpeg: {scans} scans of 48 megapixels, all of them kept"),
            bytes,
            Fate::Refused,
        ));
        let bytes = flat_progressive(4_000, 3_000, COLOUR, scans);
        samples.push(Sample::new(format!("jpeg: {scans} scans of 12 megapixels"), bytes, Fate::Either));
    }
    samples
}

/// The header of a sound file changed.
fn lies() -> Vec<Sample> {
    let sound = flat(320, 240, COLOUR);
    let at = sound.windows(2).position(|pair| pair == [0xff, BASELINE]).unwrap_or_default();
    let changed = |offset: usize, values: &[u8]| {
        let mut bytes = sound.clone();
        bytes[at + offset..at + offset + values.len()].copy_from_slice(values);
        bytes
    };
    let mut samples = Vec::new();
    let mut add = |name: String, bytes, fate| samples.push(Sample::new(format!("jpeg: {name}"), bytes, fate));
    for (width, height, fate) in [
        (0, 240, Fate::Refused),
        (320, 0, Fate::Refused),
        (0, 0, Fate::Refused),
        (640, 480, Fate::Either),
        (16, 16, Fate::Either),
        (9_000, 7_000, Fate::Either),
    ] {
        let sides = [u16::to_be_bytes(height), u16::to_be_bytes(width)].concat();
        add(format!("320x240 said to be {width}x{height}"), changed(5, &sides), fate);
    }
    for precision in [0, 1, 7, 12, 16, 255] {
        add(format!("{precision} bits a sample"), changed(4, &[precision]), Fate::Either);
    }
    for count in [0, 2, 4, 5, 255] {
        add(format!("{count} components in room for three"), changed(9, &[count]), Fate::Either);
    }
    for sampling in [0x00, 0x01, 0x10, 0x55, 0xff, 0x44, 0x14, 0x33] {
        add(format!("first component sampled {sampling:x}"), changed(11, &[sampling]), Fate::Either);
    }
    for (what, offset, value) in
        [("identifier", 13, 1), ("quantisers", 12, 3), ("quantisers of none", 12, 255)]
    {
        add(format!("wrong {what} of a component"), changed(offset, &[value]), Fate::Either);
    }
    for marker in 0xc1_u8..=0xcf {
        add(format!("frame of kind {marker:x}"), changed(1, &[marker]), Fate::Either);
    }
    samples
}

/// Segments that are wrong in themselves.
fn segments() -> Vec<Sample> {
    let sound = flat(320, 240, COLOUR);
    let with = |inserted: &[u8]| [START, inserted, &sound[2..]].concat();
    let twice = {
        let other = frame(BASELINE, 60_000, 60_000, COLOUR);
        let at = sound.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap_or_default();
        [&sound[..at], &other, &sound[at..]].concat()
    };
    let after = [&sound[..sound.len() - 2], &frame(BASELINE, 60_000, 60_000, COLOUR), END].concat();
    let heavy: Vec<u8> = (0..=255).flat_map(|n| segment(0xe1, &vec![n; 65_000])).collect();
    let nested = segment(0xe1, &[b"Exif\0\0", &flat(600, 400, COLOUR)[..]].concat());
    let empty_table = segment(0xc4, &[&[0][..], &[0; 16]].concat());
    let full_table = segment(0xc4, &[&[0][..], &[255; 16], &vec![1; 4_080]].concat());
    [
        ("length of nothing", with(b"\xff\xe1\0\0"), Fate::Refused),
        ("length of one", with(b"\xff\xe1\0\x01"), Fate::Refused),
        ("segment past the end", with(b"\xff\xfe\xff\xff"), Fate::Either),
        ("two frames", twice, Fate::Refused),
        ("a second frame after the data", after, Fate::Either),
        ("sixteen megabytes of segments", with(&heavy), Fate::Either),
        ("a picture in its EXIF", with(&nested), Fate::Taken),
        ("a table of nothing", with(&empty_table), Fate::Either),
        ("a table too full", with(&full_table), Fate::Either),
        ("a thousand tables", with(&one_code(0).repeat(1_000)), Fate::Either),
        ("fill bytes", with(&vec![0xff; 70_000]), Fate::Either),
        (
            "no table at all",
            [
                START,
                &quantisers(),
                &frame(BASELINE, 64, 64, COLOUR),
                &scan(&[1, 2, 3], [0, 63, 0]),
                &[0; 64],
                END,
            ]
            .concat(),
            Fate::Either,
        ),
        (
            "no frame at all",
            [START, &quantisers(), &one_code(0), &scan(&[1], [0, 63, 0]), &[0; 64], END].concat(),
            Fate::Refused,
        ),
        (
            "no scan at all",
            [START, &quantisers(), &frame(BASELINE, 64, 64, COLOUR), &one_code(0), END].concat(),
            Fate::Refused,
        ),
        ("starts a hundred times", [&START.repeat(100), &sound[2..]].concat(), Fate::Either),
        ("ends at once", [START, END, &sound[2..]].concat(), Fate::Refused),
        ("two pictures one after the other", [&sound[..], &flat(64, 64, COLOUR)].concat(), Fate::Taken),
        ("a restart every block", with(&segment(0xdd, &[0, 1])), Fate::Either),
        ("a number of lines later", with(&segment(0xdc, &[255, 255])), Fate::Either),
        ("an expansion", with(&segment(0xdf, &[0x11])), Fate::Either),
    ]
    .into_iter()
    .map(|(name, bytes, fate)| Sample::new(format!("jpeg: {name}"), bytes, fate))
    .collect()
}

/// Each marker there is in the middle of the data.
fn marks() -> Vec<Sample> {
    let sound = picture(image::ImageFormat::Jpeg);
    let middle = sound.len() * 3 / 4;
    (0xc0_u8..=0xfe)
        .map(|marker| {
            let bytes = [&sound[..middle], &[0xff, marker], &sound[middle..]].concat();
            Sample::new(format!("jpeg: marker {marker:x} in the data"), bytes, Fate::Either)
        })
        .collect()
}
