//! The first bytes decide what a file is; its name and declared type count for nothing.

use super::{Format, Refusal};

/// Shorter than this there is no header to look at, let alone a picture.
const SHORTEST: usize = 12;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// ISO media brands of HEIC and its kin; AVIF is not among them, an iPhone does not take it.
const HEIF_BRANDS: [&[u8]; 11] =
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"heif", b"mif1", b"msf1"];

/// What kind of photo the bytes claim to be.
pub fn sniff(bytes: &[u8]) -> Result<Format, Refusal> {
    if bytes.len() < SHORTEST {
        return Err(Refusal::TooSmall);
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        Ok(Format::Jpeg)
    } else if bytes.starts_with(PNG) {
        Ok(Format::Png)
    } else if bytes.starts_with(b"RIFF") && &bytes[8..12] == b"WEBP" {
        Ok(Format::Webp)
    } else if is_heif(bytes) {
        Err(Refusal::Heic)
    } else {
        Err(Refusal::NotAPhoto)
    }
}

/// An `ftyp` box whose major brand, or any compatible one, is of the HEIF family.
fn is_heif(bytes: &[u8]) -> bool {
    if &bytes[4..8] != b"ftyp" {
        return false;
    }
    let length = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    let end = usize::try_from(length).unwrap_or(usize::MAX).min(bytes.len());
    let major = &bytes[8..12];
    let compatible = || bytes.get(16..end).unwrap_or_default().chunks_exact(4);
    let avif = |brand: &[u8]| brand == b"avif" || brand == b"avis";
    !avif(major)
        && !compatible().any(avif)
        && (HEIF_BRANDS.contains(&major) || compatible().any(|brand| HEIF_BRANDS.contains(&brand)))
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
    fn an_iphone_is_told_what_to_do() {
        for heic in
            [ftyp(b"heic", b"mif1heic"), ftyp(b"mif1", b"heic"), ftyp(b"msf1", b""), ftyp(b"xxxx", b"heix")]
        {
            assert_eq!(sniff(&heic), Err(Refusal::Heic));
        }
        assert!(Refusal::Heic.sentence().contains("兼容性最佳"));
    }

    #[test]
    fn what_is_not_a_photo_is_refused() {
        let wave = b"RIFF\x10\0\0\0WAVEfmt ".to_vec();
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec();
        for other in [
            ftyp(b"avif", b"mif1"),
            ftyp(b"mif1", b"avif"),
            ftyp(b"isom", b"mp42"),
            wave,
            svg,
            b"GIF89a\x01\0\x01\0\0\0\0".to_vec(),
            b"%PDF-1.7 and so on".to_vec(),
            b"PK\x03\x04 word document".to_vec(),
        ] {
            assert_eq!(sniff(&other), Err(Refusal::NotAPhoto));
        }
        assert_eq!(sniff(b""), Err(Refusal::TooSmall));
        assert_eq!(sniff(b"\xff\xd8\xff"), Err(Refusal::TooSmall));
    }
}
