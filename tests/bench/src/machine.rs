//! What the numbers were measured on.

use sqlx::{Connection, PgConnection};

use crate::scratch::Scratch;

pub async fn describe(scratch: &Scratch) -> anyhow::Result<String> {
    let mut server = PgConnection::connect(&scratch.url("postgres")).await?;
    let (version, fsync, commit): (String, String, String) = sqlx::query_as(
        "select current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')",
    )
    .fetch_one(&mut server)
    .await?;
    server.close().await?;
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let model = value("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown CPU".into());
    let memory = value("/proc/meminfo", "MemTotal").unwrap_or_default();
    let gigabytes =
        memory.split(' ').next().and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1_048_576.0;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    Ok(format!(
        "{cores} cores ({model}), {gigabytes:.0} GB, load {load} at the start; PostgreSQL {version} with fsync {fsync} and \
         synchronous_commit {commit}, Redis, servers and clients all on this machine."
    ))
}

fn value(file: &str, key: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
