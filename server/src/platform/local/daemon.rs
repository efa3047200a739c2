//! One running program: started in its own process group, asked to stop, killed if it does not.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::error::{LocalError, LocalResult};
use super::log::Log;

const STEP_MS: Duration = Duration::from_millis(5);

pub(super) struct Daemon {
    pub name: &'static str,
    pub log: Log,
    child: Child,
    /// The signal that asks for an orderly end.
    ask: Signal,
}

impl Daemon {
    pub fn spawn(name: &'static str, mut command: Command, log: Log, ask: Signal) -> LocalResult<Self> {
        let failed = |error| LocalError::io(&format!("启动 {name}"), Path::new("setpriv"), &error);
        let output = log.writer().map_err(failed)?;
        // Its own group: Ctrl-C in the terminal goes to us alone, and we stop it after draining.
        command
            .process_group(0)
            .stdin(Stdio::null())
            .stderr(output.try_clone().map_err(failed)?)
            .stdout(output);
        let child = command.spawn().map_err(failed)?;
        Ok(Self { name, log, child, ask })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// True once the process is gone.
    pub fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// An error as soon as the process is gone; to be asked now and then.
    pub fn check(&mut self) -> LocalResult<()> {
        if !self.ended() {
            return Ok(());
        }
        let reason = format!("{} 意外停止了。", self.name);
        Err(LocalError::new(&format!("运行 {}", self.name), reason).with_log(&self.log))
    }

    /// Polls `ready` until it says yes, the process ends, or the time is up.
    pub fn wait_ready(&mut self, limit: Duration, mut ready: impl FnMut() -> bool) -> LocalResult<()> {
        let step = format!("等待 {} 就绪", self.name);
        let deadline = Instant::now() + limit;
        while !ready() {
            if self.ended() {
                return Err(LocalError::new(&step, format!("{} 自己退出了。", self.name)).with_log(&self.log));
            }
            if Instant::now() > deadline {
                let reason = format!("等了 {} 秒仍未就绪。", limit.as_secs());
                return Err(LocalError::new(&step, reason).with_log(&self.log));
            }
            sleep(STEP_MS);
        }
        Ok(())
    }

    pub fn ask_to_stop(&mut self) {
        self.signal(self.ask);
    }

    /// Waits for the end; past the deadline QUIT, which both programs obey at once and PostgreSQL passes on to its
    /// own children, and in the last resort KILL.
    pub fn wait_stopped(&mut self, deadline: Instant) {
        if self.ended_by(deadline) {
            return;
        }
        tracing::warn!(name = self.name, "does not stop, killing it");
        self.signal(Signal::QUIT);
        if !self.ended_by(Instant::now() + Duration::from_secs(3)) {
            self.signal(Signal::KILL);
            self.ended_by(Instant::now() + Duration::from_secs(3));
        }
    }

    fn ended_by(&mut self, deadline: Instant) -> bool {
        while !self.ended() {
            if Instant::now() > deadline {
                return false;
            }
            sleep(STEP_MS);
        }
        true
    }

    fn signal(&mut self, signal: Signal) {
        // Asked first, so that the number still is this child's.
        if !self.ended()
            && let Err(error) = kill_process(Pid::from_child(&self.child), signal)
        {
            tracing::warn!(name = self.name, %error, "cannot signal");
        }
    }
}

impl Drop for Daemon {
    /// Only reached running when a later step of the start failed.
    fn drop(&mut self) {
        self.ask_to_stop();
        self.wait_stopped(Instant::now() + Duration::from_secs(10));
    }
}

/// Ends a process that a dead predecessor left on this data: we hold the folder's lock, so nobody else owns it.
/// `pid_file` names it, and it is taken for real only if `mark` is one of its arguments, since numbers are reused.
pub(super) fn end_leftover(pid_file: &Path, mark: &Path, ask: Signal, patience: Duration) -> LocalResult<()> {
    let Some(pid) = first_line(pid_file) else { return Ok(()) };
    if !runs_on(pid, mark) {
        return Ok(());
    }
    for (signal, patience) in [(ask, patience), (Signal::QUIT, Duration::from_secs(5))] {
        // Gone in between is as good as stopped.
        let _ = kill_process(pid, signal);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if !runs_on(pid, mark) {
                return Ok(());
            }
            sleep(STEP_MS);
        }
    }
    let reason = format!("上次运行留下的进程 {} 停不下来,请手动结束它再启动。", pid.as_raw_nonzero());
    Err(LocalError::new("等待上次运行的进程结束", reason))
}

fn first_line(pid_file: &Path) -> Option<Pid> {
    let text = fs::read_to_string(pid_file).ok()?;
    Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
}

/// The argument list is readable for everybody, where `/proc/<pid>/cwd` is not even for root in many containers;
/// it is empty for a zombie.
fn runs_on(pid: Pid, mark: &Path) -> bool {
    fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero()))
        .is_ok_and(|line| line.split(|byte| *byte == 0).any(|argument| OsStr::from_bytes(argument) == mark))
}
