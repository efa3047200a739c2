//! Calls per minute and per day, for 45011 and 45009 (wechat.md §1.0).

use chrono::{DateTime, NaiveDate, Utc};

use crate::clock::quota_day;

/// Calls within the current clock minute.
#[derive(Default)]
pub(crate) struct PerMinute {
    minute: i64,
    calls: u64,
}

impl PerMinute {
    /// Count one call; false once more than `limit` fell into this minute.
    pub fn admit(&mut self, now: DateTime<Utc>, limit: u64) -> bool {
        let minute = now.timestamp().div_euclid(60);
        if self.minute != minute {
            *self = Self { minute, calls: 0 };
        }
        self.calls += 1;
        self.calls <= limit
    }
}

/// Calls within the current China date.
#[derive(Default)]
pub(crate) struct PerDay {
    day: NaiveDate,
    calls: u64,
}

impl PerDay {
    /// Count one call; false once more than `limit` fell on this date.
    pub fn admit(&mut self, now: DateTime<Utc>, limit: u64) -> bool {
        let day = quota_day(now);
        if self.day != day {
            *self = Self { day, calls: 0 };
        }
        self.calls += 1;
        self.calls <= limit
    }
}
