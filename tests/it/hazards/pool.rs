//! sqlx 0.9 gives a session back inside an open transaction when a `begin` is cancelled; the pool's guard drops it.

use futures_util::poll;
use sqlx::{Connection, PgConnection, PgPool};
use tuhe::platform::db;

use crate::world::Database;

/// How many of the pool's sessions PostgreSQL sees inside a transaction while they are lent, all at once.
async fn lent_inside_a_transaction(pool: &PgPool, watcher: &mut PgConnection, size: usize) -> usize {
    let mut lent = Vec::new();
    for _ in 0..size {
        lent.push(pool.acquire().await.expect("a connection"));
    }
    let mut pids = Vec::new();
    for connection in &mut lent {
        let pid: i32 =
            sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut **connection).await.expect("a pid");
        pids.push(pid);
    }
    let inside: i64 = sqlx::query_scalar(
        "select count(*) from pg_stat_activity where pid = any($1) and state like 'idle in transaction%'",
    )
    .bind(&pids)
    .fetch_one(watcher)
    .await
    .expect("the activity");
    usize::try_from(inside).expect("a count")
}

#[tokio::test]
async fn two_hundred_cancelled_begins_leave_no_lent_session_inside_a_transaction() {
    let database = Database::fresh().await;
    let pool = db::connect(&database.url, 1).await.expect("the pool");
    let mut watcher = PgConnection::connect(&database.url).await.expect("a watcher");
    let (mut cancelled, mut leaked) = (0, 0);
    while cancelled < 200 {
        // Asked a few times and then forgotten: further on in each round, until one round comes to its end.
        for polls in 1.. {
            let mut begin = Box::pin(pool.begin());
            let mut done = false;
            for _ in 0..polls {
                done = poll!(&mut begin).is_ready();
                if done {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(begin);
            leaked += lent_inside_a_transaction(&pool, &mut watcher, 1).await;
            if done {
                break;
            }
            cancelled += 1;
        }
    }
    assert_eq!(leaked, 0, "of {cancelled} cancelled");
}

#[tokio::test]
async fn a_session_given_back_inside_a_transaction_is_not_lent_again() {
    let database = Database::fresh().await;
    let pool = db::connect(&database.url, 2).await.expect("the pool");
    let mut watcher = PgConnection::connect(&database.url).await.expect("a watcher");
    for _ in 0..2 {
        let mut connection = pool.acquire().await.expect("a connection");
        sqlx::raw_sql("begin").execute(&mut *connection).await.expect("begun behind the pool's back");
    }
    assert_eq!(lent_inside_a_transaction(&pool, &mut watcher, 2).await, 0);
}

#[tokio::test]
async fn a_session_given_back_in_a_failed_transaction_is_not_lent_again() {
    let database = Database::fresh().await;
    let pool = db::connect(&database.url, 2).await.expect("the pool");
    let mut connection = pool.acquire().await.expect("a connection");
    sqlx::raw_sql("begin").execute(&mut *connection).await.expect("begun behind the pool's back");
    sqlx::raw_sql("select 1 / 0").execute(&mut *connection).await.expect_err("fails");
    drop(connection);
    for _ in 0..4 {
        let one: i32 = sqlx::query_scalar("select 1").fetch_one(&pool).await.expect("a sound session");
        assert_eq!(one, 1);
    }
}
