//! Where data and sockets lie: in the folder itself, or, where that cannot work, in one under the system's temporary
//! area that is linked from it. Two reasons: a socket's path may not exceed about 100 bytes, and as root the
//! database's user may be unable to pass through a parent.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::account::Account;
use super::error::{LocalError, LocalResult};

/// Bytes of a socket's path that certainly work (the system's limit is 107).
const SOCKET_BYTES: usize = 100;
pub(super) const POSTGRES_SOCKET: &str = ".s.PGSQL.5432";
const STEP: &str = "准备数据文件夹";

pub(super) struct Place {
    /// The folder given, absolute and without links.
    pub dir: PathBuf,
    /// `pg/` and `redis/` lie in here.
    pub data: PathBuf,
    pub run: PathBuf,
    pub log: PathBuf,
}

/// Makes the folder and answers its one true name.
pub(super) fn folder(dir: &Path, account: &Account) -> LocalResult<PathBuf> {
    let failed = |error| LocalError::io(STEP, dir, &error);
    if !dir.exists() {
        fs::create_dir_all(dir).map_err(failed)?;
        fs::set_permissions(dir, Permissions::from_mode(account.passage_mode())).map_err(failed)?;
    }
    fs::canonicalize(dir).map_err(failed)
}

impl Place {
    /// `dir` comes from [`folder`] and is locked.
    pub fn prepare(dir: PathBuf, account: &Account) -> LocalResult<Self> {
        let aside = aside(&dir);
        let enters = account.enters(&dir);
        let (data, run, log) = (dir.join("data"), dir.join("run"), dir.join("log"));
        let data = prepare_data(&data, &aside, enters, account)?;
        let run = prepare_run(&run, &aside, enters, account)?;
        make(&log, 0o700).map_err(|error| LocalError::io(STEP, &log, &error))?;
        Ok(Self { dir, data, run, log })
    }

    /// Makes a folder of the database's user among the data.
    pub fn own(&self, name: &str, account: &Account) -> LocalResult<PathBuf> {
        let path = self.data.join(name);
        own(&path, account)?;
        Ok(path)
    }
}

/// The folder under the temporary area that stands in for `dir`. `/var/tmp` is kept over a restart of the machine.
pub(super) fn aside(dir: &Path) -> PathBuf {
    let kept = Path::new("/var/tmp");
    let area = if kept.is_dir() { kept.to_owned() } else { std::env::temp_dir() };
    let hash = hex::encode(&Sha256::digest(dir.as_os_str().as_bytes())[..8]);
    area.join(format!("tuhe-{hash}"))
}

fn prepare_data(link: &Path, aside: &Path, enters: bool, account: &Account) -> LocalResult<PathBuf> {
    let target = aside.join("data");
    if let Ok(linked) = fs::read_link(link) {
        if linked != target {
            // A copied or moved folder: two of them must not end up on the same data.
            let reason = format!(
                "{} 指向 {},那是另一个数据文件夹的数据。如果您移动了文件夹,请把 {} 改名为 {},删除这个链接后再启动。",
                link.display(),
                linked.display(),
                linked.parent().unwrap_or(&linked).display(),
                aside.display()
            );
            return Err(LocalError::new(STEP, reason));
        }
        if !target.is_dir() {
            let reason = format!(
                "{} 指向的 {} 不见了,临时区可能被清理过。请从备份恢复它;如确认要从空数据开始,请删除这个链接。",
                link.display(),
                linked.display()
            );
            return Err(LocalError::new(STEP, reason));
        }
    } else if enters {
        own(link, account)?;
        return Ok(link.to_owned());
    } else if link.exists() {
        let reason = format!(
            "数据已在 {},但用户 {} 现在进不去它的上级文件夹。请用 chmod o+x 放开上级文件夹的通行权限。",
            link.display(),
            account.name()
        );
        return Err(LocalError::new(STEP, reason));
    } else {
        tracing::warn!(
            folder = %link.display(), kept_in = %target.display(), user = account.name(),
            "the database's user cannot enter the folder; its data are kept elsewhere"
        );
        own(aside, account)?;
        own(&target, account)?;
        symlink(&target, link).map_err(|error| LocalError::io(STEP, link, &error))?;
    }
    own(aside, account)?;
    own(&target, account)?;
    Ok(target)
}

/// Sockets live no longer than the processes, so any old link may go.
fn prepare_run(link: &Path, aside: &Path, enters: bool, account: &Account) -> LocalResult<PathBuf> {
    let failed = |error| LocalError::io(STEP, link, &error);
    if fs::read_link(link).is_ok() {
        fs::remove_file(link).map_err(failed)?;
    }
    // libpq takes a comma for the end of a host, PostgreSQL a quote for that of a folder; a URL must be text.
    let speakable = link.to_str().is_some_and(|path| !path.contains([',', '"']));
    if enters && speakable && link.join(POSTGRES_SOCKET).as_os_str().len() <= SOCKET_BYTES {
        own(link, account)?;
        return Ok(link.to_owned());
    }
    let target = aside.join("run");
    own(aside, account)?;
    own(&target, account)?;
    if link.is_dir() {
        fs::remove_dir_all(link).map_err(failed)?;
    }
    symlink(&target, link).map_err(failed)?;
    Ok(target)
}

/// A folder that belongs to the database's user and that nobody else enters. The temporary area is everybody's, so
/// one that somebody else laid there (or a link to it) is refused.
fn own(path: &Path, account: &Account) -> LocalResult<()> {
    let failed = |error| LocalError::io(STEP, path, &error);
    if make(path, 0o700).map_err(failed)? {
        account.give(path).map_err(failed)?;
    }
    let meta = fs::symlink_metadata(path).map_err(failed)?;
    if !meta.is_dir() {
        return Err(failed(io::ErrorKind::NotADirectory.into()));
    }
    if meta.uid() != account.uid() {
        let reason = format!(
            "{} 的主人是用户号 {},而数据库要以{}(用户号 {})运行。请用原来的用户启动,或用 chown -R 改正主人。",
            path.display(),
            meta.uid(),
            account.name(),
            account.uid()
        );
        return Err(LocalError::new(STEP, reason));
    }
    if meta.mode() & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

/// True if the folder was not there before.
fn make(path: &Path, mode: u32) -> io::Result<bool> {
    match DirBuilder::new().mode(mode).create(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
