//! What holds for every cadence over ten years and a bit.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::plan::{MonthDay, Period};

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0..3_700_u64).prop_map(|days| NaiveDate::from_ymd_opt(2020, 12, 1).expect("date") + Days::new(days))
}

fn recurring() -> impl Strategy<Value = Cadence> {
    let days = prop::collection::btree_set(1_u32..=28, 1..4);
    let months = prop::collection::btree_set(1_u32..=12, 1..5);
    prop_oneof![
        prop::sample::select(Period::ALL).prop_map(|period| Cadence::PerPeriod {
            period,
            times: 1,
            opens: None
        }),
        (1_u32..=12, 1_u32..=28).prop_map(|(month, day)| Cadence::PerPeriod {
            period: Period::Year,
            times: 1,
            opens: MonthDay::new(month, day),
        }),
        days.prop_map(|days| Cadence::FixedDays { days: days.into_iter().collect() }),
        (months, 1_u32..=28).prop_map(|(months, opens_day)| Cadence::MonthEnd {
            months: months.into_iter().collect(),
            opens_day,
        }),
    ]
}

fn any_cadence() -> impl Strategy<Value = Cadence> {
    prop_oneof![
        4 => recurring(),
        1 => (any_day(), 0..200_u64)
            .prop_map(|(opens, length)| Cadence::Once { opens, due: opens + Days::new(length) }),
        1 => any_day().prop_map(|since| Cadence::Immediately { since }),
        1 => any_day().prop_map(|was| Cadence::PastAtIssue { was }),
        1 => prop_oneof![Just(Cadence::Event {}), Just(Cadence::Unset {})],
        1 => (2_u32..5).prop_map(|times| Cadence::PerPeriod { period: Period::Month, times, opens: None }),
    ]
}

fn three_days() -> impl Strategy<Value = [NaiveDate; 3]> {
    [any_day(), any_day(), any_day()].prop_map(|mut days| {
        days.sort();
        days
    })
}

proptest! {
    #[test]
    fn splitting_the_range_changes_nothing(
        cadence in any_cadence(), [a, b, c] in three_days(), start_on in prop::option::of(any_day()),
    ) {
        let whole = windows(&cadence, 3, a, c, start_on);
        let mut parts = windows(&cadence, 3, a, b, start_on);
        for window in windows(&cadence, 3, b, c, start_on) {
            // What both halves see, they see alike in every field.
            match parts.iter().find(|seen| seen.key == window.key) {
                Some(seen) => prop_assert_eq!(seen, &window),
                None => parts.push(window),
            }
        }
        prop_assert_eq!(whole, parts);
    }

    #[test]
    fn keys_are_unique_and_windows_are_open_in_the_range(cadence in any_cadence(), [a, _, c] in three_days()) {
        let found = windows(&cadence, 3, a, c, None);
        let keys: BTreeSet<_> = found.iter().map(|window| window.key.clone()).collect();
        prop_assert_eq!(keys.len(), found.len());
        for window in found {
            prop_assert!(window.first <= c);
            prop_assert!(window.last.is_none_or(|last| last >= a && last >= window.first));
        }
    }

    #[test]
    fn recurring_windows_do_not_overlap_and_every_deed_has_one_place(
        cadence in recurring(), [a, _, c] in three_days(),
    ) {
        for pair in windows(&cadence, 3, a, c, None).windows(2) {
            prop_assert!(pair[0].last < Some(pair[1].first));
            prop_assert!(pair[0].counts_until >= pair[0].last);
            prop_assert_eq!(pair[0].counts_until.and_then(|day| day.succ_opt()), Some(pair[1].first));
        }
    }

    #[test]
    fn whole_periods_tile_time(period in prop::sample::select(Period::ALL), day in any_day()) {
        let cadence = Cadence::PerPeriod { period, times: 1, opens: None };
        let found = windows(&cadence, 3, day, day, None);
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].counts_until, found[0].last);
    }
}
