//! 免打扰: when a person may be sent something, in the person's own zone. Pure; no hour is the server's.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The zone an unreadable name stands for: where the town is.
pub const HOME: Tz = Tz::Asia__Shanghai;

/// Where midnight is skipped, a gap may last a whole day (Samoa, 2011-12-30).
const LONGEST_GAP_MINUTES: i64 = 24 * 60;

/// A person's zone and the hours in which nothing is sent to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    pub zone: Tz,
    pub from: NaiveTime,
    pub until: NaiveTime,
}

impl Hours {
    /// As stored; a zone the tables no longer know is the town's.
    pub fn new(zone: &str, from: NaiveTime, until: NaiveTime) -> Self {
        Self { zone: zone.parse().unwrap_or(HOME), from, until }
    }

    /// The first instant from `now` on at which the person may be sent something.
    pub fn release(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        release(now, self.zone, self.from, self.until)
    }

    /// The person's local date.
    pub fn day(&self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.zone).date_naive()
    }

    /// The end of the waking hours and of the local day that hold `now`, whichever comes first; `now` in quiet hours.
    pub fn awake_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        if self.release(now) > now {
            return now;
        }
        let local = now.with_timezone(&self.zone).naive_local();
        let tomorrow = local.date().succ_opt().unwrap_or(NaiveDate::MAX).and_time(NaiveTime::MIN);
        let tonight = local.date().and_time(self.from);
        let end = if self.from != self.until && tonight > local { tonight.min(tomorrow) } else { tomorrow };
        first_at(self.zone, end, now)
    }

    /// The first instant of the person's next local day at which they may be sent something.
    pub fn next_day(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let tomorrow = self.day(now).succ_opt().unwrap_or(NaiveDate::MAX).and_time(NaiveTime::MIN);
        self.release(first_at(self.zone, tomorrow, now))
    }
}

/// `now`, or the end of the quiet hours `now` falls into. Quiet hours hold their first minute and not their last, may
/// span midnight, and are none when both ends are equal.
///
/// Where clocks change: an end that the clock skips is the first minute after the gap; of an end that the clock shows
/// twice, the next one still ahead.
pub fn release(now: DateTime<Utc>, zone: Tz, from: NaiveTime, until: NaiveTime) -> DateTime<Utc> {
    let mut at = now;
    // A skipped end can fall into the next quiet hours; it cannot do so twice.
    for _ in 0..3 {
        let local = at.with_timezone(&zone).naive_local();
        let Some(end) = end_of_quiet(local, from, until) else { return at };
        at = first_at(zone, end, at);
    }
    at
}

/// The local end of the quiet hours that hold `local`, if any do.
fn end_of_quiet(local: NaiveDateTime, from: NaiveTime, until: NaiveTime) -> Option<NaiveDateTime> {
    let (date, time) = (local.date(), local.time());
    let spans_midnight = from > until;
    let quiet = if spans_midnight { time >= from || time < until } else { time >= from && time < until };
    let end_on = if spans_midnight && time >= from { date.succ_opt()? } else { date };
    quiet.then(|| end_on.and_time(until))
}

