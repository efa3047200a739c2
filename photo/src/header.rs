//! Sizes a photo claims, checked against the limits before anything is allocated for them.

use super::{Format, Refusal, heif, jpeg, webp};

/// Most pixels of what is decoded whole (JPEG has limits of its own): a 64-megapixel phone's full size (64.4 million) still passes.
pub(super) const MAX_PIXELS: u64 = 64 * 1024 * 1024;

/// Longest side. A photo is never longer; a bomb is.
pub(super) const MAX_SIDE: u32 = 16_384;

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub width: u32,
    pub height: u32,
    /// The file goes on to the end of its picture, as far as the markers tell.
    pub complete: bool,
}

/// Reads the header and refuses what is too large to decode.
pub(super) fn check(bytes: &[u8], format: Format) -> Result<Header, Refusal> {
    let header = match format {
        Format::Jpeg => return jpeg::header(bytes),
        Format::Png => png(bytes)?,
        Format::Webp => webp::header(bytes)?,
        Format::Heic => heif::header(bytes)?,
    };
    within(header.width, header.height)?;
    Ok(header)
}

/// Nothing to see.
pub(super) fn empty(width: u32, height: u32) -> bool {
    width == 0 || height == 0
}

/// The limits on sides and area.
pub(super) fn within(width: u32, height: u32) -> Result<(), Refusal> {
    if empty(width, height) {
        Err(Refusal::Unreadable)
    } else if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        Err(Refusal::TooManyPixels)
    } else {
        Ok(())
    }
}

/// PNG demands `IHDR` first, so its sizes stand at fixed places.
fn png(bytes: &[u8]) -> Result<Header, Refusal> {
    match bytes.get(8..24) {
        Some([0, 0, 0, 13, b'I', b'H', b'D', b'R', w0, w1, w2, w3, h0, h1, h2, h3]) => Ok(Header {
            width: u32::from_be_bytes([*w0, *w1, *w2, *w3]),
            height: u32::from_be_bytes([*h0, *h1, *h2, *h3]),
            complete: true,
        }),
        _ => Err(Refusal::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        [
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
            &width.to_be_bytes()[..],
            &height.to_be_bytes(),
            &[8, 2, 0, 0, 0],
        ]
        .concat()
    }

    #[test]
    fn a_png_is_measured_before_it_is_decoded() {
        let check = |width, height| check(&png_of(width, height), Format::Png);
        assert_eq!(check(1290, 2796), Ok(Header { width: 1290, height: 2796, complete: true }));
        assert!(check(9280, 6944).is_ok());
        assert!(check(MAX_SIDE, 4096).is_ok());
        assert_eq!(check(MAX_SIDE, 4097), Err(Refusal::TooManyPixels));
        assert_eq!(check(MAX_SIDE + 1, 1), Err(Refusal::TooManyPixels));
        assert_eq!(check(u32::MAX, u32::MAX), Err(Refusal::TooManyPixels));
        assert_eq!(check(0, 100), Err(Refusal::Unreadable));
        assert_eq!(super::check(&png_of(1, 1)[..20], Format::Png), Err(Refusal::Unreadable));
    }
}
