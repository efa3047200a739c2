//! The first bytes decide what a file is; its name and declared type count for nothing.

use super::{Format, Refusal, heif};

/// Shorter than this there is no header to look at, let alone a picture.
const SHORTEST: usize = 12;

/// How photos begin.
const PHOTOS: [(&[u8], Format); 2] = [(b"\xff\xd8\xff", Format::Jpeg), (b"\x89PNG\r\n\x1a\n", Format::Png)];

/// How other things begin that people take for photos.
const OTHERS: [(&[u8], Refusal); 16] = [
    (b"GIF8", Refusal::Gif),
    (b"BM", Refusal::Bmp),
    (b"II*\0", Refusal::Tiff),
    (b"MM\0*", Refusal::Tiff),
    (b"IIRO", Refusal::Tiff),
    (b"%PDF", Refusal::Pdf),
    // Word, Excel and WPS of today, and any other zip.
    (b"PK\x03\x04", Refusal::Document),
    (b"PK\x05\x06", Refusal::Document),
    // Those of before.
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Refusal::Document),
    (b"Rar!", Refusal::Document),
    (b"7z\xbc\xaf\x27\x1c", Refusal::Document),
    (b"\x1f\x8b", Refusal::Document),
    (b"{\\rtf", Refusal::Document),
    (b"\x1a\x45\xdf\xa3", Refusal::Video),
    (b"FLV\x01", Refusal::Video),
    (b"\0\0\x01\xba", Refusal::Video),
];

/// How much of a text is looked at for what it is.
const PROLOGUE: usize = 1024;

/// What kind of photo the bytes claim to be.
pub fn sniff(bytes: &[u8]) -> Result<Format, Refusal> {
    if bytes.len() < SHORTEST {
        return Err(Refusal::TooSmall);
    }
    let begins = |start: &[u8]| bytes.starts_with(start);
    if let Some((_, format)) = PHOTOS.iter().find(|(start, _)| begins(start)) {
        return Ok(*format);
    }
    match (&bytes[..4], &bytes[4..8], &bytes[8..12]) {
        (_, b"ftyp", _) => return heif::sniff(bytes),
        (b"RIFF", _, b"WEBP") => return Ok(Format::Webp),
        // The second is QuickTime without a brand.
        (b"RIFF", _, b"AVI ") | (_, b"moov" | b"mdat" | b"wide", _) => return Err(Refusal::Video),
        _ => {}
    }
    let other = OTHERS.iter().find(|(start, _)| begins(start)).map(|(_, refusal)| *refusal);
    Err(other.unwrap_or_else(|| if is_svg(bytes) { Refusal::Svg } else { Refusal::NotAPhoto }))
}

/// Text with the element in it, whatever stands before.
fn is_svg(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(PROLOGUE)];
    !start.contains(&0) && start.windows(4).any(|window| window == b"<svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ftyp(major: &[u8], compatible: &[u8]) -> Vec<u8> {
        let length = u32::try_from(16 + compatible.len()).expect("length");
        [&length.to_be_bytes()[..], b"ftyp", major, &[0; 4], compatible, b"\0\0\0\x08mdat"].concat()
    }

    #[test]
    fn the_first_bytes_decide() {
        assert_eq!(sniff(b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01"), Ok(Format::Jpeg));
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"), Ok(Format::Png));
        assert_eq!(sniff(b"RIFF\x10\0\0\0WEBPVP8 "), Ok(Format::Webp));
    }

    #[test]
    fn an_iphones_still_is_a_photo_and_its_sequence_is_not() {
        for heic in [
            ftyp(b"heic", b"mif1heic"),
            ftyp(b"mif1", b"heic"),
            ftyp(b"msf1", b"mif1"),
            ftyp(b"xxxx", b"heix"),
        ] {
            assert_eq!(sniff(&heic), Ok(Format::Heic));
        }
        assert_eq!(sniff(&ftyp(b"hevc", b"msf1")), Err(Refusal::Animated));
    }

    #[test]
    fn what_is_not_a_photo_is_refused_by_its_own_name() {
        let old_office = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0";
        for (other, refusal) in [
            (&ftyp(b"avif", b"mif1")[..], Refusal::Avif),
            (&ftyp(b"mif1", b"avif"), Refusal::Avif),
            (&ftyp(b"isom", b"mp42"), Refusal::Video),
            (&ftyp(b"qt  ", b""), Refusal::Video),
            (b"RIFF\x10\0\0\0AVI LIST", Refusal::Video),
            (b"\x1a\x45\xdf\xa3matroska....", Refusal::Video),
            (b"RIFF\x10\0\0\0WAVEfmt ", Refusal::NotAPhoto),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Refusal::Svg),
            (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a plan -->\n<svg/>", Refusal::Svg),
            (b"<html><body>Not found</body></html>", Refusal::NotAPhoto),
            (b"GIF89a\x01\0\x01\0\0\0\0", Refusal::Gif),
            (b"BM\x36\0\x0c\0\0\0\0\0\x36\0", Refusal::Bmp),
            (b"II*\0\x08\0\0\0\0\0\0\0", Refusal::Tiff),
            (b"MM\0*\0\0\0\x08\0\0\0\0", Refusal::Tiff),
            (b"%PDF-1.7 and so on", Refusal::Pdf),
            (b"PK\x03\x04 word document", Refusal::Document),
            (old_office, Refusal::Document),
            (b"Dear comrades, see below.", Refusal::NotAPhoto),
        ] {
            assert_eq!(sniff(other), Err(refusal));
        }
        assert_eq!(sniff(b""), Err(Refusal::TooSmall));
        assert_eq!(sniff(b"\xff\xd8\xff"), Err(Refusal::TooSmall));
    }
}
