//! The private PostgreSQL and Redis of a server that was given none (design D4).
//!
//! Both are the system's programs, run as our children from one folder: `data/` (`pg/`, `redis/`), `run/` (sockets,
//! no TCP port), `log/`, and `lock`. Plain blocking code for the **main thread, before any runtime**: the children
//! get SIGINT when the *thread* that started them ends, which then is the end of the process, however it comes.

mod account;
mod binaries;
mod daemon;
mod error;
mod lock;
mod log;
mod place;
mod postgres;
mod redis;
#[cfg(test)]
mod tests;

use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use account::Account;
use daemon::Daemon;
pub use error::{LocalError, LocalResult};
use lock::Lock;
use place::Place;

/// How long a start waits for a predecessor on its way out.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a stop waits before it kills.
const STOP: Duration = Duration::from_secs(30);

/// Which of the two to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    pub postgres: bool,
    pub redis: bool,
}

/// The running services; dropping them stops them.
pub struct Services {
    // Dropped in this order: first both programs end, then the folder is free.
    postgres: Option<Daemon>,
    redis: Option<Daemon>,
    database_url: Option<String>,
    redis_url: Option<String>,
    _lock: Lock,
}

impl Services {
    /// Starts what is wanted from `dir`, which is made if missing, and returns when both answer.
    pub fn start(dir: &Path, want: Want) -> LocalResult<Self> {
        Self::start_within(dir, want, PATIENCE)
    }

    fn start_within(dir: &Path, want: Want, patience: Duration) -> LocalResult<Self> {
        let account = Account::choose()?;
        let dir = place::folder(dir, &account)?;
        let lock = Lock::take(&dir, patience)?;
        let place = Place::prepare(dir, &account)?;
        let mut services =
            Self { postgres: None, redis: None, database_url: None, redis_url: None, _lock: lock };
        if want.redis {
            services.redis = Some(redis::start(&place, &account, patience)?);
            services.redis_url = Some(redis::url(&place.run));
        }
        if want.postgres {
            services.postgres = Some(postgres::start(&place, &account, patience)?);
            services.database_url = Some(postgres::url(&place.run));
        }
        tracing::debug!(dir = %place.dir.display(), data = %place.data.display(), "local services run");
        Ok(services)
    }

    /// For sqlx; none if PostgreSQL was not wanted.
    pub fn database_url(&self) -> Option<&str> {
        self.database_url.as_deref()
    }

    /// For the `redis` crate; none if Redis was not wanted.
    pub fn redis_url(&self) -> Option<&str> {
        self.redis_url.as_deref()
    }

    /// An error with the end of the log as soon as one of the two has ended by itself. Never blocks.
    pub fn check(&mut self) -> LocalResult<()> {
        self.running().try_for_each(Daemon::check)
    }

    /// Stops both in order and waits for their end; kills them past a deadline.
    pub fn stop(self) {
        drop(self);
    }

    fn running(&mut self) -> impl Iterator<Item = &mut Daemon> {
        self.postgres.iter_mut().chain(self.redis.iter_mut())
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        self.running().for_each(Daemon::ask_to_stop);
        let deadline = Instant::now() + STOP;
        self.running().for_each(|daemon| daemon.wait_stopped(deadline));
    }
}

/// A path as it may stand in a URL's path or query.
fn percent_encoded(path: &Path) -> String {
    let mut encoded = String::new();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
