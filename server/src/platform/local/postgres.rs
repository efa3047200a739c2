//! The private PostgreSQL: laid out once, started, waited for, and given its database.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::process::Signal;

use super::account::Account;
use super::binaries::{Server, server_for};
use super::daemon::{Daemon, end_leftover};
use super::error::{LocalError, LocalResult};
use super::log::Log;
use super::place::Place;

pub(super) const NAME: &str = "tuhe";
/// Recovery after a crash replays at most a gigabyte or so of changes; on a slow disk that takes minutes.
const READY: Duration = Duration::from_mins(5);

pub(super) fn start(place: &Place, account: &Account, patience: Duration) -> LocalResult<Daemon> {
    let data = place.data.join("pg");
    let server = server_for(data_major(&data)?)?;
    if !data.exists() {
        lay_out(&server, place, account, &data)?;
    }
    end_leftover(&data.join("postmaster.pid"), &data, Signal::INT, patience)?;
    disown_stale_pid(&data).map_err(|error| LocalError::io("清理上次运行的标记", &data, &error))?;

    let deadline = Instant::now() + patience;
    let mut daemon = loop {
        match launch(&server, place, account, &data) {
            // Sessions of a killed predecessor may outlive it by a moment, and PostgreSQL rightly waits for them.
            Err(error) if error.to_string().contains("shared memory block") && Instant::now() < deadline => {
                sleep(Duration::from_millis(200));
            }
            other => break other?,
        }
    };
    create_database(&server, place, &mut daemon)?;
    Ok(daemon)
}

/// The major the data were made with; none if there are no data yet.
fn data_major(data: &Path) -> LocalResult<Option<u32>> {
    const STEP: &str = "核对 PostgreSQL 版本";
    if !data.exists() {
        return Ok(None);
    }
    let file = data.join("PG_VERSION");
    let text = fs::read_to_string(&file).map_err(|error| LocalError::io(STEP, &file, &error))?;
    // Before 10 a major had two numbers; those are refused like any other that is not installed.
    text.trim().split('.').next().and_then(|major| major.parse().ok()).map(Some).ok_or_else(|| {
        LocalError::new(STEP, format!("{} 不是 PostgreSQL 的数据文件夹,请移开它后再启动。", data.display()))
    })
}

/// `initdb` beside the final name and a rename at the end: a half-made folder is never taken for data.
fn lay_out(server: &Server, place: &Place, account: &Account, data: &Path) -> LocalResult<()> {
    const STEP: &str = "建立数据库文件";
    let draft = data.with_extension("new");
    let failed = |error| LocalError::io(STEP, &draft, &error);
    if draft.exists() {
        fs::remove_dir_all(&draft).map_err(failed)?;
    }
    let log = Log::open(&place.log, "initdb")?;
    let mut command = account.command(&server.folder.join("initdb"), &place.data);
    // No password on the socket: its folder lets nobody else in.
    command.args(["--username", NAME, "--auth-local=trust", "--auth-host=reject"]);
    command.args(["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--pgdata"]).arg(&draft);
    run(STEP, command, &log)?;
    // One sync for all, instead of one for each of a thousand files.
    File::open(&draft).and_then(|folder| Ok(rustix::fs::syncfs(folder)?)).map_err(failed)?;
    fs::rename(&draft, data).map_err(failed)?;
    File::open(&place.data).and_then(|folder| folder.sync_all()).map_err(failed)
}

fn run(step: &str, mut command: Command, log: &Log) -> LocalResult<()> {
    let failed = |error| LocalError::io(step, log.path(), &error);
    let output = log.writer().map_err(failed)?;
    command.stdin(Stdio::null()).stderr(output.try_clone().map_err(failed)?).stdout(output);
    let status = command.status().map_err(|error| LocalError::io(step, Path::new("setpriv"), &error))?;
    if status.success() {
        return Ok(());
    }
    Err(LocalError::new(step, format!("程序没有成功({status})。")).with_log(log))
}

/// PostgreSQL refuses to start if the process number in an old `postmaster.pid` is in use by *any* program of its
/// user: after a restart of a container numbers repeat, and zombies count too. [`end_leftover`] has made sure that it is
/// none on these data; our own number, its parent's, makes PostgreSQL go on to its second check, of the shared memory.
fn disown_stale_pid(data: &Path) -> io::Result<()> {
    let file = data.join("postmaster.pid");
    let text = match fs::read_to_string(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let Some((_, rest)) = text.split_once('\n') else { return fs::remove_file(&file) };
    // As root in somebody else's folder: never through a link.
    let mut file = File::options()
        .write(true)
        .truncate(true)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(&file)?;
    write!(file, "{}\n{rest}", std::process::id())
}

fn launch(server: &Server, place: &Place, account: &Account, data: &Path) -> LocalResult<Daemon> {
    let log = Log::open(&place.log, "postgres")?;
    let mut command = account.command(&server.folder.join("postgres"), data);
    command.arg("-D").arg(data);
    let sockets = format!("unix_socket_directories=\"{}\"", place.run.display());
    for option in [
        "listen_addresses=",
        sockets.as_str(),
        "unix_socket_permissions=0700",
        "port=5432",
        "cluster_name=tuhe",
        "max_connections=100",
        "shared_buffers=128MB",
        "fsync=on",
        "wal_buffers=16MB",
        "min_wal_size=256MB",
        "timezone=UTC",
        "log_timezone=UTC",
        "log_checkpoints=off",
    ] {
        command.args(["-c", option]);
    }
    let mut daemon = Daemon::spawn("PostgreSQL", command, log, Signal::INT)?;
    let pid = daemon.pid();
    daemon.wait_ready(READY, || says_ready(data, pid))?;
    Ok(daemon)
}

/// The eighth line of `postmaster.pid` is the state, as `pg_ctl` reads it; no process per poll.
fn says_ready(data: &Path, pid: u32) -> bool {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let mut lines = text.lines();
    lines.next() == Some(pid.to_string().as_str()) && lines.nth(6).map(str::trim) == Some("ready")
}

fn create_database(server: &Server, place: &Place, daemon: &mut Daemon) -> LocalResult<()> {
    const STEP: &str = "建立数据库";
    // `\gexec` runs what the query returns: nothing if the database is there.
    let script = format!(
        "select 'create database {NAME}' where not exists \
         (select from pg_database where datname = '{NAME}') \\gexec\n"
    );
    let program = server.client("psql");
    let failed = |error| LocalError::io(STEP, &program, &error);
    let mut client = Command::new(&program)
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-p", "5432", "-U", NAME, "-d", "postgres", "-h"])
        .arg(&place.run)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let sent = client.stdin.take().map_or(Ok(()), |mut input| input.write_all(script.as_bytes()));
    let output = client.wait_with_output().map_err(failed)?;
    if output.status.success() && sent.is_ok() {
        return Ok(());
    }
    daemon.check()?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(LocalError::new(STEP, said).with_log(&daemon.log))
}

/// For sqlx. Everything is named, so that no `PG*` variable of the environment has a say.
pub(super) fn url(run: &Path) -> String {
    format!("postgres:///{NAME}?host={}&port=5432&user={NAME}&sslmode=disable", super::percent_encoded(run))
}
