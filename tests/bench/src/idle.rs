//! What `tuhe serve` costs at rest, and how soon it serves after a start on data that are there.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::client;
use crate::program::{Program, clean};
use crate::report::{Bar, Report};
use crate::scratch::Scratch;

const SECTION: &str = "idle";
/// After so long a start is over and the loops have gone round.
const REST: Duration = Duration::from_secs(6);
const MEMORY: Bar = Bar::AtMost(60.0);
const READY: Bar = Bar::AtMost(2.0);
const PATIENCE: Duration = Duration::from_secs(30);

pub async fn run(scratch: &Scratch, report: &mut Report) -> anyhow::Result<()> {
    let url = scratch.database("idle", None).await?;
    let external = [("DATABASE_URL", url.as_str()), ("REDIS_URL", scratch.redis_url.as_str())];
    found(scratch, "external", &external)?;
    found(scratch, "embedded", &[])?;
    let (mut with_external, mut with_embedded, mut resident, mut proportional) =
        (vec![], vec![], vec![], vec![]);
    for round in 0..report.rounds {
        let (program, seconds) = start(scratch, "embedded", &[]).await?;
        with_embedded.push(seconds);
        program.stop().await?;
        let (program, seconds) = start(scratch, "external", &external).await?;
        with_external.push(seconds);
        if round == 0 {
            tokio::time::sleep(REST).await;
            resident.push(program.memory("VmRSS")?);
            proportional.extend(program.proportional());
        }
        program.stop().await?;
    }
    report.number(
        SECTION,
        "resident memory (RSS), database and Redis external",
        &resident,
        "MB",
        Some(MEMORY),
    );
    if !proportional.is_empty() {
        report.number(SECTION, "proportional share of it (PSS)", &proportional, "MB", None);
    }
    report.number(
        SECTION,
        "start to `/readyz` with its own PostgreSQL and Redis",
        &with_embedded,
        "s",
        Some(READY),
    );
    report.number(SECTION, "start to `/readyz`, both external", &with_external, "s", None);
    Ok(())
}

/// Data to start on: a town.
fn found(scratch: &Scratch, name: &str, settings: &[(&str, &str)]) -> anyhow::Result<()> {
    let mut command = clean(scratch.program("tuhe")?);
    command.args(["town", "add", "--code", "tuhe", "--name", "图河镇"]);
    command.env("TUHE_VAR", scratch.path(name)).envs(settings.iter().copied());
    let output = command.output()?;
    ensure!(output.status.success(), "no town: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Starts the server and says how long it took until it called itself ready.
async fn start(scratch: &Scratch, name: &str, settings: &[(&str, &str)]) -> anyhow::Result<(Program, f64)> {
    let begun = Instant::now();
    let program = Program::serve(scratch, name, settings)?;
    let address: SocketAddr = program.said.trim_start_matches("http://").parse()?;
    while begun.elapsed() < PATIENCE {
        if client::once(address, &client::get("/readyz", None)).await.is_ok_and(|body| is_ready(&body)) {
            return Ok((program, begun.elapsed().as_secs_f64()));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Err(anyhow::anyhow!("not ready")).context("idle")
}

fn is_ready(body: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|answer| answer["status"] == "ready")
}
