//! PostgreSQL's own benchmark, as the measure of what this machine's PostgreSQL can do.

use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::process::Command;

use crate::client::Round;
use crate::scratch::Scratch;
use crate::submit::CLIENTS;

/// The statements of one submission; kept in step with `server/src/checkin` by hand.
const SUBMISSION: &str = include_str!("submission.sql");
const SCALE: &str = "10";

pub struct Pgbench {
    program: PathBuf,
    setup: Option<Setup>,
}

struct Setup {
    database: String,
    script: PathBuf,
    callers: usize,
}

impl Pgbench {
    /// On the PATH, or beside the newest packaged server.
    pub fn find() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .map(|version| version.path().join("bin"))
            .collect();
        versions.sort();
        let folders = std::env::split_paths(&path).chain(versions.into_iter().rev());
        let program = folders.map(|folder| folder.join("pgbench")).find(|program| program.is_file())?;
        Some(Self { program, setup: None })
    }

    /// Its own tables in a database of their own, and the script as a file.
    pub async fn prepare(&mut self, scratch: &Scratch, callers: usize) -> anyhow::Result<()> {
        let database = scratch.database("pgbench", None).await?;
        let script = scratch.path("submission.sql");
        std::fs::write(&script, SUBMISSION)?;
        self.run(&["-i", "-q", "-s", SCALE, &database]).await?;
        self.setup = Some(Setup { database, script, callers });
        Ok(())
    }

    /// `pgbench -N`: update, select, insert.
    pub async fn simple_update(&self, time: Duration) -> anyhow::Result<Round> {
        let setup = self.setup()?;
        self.measure(&["-N"], &setup.database, time).await
    }

    /// The script of one submission. `round` keeps the ids of several rounds apart.
    pub async fn script(&self, database: &str, round: usize, time: Duration) -> anyhow::Result<Round> {
        let setup = self.setup()?;
        let file = setup.script.to_str().context("a path that is text")?;
        let (round, towns) = (format!("round={round}"), format!("callers={}", setup.callers));
        self.measure(&["-f", file, "-D", "k=0", "-D", &round, "-D", &towns], database, time).await
    }

    async fn measure(&self, what: &[&str], database: &str, time: Duration) -> anyhow::Result<Round> {
        let (clients, seconds) = (CLIENTS.to_string(), time.as_secs().max(1).to_string());
        let mut arguments = vec!["-n", "-M", "prepared", "-c", &clients, "-j", "2", "-T", &seconds];
        arguments.extend(what);
        arguments.push(database);
        let text = self.run(&arguments).await?;
        let number = |start: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(start));
            line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
        };
        let failed = number("number of failed transactions: ").unwrap_or(0.0);
        ensure!(failed < 0.5, "pgbench: {failed} transactions failed");
        let per_second = number("tps = ").with_context(|| format!("pgbench said: {text}"))?;
        Ok(Round { per_second, p50: 0.0, p99: 0.0 })
    }

    fn setup(&self) -> anyhow::Result<&Setup> {
        self.setup.as_ref().context("pgbench is not prepared")
    }

    async fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        // As our own transactions set them.
        let options = "-c plan_cache_mode=force_generic_plan -c jit=off";
        let Output { status, stdout, stderr } =
            Command::new(&self.program).args(arguments).env("PGOPTIONS", options).output().await?;
        let said = String::from_utf8_lossy(&stderr);
        // A client whose statement fails ends, and the rest goes on: that would be another measurement.
        ensure!(status.success() && !said.contains("ERROR"), "pgbench: {said}");
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    }
}
