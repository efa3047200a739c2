//! PNG taken apart into its chunks and put together wrongly.

use crate::{Fate, Sample, picture};

pub const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

type Chunk = ([u8; 4], Vec<u8>);

pub fn chunk(name: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(name);
    hasher.update(payload);
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), name, payload, &hasher.finalize().to_be_bytes()].concat()
}

/// The chunks of a sound file.
pub fn chunks(file: &[u8]) -> Vec<Chunk> {
    let mut rest = &file[SIGNATURE.len()..];
    let mut chunks = Vec::new();
    while let [l0, l1, l2, l3, n0, n1, n2, n3, tail @ ..] = rest {
        let length = u32::from_be_bytes([*l0, *l1, *l2, *l3]) as usize;
        chunks.push(([*n0, *n1, *n2, *n3], tail[..length].to_vec()));
        rest = &tail[length + 4..];
    }
    chunks
}

fn file(chunks: &[Chunk]) -> Vec<u8> {
    let chunks: Vec<u8> = chunks.iter().flat_map(|(name, payload)| chunk(name, payload)).collect();
    [SIGNATURE, &chunks].concat()
}

fn header(width: u32, height: u32, rest: [u8; 5]) -> Vec<u8> {
    [&width.to_be_bytes()[..], &height.to_be_bytes(), &rest].concat()
}

/// zlib data of so many zeros, in stored blocks of length nothing but for one run: deflate by hand, 1 to 1,032.
fn zeros(blocks: usize) -> Vec<u8> {
    // A fixed-Huffman block of one literal zero and, again and again, "258 bytes, from one byte before".
    let mut bits = crate::png::Deflate::default();
    bits.put(0b1, 1);
    bits.put(0b01, 2);
    bits.code(0x30, 8);
    for _ in 0..blocks {
        bits.code(0b1100_0101, 8);
        bits.code(0, 5);
    }
    bits.code(0, 7);
    // No checksum: a reader that asks for it has done the work by then.
    [&[0x78, 0x9c][..], &bits.finish()].concat()
}

/// Bits of deflate: numbers from their lowest bit, codes from their highest.
#[derive(Default)]
struct Deflate {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Deflate {
    fn put(&mut self, value: u32, count: u32) {
        for at in 0..count {
            self.held |= (value >> at & 1) << self.count;
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(u8::try_from(self.held).unwrap_or_default());
                (self.held, self.count) = (0, 0);
            }
        }
    }

