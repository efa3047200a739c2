//! A few worker processes and a short queue before them. Beyond the queue the answer is "busy", at once.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::convert::Converter;
use super::process::Worker;
use super::{Derived, Format, Refusal, WorkerCommand, sniff};

/// How much a pool takes on.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Workers at the same time.
    pub size: usize,
    /// Photos that may wait for one.
    pub queue: usize,
    /// Time for one photo; a worker that needs longer is killed.
    pub deadline: Duration,
    /// A worker without work for so long is ended.
    pub idle: Duration,
}

impl Bounds {
    /// The usual bounds around `size` workers.
    pub const fn of(size: usize) -> Self {
        Self { size, queue: 8, deadline: Duration::from_secs(20), idle: Duration::from_mins(1) }
    }
}

/// Why no photo came out.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// It is the photo.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Workers and queue are full; a repeat makes sense in some seconds.
    #[error("all photo workers are busy")]
    Busy,
    /// No worker can be started: the server's fault.
    #[error("no photo worker: {0}")]
    Worker(#[from] io::Error),
}

/// The workers. Started when needed, replaced after a crash, ended when idle. Cheap to clone.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

/// A claimed place in the queue. Claim it before taking a photo into memory, so that a full house costs none.
pub struct Place {
    shared: Arc<Shared>,
    _place: OwnedSemaphorePermit,
}

struct Shared {
    command: WorkerCommand,
    /// For HEIC, where the tool for it is installed.
    converter: Option<Converter>,
    bounds: Bounds,
    places: Arc<Semaphore>,
    turns: Semaphore,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// Workers without work, the longest idle first.
    workers: Vec<(Instant, Worker)>,
    /// A task is under way that will end them.
    watched: bool,
}

impl Pool {
    /// A pool of `size` workers started as `exe photo-worker`. It must be used within a tokio runtime.
    pub fn new(exe: impl Into<PathBuf>, size: usize) -> Self {
        Self::with(WorkerCommand::new(exe), Bounds::of(size))
    }

    /// A pool with its own command and bounds.
    pub fn with(command: WorkerCommand, bounds: Bounds) -> Self {
        let places = Arc::new(Semaphore::new(bounds.size + bounds.queue));
        let turns = Semaphore::new(bounds.size);
        let converter = command.heif_convert.clone().and_then(|tool| {
            Converter::new(tool)
                .inspect_err(|error| tracing::error!(%error, "no place for HEIC to be read"))
                .ok()
        });
        Self {
            shared: Arc::new(Shared { command, converter, bounds, places, turns, idle: Mutex::default() }),
        }
    }

    /// Whether an iPhone's HEIC is taken too.
    pub fn takes_heic(&self) -> bool {
        self.shared.converter.is_some()
    }

    /// A place among those working and waiting, or `Busy` at once.
    pub fn admit(&self) -> Result<Place, PoolError> {
        let place = Arc::clone(&self.shared.places).try_acquire_owned().map_err(|_| PoolError::Busy)?;
        Ok(Place { shared: Arc::clone(&self.shared), _place: place })
    }

    /// The same, waiting up to `patience` for one.
    pub async fn admit_within(&self, patience: Duration) -> Result<Place, PoolError> {
        let place = timeout(patience, Arc::clone(&self.shared.places).acquire_owned()).await;
        let place = place.map_err(|_| PoolError::Busy)?.map_err(io::Error::other)?;
        Ok(Place { shared: Arc::clone(&self.shared), _place: place })
    }

    /// The facts and copies of one photo. A crash or an overrun of time there is `Refusal::Unreadable`.
    pub async fn derive(&self, photo: &[u8]) -> Result<Derived, PoolError> {
        self.admit()?.derive(photo).await
    }
}

