//! 提醒: what is owed to people, and how it reaches them: one WeChat message a day where they allowed it, the inbox in
//! the app always, a call by a person of the office at last (design D2).
//!
//! `notice` is what is owed, `message` is one send. A fact's own transaction queues notices; [`compose`] gathers a person's
//! due notices into the message of their day; [`relay`] hands due messages out over a Redis stream; [`send`] marks, POSTs
//! and commits what came of it ([`mark`], [`finish`], together in one [`turn`] of a [`desk`]); [`books`] draws the
//! consequences; [`rescue`] holds as unknown what a dead [`worker`] left under way, [`evidence`] settles it by WeChat's own
//! word, and [`resend`], where the setting says so, by a second try that cannot arrive twice. PostgreSQL is the truth
//! throughout: losing Redis costs time and nothing else.
//!
//! A message's states:
//!
//! ```text
//! queued ──mark──> queued, marked ──booked──> sent | refused | dead | unknown
//!    ^                │
//!    ├── not sent ────┘          unknown ──WeChat's word──> sent | refused
//!    └── last consent ── unknown          queued ──> cancelled | expired   (nobody, nothing or no grant left; too late)
//! ```
//!
//! Between mark and booking a row in `sending` tells what is known of the send, one for each WeChat identity.
//!
//! A notice's: `waiting` → `in_message` → `told`, or `inbox` (in the app only), `withdrawn`, `expired`.

mod api;
mod books;
pub mod calls;
pub mod compose;
mod desk;
mod digest;
mod evidence;
mod finish;
mod gauges;
mod grants;
mod inbox;
mod intake;
mod mark;
mod push;
mod queue;
pub mod quiet;
pub mod relay;
pub mod rescue;
pub mod resend;
mod run;
mod send;
mod settle;
mod spare;
mod sql;
mod turn;
mod worker;

pub use api::Api;
pub use calls::{NewCall, call, spoken};
pub use push::{check_url, receive};
pub use queue::{NewNotice, Subject, Weight, queue, queue_all, withdraw};
pub use run::run;
pub use settle::settle;
pub use spare::spare;
pub use worker::LeaseTooShort;

use tokio::sync::watch;

/// A stop that nobody can call any more has been called.
fn is_stopped(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}
