//! The PostgreSQL pool, with the guard that keeps a cancelled `begin` from poisoning the next borrower.

use std::collections::HashMap;
use std::str::FromStr;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::migrate::{Migrate, MigrateError, Migration};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, PgTransaction, Row};
use uuid::Uuid;

/// Every migration, embedded.
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
        // Every statement here is a short one; compiling it takes longer than running it.
        ("jit", "off"),
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

/// What the database's clock shows, and how long the answer took.
pub async fn time(db: &PgPool) -> Result<(DateTime<Utc>, Duration), sqlx::Error> {
    let mut connection = db.acquire().await?;
    let asked = Instant::now();
    let shown =
        sqlx::query_scalar!(r#"select clock_timestamp() as "shown!""#).fetch_one(&mut *connection).await?;
    Ok((shown, asked.elapsed()))
}

/// Connections for what every request asks, and every opening of the app: statements that stand alone.
///
/// Such a statement is planned once for each connection; planned for its arguments, it would be planned at every request,
/// for longer than it runs. Nothing is ever begun here, so no guard looks for an open transaction; a connection that has
/// been idle for longer than the server takes to come back is asked whether it still lives.
pub fn reads(db: &PgPool, max: u32) -> PgPool {
    const RESTART: Duration = Duration::from_millis(200);
    let options =
        PgConnectOptions::clone(&db.connect_options()).options([("plan_cache_mode", "force_generic_plan")]);
    PgPoolOptions::new()
        .max_connections(max)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .before_acquire(|connection, idle| {
            Box::pin(async move {
                if idle.idle_for > RESTART {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}

/// Begins a transaction that is alone with the thing of this id; another one waits here until it has ended, before it has
/// seen or locked anything. Its statements go by keys: they are planned once for each connection, not for their arguments.
pub async fn begin_alone(db: &PgPool, with: Uuid) -> Result<PgTransaction<'static>, sqlx::Error> {
    let (high, low) = with.as_u64_pair();
    let key = (high ^ low).cast_signed();
    // One round trip: a number needs no binding.
    let sql =
        format!("begin; set local plan_cache_mode = force_generic_plan; select pg_advisory_xact_lock({key})");
    db.begin_with(AssertSqlSafe(sql)).await
}

/// A few connections beside the pool's, to the same database, for who asks the same few questions by key all the time.
///
/// Their statements are planned once, perhaps while the tables are still empty, and go by the keys whatever the planner
/// thinks of them then. They are for transactions that nobody cancels, so no guard looks at them.
pub fn beside(db: &PgPool, max: u32) -> PgPool {
    let options = PgConnectOptions::clone(&db.connect_options()).options([
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
    ]);
    PgPoolOptions::new()
        .max_connections(max)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .connect_lazy_with(options)
}

/// Migrations that only expand are kept apart: the binary before, which does not know them, runs on (design D19).
const EXPANDED: &str = "_sqlx_migrations_expand";
/// The others: a binary refuses a schema that holds one it does not know. sqlx's own name for it, which the first
/// release looks into.
const CONTRACTED: &str = "_sqlx_migrations";

/// Whether the binary before may run on what a migration makes: it says so itself, on a line of its own.
pub fn only_expands(migration: &Migration) -> bool {
    migration.sql.as_str().lines().take_while(|line| line.starts_with("--")).any(|line| line == "-- expand")
}

/// Brings the schema up to this binary, or refuses one that only a newer binary understands.
pub async fn migrate(db: &PgPool) -> Result<(), MigrateError> {
    let mut connection = db.acquire().await?;
    connection.lock().await?;
    let done = migrate_locked(&mut connection).await;
    let unlocked = connection.unlock().await;
    done.and(unlocked)
}

async fn migrate_locked(connection: &mut PgConnection) -> Result<(), MigrateError> {
    let mut applied = HashMap::new();
    for table in [CONTRACTED, EXPANDED] {
        connection.ensure_migrations_table(table).await?;
        for migration in connection.list_applied_migrations(table).await? {
            if table == CONTRACTED && !MIGRATOR.version_exists(migration.version) {
                return Err(MigrateError::VersionMissing(migration.version));
            }
            applied.insert(migration.version, migration.checksum);
        }
    }
    for migration in MIGRATOR.iter() {
        match applied.get(&migration.version) {
            Some(checksum) if *checksum == migration.checksum => {}
            Some(_) => return Err(MigrateError::VersionMismatch(migration.version)),
            None => {
                let table = if only_expands(migration) { EXPANDED } else { CONTRACTED };
                connection.apply(table, migration).await?;
            }
        }
    }
    Ok(())
}
