//! A program under measurement: started, spoken to, looked at from outside, ended.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};

use crate::cpu;
use crate::scratch::{Scratch, tail};

/// How long a server may take to finish what is under way.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Program {
    child: Child,
    /// Open as long as the program is to live.
    _input: Option<ChildStdin>,
    /// The first line it printed.
    pub said: String,
}

impl Program {
    /// Starts `command` with an empty environment but for what it sets, and waits for its first line.
    pub fn start(scratch: &Scratch, name: &str, mut command: Command) -> anyhow::Result<Self> {
        let log = log_of(scratch, name);
        let errors = std::fs::File::options().create(true).append(true).open(&log)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
        let mut child = command.spawn().with_context(|| format!("{name} does not start"))?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("no output")?;
        let mut program = Self { child, _input: input, said: String::new() };
        BufReader::new(output).read_line(&mut program.said)?;
        program.said.truncate(program.said.trim_end().len());
        anyhow::ensure!(!program.said.is_empty(), "{name} ended at once:\n{}", tail(&log));
        Ok(program)
    }

    /// `tuhe serve` on a free port; `settings` beside the address of its stores. `said` is its address.
    pub fn serve(scratch: &Scratch, name: &str, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut command = clean(scratch.program("tuhe")?);
        let var = scratch.path(name);
        command.args(["serve", "--stand-in"]).env("TUHE_LISTEN", "127.0.0.1:0").env("TUHE_VAR", var);
        command.env("TUHE_REDIS_PREFIX", format!("{name}:"));
        command.envs(settings.iter().copied());
        Self::start(scratch, name, command)
    }

    /// Ends it as an operator does, and waits until it is gone.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("no process id")?;
        kill_process(pid, Signal::TERM)?;
        let gone = async {
            while self.child.try_wait()?.is_none() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, gone).await.context("a program does not end")?
    }

    /// A line of `/proc/<pid>/status`, in MB: `VmRSS` now, `VmHWM` the highest so far.
    pub fn memory(&self, line: &str) -> anyhow::Result<f64> {
        self.kilobytes("status", line)
    }

    /// Seconds on processors so far.
    pub fn cpu(&self) -> f64 {
        cpu::seconds(self.child.id())
    }

    /// Its share of memory, where pages shared with others count in part. Not readable everywhere.
    pub fn proportional(&self) -> Option<f64> {
        self.kilobytes("smaps_rollup", "Pss").ok()
    }

    /// Memory of it and of the processes it started, in MB.
    pub fn family_memory(&self) -> anyhow::Result<f64> {
        let id = self.child.id();
        // A thread of the runtime may have started them, and each thread has children of its own.
        let mut sum = self.memory("VmRSS")?;
        for thread in std::fs::read_dir(format!("/proc/{id}/task"))? {
            let children = std::fs::read_to_string(thread?.path().join("children")).unwrap_or_default();
            // One that has just ended has none.
            sum += children
                .split_whitespace()
                .filter_map(|child| kilobytes(child, "status", "VmRSS").ok())
                .sum::<f64>();
        }
        Ok(sum)
    }

    fn kilobytes(&self, file: &str, line: &str) -> anyhow::Result<f64> {
        kilobytes(&self.child.id().to_string(), file, line)
    }
}

/// A line of kilobytes in `/proc/<pid>/<file>`, in MB.
fn kilobytes(pid: &str, file: &str, line: &str) -> anyhow::Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{file}"))?;
    let value = text.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':'));
    let number = value.and_then(|value| value.split_whitespace().next()).context("no such line")?;
    Ok(number.parse::<f64>()? / 1024.0)
}

impl Drop for Program {
    fn drop(&mut self) {
        // An error means that it has ended, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that sees nothing of what the caller has set for servers of his own.
pub fn clean(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    for kept in ["PATH", "HOME", "TMPDIR", "LANG"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command
}

fn log_of(scratch: &Scratch, name: &str) -> PathBuf {
    scratch.path(&format!("{name}.log"))
}
