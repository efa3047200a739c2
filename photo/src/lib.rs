//! Photos from strangers: what is one, what it says of itself, and the two copies the pages show.
//!
//! Everything that parses a photo's bytes runs in a child process ([`worker`]) with low priority, a memory ceiling
//! and no files; the server itself only talks to it through a [`Pool`] of such children.

mod colour;
mod convert;
mod derive;
mod exif;
mod grid;
pub mod hash;
mod header;
mod heif;
mod jpeg;
mod pool;
mod process;
mod protocol;
mod refusal;
mod resize;
mod sandbox;
mod shelf;
mod sniff;
mod stock;
mod turbo;
mod webp;
pub mod worker;

#[cfg(test)]
mod alike;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

pub use derive::{derive, derive_heic, display};
pub use pool::{Bounds, Place, Pool, PoolError};
pub use process::WorkerCommand;
pub use refusal::Refusal;
pub use shelf::{Near, Shelf};
pub use sniff::sniff;

/// Longest file the worker takes; the caller's own limit on uploads lies below.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Long edge of the copy the pages show.
pub const DISPLAY_EDGE: u32 = 1600;

/// Long edge of the copy the lists show.
pub const THUMB_EDGE: u32 = 320;

/// The kinds of file that are photos here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Jpeg,
    Png,
    Webp,
    /// An iPhone's. What decodes it is a tool of the system's (`heif-convert`), which may be missing.
    Heic,
}

impl Format {
    /// The ending of a stored original's key.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Heic => "heic",
        }
    }

    /// The media type an original is served with.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
        }
    }
}

/// What is made of one photo. The copies are JPEG without any metadata; the position is never read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derived {
    /// Width as a person sees it, after EXIF orientation; of the original, not of the copies.
    pub width: u32,
    pub height: u32,
    pub format: Format,
    /// EXIF `DateTimeOriginal`: the camera's local time without a zone, and only a claim.
    pub captured_at: Option<NaiveDateTime>,
    /// False for screenshots, and for photos that went through a chat.
    pub has_exif: bool,
    /// EXIF make and model, at most 100 characters.
    pub camera: Option<String>,
    /// The program that wrote the file last, as EXIF says: an editor, or the camera's own.
    pub software: Option<String>,
    /// By which alike photos are found; none where there is nothing to be seen.
    pub likeness: Option<Box<hash::Likeness>>,
    /// A JPEG that ends before its picture does, or is broken within; what there is of it is kept.
    pub damaged: bool,
    /// At most [`DISPLAY_EDGE`], quality 80.
    #[serde(skip)]
    pub display: Vec<u8>,
    /// At most [`THUMB_EDGE`], quality 75.
    #[serde(skip)]
    pub thumb: Vec<u8>,
}
