//! The one clock. A handler reads it once and passes the value down; rules and SQL take time as an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// Where the time comes from: the database's clock, by this process's own stopwatch since it was last asked, so that whatever
/// somebody does to one machine's clock, all processes of a town go by the same time. Until it has been asked, the machine's.
///
/// To it comes an offset, which is zero except in the demo and in tests (design D23), so that both can be moved to any hour
/// without waiting for it.
#[derive(Clone)]
pub struct Clock {
    offset_micros: Arc<AtomicI64>,
    frozen_micros: Arc<AtomicI64>,
    /// What the database's clock showed when the stopwatch was started; 0: not asked yet.
    followed_micros: Arc<AtomicI64>,
    stopwatch: Instant,
    /// How far this machine's clock has been stepped, in tests.
    step_micros: Arc<AtomicI64>,
}

impl Default for Clock {
    fn default() -> Self {
        let none = || Arc::new(AtomicI64::new(0));
        Self {
            offset_micros: none(),
            frozen_micros: none(),
            followed_micros: none(),
            stopwatch: Instant::now(),
            step_micros: none(),
        }
    }
}

/// An answer that took longer says too little of when it was given.
const PROMPT: Duration = Duration::from_secs(1);

impl Clock {
    /// The machine's own time, until it follows another.
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
    pub fn now(&self) -> DateTime<Utc> {
        let frozen = self.frozen_micros.load(Ordering::Relaxed);
        let micros =
            if frozen == 0 { self.base() + self.offset_micros.load(Ordering::Relaxed) } else { frozen };
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// Without the offset.
    fn base(&self) -> i64 {
        match self.followed_micros.load(Ordering::Relaxed) {
            0 => self.machine(),
            followed => followed + self.ticked(),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place where time comes from")]
    fn machine(&self) -> i64 {
        Utc::now().timestamp_micros() + self.step_micros.load(Ordering::Relaxed)
    }

    fn ticked(&self) -> i64 {
        i64::try_from(self.stopwatch.elapsed().as_micros()).unwrap_or(i64::MAX)
    }

    /// Goes by what the database's clock showed in an answer that took `took`. Returns how far the machine's own is off.
    pub fn follow(&self, shown: DateTime<Utc>, took: Duration) -> TimeDelta {
        let shown = shown.timestamp_micros() + i64::try_from(took.as_micros() / 2).unwrap_or_default();
        if took <= PROMPT || self.followed_micros.load(Ordering::Relaxed) == 0 {
            self.followed_micros.store(shown - self.ticked(), Ordering::Relaxed);
        }
        TimeDelta::microseconds(self.machine() - shown)
    }

    /// Stand still at `at`.
    pub fn freeze(&self, at: DateTime<Utc>) {
        self.frozen_micros.store(at.timestamp_micros(), Ordering::Relaxed);
    }

    /// Jump so that the present is `at`, and run on from there at the ordinary pace.
    pub fn run_from(&self, at: DateTime<Utc>) {
        self.frozen_micros.store(0, Ordering::Relaxed);
        self.offset_micros.store(at.timestamp_micros() - self.base(), Ordering::Relaxed);
    }

    /// The clock of another machine of the same demo or test: moved along with this one, stepped by itself.
    #[must_use]
    pub fn of_another_machine(&self) -> Self {
        Self {
            offset_micros: Arc::clone(&self.offset_micros),
            frozen_micros: Arc::clone(&self.frozen_micros),
            ..Self::default()
        }
    }

    /// What an administrator or a wrong time server does to this machine's clock; for tests.
    pub fn step(&self, by: TimeDelta) {
        self.step_micros.fetch_add(by.num_microseconds().unwrap_or_default(), Ordering::Relaxed);
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
    fn a_step_of_the_machines_clock_moves_nobody_who_follows_the_databases() {
        let clock = Clock::system();
        let hours = TimeDelta::hours;
        let start = clock.now();
        clock.step(hours(2));
        assert!(clock.now() - start >= hours(2), "nothing to follow yet");
        let prompt = Duration::from_millis(1);
        let off = clock.follow(start, prompt);
        assert!((off - hours(2)).abs() < TimeDelta::seconds(10), "{off}");
        for by in [hours(-5), hours(30), hours(-27)] {
            clock.step(by);
            assert!((clock.now() - start).abs() < TimeDelta::seconds(10), "{by}");
        }
        // A slow answer says too little; the next prompt one is followed wherever it leads.
        clock.follow(start + hours(1), Duration::from_secs(5));
        assert!(clock.now() - start < hours(1));
        clock.follow(start + hours(1), prompt);
        assert!(clock.now() - start >= hours(1));
        clock.freeze(start);
        assert_eq!(
            clock.now(),
            DateTime::from_timestamp_micros(start.timestamp_micros()).expect("an instant")
        );
    }

    #[test]
    fn a_day_ends_at_midnight_in_shanghai() {
        let date = NaiveDate::from_ymd_opt(2021, 10, 10).expect("date");
        assert_eq!(today(at(date, 23, 59)), date);
        assert_eq!(today(at(date, 24, 0)), date.succ_opt().expect("date"));
        assert_eq!(at(date, 8, 30).to_rfc3339(), "2021-10-10T00:30:00+00:00");
    }
}
