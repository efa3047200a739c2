//! Every request received and what became of it, secrets and all: a stand-in has none worth hiding.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

/// One request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// Counts from 0 over the life of the stand-in, so that a reader can ask for what is new.
    pub number: u64,
    pub method: String,
    pub endpoint: String,
    pub query: BTreeMap<String, String>,
    /// JSON as read; a string if it was not JSON; null if there was none.
    pub body: Value,
    pub virtual_at: DateTime<Utc>,
    pub wall_at: DateTime<Utc>,
    /// What was answered, or would have been had the answer not been lost; absent if there was none.
    pub errcode: Option<i64>,
    /// The scripted fault, if one struck.
    pub fault: Option<String>,
}

/// The latest requests, oldest first.
#[derive(Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    next: u64,
    limit: usize,
}

impl Journal {
    pub fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// False when nothing is kept, so that callers need not prepare entries.
    pub fn keeps(&self) -> bool {
        self.limit > 0
    }

    /// Add an entry under the next number.
    pub fn add(&mut self, mut entry: Entry) {
        entry.number = self.next;
        self.next += 1;
        if self.entries.len() >= self.limit {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    pub fn list(&self, endpoint: Option<&str>, since: u64) -> Vec<Entry> {
        let wanted = |entry: &&Entry| {
            entry.number >= since && endpoint.is_none_or(|path| entry.endpoint.ends_with(path))
        };
        self.entries.iter().filter(wanted).cloned().collect()
    }

    pub fn clear(&mut self) {
        self.entries.clear();
    }
}
