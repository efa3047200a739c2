//! Stores of a test's own, to be stopped, killed, paused and started again.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::until;
use crate::world::{Database, program};

pub fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(pid, signal).expect("signalled");
}

/// A Redis that keeps nothing on disk.
pub struct PrivateRedis {
    folder: TempDir,
    child: Option<Child>,
}

impl PrivateRedis {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut redis = Self { folder, child: None };
        redis.start_again().await;
        redis
    }

    pub async fn start_again(&mut self) {
        let child = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(self.socket())
            .arg("--dir")
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        self.child = Some(child.expect("redis-server starts"));
        until("Redis answers", async || self.ask("PING").await).await;
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    async fn ask(&self, command: &str) -> bool {
        let client = redis::Client::open(self.url()).expect("an address");
        match client.get_multiplexed_async_connection().await {
            Ok(mut connection) => redis::cmd(command).query_async::<()>(&mut connection).await.is_ok(),
            Err(_) => false,
        }
    }

    /// Everything is forgotten.
    pub async fn flush(&self) {
        assert!(self.ask("FLUSHALL").await);
    }

    /// Dies without a word.
    pub async fn stop(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().await.expect("killed");
    }

    /// Stands still, with all it knows.
    pub fn pause(&self) {
        signal(self.pid(), Signal::STOP);
    }

    pub fn go_on(&self) {
        signal(self.pid(), Signal::CONT);
    }

    fn pid(&self) -> u32 {
        self.child.as_ref().and_then(Child::id).expect("it runs")
    }
}

/// `tuhe services`: a PostgreSQL (and a Redis, unused here) of a test's own.
pub struct PrivatePostgres {
    folder: TempDir,
    child: Option<Child>,
    url: String,
}

impl PrivatePostgres {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // The database's own user must be able to enter it.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("opened");
        let mut postgres = Self { folder, child: None, url: String::new() };
        postgres.start_again().await;
        postgres
    }

    pub async fn start_again(&mut self) {
        let mut child = Command::new(program("tuhe"))
            .args(["services", "--dir"])
            .arg(self.dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("tuhe services starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        while let Some(line) = lines.next_line().await.expect("a line") {
            if let Some(url) = line.strip_prefix("DATABASE_URL=") {
                url.clone_into(&mut self.url);
            }
            if line == "ready" {
                break;
            }
        }
        assert!(!self.url.is_empty(), "the services did not start");
        self.child = Some(child);
    }

    /// The folder with data and sockets.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("services")
    }

    pub fn database(&self) -> Database {
        Database { name: format!("t_{}", uuid::Uuid::now_v7().simple()), url: self.url.clone() }
    }

    /// PostgreSQL falls over as in a crash; whatever is not on the disk is lost.
    pub async fn crash(&mut self) {
        signal(postmaster(&self.dir()), Signal::QUIT);
        let mut child = self.child.take().expect("they run");
        drop(child.stdin.take());
        child.wait().await.expect("ended");
    }
}

/// The process that all of PostgreSQL's others descend from.
fn postmaster(dir: &Path) -> u32 {
    let text = std::fs::read_to_string(dir.join("data/pg/postmaster.pid")).expect("a pid file");
    text.lines().next().and_then(|line| line.parse().ok()).expect("a pid")
}
