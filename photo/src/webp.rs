//! A walk over WebP chunks for the sizes: the canvas and the picture in it may differ, and a liar makes them.

use super::Refusal;
use super::header::{Header, within};

/// Bit of the `VP8X` flags that says there are several pictures.
const ANIMATION: u8 = 0x02;

/// Sizes of the canvas or, without one, of the picture. Every size in the file is within the limits.
pub(super) fn header(bytes: &[u8]) -> Result<Header, Refusal> {
    let mut rest = bytes.get(12..).unwrap_or_default();
    let mut first = None;
    while let Some((name, payload, tail)) = chunk(rest) {
        rest = tail;
        let (width, height) = match name {
            b"VP8X" => canvas(payload)?,
            b"VP8 " => lossy(payload)?,
            b"VP8L" => lossless(payload)?,
            b"ANIM" | b"ANMF" => return Err(Refusal::Animated),
            _ => continue,
        };
        within(width, height)?;
        first.get_or_insert((width, height));
    }
    let (width, height) = first.ok_or(Refusal::Unreadable)?;
    Ok(Header { width, height, complete: true })
}

/// The first chunk: its name, what there is of its payload, and what follows.
fn chunk(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (name, rest) = bytes.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let payload = rest.get(..length).unwrap_or(rest);
    // Chunks of odd length are followed by one byte of padding.
    let tail = rest.get(length.checked_add(length % 2)?..).unwrap_or_default();
    Some((name, payload, tail))
}

fn canvas(payload: &[u8]) -> Result<(u32, u32), Refusal> {
    match payload {
        [flags, ..] if flags & ANIMATION != 0 => Err(Refusal::Animated),
        [_, _, _, _, w0, w1, w2, h0, h1, h2, ..] => {
            Ok((u32::from_le_bytes([*w0, *w1, *w2, 0]) + 1, u32::from_le_bytes([*h0, *h1, *h2, 0]) + 1))
        }
        _ => Err(Refusal::Unreadable),
    }
}

fn lossy(payload: &[u8]) -> Result<(u32, u32), Refusal> {
    match payload {
        [_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..] => {
            let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
            Ok((side(*w0, *w1), side(*h0, *h1)))
        }
        _ => Err(Refusal::Unreadable),
    }
}

fn lossless(payload: &[u8]) -> Result<(u32, u32), Refusal> {
    match payload {
        [0x2f, b0, b1, b2, b3, ..] => {
            let bits = u32::from_le_bytes([*b0, *b1, *b2, *b3]);
            Ok(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        _ => Err(Refusal::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webp(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WEBP".to_vec();
        for (name, payload) in chunks {
            bytes.extend_from_slice(*name);
            bytes.extend_from_slice(&u32::try_from(payload.len()).expect("length").to_le_bytes());
            bytes.extend_from_slice(payload);
            bytes.extend_from_slice(&[0][..payload.len() % 2]);
        }
        bytes
    }

    #[test]
    fn all_three_headers_are_read() {
        let size = |bytes: &[u8]| header(bytes).map(|header| (header.width, header.height));
        let lossy: &[u8] = b"\0\0\0\x9d\x01\x2a\x40\x01\xf0\0";
        assert_eq!(size(&webp(&[(b"VP8 ", lossy)])), Ok((320, 240)));
        assert_eq!(size(&webp(&[(b"VP8L", b"\x2f\x3f\xc1\x3b\0")])), Ok((320, 240)));
        assert_eq!(
            size(&webp(&[(b"VP8X", b"\0\0\0\0\x3f\x01\0\xef\0\0"), (b"VP8 ", lossy)])),
            Ok((320, 240))
        );
        assert_eq!(size(&webp(&[(b"EXIF", b"odd")])), Err(Refusal::Unreadable));
        assert_eq!(size(&webp(&[(b"VP8 ", &lossy[..8])])), Err(Refusal::Unreadable));
    }

    #[test]
    fn a_canvas_may_not_hide_a_larger_picture_nor_the_reverse() {
        let small: &[u8] = b"\0\0\0\0\x3f\x01\0\xef\0\0";
        let vast_canvas: &[u8] = b"\0\0\0\0\xff\xff\xff\xff\xff\xff";
        let vast_picture: &[u8] = b"\x2f\xff\xff\xff\x0f";
        assert_eq!(header(&webp(&[(b"VP8X", vast_canvas)])), Err(Refusal::TooManyPixels));
        assert_eq!(header(&webp(&[(b"VP8X", small), (b"VP8L", vast_picture)])), Err(Refusal::TooManyPixels));
    }

    #[test]
    fn several_pictures_are_refused() {
        assert_eq!(header(&webp(&[(b"VP8X", b"\x02\0\0\0\x3f\x01\0\xef\0\0")])), Err(Refusal::Animated));
        assert_eq!(header(&webp(&[(b"ANIM", b"\0\0\0\0\0\0")])), Err(Refusal::Animated));
    }
}
