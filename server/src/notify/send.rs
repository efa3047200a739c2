//! The sender: reads keys from the stream, marks, POSTs, commits what came of it, and only then acknowledges.
//!
//! At most `in_flight` messages are anywhere between mark and committed result: that is how many can be unknown after a
//! kill (queue rule 8). Marks and results of all of them share commits; see [`Desk`]. A POST is never cancelled: stopping
//! means reading no more and waiting for what is under way (queue rule 9).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, mpsc, watch};

use super::desk::{self, DESKS, Desk};
use super::intake::Intake;
use super::mark::Work;
use super::relay::{self, Key};
use super::worker::Worker;
use super::{is_stopped, sql};
use crate::App;
use crate::platform::clock::Clock;
use crate::platform::limit::{Limiter, Rate};
use crate::platform::metrics;
use crate::platform::stream::{Entry, Reader, Stream};
use crate::platform::wechat::{Outcome, Subscribe};

/// A mark older than this when its POST would start is not acted on: the process was stopped in between, and the message
/// may have been called unknown.
const FRESH: Duration = Duration::from_secs(5);
/// Entries acknowledged in one round trip.
const ACKNOWLEDGED: usize = 256;
/// After trouble with Redis or the lease.
const REST: Duration = Duration::from_millis(500);
/// How often entries of dead readers are looked for, and readers that are gone for good are removed.
const CLAIM_EVERY: Duration = Duration::from_secs(10);

/// Sends until told to stop, then finishes what is under way.
pub(super) async fn run(app: App, worker: Arc<Worker>, stop: watch::Receiver<bool>) {
    let in_flight = app.config.wechat.in_flight;
    let (result, results) = mpsc::channel(in_flight);
    let (entry, entries) = mpsc::channel(in_flight);
    let intake = Arc::new(Mutex::new(Intake::new(in_flight, results, entries, stop.clone())));
    let inbound = Inbound::new(&app, worker.id().to_string(), in_flight);
    let reader = tokio::spawn(inbound.read_into(entry, Arc::clone(&worker), stop));
    let (over, ends) = mpsc::unbounded_channel();
    let clerk = tokio::spawn(acknowledge_all(relay::stream(&app), ends));
    let desks =
        (0..DESKS).map(|no| tokio::spawn(Desk::new(no, &app, &worker, &intake, &result, &over).serve()));
    for desk in desks.collect::<Vec<_>>() {
        if let Err(error) = desk.await {
            tracing::error!(%error, "a desk ended badly");
        }
    }
    drop(over);
    if let Err(error) = clerk.await {
        tracing::error!(%error, "the acknowledging ended badly");
    }
    let rest = intake.lock().await.rest();
    match reader.await {
        Ok(mut inbound) => inbound.hand_back(&app, rest).await,
        Err(error) => tracing::error!(%error, "the reader ended badly"),
    }
}

/// Sends one marked message, now or not at all.
pub(super) async fn post(app: &App, worker: &Worker, work: &Work) -> Outcome {
    if worker.ready() != Some(work.worker) || work.marked.elapsed() > FRESH {
        return Outcome::Retry { reason: "stalled" };
    }
    let message = Subscribe {
        openid: &work.openid,
        template_id: &work.template,
        page: Some(work.digest.page()),
        data: &work.digest.data(&app.config.wechat.fields),
    };
    app.wechat.send(&message).await
}

/// Acknowledges what is over, beside the desks: their next turn need not wait for Redis.
async fn acknowledge_all(stream: Stream, mut ends: mpsc::UnboundedReceiver<String>) {
    let mut over = Vec::new();
    while ends.recv_many(&mut over, ACKNOWLEDGED).await > 0 {
        desk::acknowledge(&stream, &over).await;
        over.clear();
    }
}

