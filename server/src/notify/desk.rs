//! Where many sends share one commit: what is waiting when a turn begins is in that turn, whoever comes later in the next
//! one. So a turn is as small as the load allows and as large as it needs.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, OwnedSemaphorePermit, mpsc};
use uuid::Uuid;

use super::intake::{Batch, Intake};
use super::mark::Work;
use super::relay::Key;
use super::turn::{self, Marks, Turn};
use super::worker::Worker;
use super::{send, sql};
use crate::App;
use crate::platform::stream::Stream;
use crate::platform::wechat::Outcome;

pub(super) const DESKS: i64 = 2;
/// How long a result that cannot be committed is tried again. Until then no new send starts in its place; after that its
/// message is called unknown when the lease ends.
const INSIST: Duration = Duration::from_mins(5);
/// How long marks are tried while the database is away, before their entries are left to be read again.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longer than any statement is let run (`platform::db`).
const STATEMENT: Duration = Duration::from_secs(20);
/// How often marks in doubt are looked at where nothing else happens.
const AGAIN: Duration = Duration::from_secs(1);
/// After a mark that failed.
const REST: Duration = Duration::from_millis(100);

/// A place among those under way: from the mark to the committed result.
pub(super) type Slot = OwnedSemaphorePermit;

/// What came of one send.
pub(super) struct Done {
    pub work: Work,
    pub outcome: Outcome,
    /// What is acknowledged when it is committed.
    pub entry: String,
    pub slot: Slot,
}

/// Marks that failed. They stand if the commit was done and only its answer was lost, and then nobody acts on them while
/// this worker lives.
struct Doubt {
    worker: Uuid,
    keys: Vec<Key>,
    at: DateTime<Utc>,
    since: Instant,
    /// Once at least.
    taken_back: bool,
}

/// One of [`DESKS`] at work: while one waits for its commit, the next collects and asks.
pub(super) struct Desk {
    no: i64,
    app: App,
    worker: Arc<Worker>,
    intake: Arc<Mutex<Intake>>,
    results: mpsc::Sender<Done>,
    /// Where entries go that are over.
    over: mpsc::UnboundedSender<String>,
    doubts: Vec<Doubt>,
}

impl Desk {
    pub fn new(
        no: i64,
        app: &App,
        worker: &Arc<Worker>,
        intake: &Arc<Mutex<Intake>>,
        results: &mpsc::Sender<Done>,
        over: &mpsc::UnboundedSender<String>,
    ) -> Self {
        Self {
            no,
            app: app.clone(),
            worker: Arc::clone(worker),
            intake: Arc::clone(intake),
            results: results.clone(),
            over: over.clone(),
            doubts: Vec::new(),
        }
    }

    /// Works until nothing is left to be done.
    pub async fn serve(mut self) {
        loop {
            let intake = Arc::clone(&self.intake);
            let next = async { intake.lock().await.next().await };
            let batch = if self.doubts.is_empty() {
                next.await
            } else if let Ok(batch) = tokio::time::timeout(AGAIN, next).await {
                batch
            } else {
                self.take_back().await;
                continue;
            };
            let Some(batch) = batch else { break };
            self.turn(batch).await;
        }
        self.take_back().await;
    }

