//! Where many sends share one commit: whoever asks while a commit is under way is in the next one.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::finish;
use super::mark::{self, Work};
use super::relay::{self, Key};
use super::worker::Worker;
use crate::App;
use crate::platform::stream::{Entry, Stream};
use crate::platform::wechat::Outcome;

/// Most asks in one transaction: enough to share a commit, few enough that some are marked while others are sent and
/// others' results are committed, instead of all in step.
const MOST: usize = 32;
/// How long a result that cannot be committed is tried again. Until then no new send starts in its place; after that its
/// message is called unknown when the lease ends.
const INSIST: Duration = Duration::from_mins(5);

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
    let (stream, mut batch) = (relay::stream(&app), Vec::new());
    while asks.recv_many(&mut batch, MOST).await > 0 {
        let keys: Vec<Key> = batch.iter().filter_map(|ask| ask.of).collect();
        let Some(mut works) = mark(&app, &worker, &keys).await else {
            // Not acknowledged: who holds a lease and a database takes these entries over.
            for ask in batch.drain(..) {
                answer(ask.answer, None);
            }
            tokio::time::sleep(REST).await;
            continue;
        };
        let mut dropped = Vec::new();
        for ask in batch.drain(..) {
            // An entry twice in one batch is answered once: the message is sent once.
            let work = works.iter().position(|work| Some(work.key) == ask.of).map(|i| works.swap_remove(i));
            if work.is_none() {
                dropped.push(ask.entry);
            }
            answer(ask.answer, work);
        }
        done(&stream, &dropped).await;
    }
}

/// None if nothing can be marked now.
async fn mark(app: &App, worker: &Worker, keys: &[Key]) -> Option<Vec<Work>> {
    match mark::batch(app, worker.ready()?, keys, app.clock.now()).await {
        Ok(works) => Some(works),
        Err(error) => {
            tracing::warn!(%error, "nothing is marked");
            None
        }
    }
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