    fn code(&mut self, value: u32, count: u32) {
        for at in (0..count).rev() {
            self.put(value >> at & 1, 1);
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.put(0, 7);
        self.bytes
    }
}

pub fn samples() -> Vec<Sample> {
    [bombs(), headers(), changed()].concat()
}

fn bombs() -> Vec<Sample> {
    let bomb = |name: &str, width, height, kind: [u8; 5], data: Vec<u8>, fate| {
        let chunks = [(*b"IHDR", header(width, height, kind)), (*b"IDAT", data), (*b"IEND", Vec::new())];
        Sample::new(format!("png: {name}"), file(&chunks), fate)
    };
    let text = |name: &[u8; 4], data: Vec<u8>| {
        let mut chunks = chunks(&picture(image::ImageFormat::Png));
        chunks.insert(1, (*name, data));
        file(&chunks)
    };
    let words = [&b"Comment\0\0"[..], &zeros(400_000)].concat();
    let profile = [&b"icc\0\0"[..], &zeros(400_000)].concat();
    vec![
        bomb("30,000 a side", 30_000, 30_000, [8, 2, 0, 0, 0], zeros(1_000_000), Fate::Refused),
        bomb("65,536 a side", 65_536, 65_536, [1, 0, 0, 0, 0], zeros(500_000), Fate::Refused),
        bomb("the most PNG can say", 0x7fff_ffff, 0x7fff_ffff, [8, 6, 0, 0, 0], zeros(10), Fate::Refused),
        bomb("more than PNG can say", u32::MAX, u32::MAX, [16, 6, 0, 0, 1], zeros(10), Fate::Refused),
        bomb("8,000 a side in 16 bits", 8_000, 8_000, [16, 6, 0, 0, 0], zeros(1_900_000), Fate::Either),
        bomb("4,000 a side, interlaced", 4_000, 4_000, [8, 2, 0, 0, 1], zeros(190_000), Fate::Either),
        bomb("far more data than picture", 16, 16, [8, 2, 0, 0, 0], zeros(400_000), Fate::Either),
        bomb("a line", 16_000, 1, [8, 2, 0, 0, 0], zeros(400), Fate::Either),
        Sample::new("png: a hundred megabytes of text", text(b"zTXt", words), Fate::Either),
        Sample::new("png: a hundred megabytes of profile", text(b"iCCP", profile), Fate::Either),
    ]
}

fn headers() -> Vec<Sample> {
    let sound = chunks(&picture(image::ImageFormat::Png));
    let mut samples = Vec::new();
    let mut add = |name: String, payload: Vec<u8>, fate| {
        let mut chunks = sound.clone();
        chunks[0].1 = payload;
        samples.push(Sample::new(format!("png: {name}"), file(&chunks), fate));
    };
    for (width, height) in [(0, 90), (120, 0), (0, 0)] {
        add(format!("{width}x{height}"), header(width, height, [8, 2, 0, 0, 0]), Fate::Refused);
    }
    for (width, height) in [(121, 90), (120, 91), (119, 90), (4_000, 3_000), (1, 1)] {
        add(
            format!("120x90 said to be {width}x{height}"),
            header(width, height, [8, 2, 0, 0, 0]),
            Fate::Either,
        );
    }
    for depth in [0, 1, 3, 16, 32, 255] {
        add(format!("{depth} bits"), header(120, 90, [depth, 2, 0, 0, 0]), Fate::Either);
    }
    for colour in [0, 1, 3, 4, 5, 6, 7, 255] {
        add(format!("colours of kind {colour}"), header(120, 90, [8, colour, 0, 0, 0]), Fate::Either);
    }
    for (at, what) in [(2, "compression"), (3, "filter"), (4, "interlacing")] {
        let mut rest = [8, 2, 0, 0, 0];
        rest[at] = 9;
        add(format!("unknown {what}"), header(120, 90, rest), Fate::Either);
    }
    add("a header of nothing".into(), Vec::new(), Fate::Refused);
    add("a header too long".into(), vec![0; 64], Fate::Refused);
    samples
}

/// Every chunk left out, doubled, with a wrong sum, with a length that lies; and some out of place.
fn changed() -> Vec<Sample> {
    let sound = picture(image::ImageFormat::Png);
    let parts = chunks(&sound);
    let mut samples = Vec::new();
    let mut start = SIGNATURE.len();
    for (at, (name, payload)) in parts.iter().enumerate() {
        let name = format!("{}. {}", at + 1, String::from_utf8_lossy(name));
        let mut add =
            |what: &str, bytes| samples.push(Sample::new(format!("png: {name} {what}"), bytes, Fate::Either));
        let mut without = parts.clone();
        without.remove(at);
        add("left out", file(&without));
        let mut twice = parts.clone();
        twice.insert(at, twice[at].clone());
        add("twice", file(&twice));
        let end = start + 12 + payload.len();
        let mut wrong = sound.clone();
        wrong[end - 1] ^= 0xff;
        add("with a wrong sum", wrong);
        for length in [0_u32, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
            let mut lying = sound.clone();
            lying[start..start + 4].copy_from_slice(&length.to_be_bytes());
            add(&format!("said to be {length} long"), lying);
        }
        start = end;
    }
    for (name, payload) in [
        (*b"acTL", vec![0, 0, 0, 9, 0, 0, 0, 0]),
        (*b"eXIf", b"II*\0\x08\0\0\0\xff\xff".to_vec()),
        (*b"iCCP", b"no zero anywhere".to_vec()),
        (*b"PLTE", vec![7; 770]),
        (*b"tRNS", vec![0; 300]),
        (*b"CgBI", vec![0; 4]),
        (*b"\0\0\0\0", vec![1; 40]),
    ] {
        let mut chunks = parts.clone();
        chunks.insert(1, (name, payload));
        let name = format!("png: with {}", name.escape_ascii());
        samples.push(Sample::new(name, file(&chunks), Fate::Either));
    }
    samples
}
