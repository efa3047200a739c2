//! Sending reminders through `tuhe serve` with its durable mark, ledger and results, beside the same requests made by a bare
//! client, against a stand-in that answers after 5 ms.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgPool;
use tuhe::platform::clock::{self, Clock};

use crate::client::{self, Round};
use crate::outbox::{self, APPID, TEMPLATE};
use crate::post::openid;
use crate::program::{self, Program};
use crate::report::{Bar, Report, Side};
use crate::scratch::Scratch;

const SECTION: &str = "dispatch";
const SECRET: &str = "bench-secret";
const LATENCY: &str = "5";
/// In flight, and messages of a round: about two seconds each.
const CELLS: [(usize, i32, Option<Bar>); 2] = [(64, 12_000, Some(Bar::AtLeast(0.65))), (8, 2_500, None)];
/// Messages before the first round.
const WARM_UP: i32 = 1_000;
const GROWTH: Bar = Bar::AtMost(15.0);
const CPU: Bar = Bar::AtMost(90.0);
const PATIENCE: Duration = Duration::from_mins(1);

/// What the stand-in prints when it is ready.
#[derive(Deserialize)]
struct StandIn {
    base_url: String,
    control_url: String,
}

pub async fn run(scratch: &Scratch, report: &mut Report) -> anyhow::Result<()> {
    let (_stand_in, wechat) = stand_in(scratch)?;
    let people = CELLS.map(|(_, people, _)| people).into_iter().max().unwrap_or_default();
    introduce(&wechat, usize::try_from(people)?).await?;
    for (in_flight, people, bar) in CELLS {
        cell(scratch, &wechat, in_flight, people, bar, report).await?;
    }
    report.note(format!(
        "dispatch: `tuhe serve` is the sender, a process of its own, timed by its own stamps from the first mark to the last \
         result; the bare client is a process of its own as well. The stand-in answers after {LATENCY} ms. Messages go to \
         distinct people, each with one notice, against a long-term template."
    ));
    Ok(())
}

async fn cell(
    scratch: &Scratch,
    wechat: &StandIn,
    in_flight: usize,
    people: i32,
    bar: Option<Bar>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let name = format!("dispatch{in_flight}");
    let url = scratch.database(&name, None).await?;
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
    let ours = Program::serve(scratch, &name, &settings)?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let idle = ours.memory("VmRSS")?;
    let mut bare = Side::new(format!("bare reqwest, {in_flight} in flight"));
    let mut own = Side::new(format!("reminders, {in_flight} in flight"));
    let mut costs = Costs::default();
    for (round, (town, people)) in towns.into_iter().enumerate() {
        let theirs = post(scratch, wechat, people, in_flight)?;
        outbox::fill(&pool, town, people, clock::today(Clock::system().now())).await?;
        let before = Cpu::now(scratch, &ours);
        let mine = done(&pool, town, people).await?;
        let cost = Cpu::now(scratch, &ours).since(before, people);
        if round == 0 {
            scratch.settle(&url).await?;
        } else {
            bare.rounds.push(theirs);
            own.rounds.push(mine);
            costs.push(cost);
        }
    }
    let peak = ours.memory("VmHWM")?;
    pool.close().await;
    ours.stop().await?;
    report.throughput(SECTION, &bare, &[]);
    report.throughput(SECTION, &own, &[(&bare, bar)]);
    let what = format!("growth of its memory, {in_flight} in flight (at rest {idle:.1}, peak {peak:.1})");
    report.number(SECTION, &what, &[peak - idle], "MB", bar.map(|_| GROWTH));
    for (who, values, bar) in [
        ("tuhe", costs.tuhe, bar.map(|_| CPU)),
        ("PostgreSQL", costs.postgres, None),
        ("Redis", costs.redis, None),
    ] {
        let what = format!("processor time of {who} for a send, {in_flight} in flight");
        report.number(SECTION, &what, &values, "µs", bar);
    }
    Ok(())
}

/// Processor time, in seconds.
#[derive(Clone, Copy)]
struct Cpu {
    tuhe: f64,
    postgres: f64,
    redis: f64,
}

impl Cpu {
    fn now(scratch: &Scratch, ours: &Program) -> Self {
        let (postgres, redis) = scratch.services_cpu();
        Self { tuhe: ours.cpu(), postgres, redis }
    }

    /// Microseconds for each of `sends`.
    fn since(self, before: Self, sends: i32) -> Self {
        let each = |now: f64, then: f64| (now - then) * 1e6 / f64::from(sends);
        Self {
            tuhe: each(self.tuhe, before.tuhe),
            postgres: each(self.postgres, before.postgres),
            redis: each(self.redis, before.redis),
        }
    }
}

#[derive(Default)]
struct Costs {
    tuhe: Vec<f64>,
    postgres: Vec<f64>,
    redis: Vec<f64>,
}

impl Costs {
    fn push(&mut self, cpu: Cpu) {
        self.tuhe.push(cpu.tuhe);
        self.postgres.push(cpu.postgres);
        self.redis.push(cpu.redis);
    }
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

fn stand_in(scratch: &Scratch) -> anyhow::Result<(Program, StandIn)> {
    let mut command = program::clean(scratch.program("wechat-stand-in")?);
    command.args(["--appid", APPID, "--secret", SECRET, "--latency-ms", LATENCY]);
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
