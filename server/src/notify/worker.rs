//! Who is sending: each start of a process is a worker of its own, with a lease on the database's clock.
//!
//! The lease answers one question for others: may the sends this worker marked still be under way? When it has lapsed,
//! [`super::rescue`] calls them unknown. So a worker starts no send it could not finish inside its lease, and one whose
//! lease was taken away (it was stopped for too long) begins anew under another id.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

use sqlx::PgPool;
use uuid::Uuid;

use super::sql;

/// Dead after this long without renewal.
pub const LEASE: Duration = Duration::from_secs(20);
pub const RENEW: Duration = Duration::from_secs(5);

/// An HTTP exchange that may outlast the lease would be called unknown, and perhaps told again, while it is alive.
#[derive(Debug, thiserror::Error)]
#[error("the WeChat timeout ({0:?}) must be shorter than the sender's lease ({LEASE:?})")]
pub struct LeaseTooShort(Duration);

/// What the process shows of itself. The process namespace keeps containers apart that share a name: a process id says
/// something only inside one namespace and one boot.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub host: String,
    pub boot_id: String,
    pub pid: i32,
}

impl Place {
    pub fn here() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        Self {
            host: format!("{} {}", read("/proc/sys/kernel/hostname"), namespace.display()),
            boot_id: read("/proc/sys/kernel/random/boot_id"),
            pid: i32::try_from(std::process::id()).unwrap_or_default(),
        }
    }

    /// Whether a process of this place, by its id, is no more. An id in use again looks alive; its lease will tell.
    pub fn is_dead(pid: i32) -> bool {
        pid > 0 && Path::new("/proc/self").exists() && !Path::new(&format!("/proc/{pid}")).exists()
    }
}

struct Held {
    id: Uuid,
    renewed: Instant,
}

/// This process as a worker.
pub(super) struct Worker {
    /// Where its leases and its turns are written.
    pub db: PgPool,
    place: Place,
    /// How long before the end of the lease the last send may start.
    spare: Duration,
    held: Mutex<Held>,
    /// Refusals in a row that are the template's fault.
    pub template_errors: AtomicU32,
}

impl Worker {
    /// Registers. `timeout` is that of one HTTP exchange.
    pub async fn start(db: &PgPool, timeout: Duration) -> Result<Self, sqlx::Error> {
        let (place, id, renewed) = (Place::here(), Uuid::now_v7(), Instant::now());
        sql::worker::insert(db, id, &place, LEASE).await?;
        let held = Mutex::new(Held { id, renewed });
        let (spare, template_errors) = (LEASE.saturating_sub(timeout), AtomicU32::new(0));
        Ok(Self { db: db.clone(), place, spare, held, template_errors })
    }

    /// The present epoch.
    pub fn id(&self) -> Uuid {
        self.lock().id
    }

    /// The epoch under which a send may start now; none while the lease is too old for it.
    pub fn ready(&self) -> Option<Uuid> {
        let held = self.lock();
        (held.renewed.elapsed() < self.spare).then_some(held.id)
    }

    /// Since the lease was last renewed, by this process's own clock.
    pub fn lease_age(&self) -> Duration {
        self.lock().renewed.elapsed()
    }

    /// Renews the lease, or takes a new one where it was taken away.
    pub async fn renew(&self) -> Result<(), sqlx::Error> {
        let (id, asked) = (self.id(), Instant::now());
        let id = if sql::worker::renew(&self.db, id, LEASE).await? {
            id
        } else {
            tracing::warn!(worker = %id, "the lease was taken away; a new one is taken");
            let id = Uuid::now_v7();
            sql::worker::insert(&self.db, id, &self.place, LEASE).await?;
            id
        };
        *self.lock() = Held { id, renewed: asked };
        Ok(())
    }

    /// Ends the present epoch: what it still has under way is unknown from now on.
    pub async fn end(&self) -> Result<(), sqlx::Error> {
        sql::worker::end(&self.db, self.id()).await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        // The value is replaced as a whole: there is no half-done state to be afraid of.
        self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Refuses to start with a timeout the lease cannot hold.
pub(super) fn check(timeout: Duration) -> Result<(), LeaseTooShort> {
    if timeout < LEASE { Ok(()) } else { Err(LeaseTooShort(timeout)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_must_fit_into_the_lease() {
        assert!(check(Duration::from_secs(10)).is_ok());
        assert!(check(LEASE).is_err());
    }

    #[test]
    fn a_living_process_is_not_called_dead() {
        assert!(!Place::is_dead(Place::here().pid));
        assert!(!Place::is_dead(0));
        assert!(Place::is_dead(i32::MAX));
        assert!(!Place::here().boot_id.is_empty());
    }
}
