//! The photo store on a local disk: what `put` has answered for survives a power cut.
//!
//! A put writes a temporary file beside the objects, syncs it, gives it its name without ever replacing another
//! (create-only), and syncs every folder entry that leads to it. A reader therefore sees a whole object or none.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

/// Folder of unfinished writes: on the objects' own filesystem, and no valid key can name it.
const TEMPORARY: &str = ".tmp";

/// Longest key; keeps every path far below the system's limits.
const MAX_KEY: usize = 200;

/// A folder of immutable objects under keys such as `town/ab/abcdef.jpg`. Cheap to clone.
#[derive(Clone)]
pub struct Objects {
    inner: Arc<Inner>,
}

struct Inner {
    root: PathBuf,
    /// Folders whose own entries were synced by this process; the others are synced once, on first use.
    durable: Mutex<HashSet<PathBuf>>,
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

impl Objects {
    /// Opens the store in `root`, making the folder if need be. Blocking; meant for the start of the program.
    pub fn open(root: impl Into<PathBuf>) -> io::Result<Self> {
        let root = root.into();
        DirBuilder::new().recursive(true).mode(0o700).create(root.join(TEMPORARY))?;
        sync_dir(&root)?;
        if let Some(parent) = root.canonicalize()?.parent() {
            sync_dir(parent)?;
        }
        Ok(Self { inner: Arc::new(Inner { root, durable: Mutex::default() }) })
    }

    /// Stores `bytes` under `key` for good, or finds them there. Never replaces: another length under the same key
    /// is `ErrorKind::AlreadyExists`. See [`is_full`] for a full disk.
    pub async fn put(&self, key: &str, bytes: impl AsRef<[u8]> + Send + 'static) -> io::Result<Stored> {
        let path = self.path(key)?;
        self.blocking(move |inner| inner.put(&path, bytes.as_ref())).await
    }

    /// The whole object, if there is one.
    pub async fn get(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.path(key)?;
        self.blocking(move |_| found(fs::read(path))).await
    }

    /// A reader over at most `len` bytes from `start` on, if the object exists; its length is asked with `len`.
    pub async fn open_range(
        &self,
        key: &str,
        start: u64,
        len: u64,
    ) -> io::Result<Option<tokio::io::Take<tokio::fs::File>>> {
        let Some(mut file) = found(tokio::fs::File::open(self.path(key)?).await)? else { return Ok(None) };
        file.seek(io::SeekFrom::Start(start)).await?;
        Ok(Some(file.take(len)))
    }

    /// Length of the object, if there is one.
    pub async fn len(&self, key: &str) -> io::Result<Option<u64>> {
        let path = self.path(key)?;
        self.blocking(move |_| Ok(found(fs::metadata(path))?.map(|meta| meta.len()))).await
    }

    /// Removes the object; false when there was none.
    pub async fn delete(&self, key: &str) -> io::Result<bool> {
        let path = self.path(key)?;
        self.blocking(move |_| {
            let removed = found(fs::remove_file(&path))?.is_some();
            if removed {
                sync_dir(path.parent().unwrap_or(&path))?;
            }
            Ok(removed)
        })
        .await
    }

    /// Objects under the folder `prefix` last written before `time`, in key order, for the orphan sweep. The age is
    /// the filesystem's, which a moved demo clock does not touch: whether an object is an orphan, the records say.
    pub async fn list_older_than(&self, prefix: &str, time: DateTime<Utc>) -> io::Result<Vec<Entry>> {
        let folder = self.path(prefix)?;
        self.blocking(move |inner| {
            let mut entries = Vec::new();
            walk(&inner.root, &folder, time, &mut entries)?;
            entries.sort_by(|a, b| a.key.cmp(&b.key));
            Ok(entries)
        })
        .await
    }

