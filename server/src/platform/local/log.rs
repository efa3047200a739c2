//! The log file of one program: opened by us, so that its user needs no way into the log folder.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::error::{LocalError, LocalResult};

/// Past this size the file is put aside at the next start; one old file is kept.
const KEEP_BYTES: u64 = 16 << 20;
const TAIL_LINES: usize = 8;
const TAIL_BYTES: u64 = 8 << 10;

pub(super) struct Log {
    path: PathBuf,
    /// Where this start begins, so that no old line is quoted as the cause of a new failure.
    start: u64,
}

impl Log {
    pub fn open(folder: &Path, name: &str) -> LocalResult<Self> {
        let path = folder.join(format!("{name}.log"));
        let failed = |error| LocalError::io("准备日志文件", &path, &error);
        let mut start = fs::metadata(&path).map_or(0, |meta| meta.len());
        if start > KEEP_BYTES {
            fs::rename(&path, folder.join(format!("{name}.old.log"))).map_err(failed)?;
            start = 0;
        }
        let log = Self { path: path.clone(), start };
        log.writer().map_err(failed)?;
        Ok(log)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn writer(&self) -> std::io::Result<File> {
        File::options().create(true).append(true).open(&self.path)
    }

    /// The last lines since this start.
    pub fn tail(&self) -> String {
        let read = || -> std::io::Result<Vec<u8>> {
            let mut file = File::open(&self.path)?;
            let end = file.metadata()?.len();
            file.seek(SeekFrom::Start(self.start.max(end.saturating_sub(TAIL_BYTES))))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = read().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }
}
