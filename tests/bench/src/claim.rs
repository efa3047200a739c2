//! Picking the reminders that have come: a thousand due among a hundred thousand, a million and ten million owed duties.
//! The cost must follow the batch, not the table. What is measured is what runs: the claim, the judgement, the notices
//! and the commit.

use std::time::Instant;

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use tuhe::duty;
use tuhe::platform::clock::{self, Clock};

use crate::report::{Bar, Report, median};
use crate::scratch::Scratch;
use crate::seed;

const SECTION: &str = "claim";
const SIZES: [i64; 3] = [100_000, 1_000_000, 10_000_000];
const DUE: i64 = 1000;
/// Rows inserted in one statement.
const CHUNK: i64 = 500_000;
const FLAT: Bar = Bar::AtMost(1.7);

pub async fn run(scratch: &Scratch, report: &mut Report) -> anyhow::Result<()> {
    let pool = scratch.pool(&scratch.database("claim", Some(seed::DATABASE)).await?).await?;
    let now = Clock::system().now();
    // What a batch needs stays: the key and the queue. The rest would only make filling slow.
    sqlx::raw_sql(
        "alter table duty drop constraint duty_once;
         drop index duty_by_unit, duty_by_person, duty_by_delegate, duty_due, duty_by_record;
         update duty set look_at = 'infinity'",
    )
    .execute(&pool)
    .await?;
    let (mut filled, mut first, mut last) = (0, Vec::new(), Vec::new());
    for (at, size) in SIZES.into_iter().enumerate() {
        while filled < size {
            let until = size.min(filled + CHUNK);
            fill(&pool, filled, until, now).await?;
            filled = until;
        }
        scratch.settle(&scratch.url("claim")).await?;
        let mut times = Vec::new();
        // One round to warm up.
        for round in 0..=report.rounds {
            make_due(&pool, size, i64::try_from(at * 100 + round)?).await?;
            let begun = Instant::now();
            let looked = duty::remind_all(&pool, now).await?;
            let took = begun.elapsed().as_secs_f64() * 1000.0;
            anyhow::ensure!(i64::try_from(looked)? == DUE, "{looked} looked at");
            if round > 0 {
                times.push(took);
            }
        }
        report.number(SECTION, &format!("1,000 due among {size} owed"), &times, "ms", None);
        if at == 0 {
            first.clone_from(&times);
        }
        last = times;
    }
    let ratio = median(last) / median(first);
    report.number(SECTION, "the largest, of the smallest", &[ratio], "×", Some(FLAT));
    pool.close().await;
    Ok(())
}

/// Duties that end tomorrow, like those the seed has, looked at some time later.
async fn fill(pool: &PgPool, from: i64, until: i64, now: DateTime<Utc>) -> anyhow::Result<()> {
    let mut tx = pool.begin().await?;
    // Loading, as a restore does: the rows name what exists.
    sqlx::query("set local session_replication_role = replica").execute(&mut *tx).await?;
    sqlx::query(
        "with base as materialized (
             select town_id, rule_id, unit_id, row_number() over () - 1 as no
             from (select distinct d.town_id, d.rule_id, d.unit_id from duty d
                   join rule r on r.town_id = d.town_id and r.id = d.rule_id and r.audience = 'each_branch') b)
         insert into duty (town_id, id, rule_id, unit_id, window_key, window_first, window_last, grace_last, state,
             opened_on, look_at)
         select b.town_id, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, b.rule_id, b.unit_id,
             'bench-' || n, $3::date - 10, $3::date + 1, $3::date + 4, 'open', $3::date - 10,
             $4::timestamptz + n * interval '1 second' + interval '1 day'
         from generate_series($1::bigint, $2::bigint - 1) n join base b on b.no = n % (select count(*) from base)",
    )
    .bind(from)
    .bind(until)
    .bind(clock::today(now))
    .bind(now)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// A thousand of them, spread over the whole table, have come.
async fn make_due(pool: &PgPool, size: i64, offset: i64) -> anyhow::Result<()> {
    sqlx::query(
        "update duty d set look_at = '-infinity' from generate_series(0, $2::bigint - 1) n
         where d.town_id = any(array(select id from town))
           and d.id = ('00000000-0000-7000-8000-' || lpad(to_hex(n * ($1::bigint / $2) + $3 % ($1::bigint / $2)), 12, '0'))::uuid",
    )
    .bind(size)
    .bind(DUE)
    .bind(offset)
    .execute(pool)
    .await?;
    Ok(())
}
