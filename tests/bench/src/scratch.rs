//! A folder for this run with a private PostgreSQL and Redis in it, and databases on that PostgreSQL.

use std::path::{Path, PathBuf};

use anyhow::Context;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use tempfile::TempDir;
use tuhe::platform::db;
use tuhe::platform::local::{Services, Want};

use crate::cpu;

pub struct Scratch {
    // Dropped in this order: the programs end before their folder goes.
    _services: Services,
    folder: TempDir,
    database_url: String,
    pub redis_url: String,
}

impl Scratch {
    /// For the main thread, before any other exists.
    pub fn start() -> anyhow::Result<Self> {
        let folder = folder()?;
        let services =
            Services::start(&folder.path().join("services"), Want { postgres: true, redis: true })?;
        let database_url = services.database_url().context("no PostgreSQL")?.to_owned();
        let redis_url = services.redis_url().context("no Redis")?.to_owned();
        Ok(Self { _services: services, folder, database_url, redis_url })
    }

    /// The address of a database by its name.
    pub fn url(&self, database: &str) -> String {
        // `postgres:///tuhe?host=…`, as the services give it.
        self.database_url.replacen("/tuhe?", &format!("/{database}?"), 1)
    }

    /// Where Redis listens.
    pub fn redis_socket(&self) -> &str {
        self.redis_url.trim_start_matches("redis+unix://")
    }

    /// The folder of PostgreSQL's socket.
    pub fn postgres_socket(&self) -> &str {
        let host = self.database_url.split_once("host=").map_or("", |(_, rest)| rest);
        host.split('&').next().unwrap_or_default()
    }

    /// A new database, a copy of `template` or migrated from nothing.
    pub async fn database(&self, name: &str, template: Option<&str>) -> anyhow::Result<String> {
        let mut server = PgConnection::connect(&self.url("postgres")).await?;
        let template = template.unwrap_or("template1");
        let create = format!("create database {name} template {template}");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut server).await?;
        server.close().await?;
        Ok(self.url(name))
    }

    /// A pool like the server's own, on a database brought up to the present schema.
    pub async fn pool(&self, url: &str) -> anyhow::Result<PgPool> {
        let pool = db::connect(url, 4).await?;
        db::migrate(&pool).await?;
        Ok(pool)
    }

    /// What PostgreSQL does by itself within a minute: until then, plans made for empty tables are used on full ones.
    pub async fn settle(&self, url: &str) -> anyhow::Result<()> {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::raw_sql("vacuum analyze").execute(&mut connection).await?;
        Ok(connection.close().await?)
    }

    /// Seconds PostgreSQL has used on processors so far, and Redis.
    pub fn services_cpu(&self) -> (f64, f64) {
        let of = |file: &str| {
            cpu::pid_in(&self.folder.path().join("services/data").join(file)).map_or(f64::NAN, cpu::seconds)
        };
        (of("pg/postmaster.pid"), of("redis/redis.pid"))
    }

    /// A place of its own inside the run's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program built beside this one.
    #[expect(clippy::unused_self, reason = "the scratch place names what runs in it")]
    pub fn program(&self, name: &str) -> anyhow::Result<PathBuf> {
        let program = std::env::current_exe()?.with_file_name(name);
        anyhow::ensure!(program.exists(), "{} is not built; use ./dev bench", program.display());
        Ok(program)
    }
}

/// User postgres, who runs the services when root starts them, must be able to pass through.
fn folder() -> std::io::Result<TempDir> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if is_root() { 0o711 } else { 0o700 };
    let permissions = std::fs::Permissions::from_mode(mode);
    tempfile::Builder::new().prefix("tuhe-bench.").permissions(permissions).tempdir()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The last lines of a file, for the message when a program failed.
pub fn tail(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}
