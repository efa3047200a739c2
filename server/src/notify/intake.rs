//! What comes to the desks: results of sends, and entries to be sent while there is room.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, watch};

use super::desk::{Done, Slot};
use super::is_stopped;
use crate::platform::stream::Entry;

/// Most results, and most entries, of one turn: enough to share a commit, few enough that some are sent while others are
/// committed, instead of all in step.
const MOST: usize = 32;

/// What one turn is about. Each entry has a slot: one of `slots`, or that of something done.
#[derive(Default)]
pub(super) struct Batch {
    pub done: Vec<Done>,
    pub entries: Vec<Entry>,
    pub slots: Vec<Slot>,
}

pub(super) struct Intake {
    results: mpsc::Receiver<Done>,
    entries: mpsc::Receiver<Entry>,
    slots: Arc<Semaphore>,
    in_flight: u32,
    stop: watch::Receiver<bool>,
}

impl Intake {
    pub fn new(
        in_flight: usize,
        results: mpsc::Receiver<Done>,
        entries: mpsc::Receiver<Entry>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let slots = Arc::new(Semaphore::new(in_flight));
        Self { results, entries, slots, in_flight: u32::try_from(in_flight).unwrap_or(u32::MAX), stop }
    }

    /// Waits for something to do and takes what is there; none when it is stopped and nothing is under way.
    pub async fn next(&mut self) -> Option<Batch> {
        let mut batch = Batch::default();
        while batch.done.is_empty() && batch.entries.is_empty() {
            if is_stopped(&self.stop) {
                tokio::select! {
                    biased;
                    _ = self.results.recv_many(&mut batch.done, MOST) => {}
                    _ = self.slots.acquire_many(self.in_flight) => return None,
                }
            } else {
                tokio::select! {
                    biased;
                    _ = self.results.recv_many(&mut batch.done, MOST) => {}
                    Some((slot, entry)) = first(&self.slots, &mut self.entries) => {
                        batch.slots.push(slot);
                        batch.entries.push(entry);
                    }
                    _ = self.stop.changed() => {}
                }
            }
        }
        self.fill(&mut batch);
        Some(batch)
    }

    /// What is done makes room for as many entries.
    fn fill(&mut self, batch: &mut Batch) {
        while batch.done.len() < MOST
            && let Ok(done) = self.results.try_recv()
        {
            batch.done.push(done);
        }
        while !is_stopped(&self.stop) && batch.entries.len() < MOST {
            let spare = if batch.entries.len() < batch.done.len() + batch.slots.len() {
                None
            } else if let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
                Some(slot)
            } else {
                break;
            };
            let Ok(entry) = self.entries.try_recv() else { break };
            batch.entries.push(entry);
            batch.slots.extend(spare);
        }
    }

    /// What is left of the entries when it is over.
    pub fn rest(&mut self) -> Vec<Entry> {
        self.entries.close();
        std::iter::from_fn(|| self.entries.try_recv().ok()).collect()
    }
}

async fn first(slots: &Arc<Semaphore>, entries: &mut mpsc::Receiver<Entry>) -> Option<(Slot, Entry)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    Some((slot, entries.recv().await?))
}
