//! Reading today's duties with a login, beside a bare endpoint that reads as many rows.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::bare;
use crate::client::{self, Requests};
use crate::program::{self, Program};
use crate::report::{Bar, Report, Side};
use crate::scratch::Scratch;
use crate::seed::{self, Caller};

const SECTION: &str = "today";
const PATH: &str = "/api/v1/duties/today";
const CONNECTIONS: usize = 32;
/// Connections to PostgreSQL of either server.
const POOL: &str = "16";
const WARM_UP: Duration = Duration::from_millis(1500);
const TIME: Duration = Duration::from_secs(3);
const BAR: Bar = Bar::AtLeast(0.5);

pub async fn run(scratch: &Scratch, callers: &[Caller], report: &mut Report) -> anyhow::Result<()> {
    let url = scratch.database("today", Some(seed::DATABASE)).await?;
    let pool = scratch.pool(&url).await?;
    bare::prepare(&pool).await?;
    let settings =
        [("DATABASE_URL", url.as_str()), ("REDIS_URL", &scratch.redis_url), ("TUHE_DB_CONNECTIONS", POOL)];
    let ours = Program::serve(scratch, "today", &settings)?;
    let our_address: SocketAddr = ours.said.trim_start_matches("http://").parse()?;
    let bare = counterpart(scratch, &url, &callers[0])?;
    let bare_address: SocketAddr = bare.said.parse()?;

    let rows = rows(&client::once(our_address, &client::get(PATH, Some(&callers[0].token))).await?)?;
    for path in ["/flat", "/joined"] {
        let bare_rows = self::rows(&client::once(bare_address, &client::get(path, None)).await?)?;
        ensure!(bare_rows == rows, "{path} gives {bare_rows} rows and we give {rows}");
    }
    let (units, duties): (i64, i64) =
        sqlx::query_as("select (select count(*) from unit), (select count(*) from duty)")
            .fetch_one(&pool)
            .await?;
    pool.close().await;

    let mut sides = [
        (Side::new("bare endpoint, one table"), bare_address, requests(&[client::get("/flat", None)])),
        (Side::new("bare endpoint, same joins"), bare_address, requests(&[client::get("/joined", None)])),
        (Side::new(format!("`GET {PATH}` with login")), our_address, logged_in(callers)),
    ];
    for round in 0..=report.rounds {
        for (side, address, requests) in &mut sides {
            let connections = (0..CONNECTIONS).map(|n| cycle(requests.clone(), n)).collect();
            let time = if round == 0 { WARM_UP } else { TIME };
            let done = client::drive(*address, connections, time).await.context("today")?;
            if round > 0 {
                side.rounds.push(done);
            }
        }
    }
    let [(flat, ..), (joined, ..), (own, ..)] = &sides;
    report.throughput(SECTION, flat, &[]);
    report.throughput(SECTION, joined, &[]);
    report.throughput(SECTION, own, &[(flat, Some(BAR)), (joined, Some(BAR))]);
    report.note(format!(
        "today: {rows} rows per answer, {} towns with {units} units and {duties} duties in all, {CONNECTIONS} keep-alive \
         connections from this process, {POOL} connections to PostgreSQL; each server is a process of its own.",
        callers.len()
    ));
    ours.stop().await
}

fn counterpart(scratch: &Scratch, url: &str, caller: &Caller) -> anyhow::Result<Program> {
    let mut command: Command = program::clean(std::env::current_exe()?);
    command.args(["counterpart", "bare", "--database", url, "--connections", POOL]);
    command.args(["--town", &caller.town.to_string(), "--unit", &caller.unit.to_string()]);
    Program::start(scratch, "bare", command)
}

fn rows(body: &[u8]) -> anyhow::Result<usize> {
    let list: serde_json::Value = serde_json::from_slice(body)?;
    list.as_array().map(Vec::len).context("not a list")
}

fn requests(of: &[Vec<u8>]) -> Vec<Vec<u8>> {
    of.to_vec()
}

fn logged_in(callers: &[Caller]) -> Vec<Vec<u8>> {
    callers.iter().map(|caller| client::get(PATH, Some(&caller.token))).collect()
}

/// Each connection goes through the requests, beginning at another one.
fn cycle(of: Vec<Vec<u8>>, from: usize) -> Requests {
    let mut n = from;
    Box::new(move || {
        n += 1;
        Some(of[n % of.len()].clone())
    })
}