    /// Removes what writes cut short before `time` have left behind; answers how many files.
    pub async fn sweep_temporary(&self, time: DateTime<Utc>) -> io::Result<usize> {
        self.blocking(move |inner| {
            let mut removed = 0;
            for entry in fs::read_dir(inner.root.join(TEMPORARY))? {
                let entry = entry?;
                // A put may finish between the listing and here: then the file is simply gone.
                let Some(meta) = found(entry.metadata())? else { continue };
                if DateTime::<Utc>::from(meta.modified()?) < time
                    && found(fs::remove_file(entry.path()))?.is_some()
                {
                    removed += 1;
                }
            }
            Ok(removed)
        })
        .await
    }

    /// The path of a valid key. Only lower case, digits, `-`, `.` and `/` between segments that start with neither
    /// of the last two, so a key can name nothing outside the store.
    fn path(&self, key: &str) -> io::Result<PathBuf> {
        let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
        let valid = key.len() <= MAX_KEY
            && key
                .split('/')
                .all(|segment| !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(fine));
        if valid {
            Ok(self.inner.root.join(key))
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "not a valid object key"))
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || work(&inner)).await.map_err(io::Error::other)?
    }
}

impl Inner {
    fn put(&self, path: &Path, bytes: &[u8]) -> io::Result<Stored> {
        let folder = path.parent().unwrap_or(&self.root);
        if let Some(stored) = existing(path, bytes.len())? {
            // The put that made it may have died just before this step.
            self.sync_entry(folder)?;
            return Ok(stored);
        }
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut temporary = tempfile::Builder::new().prefix("put-").tempfile_in(self.root.join(TEMPORARY))?;
        temporary.write_all(bytes)?;
        temporary.as_file().sync_all()?;
        let stored = match temporary.persist_noclobber(path) {
            Ok(_) => Stored { existed: false },
            Err(lost) if lost.error.kind() == io::ErrorKind::AlreadyExists => {
                existing(path, bytes.len())?.ok_or(lost.error)?
            }
            Err(lost) => return Err(lost.error),
        };
        self.sync_entry(folder)?;
        Ok(stored)
    }

    /// Syncs the entries of `folder`, and once per process those of every folder above it up to the root.
    fn sync_entry(&self, folder: &Path) -> io::Result<()> {
        sync_dir(folder)?;
        let above = folder.ancestors().skip(1).take_while(|path| path.starts_with(&self.root));
        if self.durable.lock().unwrap_or_else(PoisonError::into_inner).contains(folder) {
            return Ok(());
        }
        for path in above {
            sync_dir(path)?;
        }
        self.durable.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned());
        Ok(())
    }
}

/// What stands at `path`, if it can be the object of `len` bytes that someone wants to put there.
fn existing(path: &Path, len: usize) -> io::Result<Option<Stored>> {
    match found(fs::metadata(path))? {
        None => Ok(None),
        Some(meta) if meta.is_file() && usize::try_from(meta.len()).is_ok_and(|there| there == len) => {
            Ok(Some(Stored { existed: true }))
        }
        Some(_) => Err(io::Error::new(io::ErrorKind::AlreadyExists, "another object stands under this key")),
    }
}

fn walk(root: &Path, folder: &Path, time: DateTime<Utc>, entries: &mut Vec<Entry>) -> io::Result<()> {
    let Some(listing) = found(fs::read_dir(folder))? else { return Ok(()) };
    for entry in listing {
        let entry = entry?;
        let Some(meta) = found(entry.metadata())? else { continue };
        let path = entry.path();
        if meta.is_dir() {
            walk(root, &path, time, entries)?;
            continue;
        }
        let modified = DateTime::<Utc>::from(meta.modified()?);
        // A file whose name no key could have is not ours to report.
        if let (true, Some(key)) = (modified < time, path.strip_prefix(root).ok().and_then(Path::to_str)) {
            entries.push(Entry { key: key.to_owned(), len: meta.len(), modified });
        }
    }
    Ok(())
}

fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Absence is an answer, not an error.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
