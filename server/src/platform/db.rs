//! The PostgreSQL pool, with the guard that keeps a cancelled `begin` from poisoning the next borrower.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, Row};

/// Every migration, embedded: a binary refuses a schema that holds one it does not know.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// Opens the pool. `max` is the number of connections this process may hold.
///
/// sqlx 0.9 returns a session inside an open transaction when a `begin` was cancelled; the hook asks, over the
/// simple protocol, whether the session is inside one (two clocks differ then) and drops it if so. It replaces the
/// ping, so it costs no round trip of its own.
pub async fn connect(url: &str, max: u32) -> Result<PgPool, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?.application_name("tuhe").options([
        ("statement_timeout", "15s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "20s"),
        ("timezone", "UTC"),
    ]);
    PgPoolOptions::new()
        .max_connections(max)
        .min_connections(2.min(max))
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .before_acquire(|connection, _| {
            Box::pin(async move {
                let ask =
                    sqlx::raw_sql("select now() = statement_timestamp() as fresh").fetch_one(connection);
                let row = tokio::time::timeout(Duration::from_secs(3), ask)
                    .await
                    .map_err(|_| sqlx::Error::PoolTimedOut)??;
                row.try_get::<bool, _>("fresh")
            })
        })
        .connect_with(options)
        .await
}

/// Brings the schema up to this binary, or refuses one that is newer than it.
pub async fn migrate(db: &PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    MIGRATOR.run(db).await
}