/// The first instant after `after` at which the zone's clock shows `local`, or the end of the gap that skips it.
fn first_at(zone: Tz, local: NaiveDateTime, after: DateTime<Utc>) -> DateTime<Utc> {
    (0..=LONGEST_GAP_MINUTES)
        .find_map(|minutes| {
            let shown = zone.from_local_datetime(&(local + TimeDelta::minutes(minutes)));
            [shown.earliest(), shown.latest()]
                .into_iter()
                .flatten()
                .map(|at| at.to_utc())
                .find(|at| *at > after)
        })
        .unwrap_or(after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> NaiveTime {
        text.parse().expect("time")
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("instant")
    }

    /// Zone, quiet hours, now with its offset, the release with its offset.
    const TABLE: &[(&str, &str, &str, &str, &str)] = &[
        // The default: 21:00 to 07:30.
        ("Asia/Shanghai", "21:00", "07:30", "2021-10-10T20:59:59+08:00", "2021-10-10T20:59:59+08:00"),
        ("Asia/Shanghai", "21:00", "07:30", "2021-10-10T21:00:00+08:00", "2021-10-11T07:30:00+08:00"),
        ("Asia/Shanghai", "21:00", "07:30", "2021-10-11T00:00:00+08:00", "2021-10-11T07:30:00+08:00"),
        ("Asia/Shanghai", "21:00", "07:30", "2021-10-11T07:29:59+08:00", "2021-10-11T07:30:00+08:00"),
        ("Asia/Shanghai", "21:00", "07:30", "2021-10-11T07:30:00+08:00", "2021-10-11T07:30:00+08:00"),
        ("Asia/Shanghai", "21:00", "07:30", "2021-12-31T23:00:00+08:00", "2022-01-01T07:30:00+08:00"),
        // Inside one day, and none at all.
        ("Asia/Shanghai", "12:00", "14:00", "2021-10-10T12:30:00+08:00", "2021-10-10T14:00:00+08:00"),
        ("Asia/Shanghai", "12:00", "14:00", "2021-10-10T14:00:00+08:00", "2021-10-10T14:00:00+08:00"),
        ("Asia/Shanghai", "08:00", "08:00", "2021-10-10T08:00:00+08:00", "2021-10-10T08:00:00+08:00"),
        // A migrant's own evening, not the town's.
        ("Europe/Rome", "21:00", "07:30", "2021-07-01T08:00:00+08:00", "2021-07-01T07:30:00+02:00"),
        ("Europe/Rome", "21:00", "07:30", "2021-07-01T22:00:00+08:00", "2021-07-01T22:00:00+08:00"),
        // The night in which clocks go forward is an hour shorter, and the other way round.
        ("America/New_York", "21:00", "07:30", "2021-03-13T23:00:00-05:00", "2021-03-14T07:30:00-04:00"),
        ("America/New_York", "21:00", "07:30", "2021-11-06T23:00:00-04:00", "2021-11-07T07:30:00-05:00"),
        // 02:30 does not exist that night: the first minute after the gap.
        ("America/New_York", "21:00", "02:30", "2021-03-13T23:00:00-05:00", "2021-03-14T03:00:00-04:00"),
        // … which may itself be quiet again.
        ("America/New_York", "02:45", "02:30", "2021-03-13T23:00:00-05:00", "2021-03-15T02:30:00-04:00"),
        // 01:30 comes twice that night: the next one ahead.
        ("America/New_York", "21:00", "01:30", "2021-11-06T23:00:00-04:00", "2021-11-07T01:30:00-04:00"),
        ("America/New_York", "21:00", "01:30", "2021-11-07T01:10:00-05:00", "2021-11-07T01:30:00-05:00"),
        // Half an hour's change, and a day that never was.
        ("Australia/Lord_Howe", "21:00", "02:10", "2021-10-02T23:00:00+10:30", "2021-10-03T02:30:00+11:00"),
        ("Pacific/Apia", "21:00", "07:30", "2011-12-29T22:00:00-10:00", "2011-12-31T07:30:00+14:00"),
    ];

    #[test]
    fn quiet_hours_end_by_the_persons_own_clock() {
        for (zone, from, until, now, expected) in TABLE {
            let zone: Tz = zone.parse().expect("zone");
            assert_eq!(release(utc(now), zone, time(from), time(until)), utc(expected), "{zone} {now}");
        }
    }

    #[test]
    fn tomorrow_begins_after_the_night() {
        let hours = Hours::new("Asia/Shanghai", time("21:00"), time("07:30"));
        assert_eq!(hours.next_day(utc("2021-10-10T09:00:00+08:00")), utc("2021-10-11T07:30:00+08:00"));
        let none = Hours::new("no/such", time("07:00"), time("07:00"));
        assert_eq!(none.next_day(utc("2021-10-10T09:00:00+08:00")), utc("2021-10-11T00:00:00+08:00"));
        assert_eq!(none.day(utc("2021-10-10T23:59:59+08:00")).to_string(), "2021-10-10");
    }

    #[test]
    fn waking_hours_end_in_the_evening_or_with_the_day() {
        let until = |from: &str, until: &str, now: &str| {
            Hours::new("Asia/Shanghai", time(from), time(until)).awake_until(utc(now))
        };
        for (from, to, now, expected) in [
            ("21:00", "07:30", "2021-10-10T09:00:00+08:00", "2021-10-10T21:00:00+08:00"),
            ("12:00", "14:00", "2021-10-10T09:00:00+08:00", "2021-10-10T12:00:00+08:00"),
            ("12:00", "14:00", "2021-10-10T14:00:00+08:00", "2021-10-11T00:00:00+08:00"),
            ("08:00", "08:00", "2021-10-10T07:00:00+08:00", "2021-10-11T00:00:00+08:00"),
            // Not awake at all.
            ("21:00", "07:30", "2021-10-10T22:00:00+08:00", "2021-10-10T22:00:00+08:00"),
        ] {
            assert_eq!(until(from, to, now), utc(expected), "{from} {to} {now}");
        }
    }

    proptest! {
        #[test]
        fn nobody_is_awake_beyond_their_waking_hours(
            zone in 0..chrono_tz::TZ_VARIANTS.len(),
            at in 946_684_800_i64..2_145_916_800,
            from in 0_u32..1440,
            until in 0_u32..1440,
            part in 0_i32..1000,
        ) {
            let clock = |minute: u32| NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).expect("time");
            let hours = Hours { zone: chrono_tz::TZ_VARIANTS[zone], from: clock(from), until: clock(until) };
            let now = DateTime::from_timestamp(at, 0).expect("instant");
            let end = hours.awake_until(now);
            prop_assert!(end >= now);
            let within = now + (end - now) / 1000 * part;
            if within < end {
                prop_assert_eq!(hours.release(within), within, "{:?} {} {}", hours, now, within);
                prop_assert_eq!(hours.day(within), hours.day(now));
            }
        }

        #[test]
        fn a_release_is_never_quiet_never_past_and_soon(
            zone in 0..chrono_tz::TZ_VARIANTS.len(),
            at in 946_684_800_i64..2_145_916_800,
            from in 0_u32..1440,
            until in 0_u32..1440,
        ) {
            let zone = chrono_tz::TZ_VARIANTS[zone];
            let clock = |minute: u32| NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).expect("time");
            let now = DateTime::from_timestamp(at, 0).expect("instant");
            let end = release(now, zone, clock(from), clock(until));
            prop_assert!(end >= now);
            prop_assert_eq!(release(end, zone, clock(from), clock(until)), end);
            prop_assert!(end - now <= TimeDelta::hours(73));
        }
    }
}
