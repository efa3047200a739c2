//! One folder, one server: a lock that dies with its holder.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::error::{LocalError, LocalResult};

const STEP: &str = "锁定数据文件夹";
const POLL: Duration = Duration::from_millis(20);

/// Held until dropped. Rust opens files close-on-exec, so no child keeps the lock alive after us.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits up to `patience` for a predecessor that is on its way out.
    pub fn take(dir: &Path, patience: Duration) -> LocalResult<Self> {
        let path = dir.join("lock");
        let failed = |error| LocalError::io(STEP, &path, &error);
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        let deadline = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => sleep(POLL),
                Err(TryLockError::WouldBlock) => return Err(held(dir, &mut file)),
            }
        }
        // The number is only for the sentence a second server prints.
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()))
            .map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn held(dir: &Path, file: &mut File) -> LocalError {
    let mut holder = String::new();
    let known = file.read_to_string(&mut holder).is_ok() && !holder.is_empty();
    let holder = if known { format!("进程 {holder}") } else { "另一个进程".into() };
    LocalError::new(
        STEP,
        format!(
            "{} 正由{holder}使用。一个数据文件夹同时只能供一个服务使用:请先停止{holder},或另选一个数据文件夹。",
            dir.display()
        ),
    )
}
