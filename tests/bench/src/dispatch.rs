//! Sending reminders through `tuhe serve` with its durable mark, ledger and results, beside the same requests made by a bare
//! client and by queues of others, against a stand-in that answers after 5 ms, and against one that answers at once.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgPool;
use tuhe::platform::clock::{self, Clock};

use crate::client::{self, Round};
use crate::cpu::{self, Cpu};
use crate::outbox::{self, APPID, TEMPLATE};
use crate::peers::{self, Peer};
use crate::post::openid;
use crate::program::{self, Program};
use crate::report::{Bar, Report, Side};
use crate::scratch::Scratch;

const SECTION: &str = "dispatch";
pub const SECRET: &str = "bench-secret";

/// One measurement.
struct Cell {
    name: &'static str,
    /// The stand-in's, in milliseconds.
    latency: u32,
    in_flight: usize,
    /// Messages of a round: about two seconds' worth.
    people: i32,
    bars: Option<Bars>,
}

/// Shares of the others' throughput.
struct Bars {
    bare: Bar,
    bullmq: Bar,
    graphile: Option<Bar>,
}

const CELLS: [Cell; 3] = [
    Cell {
        name: "after5with64",
        latency: 5,
        in_flight: 64,
        people: 12_000,
        bars: Some(Bars {
            bare: Bar::AtLeast(0.75),
            bullmq: Bar::AtLeast(1.0),
            graphile: Some(Bar::AtLeast(0.95)),
        }),
    },
    Cell { name: "after5with8", latency: 5, in_flight: 8, people: 2_500, bars: None },
    Cell {
        name: "at0with64",
        latency: 0,
        in_flight: 64,
        people: 12_000,
        bars: Some(Bars { bare: Bar::AtLeast(0.18), bullmq: Bar::AtLeast(1.0), graphile: None }),
    },
];
/// Messages before the first round.
const WARM_UP: i32 = 1_000;
const GROWTH: Bar = Bar::AtMost(15.0);
const CPU: Bar = Bar::AtMost(90.0);
const PATIENCE: Duration = Duration::from_mins(1);

/// What the stand-in prints when it is ready.
#[derive(Deserialize)]
pub struct StandIn {
    pub base_url: String,
    control_url: String,
}

pub async fn run(scratch: &Scratch, report: &mut Report) -> anyhow::Result<()> {
    for cell in CELLS {
        let (_stand_in, wechat) = stand_in(scratch, cell.latency)?;
        introduce(&wechat, usize::try_from(cell.people)?).await?;
        measure(scratch, &wechat, &cell, report).await?;
    }
    report.note(
        "dispatch: `tuhe serve` is the sender, a process of its own, timed by its own stamps from the first mark to the last \
         result; the others are processes of their own as well. Messages go to distinct people, each with one notice, \
         against a long-term template. What a crash leaves: of ours at most what is under way is held and never sent twice; \
         of graphile-worker so set up to 500 jobs and those under way are sent again.",
    );
    if !peers::are_installed() {
        report.note(
            "dispatch: BullMQ and graphile-worker were not measured: their packages are not installed.",
        );
    }
    Ok(())
}

