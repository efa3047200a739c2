//! The binary `tuhe`, run as an administrator runs it.

use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::world::{APPID, Database, TEMPLATE, program};

/// Longer than anything here takes, on a busy machine too.
const PATIENCE: Duration = Duration::from_mins(2);

/// The program with nothing of this process's environment, its data under `folder`.
pub fn tuhe(database: &Database, folder: &Path) -> Command {
    let mut command = Command::new(program("tuhe"));
    command
        .env_clear()
        .env("TUHE_VAR", folder)
        .env("DATABASE_URL", &database.url)
        .env(
            "REDIS_URL",
            std::env::var("REDIS_URL").expect("REDIS_URL is not set: run the tests by ./dev test"),
        )
        .env("TUHE_REDIS_PREFIX", format!("{}:", database.name))
        .env("TUHE_LISTEN", "127.0.0.1:0")
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs a command to its end.
pub async fn run(command: &mut Command, arguments: &[&str]) -> Output {
    let output = command.args(arguments).output();
    tokio::time::timeout(PATIENCE, output).await.expect("ends in time").expect("runs")
}

pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// `tuhe serve`, ready.
pub struct Served {
    child: Child,
    pub base: String,
    log: Arc<Mutex<String>>,
    reading: JoinHandle<()>,
}

impl Served {
    /// Starts it and waits for the address it prints.
    pub async fn start(command: &mut Command) -> Self {
        command.args(["serve", "--stand-in"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut errors = child.stderr.take().expect("piped");
        let log = Arc::new(Mutex::new(String::new()));
        let reading = tokio::spawn({
            let log = Arc::clone(&log);
            async move {
                let mut piece = [0; 4096];
                while let Ok(n @ 1..) = errors.read(&mut piece).await {
                    log.lock().expect("unpoisoned").push_str(&String::from_utf8_lossy(&piece[..n]));
                }
            }
        });
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("ready in time");
        let base =
            line.expect("readable").unwrap_or_else(|| panic!("no address: {}", log.lock().expect("log")));
        assert!(base.starts_with("http://127.0.0.1:"), "{base}");
        Self { child, base, log, reading }
    }

    /// With the stand-in as its WeChat.
    pub async fn with_wechat(command: &mut Command, wechat: &str) -> Self {
        command
            .env("TUHE_WECHAT_BASE_URL", wechat)
            .env("TUHE_WECHAT_APPID", APPID)
            .env("TUHE_WECHAT_SECRET", "test-secret")
            .env("TUHE_WECHAT_TEMPLATE", TEMPLATE);
        Self::start(command).await
    }

    pub fn pid(&self) -> u32 {
        self.child.id().expect("runs")
    }

    /// SIGTERM, as a service manager sends it.
    pub async fn asks_to_stop(&self) {
        let kill = Command::new("sh").arg("-c").arg(format!("kill -TERM {}", self.pid())).status();
        assert!(kill.await.expect("sh runs").success());
    }

    /// Waits for the end; gives the status and the log.
    pub async fn ends(mut self) -> (ExitStatus, String) {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("ends in time");
        self.reading.await.expect("no panic");
        let log = self.log.lock().expect("unpoisoned").clone();
        (status.expect("waited for"), log)
    }

    pub async fn stops(self) -> (ExitStatus, String) {
        self.asks_to_stop().await;
        self.ends().await
    }
}

/// The binding code a command printed.
pub fn code_of(text: &str) -> String {
    let (_, code) = text.split_once("绑定码:").unwrap_or_else(|| panic!("no code in {text}"));
    code.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// The processes whose parent is `pid`.
pub fn children(pid: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("/proc").flatten() {
        let Some(child) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        if parent(child) == Some(pid) {
            found.push(child);
        }
    }
    found
}

/// The parent of a process that runs.
fn parent(pid: u32) -> Option<u32> {
    status_line(pid, "PPid:")
}

/// A number from the process's status file.
pub fn status_line(pid: u32, name: &str) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Whether the process is there and no zombie.
pub fn runs(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/status"))
        .is_ok_and(|status| !status.lines().any(|line| line.starts_with("State:") && line.contains('Z')))
}
