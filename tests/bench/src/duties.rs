//! A year of duties: made and stored for a small town and for a hundred times as large a one, with the commit that makes them
//! durable; and for ten times as many again only worked out. The cost must follow the number of duties.

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool};
use tuhe::ids::{TownId, UnitId};
use tuhe::plan::{self, Definition};
use tuhe::platform::clock::{self, Clock};
use tuhe::{duty, org};

use crate::client::Round;
use crate::report::{Bar, Report, Side};
use crate::scratch::Scratch;

const SECTION: &str = "duties";
const SMALL: i32 = 20;
const LARGE: i32 = 2_000;
const COMPUTED: i32 = 20_000;
const YEAR: TimeDelta = TimeDelta::days(365);
/// The large town stores as many a second as the small one does, or more.
const LINEAR: Bar = Bar::AtLeast(0.8);
const STORED: Bar = Bar::AtLeast(20_000.0);
const WORKED_OUT: Bar = Bar::AtLeast(200_000.0);

pub async fn run(scratch: &Scratch, report: &mut Report) -> anyhow::Result<()> {
    let pool = scratch.pool(&scratch.database("duties", None).await?).await?;
    let now = Clock::system().now();
    let name = |villages: i32| format!("a year of duties of {villages} villages, stored");
    let (mut small, mut large) = (Side::new(name(SMALL)), Side::new(name(LARGE)));
    let mut worked_out = Vec::new();
    // One round to warm up.
    for round in 0..=report.rounds {
        let of_small = stored(&pool, &format!("small-{round}"), SMALL, now).await?;
        let of_large = stored(&pool, &format!("large-{round}"), LARGE, now).await?;
        if round > 0 {
            small.rounds.push(of_small);
            large.rounds.push(of_large);
        }
    }
    let town = founded(&pool, "computed", COMPUTED, now).await?;
    let ground = duty::Ground::load(&mut *pool.acquire().await?, town).await?;
    let today = clock::today(now);
    for round in 0..=report.rounds {
        let begun = Instant::now();
        let owed = ground.falling(today, today)?.owed();
        let rate = per_second(owed, begun);
        eprintln!("duties: {owed} worked out at {rate:.0}/s");
        if round > 0 {
            worked_out.push(rate);
        }
    }
    report.throughput(SECTION, &small, &[]);
    report.throughput(SECTION, &large, &[(&small, Some(LINEAR))]);
    let rates: Vec<f64> = large.rounds.iter().map(|round| round.per_second).collect();
    report.number(SECTION, &large.what, &rates, "/s", Some(STORED));
    let what = format!("a year of duties of {COMPUTED} villages, worked out");
    report.number(SECTION, &what, &worked_out, "/s", Some(WORKED_OUT));
    pool.close().await;
    Ok(())
}

/// Generates a year for a new town and commits it.
async fn stored(pool: &PgPool, code: &str, villages: i32, now: DateTime<Utc>) -> anyhow::Result<Round> {
    let town = founded(pool, code, villages, now).await?;
    // As the server's own pace of a town that was loaded a while ago.
    sqlx::query("analyze").execute(pool).await?;
    let begun = Instant::now();
    let mut tx = pool.begin().await?;
    let made = duty::generate(&mut tx, town, now).await?;
    tx.commit().await?;
    let rate = per_second(usize::try_from(made)?, begun);
    eprintln!("duties: {made} of {villages} villages stored at {rate:.0}/s");
    Ok(Round { per_second: rate, p50: 0.0, p99: 0.0 })
}

#[expect(clippy::cast_precision_loss, reason = "a count")]
fn per_second(duties: usize, begun: Instant) -> f64 {
    duties as f64 / begun.elapsed().as_secs_f64()
}

/// A town founded long ago, with the shipped plan in force for a year.
async fn founded(pool: &PgPool, code: &str, villages: i32, now: DateTime<Utc>) -> anyhow::Result<TownId> {
    let mut tx = pool.begin().await?;
    let since = now - YEAR - YEAR;
    let (town, root) = org::found_town(&mut tx, code, code, since).await?;
    units(&mut tx, town, root, villages, since).await?;
    let definition = Definition::shipped().map_err(|_| anyhow::anyhow!("no plan"))?;
    plan::load(&mut tx, town, None, &definition, clock::today(now) - YEAR, now).await?;
    tx.commit().await?;
    Ok(town)
}

/// Villages, each with its 党总支, a branch with a committee and a group: many at once, since it is not they that are measured.
async fn units(
    tx: &mut PgConnection,
    town: TownId,
    root: UnitId,
    villages: i32,
    since: DateTime<Utc>,
) -> anyhow::Result<()> {
    // Each kind of unit hangs under the one before it or under the 党总支; numbers leave room for four of a village.
    for (at, kind, above) in
        [(0, "general_branch", None), (1, "village", Some(0)), (2, "branch", Some(0)), (3, "group", Some(2))]
    {
        sqlx::query(
            "insert into unit (town_id, id, no, kind, name, parent_id, path, created_at)
             select $1, gen_random_uuid(), 10 + v * 4 + $4, $5, v || '村', coalesce(p.id, $2),
                 coalesce(p.path, r.path) || (10 + v * 4 + $4) || '/', $7
             from generate_series(1, $3) v
             join unit r on r.town_id = $1 and r.id = $2
             left join unit p on p.town_id = $1 and p.no = 10 + v * 4 + $6",
        )
        .bind(town.0)
        .bind(root.0)
        .bind(villages)
        .bind(at)
        .bind(kind)
        .bind(above)
        .bind(since)
        .execute(&mut *tx)
        .await?;
    }
    sqlx::query(
        "insert into branch_facts (town_id, unit_id, from_on, has_committee, has_groups, full_members, probationary_members,
             set_at)
         select town_id, id, ($2::timestamptz at time zone 'Asia/Shanghai')::date, true, true, 12, 1, $2
         from unit where town_id = $1 and kind = 'branch'",
    )
    .bind(town.0)
    .bind(since)
    .execute(&mut *tx)
    .await?;
    Ok(())
}
