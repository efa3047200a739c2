//! A walk over JPEG markers. Byte search would find the frame of an EXIF thumbnail instead of the picture's own.

use std::io::BufRead as _;

use super::Refusal;
use super::header::{Header, empty};

/// Most scans of one picture. Cameras write about ten; thousands cost minutes.
pub(super) const MAX_SCANS: u32 = 100;

/// Most pixels of a picture in one scan: a 200-megapixel phone's full size (199.8 million) still passes. Decoding
/// shrinks such a one on the way, so its memory follows the copy, not the picture.
const MAX_PIXELS: u64 = 210_000_000;

/// Most memory for coefficients, which pictures in several scans need beside the pixels:
/// 53 megapixels at 4:2:0, 26 at 4:4:4.
const MAX_COEFFICIENT_BYTES: u64 = 160 * 1024 * 1024;

const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
pub(super) const ICC: u8 = 0xe2;
pub(super) const ADOBE: u8 = 0xee;

/// What a start-of-frame segment says.
struct Frame {
    width: u32,
    height: u32,
    progressive: bool,
    /// Horizontal and vertical sampling of each component.
    sampling: Vec<(u8, u8)>,
}

/// Sizes of the picture, within the limits on memory and on the number of scans.
pub(super) fn header(bytes: &[u8]) -> Result<Header, Refusal> {
    let mut frame: Option<Frame> = None;
    let mut scans = 0;
    let mut rest = bytes;
    let complete = loop {
        let Some(marker) = next_marker(&mut rest) else { break false };
        // Restarts and other markers that stand alone.
        if matches!(marker, 0x01 | 0xd0..=0xd8) {
            continue;
        }
        if marker == END_OF_IMAGE {
            break true;
        }
        let Some(segment) = take_segment(&mut rest)? else { break false };
        match marker {
            START_OF_SCAN => {
                let frame = frame.as_ref().ok_or(Refusal::Unreadable)?;
                scans += 1;
                if scans == 1 {
                    frame.check_memory(segment.first().copied().unwrap_or_default())?;
                }
                if scans > MAX_SCANS {
                    return Err(Refusal::Unreadable);
                }
            }
            // Every start of frame but DHT (c4), JPG (c8) and DAC (cc), which share the range.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                // A second frame could make the decoder work on other sizes than those checked here.
                if frame.is_some() {
                    return Err(Refusal::Unreadable);
                }
                let found = Frame::parse(marker, segment).ok_or(Refusal::Unreadable)?;
                if empty(found.width, found.height) {
                    return Err(Refusal::Unreadable);
                }
                if u64::from(found.width) * u64::from(found.height) > MAX_PIXELS {
                    return Err(Refusal::TooManyPixels);
                }
                frame = Some(found);
            }
            _ => {}
        }
    };
    match frame {
        Some(frame) if scans > 0 => Ok(Header { width: frame.width, height: frame.height, complete }),
        _ => Err(Refusal::Unreadable),
    }
}

impl Frame {
    fn parse(marker: u8, segment: &[u8]) -> Option<Self> {
        let &[_precision, h1, h0, w1, w0, count, ref components @ ..] = segment else { return None };
        let sampling: Vec<(u8, u8)> = components
            .chunks_exact(3)
            .take(usize::from(count))
            .map(|component| (component[1] >> 4, component[1] & 0x0f))
            .collect();
        let sane = matches!(count, 1 | 3 | 4)
            && sampling.len() == usize::from(count)
            && sampling.iter().all(|(h, v)| (1..=4).contains(h) && (1..=4).contains(v));
        sane.then(|| Self {
            width: u32::from(u16::from_be_bytes([w1, w0])),
            height: u32::from(u16::from_be_bytes([h1, h0])),
            progressive: matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce),
            sampling,
        })
    }

    /// A picture whose first scan does not hold it all keeps every coefficient until the last one.
    fn check_memory(&self, components_in_scan: u8) -> Result<(), Refusal> {
        let whole = !self.progressive && usize::from(components_in_scan) == self.sampling.len();
        let max = |side: fn(&(u8, u8)) -> u8| u32::from(self.sampling.iter().map(side).max().unwrap_or(1));
        let columns = self.width.div_ceil(8 * max(|s| s.0));
        let rows = self.height.div_ceil(8 * max(|s| s.1));
        let blocks: u64 = self.sampling.iter().map(|(h, v)| u64::from(*h) * u64::from(*v)).sum();
        // 64 coefficients of two bytes in each block.
        let needed = u64::from(columns) * u64::from(rows) * blocks * 128;
        if whole || needed <= MAX_COEFFICIENT_BYTES { Ok(()) } else { Err(Refusal::TooManyPixels) }
    }
}

/// The segments before the picture itself: each marker and its payload.
pub(super) fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes.get(2..).unwrap_or_default();
    std::iter::from_fn(move || {
        let marker = next_marker(&mut rest).filter(|&marker| marker != START_OF_SCAN)?;
        Some((marker, take_segment(&mut rest).ok()??))
    })
}

