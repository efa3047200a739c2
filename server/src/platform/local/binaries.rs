//! Finding the system's programs.

use std::cmp::Reverse;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::{LocalError, LocalResult};

/// One installed PostgreSQL server.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub folder: PathBuf,
    pub major: u32,
}

impl Server {
    /// A client program beside the server, else the one on the PATH.
    pub fn client(&self, name: &str) -> PathBuf {
        let beside = self.folder.join(name);
        if beside.exists() { beside } else { name.into() }
    }
}

/// Every installed server, the highest major first.
pub(super) fn servers() -> Vec<Server> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let packaged = versions.map(|version| version.path().join("bin"));
    let configured = output(OsStr::new("pg_config"), "--bindir").map(PathBuf::from);
    let mut found: Vec<Server> =
        packaged.chain(configured).chain(path_folders()).filter_map(server_in).collect();
    // Stable: among equals the packaged one stays first.
    found.sort_by_key(|server| Reverse(server.major));
    found
}

/// The server for this data: of the same major if data exist, else the newest.
pub(super) fn server_for(data_major: Option<u32>) -> LocalResult<Server> {
    let servers = servers();
    let Some(newest) = servers.first() else {
        return Err(LocalError::new(
            "查找 PostgreSQL",
            "本机没有安装 PostgreSQL 服务器,请安装 postgresql 软件包。",
        ));
    };
    let Some(wanted) = data_major else { return Ok(newest.clone()) };
    servers.iter().find(|server| server.major == wanted).cloned().ok_or_else(|| {
        LocalError::new(
            "核对 PostgreSQL 版本",
            format!(
                "数据由 PostgreSQL {wanted} 建立,而本机装的是 {},不能直接打开。请安装 PostgreSQL {wanted};\
                 或在装有旧版的机器上用 pg_dump 导出,再导入新的数据文件夹。数据没有被改动。",
                newest.major
            ),
        )
    })
}

pub(super) fn redis() -> LocalResult<PathBuf> {
    path_folders()
        .map(|folder| folder.join("redis-server"))
        .find(|program| program.is_file())
        .ok_or_else(|| LocalError::new("查找 Redis", "本机没有安装 Redis,请安装 redis-server 软件包。"))
}

fn path_folders() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect::<Vec<_>>().into_iter()
}

fn server_in(folder: PathBuf) -> Option<Server> {
    if !folder.join("initdb").is_file() {
        return None;
    }
    let major = major(&output(folder.join("postgres").as_os_str(), "--version")?)?;
    Some(Server { folder, major })
}

/// `postgres (PostgreSQL) 15.18 (Debian …)` → 15; `17beta1` → 17.
fn major(version: &str) -> Option<u32> {
    let number = version.split(") ").nth(1)?;
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..end].parse().ok()
}

fn output(program: &OsStr, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).current_dir(Path::new("/")).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_is_read_from_what_the_program_prints() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major("postgres (PostgreSQL) 9.6.24"), Some(9));
        assert_eq!(major("something else"), None);
    }
}
