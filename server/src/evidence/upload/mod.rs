//! Uploads that go on where they were cut off (tus 1.0: core, creation, checksum, expiration, termination), for full-size
//! originals over a weak signal. Outside the API document, which cannot describe HEAD and PATCH; since the mini-program has
//! neither, `X-HTTP-Method-Override` on a POST stands for them.
//!
//! A piece is in the photo store before its end is acknowledged; the last one hands the whole to the same [`super::take`]
//! as an upload in one request, and a repeat of it is answered the same.

mod answer;
mod http;
mod keep;
mod read;
mod sql;
mod sweep;

pub use http::{begin, one, options};

pub(super) use sweep::sweep;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Hash;
use crate::ids::TownId;

/// An upload not finished by then is given up; the phone still has the photo.
const LIFE: TimeDelta = TimeDelta::days(7);
/// Uploads one person may have under way.
const MOST: i64 = 20;
/// A piece; what the phone sends is a quarter of it.
pub const PIECE: usize = 2 * 1024 * 1024;

/// A photo on its way.
#[derive(Debug, Clone)]
struct Upload {
    town: TownId,
    id: Uuid,
    hash: Hash,
    length: i32,
    /// Acknowledged so far; the rest is still to come.
    received: i32,
    expires_at: DateTime<Utc>,
    is_finished: bool,
}

/// Where a piece lies in the store.
fn part_key(town: TownId, upload: Uuid, part: Uuid) -> String {
    format!("{town}/{FOLDER}/{upload}/{part}")
}

/// Beside the folders of photos, whose names are two digits.
const FOLDER: &str = "uploads";
