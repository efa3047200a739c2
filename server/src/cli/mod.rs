//! What the commands do. Each is synchronous at the top: the embedded PostgreSQL and Redis are started from the main
//! thread, before any other exists, so that they end with this process however it ends.

mod demo;
mod office;
mod photos;
mod run;

pub use demo::{DemoArgs, demo};
pub use office::{AuditCommand, OfficeCommand, OperatorCommand, TownCommand, audit, office, operator, town};
pub use photos::{PhotosCommand, keep_file, photos};
pub use run::{migrate, serve, services};

use std::future::Future;
use std::path::Path;

use anyhow::Context;
use secrecy::ExposeSecret;

use crate::config::Config;
use crate::platform::local::{Services, Want};

/// Where the data are: as configured, or embedded under the data folder for as long as this lives.
struct Stores {
    database_url: String,
    redis_url: String,
    embedded: Option<Services>,
}

impl Stores {
    fn open(config: &Config) -> anyhow::Result<Self> {
        let want = Want { postgres: config.database_url.is_none(), redis: config.redis_url.is_none() };
        let embedded =
            (want.postgres || want.redis).then(|| Services::start(&config.var, want)).transpose()?;
        let url = |configured: Option<&secrecy::SecretString>, own: Option<&str>| {
            configured
                .map(|url| url.expose_secret().to_owned())
                .or_else(|| own.map(str::to_owned))
                .unwrap_or_default()
        };
        Ok(Self {
            database_url: url(
                config.database_url.as_ref(),
                embedded.as_ref().and_then(Services::database_url),
            ),
            redis_url: url(config.redis_url.as_ref(), embedded.as_ref().and_then(Services::redis_url)),
            embedded,
        })
    }
}

fn load(file: Option<&Path>) -> anyhow::Result<Config> {
    Ok(Config::load(file)?)
}

fn start_logging(filter: &str) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter).context("TUHE_LOG 写法不对")?;
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    Ok(())
}

/// Runs a future on a runtime of its own.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
