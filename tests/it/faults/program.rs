//! The real program as a process of its own, over a world's stores, photos and WeChat.

use std::process::Stdio;
use std::sync::Arc;

use chrono::TimeDelta;
use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tuhe::platform::clock::Clock;

use super::private::signal;
use crate::world::{Ground, Person, World, program, redis_url};

/// A running `tuhe serve`; killed when dropped.
pub struct Program {
    child: Child,
    pub base: String,
}

impl Program {
    /// Starts and returns when it listens.
    pub async fn start(world: &World) -> Self {
        let mut child = Command::new(program("tuhe"))
            .args(["serve", "--stand-in"])
            .envs(&world.settings)
            .env("DATABASE_URL", &world.database.url)
            .env("REDIS_URL", redis_url())
            .env("TUHE_LOG", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("tuhe serve starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let base = lines.next_line().await.expect("a line").expect("an address");
        assert!(base.starts_with("http://127.0.0.1:"), "{base}");
        Self { child, base }
    }

    /// Stands still, as under a debugger or in a machine that is being moved.
    pub fn pause(&self) {
        signal(self.child.id().expect("it runs"), Signal::STOP);
    }

    pub fn go_on(&self) {
        signal(self.child.id().expect("it runs"), Signal::CONT);
    }

    /// Bytes held in memory by the process and its photo workers.
    pub fn memory(&self) -> u64 {
        let id = self.child.id().expect("it runs");
        let threads = std::fs::read_dir(format!("/proc/{id}/task")).expect("it runs").flatten();
        // Any thread of the runtime may have started them.
        let children =
            threads.map(|thread| std::fs::read_to_string(thread.path().join("children")).unwrap_or_default());
        let children = children.collect::<Vec<_>>().join(" ");
        let family = std::iter::once(id.to_string()).chain(children.split_whitespace().map(str::to_owned));
        family.map(|id| resident(&id)).sum()
    }

    /// SIGKILL; returns when the process is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("killed");
    }
}

/// None for a process that has just ended.
fn resident(id: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() * 1024
}

/// A world whose clocks stand at this machine's present minute, where the program's own clock runs.
pub async fn present_world() -> Arc<World> {
    present_world_with(Vec::new()).await
}

/// The same, configured otherwise.
pub async fn present_world_with(settings: Vec<(&'static str, &'static str)>) -> Arc<World> {
    let local = Clock::system().now() + TimeDelta::hours(8);
    let ground = Ground { settings, ..Ground::default() };
    World::upon(&local.format("%Y-%m-%d %H:%M").to_string(), ground).await
}

/// The program's clock may stand in anybody's night.
pub async fn never_sleeps(person: &Person) {
    let form = serde_json::json!({ "zone": "Asia/Shanghai", "quiet_from": "00:00", "quiet_until": "00:00" });
    person.put("/api/v1/me/reminders", form).await.is(200);
}
