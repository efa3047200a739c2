//! The photo store: immutable objects under keys such as `town/ab/abcdef.jpg`, in a folder or in a bucket.
//!
//! What `put` has answered for is there for good, and it never replaces another object: a reader sees a whole object or
//! none. The folder is [`local`], whose discipline is our own; the bucket is [`s3`], by the crate `object_store`.

mod local;
mod s3;

use std::io;
use std::path::Path;
use std::pin::Pin;

use chrono::{DateTime, Utc};
use tokio::io::AsyncRead;

pub use local::Local;
pub use s3::S3;

use crate::config;

/// Longest key; keeps every path far below any system's limits.
const MAX_KEY: usize = 200;

/// The bytes of an object, or of a part of one.
pub type Reader = Pin<Box<dyn AsyncRead + Send>>;

/// One of the two stores. Cheap to clone.
#[derive(Clone)]
pub enum Objects {
    Local(Local),
    S3(S3),
}

/// What `put` found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// The object was there already, with the same length.
    pub existed: bool,
}

/// One object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub len: u64,
    pub modified: DateTime<Utc>,
}

/// No room: the disk or the quota is full. The caller tells the sender to wait instead of blaming the photo.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// The bucket cannot be reached, or does not let us in.
pub fn is_away(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotConnected
}

impl Objects {
    /// The store that is configured: a bucket, or `folder`, which is made if need be. Blocking; meant for the start of
    /// the program. A bucket is not asked anything yet.
    pub fn open(bucket: Option<&config::S3>, folder: &Path) -> io::Result<Self> {
        match bucket {
            None => Local::open(folder).map(Self::Local),
            Some(bucket) => S3::open(bucket).map(Self::S3),
        }
    }

    /// Stores `bytes` under `key` for good, or finds them there. Never replaces: another length under the same key
    /// is `ErrorKind::AlreadyExists`. See [`is_full`] and [`is_away`] for what is nobody's fault here.
    pub async fn put(&self, key: &str, bytes: Vec<u8>) -> io::Result<Stored> {
        match self {
            Self::Local(store) => store.put(key, bytes).await,
            Self::S3(store) => store.put(key, bytes).await,
        }
    }

    /// Stores `bytes` under `key` for good, whatever stood there: for what can be made anew, and for mending. A reader
    /// sees the one or the other, whole.
    pub async fn replace(&self, key: &str, bytes: Vec<u8>) -> io::Result<()> {
        match self {
            Self::Local(store) => store.replace(key, bytes).await,
            Self::S3(store) => store.replace(key, bytes).await,
        }
    }

    /// The whole object, if there is one.
    pub async fn get(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        match self {
            Self::Local(store) => store.get(key).await,
            Self::S3(store) => store.get(key).await,
        }
    }

    /// A reader over at most `len` bytes from `start` on, if the object exists; its length is asked with `len`.
    pub async fn open_range(&self, key: &str, start: u64, len: u64) -> io::Result<Option<Reader>> {
        match self {
            Self::Local(store) => store.open_range(key, start, len).await,
            Self::S3(store) => store.open_range(key, start, len).await,
        }
    }

    /// Length of the object, if there is one.
    pub async fn len(&self, key: &str) -> io::Result<Option<u64>> {
        match self {
            Self::Local(store) => store.len(key).await,
            Self::S3(store) => store.len(key).await,
        }
    }

    /// Removes the object; false when there was none.
    pub async fn delete(&self, key: &str) -> io::Result<bool> {
        match self {
            Self::Local(store) => store.delete(key).await,
            Self::S3(store) => store.delete(key).await,
        }
    }

    /// Objects under the folder `prefix` last written before `time`, in key order, for the orphan sweep. The age is
    /// the store's, which a moved demo clock does not touch: whether an object is an orphan, the records say.
    pub async fn list_older_than(&self, prefix: &str, time: DateTime<Utc>) -> io::Result<Vec<Entry>> {
        match self {
            Self::Local(store) => store.list_older_than(prefix, time).await,
            Self::S3(store) => store.list_older_than(prefix, time).await,
        }
    }

    /// Removes what writes cut short before `time` have left behind; answers how many files. A bucket clears unfinished
    /// uploads by a rule of its own.
    pub async fn sweep_temporary(&self, time: DateTime<Utc>) -> io::Result<usize> {
        match self {
            Self::Local(store) => store.sweep_temporary(time).await,
            Self::S3(_) => Ok(0),
        }
    }
}

/// Only lower case, digits, `-`, `.` and `/` between segments that start with neither of the last two, so a key can name
/// nothing outside the store.
fn check_key(key: &str) -> io::Result<()> {
    let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    let valid = key.len() <= MAX_KEY
        && key
            .split('/')
            .all(|segment| !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(fine));
    if valid { Ok(()) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, "not a valid object key")) }
}

/// Whether the object that stands under a key already can be the one of `wanted` bytes that someone puts there.
fn check_length(wanted: usize, there: Option<u64>) -> io::Result<Stored> {
    if there == u64::try_from(wanted).ok() {
        Ok(Stored { existed: true })
    } else {
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "another object stands under this key"))
    }
}

#[cfg(test)]
mod tests;
