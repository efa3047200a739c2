//! Submitting meetings in all towns at once, each for a duty of its own, beside PostgreSQL driven by pgbench: its
//! `-N` (a simple update) and a script of the statements of one submission.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::{NaiveDate, TimeDelta};
use serde_json::json;
use sqlx::PgPool;
use tuhe::platform::clock::{self, Clock};
use uuid::Uuid;

use crate::client::{self, Requests};
use crate::pgbench::Pgbench;
use crate::program::Program;
use crate::report::{Bar, Report, Side};
use crate::scratch::Scratch;
use crate::seed::{self, Caller};

const SECTION: &str = "submit";
const PATH: &str = "/api/v1/meetings";
pub const CLIENTS: usize = 16;
const TIME: Duration = Duration::from_secs(3);
const WARM_UP: Duration = Duration::from_millis(1500);
/// Duties of each caller's branch that a meeting fulfils: more than can be done in the time.
const DUTIES: i32 = 2_500;

pub async fn run(scratch: &Scratch, callers: &[Caller], report: &mut Report) -> anyhow::Result<()> {
    let Some(mut pgbench) = Pgbench::find() else {
        report.note("submit: not measured, pgbench is missing (Debian: postgresql-contrib or postgresql).");
        return Ok(());
    };
    let today = clock::today(Clock::system().now());
    let url = scratch.database("submit", Some(seed::DATABASE)).await?;
    let pool = scratch.pool(&url).await?;
    let duties = Arc::new(owe(&pool, callers, today).await?);
    // The script has the same towns in a database of its own.
    pool.close().await;
    scratch.settle(&url).await?;
    let script_url = scratch.database("script", Some("submit")).await?;
    pgbench.prepare(scratch, callers.len()).await?;

    let settings = [("DATABASE_URL", url.as_str()), ("REDIS_URL", scratch.redis_url.as_str())];
    let ours = Program::serve(scratch, "submit", &settings)?;
    let address: SocketAddr = ours.said.trim_start_matches("http://").parse()?;
    let (mut simple, mut script) = (Side::new("pgbench -N"), Side::new("pgbench, same statements"));
    let mut own = Side::new(format!("`POST {PATH}`"));
    let next = Arc::new(AtomicUsize::new(0));
    for round in 0..=report.rounds {
        let time = if round == 0 { WARM_UP } else { TIME };
        let rounds = [
            pgbench.simple_update(time).await?,
            pgbench.script(&script_url, round, time).await?,
            client::drive(address, clients(&duties, &next, today), time).await.context("submit")?,
        ];
        if round == 0 {
            scratch.settle(&url).await?;
            scratch.settle(&script_url).await?;
        } else {
            for (side, round) in [&mut simple, &mut script, &mut own].into_iter().zip(rounds) {
                side.rounds.push(round);
            }
        }
    }
    ours.stop().await?;
    let done = next.load(Ordering::Relaxed).min(duties.len());
    check(scratch, &url, done).await?;
    report.throughput(SECTION, &simple, &[]);
    report.throughput(SECTION, &script, &[]);
    report.throughput(
        SECTION,
        &own,
        &[(&simple, Some(Bar::AtLeast(0.25))), (&script, Some(Bar::AtLeast(0.6)))],
    );
    report.note(format!(
        "submit: {done} distinct meetings without photos, each for an open duty of its own, over {} towns, {CLIENTS} clients \
         on either side; pgbench with -M prepared on the same PostgreSQL. Our side logs in, parses, checks and audits as well; \
         the script has the statements between begin and commit, and one read for the caller.",
        callers.len()
    ));
    Ok(())
}

/// What one submission is about.
struct Work {
    caller: Caller,
    duty: Uuid,
}

/// Duties for the callers' branches, with ids the script can count up; in an order that goes round the towns.
async fn owe(pool: &PgPool, callers: &[Caller], today: NaiveDate) -> anyhow::Result<Vec<Work>> {
    // As shipped a meeting needs a photo; the office can relax that, and here it has.
    sqlx::raw_sql("update rule set photos_required = 0 where record_kind = 'meeting'").execute(pool).await?;
    sqlx::raw_sql("create table bench_caller (no integer primary key, town uuid, unit uuid, person uuid)")
        .execute(pool)
        .await?;
    for (no, caller) in (0..).zip(callers) {
        sqlx::query("insert into bench_caller values ($1, $2, $3, $4)")
            .bind(no)
            .bind(caller.town)
            .bind(caller.unit)
            .bind(caller.person)
            .execute(pool)
            .await?;
        // Closed so late that no reminder is near.
        sqlx::query(
            "insert into duty (town_id, id, rule_id, unit_id, window_key, window_first, window_last, grace_last, counts_until,
                 state, opened_on)
             select $1, lpad(to_hex(n), 32, '0')::uuid, r.id, $2, 'bench-' || n, $3, $4, $4, null, 'open', $3
             from generate_series(1, $5) n,
                 (select id from rule where town_id = $1 and record_kind = 'meeting' and 'committee' = any(meeting_types)
                    and superseded_on is null order by code limit 1) r",
        )
        .bind(caller.town)
        .bind(caller.unit)
        .bind(today - TimeDelta::days(60))
        .bind(today + TimeDelta::days(60))
        .bind(DUTIES)
        .execute(pool)
        .await?;
    }
    let duty = |n: i32| Uuid::from_u128(u128::from(n.unsigned_abs()));
    Ok((1..=DUTIES)
        .flat_map(|n| callers.iter().map(move |caller| Work { caller: caller.clone(), duty: duty(n) }))
        .collect())
}

fn clients(work: &Arc<Vec<Work>>, next: &Arc<AtomicUsize>, today: NaiveDate) -> Vec<Requests> {
    let client = || {
        let (work, next) = (Arc::clone(work), Arc::clone(next));
        let request = move || Some(submission(work.get(next.fetch_add(1, Ordering::Relaxed))?, today));
        Box::new(request) as Requests
    };
    (0..CLIENTS).map(|_| client()).collect()
}

fn submission(work: &Work, today: NaiveDate) -> Vec<u8> {
    let json = json!({
        "record": {
            "id": Uuid::now_v7(),
            "version_id": Uuid::now_v7(),
            "unit_id": work.caller.unit,
            "happened_on": today,
            "duty_ids": [work.duty],
            "entry_channel": "phone",
            "photos": [],
        },
        "types": ["committee"],
        "place": "村党群服务中心",
        "host": "李卫国",
        "recorder": "王秀英",
        "topic": "学习和讨论",
        "expected": 3,
        "present": 2,
        "absent": [{ "name": "孙远", "reason": "外出务工" }],
        "minutes": "传达学习上级文件精神,讨论本月重点工作。",
    });
    client::post(PATH, &work.caller.token, &json.to_string())
}

/// Every answer said that its record counts; the database must say so too.
async fn check(scratch: &Scratch, url: &str, done: usize) -> anyhow::Result<()> {
    let pool = scratch.pool(url).await?;
    let kept: i64 = sqlx::query_scalar(
        "select count(*) from record r join duty d on d.town_id = r.town_id and d.record_id = r.id
         where r.state = 'submitted' and d.verdict = 'on_time'",
    )
    .fetch_one(&pool)
    .await?;
    pool.close().await;
    ensure!(usize::try_from(kept)? == done, "{done} meetings were sent and {kept} fulfil their duties");
    Ok(())
}
