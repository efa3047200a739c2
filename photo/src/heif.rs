//! A walk over the boxes of a HEIF file: what is in it, and how large it says that is.

use super::header::{Header, within};
use super::{Format, Refusal};

/// ISO media brands of still pictures in HEIF; AVIF's are not among them, an iPhone does not take it.
const STILLS: [&[u8]; 6] = [b"heic", b"heix", b"heim", b"heis", b"heif", b"mif1"];

/// Those of sequences, which may hold a still besides.
const SEQUENCES: [&[u8]; 5] = [b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"];

/// What the brands of an ISO media file say it is.
pub(super) fn sniff(bytes: &[u8]) -> Result<Format, Refusal> {
    let length = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    let end = usize::try_from(length).unwrap_or(usize::MAX).min(bytes.len());
    let compatible = bytes.get(16..end).unwrap_or_default().chunks_exact(4);
    let brands: Vec<&[u8]> = std::iter::once(&bytes[8..12]).chain(compatible).collect();
    let any = |known: &[&[u8]]| brands.iter().any(|brand| known.contains(brand));
    if any(&[b"avif", b"avis"]) {
        Err(Refusal::Avif)
    } else if any(&STILLS) {
        Ok(Format::Heic)
    } else if any(&SEQUENCES) {
        Err(Refusal::Animated)
    } else {
        Err(Refusal::Video)
    }
}

/// The largest picture that is described, and each within the limits. What the decoder finds may differ; its memory is
/// limited for that.
pub(super) fn header(bytes: &[u8]) -> Result<Header, Refusal> {
    let properties = inside(bytes, *b"meta")
        // A box with version and flags before its content.
        .and_then(|meta| inside(meta.get(4..)?, *b"iprp"))
        .and_then(|iprp| inside(iprp, *b"ipco"))
        .ok_or(Refusal::Unreadable)?;
    let mut largest = None;
    for (_, payload) in boxes(properties).filter(|(name, _)| *name == b"ispe") {
        let &[_, _, _, _, w3, w2, w1, w0, h3, h2, h1, h0, ..] = payload else {
            return Err(Refusal::Unreadable);
        };
        let size = (u32::from_be_bytes([w3, w2, w1, w0]), u32::from_be_bytes([h3, h2, h1, h0]));
        within(size.0, size.1)?;
        largest = largest.max(Some(size));
    }
    let (width, height) = largest.ok_or(Refusal::Unreadable)?;
    Ok(Header { width, height, complete: true })
}

/// The content of the first box of that name.
fn inside(bytes: &[u8], wanted: [u8; 4]) -> Option<&[u8]> {
    boxes(bytes).find(|(name, _)| **name == wanted).map(|(_, content)| content)
}

/// The boxes that lie side by side here; a last one that is cut is left out.
fn boxes(mut rest: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (length, tail) = rest.split_first_chunk::<4>()?;
        let (name, tail) = tail.split_first_chunk::<4>()?;
        let (content, length) = match u32::from_be_bytes(*length) {
            0 => (tail, tail.len()),
            1 => {
                let (length, tail) = tail.split_first_chunk::<8>()?;
                (tail, usize::try_from(u64::from_be_bytes(*length)).ok()?.checked_sub(16)?)
            }
            short => (tail, usize::try_from(short).ok()?.checked_sub(8)?),
        };
        let (content, tail) = content.split_at_checked(length)?;
        rest = tail;
        Some((name, content))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(name: &[u8], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(8 + content.len()).expect("length");
        [&length.to_be_bytes()[..], name, content].concat()
    }

    fn heic(sizes: &[(u32, u32)]) -> Vec<u8> {
        let ispe = |(width, height): &(u32, u32)| {
            boxed(b"ispe", &[[0; 4], width.to_be_bytes(), height.to_be_bytes()].concat())
        };
        let iprp = boxed(b"iprp", &boxed(b"ipco", &sizes.iter().flat_map(ispe).collect::<Vec<_>>()));
        let meta = boxed(b"meta", &[&[0; 4], &boxed(b"hdlr", b"pict")[..], &iprp].concat());
        [boxed(b"ftyp", b"heic\0\0\0\0mif1heic"), meta, boxed(b"mdat", b"pixels")].concat()
    }

    #[test]
    fn the_largest_picture_counts_and_each_is_within_limits() {
        assert_eq!(
            header(&heic(&[(512, 512), (4032, 3024), (320, 240)])),
            Ok(Header { width: 4032, height: 3024, complete: true })
        );
        assert_eq!(header(&heic(&[(4032, 3024), (65_535, 65_535)])), Err(Refusal::TooManyPixels));
        assert_eq!(header(&heic(&[(0, 10)])), Err(Refusal::Unreadable));
        assert_eq!(header(&heic(&[])), Err(Refusal::Unreadable));
        let whole = heic(&[(4032, 3024)]);
        for cut in 0..whole.len() - 14 {
            assert_eq!(header(&whole[..cut]), Err(Refusal::Unreadable));
        }
    }
}
