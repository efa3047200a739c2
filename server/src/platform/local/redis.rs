//! The private Redis: append-only, synced every second, never evicting.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;

use super::account::Account;
use super::binaries;
use super::daemon::{Daemon, end_leftover};
use super::error::LocalResult;
use super::log::Log;
use super::place::Place;

const READY: Duration = Duration::from_mins(2);

pub(super) fn start(place: &Place, account: &Account, patience: Duration) -> LocalResult<Daemon> {
    let program = binaries::redis()?;
    let data = place.own("redis", account)?;
    let socket = socket(&place.run);
    let pid_file = data.join("redis.pid");
    end_leftover(&pid_file, &data, Signal::TERM, patience)?;

    let mut command = account.command(&program, &data);
    command.args(["--port", "0", "--unixsocketperm", "700", "--unixsocket"]).arg(&socket);
    command.arg("--dir").arg(&data).arg("--pidfile").arg(&pid_file);
    command.args(["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]);
    command.args(["--maxmemory", "256mb", "--maxmemory-policy", "noeviction"]);
    // The argument list stays as it is, so that a successor can tell whose process this is.
    command.args(["--set-proc-title", "no", "--daemonize", "no", "--always-show-logo", "no"]);
    let log = Log::open(&place.log, "redis")?;
    let mut daemon = Daemon::spawn("Redis", command, log, Signal::TERM)?;
    daemon.wait_ready(READY, || answers(&socket))?;
    Ok(daemon)
}

fn socket(run: &Path) -> PathBuf {
    run.join("redis.sock")
}

/// While it reads its file back, Redis answers `-LOADING`.
fn answers(socket: &Path) -> bool {
    let ping = || -> std::io::Result<bool> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"PING\r\n")?;
        let mut reply = [0; 5];
        stream.read_exact(&mut reply)?;
        Ok(&reply == b"+PONG")
    };
    ping().unwrap_or(false)
}

/// For the `redis` crate.
pub(super) fn url(run: &Path) -> String {
    format!("redis+unix://{}", super::percent_encoded(&socket(run)))
}
