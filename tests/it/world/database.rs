//! A database per test, cloned from a template that is migrated once per run.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::str::FromStr;
use tokio::sync::OnceCell;
use uuid::Uuid;

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A database of its own, dropped when the test ends.
pub struct Database {
    pub name: String,
    pub url: String,
}

/// Where PostgreSQL is. There is no default: a test that silently found another server would prove nothing.
pub fn server_url() -> String {
    std::env::var("DATABASE_URL").expect("DATABASE_URL is not set: run the tests by ./dev test")
}

pub fn redis_url() -> String {
    std::env::var("REDIS_URL").expect("REDIS_URL is not set: run the tests by ./dev test")
}

/// The server's address with another database's name in it.
pub fn url_of(name: &str) -> String {
    let url = server_url();
    let (base, query) = url.split_once('?').map_or((url.as_str(), ""), |(base, query)| (base, query));
    let (server, _) = base.rsplit_once('/').expect("a database in the URL");
    if query.is_empty() { format!("{server}/{name}") } else { format!("{server}/{name}?{query}") }
}

async fn run(statement: String) {
    let options = PgConnectOptions::from_str(&server_url()).expect("a PostgreSQL URL");
    let mut connection = PgConnection::connect_with(&options).await.expect("PostgreSQL answers");
    connection
        .execute(AssertSqlSafe(statement.clone()))
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

async fn template() -> &'static str {
    TEMPLATE
        .get_or_init(|| async {
            let name = format!("template_{}", Uuid::now_v7().simple());
            run(format!("create database {name}")).await;
            let pool = PgPoolOptions::new().connect(&url_of(&name)).await.expect("the template opens");
            tuhe::platform::db::migrate(&pool).await.expect("the migrations run");
            pool.close().await;
            name
        })
        .await
}

impl Database {
    /// Without a schema.
    pub async fn empty() -> Self {
        let name = format!("t_{}", Uuid::now_v7().simple());
        run(format!("create database {name}")).await;
        Self { url: url_of(&name), name }
    }

    pub async fn fresh() -> Self {
        let name = format!("t_{}", Uuid::now_v7().simple());
        run(format!("create database {name} template {}", template().await)).await;
        Self { url: url_of(&name), name }
    }
}