/// The file with nothing before the picture but what decoding it needs: tables, frame, and which colours it is in.
pub(super) fn tidied(bytes: &[u8]) -> Vec<u8> {
    let mut tidy = b"\xff\xd8".to_vec();
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let Some(marker) = next_marker(&mut rest) {
        let from = rest;
        if marker == START_OF_SCAN {
            tidy.extend([&[0xff, marker], from].concat());
            break;
        }
        let Ok(Some(segment)) = take_segment(&mut rest) else { break };
        if matches!(marker, 0xc0..=0xcf | 0xdb | 0xdd | 0xe0 | ADOBE) {
            tidy.extend([&[0xff, marker], &from[..segment.len() + 2]].concat());
        }
    }
    tidy
}

/// The next marker, over compressed data, fill bytes and stray ones; none at the end of the file.
fn next_marker(rest: &mut &[u8]) -> Option<u8> {
    loop {
        // The library's fast search, also in an unoptimised build; on a slice it cannot fail.
        rest.skip_until(0xff).ok()?;
        while let [0xff, tail @ ..] = *rest {
            *rest = tail;
        }
        let (&code, tail) = rest.split_first()?;
        *rest = tail;
        if code != 0 {
            return Some(code);
        }
    }
}

/// The payload of the segment that begins here; none when the file ends within it.
fn take_segment<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, Refusal> {
    let Some((length, _)) = rest.split_first_chunk::<2>() else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes(*length));
    if length < 2 {
        return Err(Refusal::Unreadable);
    }
    let Some((segment, tail)) = rest.split_at_checked(length) else { return Ok(None) };
    *rest = tail;
    Ok(Some(&segment[2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCAN: &[u8] = b"\xff\xda\0\x0c\x03\x01\0\x02\x11\x03\x11\0\x3f\0 data\xff\0more";

    fn frame(marker: u8, width: u16, height: u16, luma: u8) -> Vec<u8> {
        let [w1, w0] = width.to_be_bytes();
        let [h1, h0] = height.to_be_bytes();
        vec![0xff, marker, 0, 17, 8, h1, h0, w1, w0, 3, 1, luma, 0, 2, 0x11, 1, 3, 0x11, 1]
    }

    fn jpeg(parts: &[&[u8]]) -> Vec<u8> {
        [b"\xff\xd8", &parts.concat()[..], b"\xff\xd9"].concat()
    }

    #[test]
    fn the_frame_of_an_exif_thumbnail_is_not_the_picture() {
        let thumbnail = jpeg(&[&frame(0xc0, 160, 120, 0x22), SCAN]);
        let length = u16::try_from(thumbnail.len() + 8).expect("length").to_be_bytes();
        let exif = [b"\xff\xe1", &length[..], b"Exif\0\0", &thumbnail].concat();
        let whole = jpeg(&[&exif, &frame(0xc0, 4000, 3000, 0x22), SCAN]);
        assert_eq!(header(&whole), Ok(Header { width: 4000, height: 3000, complete: true }));
    }

    #[test]
    fn a_cut_file_is_damaged_but_measured() {
        let whole = jpeg(&[&frame(0xc0, 400, 300, 0x11), SCAN]);
        let cut = &whole[..whole.len() - 4];
        assert_eq!(header(cut), Ok(Header { width: 400, height: 300, complete: false }));
        assert_eq!(header(&whole[..30]), Err(Refusal::Unreadable));
        assert_eq!(header(&jpeg(&[])), Err(Refusal::Unreadable));
        assert_eq!(header(&jpeg(&[SCAN])), Err(Refusal::Unreadable));
        assert_eq!(header(&jpeg(&[b"\xff\xe0\0\x01"])), Err(Refusal::Unreadable));
    }

    #[test]
    fn sizes_are_limited_by_area_and_by_coefficient_memory() {
        let check =
            |marker, width, height, luma| header(&jpeg(&[&frame(marker, width, height, luma), SCAN])).err();
        assert_eq!(check(0xc0, 9280, 6944, 0x22), None);
        assert_eq!(check(0xc0, 16_320, 12_240, 0x22), None);
        assert_eq!(check(0xc0, 65_000, 3200, 0x22), None);
        assert_eq!(check(0xc0, 20_000, 14_000, 0x22), Some(Refusal::TooManyPixels));
        assert_eq!(check(0xc0, 65_500, 65_500, 0x22), Some(Refusal::TooManyPixels));
        assert_eq!(check(0xc0, 0, 100, 0x22), Some(Refusal::Unreadable));
        assert_eq!(check(0xc2, 8160, 6120, 0x22), None);
        assert_eq!(check(0xc2, 9280, 6944, 0x22), Some(Refusal::TooManyPixels));
        assert_eq!(check(0xca, 9280, 6944, 0x22), Some(Refusal::TooManyPixels));
        assert_eq!(check(0xc2, 8160, 6120, 0x11), Some(Refusal::TooManyPixels));
        assert_eq!(check(0xc0, 100, 100, 0x50), Some(Refusal::Unreadable));
    }

    #[test]
    fn scans_and_frames_are_counted() {
        let frame = frame(0xc2, 400, 300, 0x22);
        let scans = |count| header(&jpeg(&[&frame, &SCAN.repeat(count as usize)])).err();
        assert_eq!(scans(MAX_SCANS), None);
        assert_eq!(scans(MAX_SCANS + 1), Some(Refusal::Unreadable));
        assert_eq!(header(&jpeg(&[&frame, &frame, SCAN])), Err(Refusal::Unreadable));
    }
}
