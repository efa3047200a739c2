//! What the server and a worker say to each other over pipes: frames of a big-endian length and that many bytes.
//!
//! The worker first says [`Hello`]. Then, for each request (the photo's bytes in one frame, and after a HEIC's a second one
//! with its picture as a JPEG), it answers with one [`Answer`] as JSON, followed by the display and thumb frames if there
//! are any.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::{Derived, Refusal};

/// Longest JSON frame: the worker has read hostile bytes, so even its answers are not trusted with memory.
pub(super) const MAX_JSON: usize = 4096;

/// Longest copy: 1600 × 1600 pixels of pure noise stay under it.
pub(super) const MAX_COPY: usize = 16 * 1024 * 1024;

/// The worker's first word, sent when it has closed itself in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hello {
    pub files: Files,
}

/// How far the kernel keeps files from the worker. Its descriptor limit does so besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Files {
    /// All rights known here are taken away.
    Closed,
    /// An older kernel took away those it knows.
    PartlyClosed,
    /// The kernel has no landlock, or it is switched off.
    Open,
}

/// The JSON part of an answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Derived(Derived),
    Refused(Refusal),
}

/// Writes one frame.
pub(super) fn write_frame(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    out.write_all(&length(bytes)?)?;
    out.write_all(bytes)
}

/// The length that goes before `bytes`.
pub(super) fn length(bytes: &[u8]) -> io::Result<[u8; 4]> {
    u32::try_from(bytes.len()).map(u32::to_be_bytes).map_err(io::Error::other)
}

/// Reads one frame of at most `limit` bytes; none when the other side has closed before it.
pub(super) fn read_frame(input: &mut impl Read, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut bytes = vec![0; checked(length, limit)?];
    input.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}

/// The stated length, if it is within `limit`.
pub(super) fn checked(length: [u8; 4], limit: usize) -> io::Result<usize> {
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length <= limit {
        Ok(length)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a frame of {length} bytes, at most {limit} allowed"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_and_long_ones_are_refused_before_they_are_read() {
        let mut pipe = Vec::new();
        write_frame(&mut pipe, b"light").expect("written");
        write_frame(&mut pipe, b"").expect("written");
        let mut input = &pipe[..];
        assert_eq!(read_frame(&mut input, 5).expect("read").as_deref(), Some(&b"light"[..]));
        assert_eq!(read_frame(&mut input, 5).expect("read").as_deref(), Some(&b""[..]));
        assert_eq!(read_frame(&mut input, 5).expect("read"), None);
        assert!(read_frame(&mut &b"\xff\xff\xff\xff"[..], 5).is_err());
        assert!(read_frame(&mut &b"\0\0\0\x05li"[..], 5).is_err());
    }
}
