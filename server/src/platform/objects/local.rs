//! The store on a local disk: what `put` has answered for survives a power cut.
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
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::{Entry, Reader, Stored, check_key, check_length};

/// Folder of unfinished writes: on the objects' own filesystem, and no valid key can name it.
const TEMPORARY: &str = ".tmp";

/// A folder of objects. Cheap to clone.
#[derive(Clone)]
pub struct Local {
    inner: Arc<Inner>,
}

struct Inner {
    root: PathBuf,
    /// Folders whose own entries were synced by this process; the others are synced once, on first use.
    durable: Mutex<HashSet<PathBuf>>,
}

impl Local {
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

    /// As [`super::Objects::put`].
    pub async fn put(&self, key: &str, bytes: Vec<u8>) -> io::Result<Stored> {
        let path = self.path(key)?;
        self.blocking(move |inner| inner.put(&path, &bytes)).await
    }

    /// The same, at once and on this thread.
    pub fn put_now(&self, key: &str, bytes: &[u8]) -> io::Result<Stored> {
        self.inner.put(&self.path(key)?, bytes)
    }

    /// As [`super::Objects::replace`].
    pub async fn replace(&self, key: &str, bytes: Vec<u8>) -> io::Result<()> {
        let path = self.path(key)?;
        self.blocking(move |inner| inner.replace(&path, &bytes)).await
    }

    /// The whole object, if there is one.
    pub async fn get(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.path(key)?;
        self.blocking(move |_| found(fs::read(path))).await
    }

    /// A reader over at most `len` bytes from `start` on, if the object exists.
    pub async fn open_range(&self, key: &str, start: u64, len: u64) -> io::Result<Option<Reader>> {
        let Some(mut file) = found(tokio::fs::File::open(self.path(key)?).await)? else { return Ok(None) };
        file.seek(io::SeekFrom::Start(start)).await?;
        Ok(Some(Box::pin(file.take(len))))
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

    /// As [`super::Objects::list_older_than`].
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

    fn path(&self, key: &str) -> io::Result<PathBuf> {
        check_key(key)?;
        Ok(self.inner.root.join(key))
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
        let stored = match self.written(folder, bytes)?.persist_noclobber(path) {
            Ok(_) => Stored { existed: false },
            Err(lost) if lost.error.kind() == io::ErrorKind::AlreadyExists => {
                existing(path, bytes.len())?.ok_or(lost.error)?
            }
            Err(lost) => return Err(lost.error),
        };
        self.sync_entry(folder)?;
        Ok(stored)
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.root);
        self.written(folder, bytes)?.persist(path).map_err(|lost| lost.error)?;
        self.sync_entry(folder)
    }

    /// A temporary file that holds `bytes` for good, and the folder it is to go to.
    fn written(&self, folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut temporary = tempfile::Builder::new().prefix("put-").tempfile_in(self.root.join(TEMPORARY))?;
        temporary.write_all(bytes)?;
        temporary.as_file().sync_all()?;
        Ok(temporary)
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
    let there = found(fs::metadata(path))?;
    there.map(|meta| check_length(len, meta.is_file().then_some(meta.len()))).transpose()
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
