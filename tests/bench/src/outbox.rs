//! A full outbox for the dispatch measurement: people with a WeChat identity and grants, one message a person, each
//! with its notice. Ids grow, as those the product makes do.

use anyhow::ensure;
use chrono::NaiveDate;
use sqlx::PgPool;
use uuid::Uuid;

pub const APPID: &str = "wxbench000000001";
pub const TEMPLATE: &str = "TPL-BENCH";

/// Grants of the identities, for every town alike.
pub async fn grants(pool: &PgPool, people: i32) -> sqlx::Result<()> {
    sqlx::query(
        "insert into grant_balance (appid, openid, template, n)
         select $1, 'oBench-' || lpad(n::text, 22, '0'), $2, 1000 from generate_series(1, $3) n",
    )
    .bind(APPID)
    .bind(TEMPLATE)
    .bind(people)
    .execute(pool)
    .await?;
    Ok(())
}

/// A town with people, bound to the identities, with no quiet hours.
pub async fn town(pool: &PgPool, people: i32) -> sqlx::Result<Uuid> {
    let town = Uuid::now_v7();
    sqlx::query("insert into town (id, code, name, created_at) values ($1, $1::text, '图河镇', now())")
        .bind(town)
        .execute(pool)
        .await?;
    for statement in [
        "insert into person (town_id, id, name, membership, quiet_from, quiet_until, created_at)
         select $1, (left(md5($1::text), 20) || lpad(to_hex(n), 12, '0'))::uuid, 'n' || n, 'none', '00:00', '00:00', now() from generate_series(1, $2) n",
        "insert into binding (town_id, id, person_id, appid, openid, bound_at)
         select $1, gen_random_uuid(), (left(md5($1::text), 20) || lpad(to_hex(n), 12, '0'))::uuid, $3, 'oBench-' || lpad(n::text, 22, '0'), now()
         from generate_series(1, $2) n",
    ] {
        // The first statement takes two values; a third one would be refused.
        let query = sqlx::query(statement).bind(town).bind(people);
        let query = if statement.contains("$3") { query.bind(APPID) } else { query };
        query.execute(pool).await?;
    }
    Ok(town)
}

/// One message due now for each of the town's people, all at once.
pub async fn fill(pool: &PgPool, town: Uuid, people: i32, today: NaiveDate) -> sqlx::Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query(
        "insert into message (town_id, id, person_id, appid, openid, template, local_day, state, next_at, not_after,
             awake_until, created_at)
         select $1, (left(md5('m' || $1::text), 20) || lpad(to_hex(n), 12, '0'))::uuid, (left(md5($1::text), 20) || lpad(to_hex(n), 12, '0'))::uuid, $3, 'oBench-' || lpad(n::text, 22, '0'), $4, $5,
             'queued', now(), now() + interval '1 day', now() + interval '1 hour', now()
         from generate_series(1, $2) n",
    )
    .bind(town)
    .bind(people)
    .bind(APPID)
    .bind(TEMPLATE)
    .bind(today)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into notice (town_id, id, person_id, subject_kind, subject_id, rung, weight, page, title, due_on, release_at,
             not_after, state, message_id, created_at)
         select $1, (left(md5('n' || $1::text), 20) || lpad(to_hex(n), 12, '0'))::uuid,
             (left(md5($1::text), 20) || lpad(to_hex(n), 12, '0'))::uuid, 'duty', gen_random_uuid(), 't0', 1,
             'pages/duty/index?id=00000000-0000-0000-0000-000000000000', '待办', $3, now(), now() + interval '1 day',
             'in_message', (left(md5('m' || $1::text), 20) || lpad(to_hex(n), 12, '0'))::uuid, now()
         from generate_series(1, $2) n",
    )
    .bind(town)
    .bind(people)
    .bind(today)
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// Seconds from the first mark to the last committed result, by the sender's own times; none while it is at work.
pub async fn took(pool: &PgPool, town: Uuid, people: i32) -> anyhow::Result<Option<f64>> {
    let left: bool = sqlx::query_scalar(
        "select exists (select from message where town_id = $1 and state in ('queued', 'sending'))",
    )
    .bind(town)
    .fetch_one(pool)
    .await?;
    if left {
        return Ok(None);
    }
    let (sent, seconds): (i64, f64) = sqlx::query_as(
        "select count(*) filter (where state = 'sent'),
             extract(epoch from max(finished_at) - min(sending_at))::float8 from message where town_id = $1",
    )
    .bind(town)
    .fetch_one(pool)
    .await?;
    ensure!(sent == i64::from(people), "{sent} of {people} messages were sent");
    Ok(Some(seconds))
}