impl Place {
    /// Waits for a worker and uses it. If this future is dropped half-way, the worker at work is killed.
    pub async fn derive(self, photo: &[u8]) -> Result<Derived, PoolError> {
        if photo.len() > super::MAX_BYTES {
            return Err(Refusal::TooBig.into());
        }
        // The semaphore is never closed; if it were, there would be no workers any more.
        let _turn = self.shared.turns.acquire().await.map_err(io::Error::other)?;
        let picture = self.shared.picture(photo).await?;
        let mut worker = match self.shared.wake() {
            Some(worker) => worker,
            None => Worker::start(&self.shared.command).await?,
        };
        let fault = match timeout(self.shared.bounds.deadline, worker.ask(photo, picture.as_deref())).await {
            Ok(Ok(answer)) => {
                self.shared.park(worker);
                return Ok(answer?);
            }
            Ok(Err(error)) => error,
            Err(_) => io::ErrorKind::TimedOut.into(),
        };
        worker.kill().await;
        tracing::warn!(error = %fault, bytes = photo.len(), "a photo cost its worker");
        Err(Refusal::Unreadable.into())
    }
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The picture of a HEIC as a JPEG; none where a worker reads the photo itself.
    async fn picture(&self, photo: &[u8]) -> Result<Option<Vec<u8>>, PoolError> {
        if sniff(photo) != Ok(Format::Heic) {
            return Ok(None);
        }
        let converter = self.converter.as_ref().ok_or(Refusal::HeicUnavailable)?;
        match timeout(self.bounds.deadline, converter.to_jpeg(&self.command, photo)).await {
            Ok(picture) => Ok(Some(picture??)),
            // A photo that is too much ends by the tool's limit of processor time; here the machine has too much to do.
            Err(_) => Err(PoolError::Busy),
        }
    }

    /// The worker that was busy last, so that the others can fall idle; dead ones are dropped on the way.
    fn wake(&self) -> Option<Worker> {
        let mut idle = self.idle();
        std::iter::from_fn(|| idle.workers.pop())
            .map(|(_, worker)| worker)
            .find_map(|mut worker| worker.is_alive().then_some(worker))
    }

    fn park(self: &Arc<Self>, worker: Worker) {
        let mut idle = self.idle();
        idle.workers.push((Instant::now(), worker));
        if !std::mem::replace(&mut idle.watched, true) {
            tokio::spawn(watch(Arc::downgrade(self), self.bounds.idle));
        }
    }

    /// Ends the workers idle for too long; answers how long the next one may still rest, if there is one.
    fn end_idle(&self) -> Option<Duration> {
        let mut idle = self.idle();
        idle.workers.retain(|(since, _)| since.elapsed() < self.bounds.idle);
        let next = idle.workers.first().map(|(since, _)| self.bounds.idle.saturating_sub(since.elapsed()));
        idle.watched = next.is_some();
        next
    }
}

/// Ends idle workers until none is left, or the pool itself is gone.
async fn watch(pool: Weak<Shared>, idle: Duration) {
    let mut rest = Some(idle);
    while let Some(time) = rest {
        sleep(time).await;
        rest = pool.upgrade().and_then(|pool| pool.end_idle());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pool whose worker is a shell script; the true worker's tests are in `tests/photo_worker.rs`.
    fn script(text: &str) -> Pool {
        let args = ["-c", text].map(Into::into).to_vec();
        let command = WorkerCommand { program: "/bin/sh".into(), args, heif_convert: None };
        Pool::with(command, Bounds::of(1))
    }

    #[tokio::test]
    async fn a_program_that_is_no_worker_is_the_servers_fault() {
        for pool in [Pool::new("/nonexistent/tuhe", 1), script("exit 1"), script("echo Welcome to the shell")]
        {
            assert!(matches!(pool.derive(b"photo").await, Err(PoolError::Worker(_))));
        }
    }

    #[tokio::test]
    async fn a_lying_worker_is_not_believed() {
        const HELLO: &str = r#"printf '\000\000\000\022{"files":"closed"}'; head -c 1 >/dev/null;"#;
        for lie in [
            r"printf '\377\377\377\377'",
            r"printf '\000\000\000\002no'",
            r#"printf '\000\000\000\023{"refused":"bribe"}'"#,
            "exit 0",
        ] {
            let answer = script(&format!("{HELLO} {lie}")).derive(b"photo").await;
            assert!(matches!(answer, Err(PoolError::Refused(Refusal::Unreadable))), "{lie}: {answer:?}");
        }
    }
}