    async fn turn(&mut self, batch: Batch) {
        let Batch { done, entries, mut slots } = batch;
        let mut over = Vec::with_capacity(done.len() + entries.len());
        let mut results = Vec::with_capacity(done.len());
        for Done { work, outcome, entry, slot } in done {
            results.push((work, outcome));
            over.push(entry);
            slots.push(slot);
        }
        let mut waiting = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry.value.parse::<Key>() {
                Ok(key) => waiting.push((key, entry.id)),
                Err(_) => over.push(entry.id),
            }
        }
        let keys: HashSet<Key> = waiting.iter().map(|(key, _)| *key).collect();
        let failed = if let Some((id, at, Turn { works, rest })) = self.together(&results, &keys).await {
            self.begin(works, &mut waiting, &mut slots);
            // What is marked is on its way by now, however long this takes.
            let marks = turn::look_closer(&self.worker, id, &rest, at).await;
            self.doubt(id, marks.failed.clone(), at);
            self.begin(marks.works, &mut waiting, &mut slots);
            marks.failed
        } else {
            if !self.insist(&results).await {
                over.clear();
            }
            let marks = self.mark_patiently(&keys).await;
            self.begin(marks.works, &mut waiting, &mut slots);
            marks.failed
        };
        // What failed is not acknowledged: who holds a lease and a database takes its entry over.
        over.extend(waiting.into_iter().filter(|(key, _)| !failed.contains(key)).map(|(_, entry)| entry));
        drop(slots);
        for entry in over {
            // Nobody acknowledges any more only when the sender is gone; then they are read again, and dropped.
            let _ = self.over.send(entry);
        }
    }

    /// Sends what is marked. An entry that is there twice is answered once: the message is sent once.
    fn begin(&self, works: Vec<Work>, waiting: &mut Vec<(Key, String)>, slots: &mut Vec<Slot>) {
        for work in works {
            let place = waiting.iter().position(|(key, _)| *key == work.key);
            if let Some((place, slot)) = place.zip(slots.pop()) {
                let (_, entry) = waiting.swap_remove(place);
                self.post(work, entry, slot);
            }
        }
    }

    /// Results and marks together, once; with the epoch and the instant of the marks. None if that did not work, or cannot be
    /// done before something else.
    async fn together(
        &mut self,
        results: &[(Work, Outcome)],
        keys: &HashSet<Key>,
    ) -> Option<(Uuid, DateTime<Utc>, Turn)> {
        let (id, at) = (self.worker.ready()?, self.now());
        if !self.doubts.iter().all(|doubt| doubt.taken_back) {
            return None;
        }
        match turn::take(&self.worker, results, id, keys, at).await {
            Ok(turn) => Some((id, at, turn)),
            Err(error) => {
                tracing::debug!(%error, "results and marks are committed one after the other");
                self.doubt(id, keys.iter().copied().collect(), at);
                None
            }
        }
    }

    /// Sends in a task of its own, whose result comes back to the desks.
    fn post(&self, work: Work, entry: String, slot: Slot) {
        let (app, worker, results) = (self.app.clone(), Arc::clone(&self.worker), self.results.clone());
        tokio::spawn(async move {
            let outcome = send::post(&app, &worker, &work).await;
            if results.send(Done { work, outcome, entry, slot }).await.is_err() {
                tracing::warn!("a result was not committed; its message will be called unknown");
            }
        });
    }

    /// Commits results, and tries again while the database is away: what happened is known here and nowhere else.
    async fn insist(&self, results: &[(Work, Outcome)]) -> bool {
        let (begun, mut wait) = (Instant::now(), Duration::from_millis(50));
        while !results.is_empty() {
            match turn::finish(&self.worker, results, self.app.clock.now()).await {
                Ok(()) => return true,
                Err(error) if begun.elapsed() > INSIST => {
                    tracing::error!(%error, count = results.len(), "results are lost; their messages become unknown");
                    return false;
                }
                Err(error) => tracing::warn!(%error, "results are not committed yet"),
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(2));
        }
        true
    }

    /// A database that restarts costs its moment; one that stays away leaves the entries to be read again.
    async fn mark_patiently(&mut self, keys: &HashSet<Key>) -> Marks {
        let begun = Instant::now();
        loop {
            let marks = match self.worker.ready() {
                Some(id) => self.mark_surely(id, keys).await,
                None => Marks::none(keys),
            };
            if marks.failed.is_empty() || !marks.works.is_empty() || begun.elapsed() > PATIENCE {
                return marks;
            }
            tokio::time::sleep(REST).await;
        }
    }

    /// Marks, after taking back what may stand of earlier tries: nothing was sent under those.
    async fn mark_surely(&mut self, id: Uuid, keys: &HashSet<Key>) -> Marks {
        self.take_back().await;
        if !self.doubts.iter().all(|doubt| doubt.taken_back) {
            return Marks::none(keys);
        }
        let at = self.now();
        let marks = turn::mark(&self.worker, id, keys, at).await;
        self.doubt(id, marks.failed.clone(), at);
        marks
    }

    /// The time. No other desk marks at the same instant: by it a desk tells marks of its own that may stand.
    fn now(&self) -> DateTime<Utc> {
        let now = self.app.clock.now();
        let micros = now.timestamp_micros();
        DateTime::from_timestamp_micros(micros - micros.rem_euclid(DESKS) + self.no).unwrap_or(now)
    }

    fn doubt(&mut self, worker: Uuid, keys: Vec<Key>, at: DateTime<Utc>) {
        if !keys.is_empty() {
            self.doubts.push(Doubt { worker, keys, at, since: Instant::now(), taken_back: false });
        }
    }

    /// Takes back what may stand of marks in doubt, again and again while their statement may still be at work: a connection
    /// that breaks leaves it to the database to finish.
    async fn take_back(&mut self) {
        for doubt in &mut self.doubts {
            match sql::mark::take_back(&self.app.db, doubt.worker, &doubt.keys, doubt.at).await {
                Ok(()) => doubt.taken_back = true,
                Err(error) => tracing::warn!(%error, "marks in doubt are not taken back yet"),
            }
        }
        self.doubts.retain(|doubt| !doubt.taken_back || doubt.since.elapsed() < STATEMENT);
    }
}

/// An entry that is not acknowledged now is read again, and dropped by the mark.
pub(super) async fn acknowledge(stream: &Stream, entries: &[String]) {
    if let Err(error) = stream.done(entries).await {
        tracing::debug!(%error, "entries not acknowledged");
    }
}