/// Entries on their way in: read a few ahead, so that a free slot does not wait for Redis. They are not marked yet, so
/// that a kill leaves them to others.
struct Inbound {
    stream: Stream,
    consumer: String,
    count: usize,
    reader: Option<Reader>,
    ahead: VecDeque<Entry>,
    claimed: Instant,
    limiter: Limiter,
    bucket: String,
    rate: Option<Rate>,
}

impl Inbound {
    fn new(app: &App, consumer: String, count: usize) -> Self {
        let burst = app.config.wechat.per_second;
        Self {
            stream: relay::stream(app),
            consumer,
            count,
            reader: None,
            ahead: VecDeque::new(),
            claimed: Instant::now(),
            limiter: app.limiter.clone(),
            bucket: format!("send:{}", app.config.wechat.appid),
            rate: (burst > 0).then_some(Rate { burst, per: Duration::from_secs(1) }),
        }
    }

    /// Reads until told to stop, as fast as there is room.
    async fn read_into(
        mut self,
        entries: mpsc::Sender<Entry>,
        worker: Arc<Worker>,
        mut stop: watch::Receiver<bool>,
    ) -> Self {
        while !is_stopped(&stop) {
            if worker.ready().is_none() {
                tokio::time::sleep(REST).await;
                continue;
            }
            let room = tokio::select! {
                room = entries.reserve() => room,
                _ = stop.changed() => continue,
            };
            let Ok(room) = room else { break };
            if let Some(entry) = self.next(&stop).await
                && let Some(entry) = self.in_turn(entry, &stop).await
            {
                room.send(entry);
            }
        }
        self
    }

    /// The next entry; none when there was none for a while, or Redis is away.
    async fn next(&mut self, stop: &watch::Receiver<bool>) -> Option<Entry> {
        if is_stopped(stop) {
            return None;
        }
        if self.ahead.is_empty() {
            match self.read().await {
                Ok(entries) => self.ahead.extend(entries),
                Err(error) => {
                    tracing::warn!(%error, "no redis: nothing is sent until it is back");
                    self.reader = None;
                    tokio::time::sleep(REST).await;
                }
            }
        }
        self.ahead.pop_front()
    }

    /// Waits for a token of the bucket all senders share (queue rule 10); when told to stop first, the entry is kept for
    /// others.
    async fn in_turn(&mut self, entry: Entry, stop: &watch::Receiver<bool>) -> Option<Entry> {
        let Some(rate) = self.rate else { return Some(entry) };
        let begun = Instant::now();
        while let Err(wait) = self.limiter.try_take(&self.bucket, rate, Clock::system().now()).await {
            if is_stopped(stop) {
                self.ahead.push_front(entry);
                return None;
            }
            tokio::time::sleep(wait.min(REST)).await;
        }
        metrics::token_wait(begun.elapsed());
        Some(entry)
    }

    async fn read(&mut self) -> redis::RedisResult<Vec<Entry>> {
        if self.claimed.elapsed() >= CLAIM_EVERY {
            self.claimed = Instant::now();
            self.stream.tidy().await?;
            let stale = self.stream.claim_stale(&self.consumer, self.count).await?;
            if !stale.is_empty() {
                return Ok(stale);
            }
        }
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(self.stream.reader(&self.consumer).await?),
        };
        reader.read(self.count).await
    }

    /// What was read ahead and not begun goes back at once, instead of after a minute.
    async fn hand_back(&mut self, app: &App, rest: Vec<Entry>) {
        self.ahead.extend(rest);
        let keys: Vec<Key> = self.ahead.iter().filter_map(|entry| entry.value.parse().ok()).collect();
        let entries: Vec<String> = self.ahead.drain(..).map(|entry| entry.id).collect();
        if keys.is_empty() {
            return;
        }
        if let Err(error) = sql::relay::give_back(&app.db, &keys).await {
            tracing::debug!(%error, "messages read ahead are handed out again after a minute");
        }
        if let Err(error) = self.stream.done(&entries).await {
            tracing::debug!(%error, "entries read ahead are left to others");
        }
    }
}