async fn measure(
    scratch: &Scratch,
    wechat: &StandIn,
    cell: &Cell,
    report: &mut Report,
) -> anyhow::Result<()> {
    let Cell { name, latency, in_flight, people, bars } = cell;
    let (people, in_flight) = (*people, *in_flight);
    let url = scratch.database(name, None).await?;
    let pool = scratch.pool(&url).await?;
    outbox::grants(&pool, people).await?;
    let mut towns = vec![(outbox::town(&pool, WARM_UP).await?, WARM_UP)];
    for _ in 0..report.rounds {
        towns.push((outbox::town(&pool, people).await?, people));
    }
    let most = in_flight.to_string();
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("REDIS_URL", &scratch.redis_url),
        ("TUHE_WECHAT_BASE_URL", &wechat.base_url),
        ("TUHE_WECHAT_APPID", APPID),
        ("TUHE_WECHAT_SECRET", SECRET),
        ("TUHE_WECHAT_TEMPLATE", TEMPLATE),
        ("TUHE_SENDS_IN_FLIGHT", &most),
    ];
    let ours = Program::serve(scratch, name, &settings)?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let idle = ours.memory("VmRSS")?;
    let what = format!("{in_flight} in flight, {latency} ms");
    let mut bare = Side::new(format!("bare reqwest, {what}"));
    let mut own = Side::new(format!("reminders, {what}"));
    let beside = if bars.is_some() && peers::are_installed() { Peer::ALL.as_slice() } else { &[] };
    let mut others: Vec<(Peer, Side)> =
        beside.iter().map(|peer| (*peer, Side::new(format!("{}, {what}", peer.name())))).collect();
    for (peer, _) in &others {
        let database = format!("{name}{}", u8::from(*peer == Peer::Graphile));
        scratch.database(&database, None).await?;
    }
    let mut costs = Vec::new();
    for (round, (town, people)) in towns.into_iter().enumerate() {
        let theirs = post(scratch, wechat, people, in_flight)?;
        for (peer, side) in &mut others {
            let database = format!("{name}{}", u8::from(*peer == Peer::Graphile));
            let seconds = peer.run(scratch, wechat, &database, people, in_flight)?;
            if round > 0 {
                side.rounds.push(self::round(people, seconds));
            }
        }
        outbox::fill(&pool, town, people, clock::today(Clock::system().now())).await?;
        let before = Cpu::now(scratch, &ours);
        let mine = done(&pool, town, people).await?;
        if round == 0 {
            scratch.settle(&url).await?;
        } else {
            costs.push(Cpu::now(scratch, &ours).since(before, people));
            bare.rounds.push(theirs);
            own.rounds.push(mine);
        }
    }
    let peak = ours.memory("VmHWM")?;
    pool.close().await;
    ours.stop().await?;
    report.throughput(SECTION, &bare, &[]);
    for (_, side) in &others {
        report.throughput(SECTION, side, &[]);
    }
    let mut against = vec![(&bare, bars.as_ref().map(|bars| bars.bare))];
    against.extend(others.iter().map(|(peer, side)| {
        let bar = bars.as_ref().and_then(|bars| match peer {
            Peer::BullMq => Some(bars.bullmq),
            Peer::Graphile => bars.graphile,
        });
        (side, bar)
    }));
    report.throughput(SECTION, &own, &against);
    let is_held = bars.is_some();
    let growth = format!("growth of its memory, {what} (at rest {idle:.1}, peak {peak:.1})");
    report.number(SECTION, &growth, &[peak - idle], "MB", is_held.then_some(GROWTH));
    cpu::report(report, SECTION, &what, &costs, is_held.then_some(CPU));
    Ok(())
}

fn round(people: i32, seconds: f64) -> Round {
    Round { per_second: f64::from(people) / seconds, p50: 0.0, p99: 0.0 }
}

/// Waits until the round's messages are sent.
async fn done(pool: &PgPool, town: uuid::Uuid, people: i32) -> anyhow::Result<Round> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(150)).await;
        if let Some(seconds) = outbox::took(pool, town, people).await? {
            return Ok(round(people, seconds));
        }
    }
    bail!("the messages are not sent within {PATIENCE:?}")
}

fn post(scratch: &Scratch, wechat: &StandIn, people: i32, in_flight: usize) -> anyhow::Result<Round> {
    let mut command = program::clean(std::env::current_exe()?);
    command.args(["counterpart", "post", "--base", &wechat.base_url, "--appid", APPID, "--secret", SECRET]);
    command.args(["--template", TEMPLATE, "--count", &people.to_string()]);
    command.args(["--concurrency", &in_flight.to_string()]);
    let program = Program::start(scratch, "post", command)?;
    Ok(round(people, program.said.parse()?))
}

fn stand_in(scratch: &Scratch, latency: u32) -> anyhow::Result<(Program, StandIn)> {
    let mut command = program::clean(scratch.program("wechat-stand-in")?);
    command.args(["--appid", APPID, "--secret", SECRET, "--latency-ms", &latency.to_string()]);
    command.args(["--journal-limit", "0", "--inbox-limit", "0", "--exit-with-stdin"]);
    command.args(["--template", &format!("+{TEMPLATE}=thing1,date2,thing3"), "--page", "pages/duty/index"]);
    let program = Program::start(scratch, "wechat", command)?;
    let wechat = serde_json::from_str(&program.said).context("the stand-in's addresses")?;
    Ok((program, wechat))
}

/// Everybody allows the long-term template at the stand-in, once.
async fn introduce(wechat: &StandIn, people: usize) -> anyhow::Result<()> {
    let address: SocketAddr = wechat.control_url.trim_start_matches("http://").parse()?;
    let mut names = (1..=people).map(openid);
    let requests: client::Requests = Box::new(move || {
        let json = json!({ "openid": names.next()?, "templates": [TEMPLATE], "choice": "accept" });
        Some(client::post("/tap", "", &json.to_string()))
    });
    client::drive(address, vec![requests], PATIENCE).await?;
    Ok(())
}
