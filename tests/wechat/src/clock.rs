//! The virtual clock: every code, token and quota ages by it (wechat.md §4).

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

#[derive(Clone, Copy)]
enum Reading {
    /// This far ahead of the machine's clock.
    Running(TimeDelta),
    Frozen(DateTime<Utc>),
}

/// A clock that runs with the machine's, at an offset, or stands still.
pub(crate) struct Clock(Mutex<Reading>);

impl Clock {
    /// Runs from `start`, or with the machine's clock.
    pub fn new(start: Option<DateTime<Utc>>) -> Self {
        let clock = Self(Mutex::new(Reading::Running(TimeDelta::zero())));
        if let Some(at) = start {
            clock.run_from(at);
        }
        clock
    }

    /// The machine's own time, for journals only.
    #[expect(clippy::disallowed_methods, reason = "the one place where this crate takes the time")]
    pub fn wall() -> DateTime<Utc> {
        Utc::now()
    }

    pub fn now(&self) -> DateTime<Utc> {
        match self.reading() {
            Reading::Running(ahead) => Self::wall() + ahead,
            Reading::Frozen(at) => at,
        }
    }

    pub fn is_frozen(&self) -> bool {
        matches!(self.reading(), Reading::Frozen(_))
    }

    /// Stand still at `at`.
    pub fn freeze(&self, at: DateTime<Utc>) {
        self.write(Reading::Frozen(at));
    }

    /// Jump to `at` and run on from there.
    pub fn run_from(&self, at: DateTime<Utc>) {
        self.write(Reading::Running(at - Self::wall()));
    }

    /// Jump ahead; a clock that stands still goes on standing still.
    pub fn advance(&self, by: TimeDelta) {
        self.write(match self.reading() {
            Reading::Running(ahead) => Reading::Running(ahead + by),
            Reading::Frozen(at) => Reading::Frozen(at + by),
        });
    }

    fn reading(&self) -> Reading {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, reading: Reading) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = reading;
    }
}

/// The date in China, where WeChat's daily quotas begin anew at midnight (model: the hour is unpublished).
pub(crate) fn quota_day(now: DateTime<Utc>) -> NaiveDate {
    (now + TimeDelta::hours(8)).date_naive()
}
