//! Where many sends share one commit: whoever asks while a commit is under way is in the next one.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::mark::{self, Marks, Work};
use super::relay::{self, Key};
use super::worker::Worker;
use super::{finish, sql};
use crate::App;
use crate::platform::stream::{Entry, Stream};
use crate::platform::wechat::Outcome;

/// Most asks in one transaction: enough to share a commit, few enough that some are marked while others are sent and
/// others' results are committed, instead of all in step.
const MOST: usize = 32;
/// How long a result that cannot be committed is tried again. Until then no new send starts in its place; after that its
/// message is called unknown when the lease ends.
const INSIST: Duration = Duration::from_mins(5);

/// How long marks are tried while the database is away, before their entries are left to be read again.
const PATIENCE: Duration = Duration::from_secs(5);
/// After a mark that failed.
const REST: Duration = Duration::from_millis(100);

struct Ask<T, R> {
    of: T,
    entry: String,
    answer: oneshot::Sender<R>,
}

/// The two queues of those who wait for a commit.
#[derive(Clone)]
pub(super) struct Desk {
    marks: mpsc::Sender<Ask<Option<Key>, Option<Work>>>,
    results: mpsc::Sender<Ask<(Work, Outcome), ()>>,
}

impl Desk {
    /// Opens; closes by itself when nobody holds it any more.
    pub fn open(app: &App, worker: &Arc<Worker>) -> Self {
        let (marks, mark_asks) = mpsc::channel(MOST);
        let (results, result_asks) = mpsc::channel(MOST);
        tokio::spawn(serve_marks(app.clone(), Arc::clone(worker), mark_asks));
        tokio::spawn(serve_results(app.clone(), Arc::clone(worker), result_asks));
        Self { marks, results }
    }

    /// Marks what an entry stands for; none if it is not to be sent.
    pub async fn mark(&self, entry: &Entry) -> Option<Work> {
        let (answer, answered) = oneshot::channel();
        let ask = Ask { of: entry.value.parse().ok(), entry: entry.id.clone(), answer };
        self.marks.send(ask).await.ok()?;
        answered.await.ok().flatten()
    }

    /// Returns when the result is committed.
    pub async fn finish(&self, work: Work, outcome: Outcome, entry: &Entry) {
        let (answer, answered) = oneshot::channel();
        let ask = Ask { of: (work, outcome), entry: entry.id.clone(), answer };
        if self.results.send(ask).await.is_err() || answered.await.is_err() {
            tracing::warn!("a result was not committed; its message will be called unknown");
        }
    }
}

async fn serve_marks(
    app: App,
    worker: Arc<Worker>,
    mut asks: mpsc::Receiver<Ask<Option<Key>, Option<Work>>>,
) {
    let (stream, mut batch, mut doubts) = (relay::stream(&app), Vec::new(), Vec::new());
    while asks.recv_many(&mut batch, MOST).await > 0 {
        let keys: Vec<Key> = batch.iter().filter_map(|ask| ask.of).collect();
        let Marks { mut works, failed } = mark_patiently(&app, &worker, &keys, &mut doubts).await;
        let mut dropped = Vec::new();
        for ask in batch.drain(..) {
            // An entry twice in one batch is answered once: the message is sent once.
            let work = works.iter().position(|work| Some(work.key) == ask.of).map(|i| works.swap_remove(i));
            // What failed is not acknowledged: who holds a lease and a database takes its entry over.
            if work.is_none() && !ask.of.is_some_and(|key| failed.contains(&key)) {
                dropped.push(ask.entry);
            }
            answer(ask.answer, work);
        }
        done(&stream, &dropped).await;
    }
}

/// Marks that failed. They stand if the commit was done and only its answer was lost, and then nobody acts on them while
/// this worker lives.
struct Doubt {
    worker: Uuid,
    keys: Vec<Key>,
    at: DateTime<Utc>,
}

/// A database that restarts costs its moment; one that stays away leaves the entries to be read again.
async fn mark_patiently(app: &App, worker: &Worker, keys: &[Key], doubts: &mut Vec<Doubt>) -> Marks {
    let begun = std::time::Instant::now();
    loop {
        let marks = match worker.ready() {
            Some(id) => mark_surely(app, id, keys, doubts).await,
            None => Marks::none(keys),
        };
        if marks.failed.is_empty() || !marks.works.is_empty() || begun.elapsed() > PATIENCE {
            return marks;
        }
        tokio::time::sleep(REST).await;
    }
}

/// Marks, after taking back what may stand of earlier tries: nothing was sent under those.
async fn mark_surely(app: &App, worker: Uuid, keys: &[Key], doubts: &mut Vec<Doubt>) -> Marks {
    while let Some(doubt) = doubts.last() {
        if let Err(error) = sql::mark::take_back(&app.db, doubt.worker, &doubt.keys, doubt.at).await {
            tracing::warn!(%error, "nothing is marked");
            return Marks::none(keys);
        }
        doubts.pop();
    }
    let at = app.clock.now();
    let marks = mark::batch(app, worker, keys, at).await;
    if !marks.failed.is_empty() {
        doubts.push(Doubt { worker, keys: marks.failed.clone(), at });
    }
    marks
}

async fn serve_results(app: App, worker: Arc<Worker>, mut asks: mpsc::Receiver<Ask<(Work, Outcome), ()>>) {
    let (stream, mut batch) = (relay::stream(&app), Vec::new());
    while asks.recv_many(&mut batch, MOST).await > 0 {
        let mut entries = Vec::new();
        let mut results = Vec::new();
        let mut answers = Vec::new();
        for ask in batch.drain(..) {
            entries.push(ask.entry);
            results.push(ask.of);
            answers.push(ask.answer);
        }
        if insist(&app, &worker, &results).await {
            for waiting in answers {
                answer(waiting, ());
            }
            done(&stream, &entries).await;
        }
    }
}

/// Commits results, and tries again while the database is away: what happened is known here and nowhere else.
async fn insist(app: &App, worker: &Worker, results: &[(Work, Outcome)]) -> bool {
    let (begun, mut wait) = (std::time::Instant::now(), Duration::from_millis(50));
    loop {
        match finish::batch(app, worker, results, app.clock.now()).await {
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
}

/// An entry that is not acknowledged now is read again, and dropped by the mark.
pub(super) async fn done(stream: &Stream, entries: &[String]) {
    if let Err(error) = stream.done(entries).await {
        tracing::debug!(%error, "entries not acknowledged");
    }
}

fn answer<R>(to: oneshot::Sender<R>, what: R) {
    if to.send(what).is_err() {
        tracing::debug!("nobody waits for this answer any more");
    }
}
