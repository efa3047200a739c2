//! Queues of others doing the sender's work (`tests/bench/peers`), started as processes of their own. Where their packages
//! are not installed, which `./dev bench` sees to, they are left out and the report says so.

use std::path::PathBuf;
use std::process::Command;

use crate::dispatch::StandIn;
use crate::outbox::{APPID, TEMPLATE};
use crate::program::{self, Program};
use crate::scratch::Scratch;

/// A queue of somebody else's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    BullMq,
    Graphile,
}

impl Peer {
    pub const ALL: [Self; 2] = [Self::BullMq, Self::Graphile];

    pub fn name(self) -> &'static str {
        match self {
            Self::BullMq => "BullMQ",
            Self::Graphile => "graphile-worker, local queue of 500",
        }
    }

    fn script(self) -> &'static str {
        match self {
            Self::BullMq => "bullmq.mjs",
            Self::Graphile => "graphile.mjs",
        }
    }

    /// Sends `count` messages and gives the seconds it took.
    pub fn run(
        self,
        scratch: &Scratch,
        wechat: &StandIn,
        database: &str,
        count: i32,
        in_flight: usize,
    ) -> anyhow::Result<f64> {
        let mut command: Command = program::clean("node".into());
        command.arg(folder().join(self.script()));
        command.args(["--base", &wechat.base_url, "--appid", APPID, "--secret", crate::dispatch::SECRET]);
        command.args(["--template", TEMPLATE, "--count", &count.to_string()]);
        command.args(["--concurrency", &in_flight.to_string(), "--redis", scratch.redis_socket()]);
        let host = scratch.postgres_socket();
        command.args(["--host", host, "--user", "tuhe", "--database", database]);
        Ok(Program::start(scratch, "peer", command)?.said.parse()?)
    }
}

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers")
}

pub fn are_installed() -> bool {
    folder().join("node_modules").is_dir()
}
