//! The one clock. A handler reads it once and passes the value down; rules and SQL take time as an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// Where the time comes from: the machine's clock plus an offset, which is zero except in the demo and in tests
/// (design D23), so that both can be moved to any hour without waiting for it.
#[derive(Clone, Default)]
pub struct Clock {
    offset_micros: Arc<AtomicI64>,
    frozen_micros: Arc<AtomicI64>,
}

impl Clock {
    /// The machine's own time.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still at `at` until it is set again; for tests.
    pub fn frozen(at: DateTime<Utc>) -> Self {
        let clock = Self::default();
        clock.freeze(at);
        clock
    }

    /// The present instant, in whole microseconds, as PostgreSQL keeps it.
    #[expect(clippy::disallowed_methods, reason = "the one place where time comes from")]
    pub fn now(&self) -> DateTime<Utc> {
        let frozen = self.frozen_micros.load(Ordering::Relaxed);
        let micros = if frozen == 0 {
            Utc::now().timestamp_micros() + self.offset_micros.load(Ordering::Relaxed)
        } else {
            frozen
        };
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// Stand still at `at`.
    pub fn freeze(&self, at: DateTime<Utc>) {
        self.frozen_micros.store(at.timestamp_micros(), Ordering::Relaxed);
    }

    /// Jump so that the present is `at`, and run on from there at the ordinary pace.
    #[expect(clippy::disallowed_methods, reason = "measures the distance to the machine's clock")]
    pub fn run_from(&self, at: DateTime<Utc>) {
        self.frozen_micros.store(0, Ordering::Relaxed);
        self.offset_micros.store(at.timestamp_micros() - Utc::now().timestamp_micros(), Ordering::Relaxed);
    }
}

/// The Shanghai calendar date of an instant: the only meaning of "today".
pub fn today(now: DateTime<Utc>) -> NaiveDate {
    (now + TimeDelta::hours(8)).date_naive()
}

/// The instant at which a Shanghai date begins (00:00 local).
pub fn start_of(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(chrono::NaiveTime::MIN).and_utc() - TimeDelta::hours(8)
}

/// A Shanghai date and hour:minute as an instant.
pub fn at(date: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
    start_of(date) + TimeDelta::minutes(i64::from(hour * 60 + minute))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_shanghai() {
        let date = NaiveDate::from_ymd_opt(2021, 10, 10).expect("date");
        assert_eq!(today(at(date, 23, 59)), date);
        assert_eq!(today(at(date, 24, 0)), date.succ_opt().expect("date"));
        assert_eq!(at(date, 8, 30).to_rfc3339(), "2021-10-10T00:30:00+00:00");
    }
}
