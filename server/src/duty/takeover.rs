//! A new version of a rule takes over from the former ones: what has closed or was done, handed in or let off stays with the
//! version it was owed under, what is open moves along as the same duty, and nobody owes the same period twice. Pure.

use std::cmp::Reverse;

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

use super::calendar::Window;

/// How a duty of a former version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    /// Met, handed in, returned, excused or not applicable.
    Settled,
    Withdrawn,
}

impl Standing {
    /// From the stored state.
    pub(super) fn of(state: &str) -> Self {
        match state {
            "open" => Self::Open,
            "withdrawn" => Self::Withdrawn,
            _ => Self::Settled,
        }
    }
}

/// A duty that one subject has or had under a former version of a rule.
#[derive(Debug, Clone)]
pub(super) struct Former {
    pub id: Uuid,
    pub version: i32,
    /// Its rule was for one deed for ever.
    pub single: bool,
    pub key: String,
    pub first: NaiveDate,
    pub last: Option<NaiveDate>,
    pub standing: Standing,
    /// When it was first received; bounds a duty without a date.
    pub done_on: Option<NaiveDate>,
}

impl Former {
    /// Whether it was for some day of the window.
    fn overlaps(&self, window: &Window) -> bool {
        let until = self.last.or(self.done_on).unwrap_or(NaiveDate::MAX);
        until >= window.first && window.last.is_none_or(|last| self.first <= last)
    }
}

/// What a subject owes under the new version.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// Windows owed, each with the duty that moves along.
    pub owed: Vec<(Window, Option<Uuid>)>,
    /// Open duties in whose place another date has come, and that no window was left for.
    pub replaced: Vec<Uuid>,
}

/// What remains to be owed of `windows` by a subject that has `former` duties of the same rule. `single`: the new version
/// is for one deed for ever. `since`: from which day on it owes.
pub(super) fn take_over(
    single: bool,
    since: Option<NaiveDate>,
    windows: Vec<Window>,
    former: &[Former],
) -> Taken {
    if former.is_empty() {
        return Taken { owed: windows.into_iter().map(|window| (window, None)).collect(), replaced: vec![] };
    }
    let settled = || former.iter().filter(|duty| duty.standing == Standing::Settled);
    if single && settled().any(|duty| duty.single) {
        return Taken::default();
    }
    let mut taken = Taken::default();
    for group in windows.chunk_by(|one, next| (one.first, one.last) == (next.first, next.last)) {
        taken.owed.extend(remaining(group, &settled().collect::<Vec<_>>()).into_iter().map(|window| {
            let carried = former
                .iter()
                .filter(|duty| duty.key == window.key && duty.standing != Standing::Settled)
                .max_by_key(|duty| duty.version);
            // One deed for ever has no period to have been missed: its new date comes in place of the former.
            let first = if single { window.first } else { after_missed(window, since, former) };
            (Window { first, ..window.clone() }, carried.map(|duty| duty.id))
        }));
    }
    move_along(single, since, &mut taken.owed, former);
    if single && !taken.owed.is_empty() {
        taken.replaced = former
            .iter()
            .filter(|duty| {
                duty.single && duty.standing == Standing::Open && !is_carried(&taken.owed, duty.id)
            })
            .map(|duty| duty.id)
            .collect();
    }
    taken
}

fn is_carried(owed: &[(Window, Option<Uuid>)], id: Uuid) -> bool {
    owed.iter().any(|(_, carried)| *carried == Some(id))
}

/// Where dates or periods are others now, the newest open duty becomes the one of the window that comes in its place: what
/// some have handed in of it, and drafts on phones, stay with it. What was missed stays behind.
fn move_along(
    single: bool,
    since: Option<NaiveDate>,
    owed: &mut [(Window, Option<Uuid>)],
    former: &[Former],
) {
    let has_passed = |duty: &Former| duty.last.zip(since).is_some_and(|(last, since)| last < since);
    for at in (0..owed.len()).filter(|at| owed[*at].1.is_none()).collect::<Vec<_>>() {
        let fits = |duty: &&Former| {
            duty.standing == Standing::Open
                && !is_carried(owed, duty.id)
                && if single { duty.single } else { !has_passed(duty) && duty.overlaps(&owed[at].0) }
        };
        // Of several of one version the one that runs: of what opens later nobody has handed in anything yet.
        let order = |duty: &&Former| (duty.version, Reverse(duty.first), Reverse(duty.id));
        let newest = former.iter().filter(fits).max_by_key(order);
        owed[at].1 = newest.map(|duty| duty.id);
    }
}

/// Of the slots of one period, those that no settled duty stands for.
fn remaining<'a>(group: &'a [Window], settled: &[&Former]) -> Vec<&'a Window> {
    let (exact, others): (Vec<&Former>, Vec<&Former>) =
        settled.iter().partition(|duty| group.iter().any(|window| window.key == duty.key));
    let overlapping =
        group.first().map_or(0, |window| others.iter().filter(|duty| duty.overlaps(window)).count());
    let left = group.iter().filter(|window| !exact.iter().any(|duty| duty.key == window.key));
    left.skip(overlapping).collect()
}

/// A period missed under a former version stays missed there: the new window begins after it.
fn after_missed(window: &Window, since: Option<NaiveDate>, former: &[Former]) -> NaiveDate {
    former
        .iter()
        .filter(|duty| duty.standing == Standing::Open && duty.overlaps(window))
        .filter_map(|duty| duty.last)
        .filter(|last| since.is_some_and(|since| *last < since))
        .map(|last| last + TimeDelta::days(1))
        .fold(window.first, NaiveDate::max)
}

#[cfg(test)]
mod tests {
    use chrono::Datelike;

    use super::*;
    use crate::duty::calendar::windows;
    use crate::plan::{Cadence, Period};

    fn d(text: &str) -> NaiveDate {
        text.parse().expect(text)
    }

    fn per(period: Period, times: u32) -> Cadence {
        Cadence::PerPeriod { period, times, opens: None }
    }

    fn once(due: &str) -> Cadence {
        Cadence::Once { opens: d("2021-10-01"), due: d(due) }
    }

    /// A duty of the former version, of the window that is open on `on` (the `nth` of several).
    fn had(cadence: &Cadence, on: &str, nth: usize, standing: Standing) -> Former {
        let window = windows(cadence, 3, d(on), d(on), None).remove(nth);
        Former {
            // By what it is, so that two are two.
            id: Uuid::from_u128(
                u128::from(window.first.num_days_from_ce().unsigned_abs()) * 10 + nth as u128,
            ),
            version: 1,
            single: cadence.is_single(),
            key: window.key,
            first: window.first,
            last: window.last,
            standing,
            done_on: (standing == Standing::Settled).then(|| d(on)),
        }
    }

    /// The keys owed by whoever had `former`, when the rule becomes `cadence` on 10 November.
    fn owed(cadence: &Cadence, former: &[Former]) -> Vec<(String, String, bool)> {
        let from = d("2021-11-10");
        let windows = windows(cadence, 3, from, d("2021-12-31"), Some(from));
        let taken = take_over(cadence.is_single(), Some(from), windows, former);
        let line = |(window, carried): (Window, Option<Uuid>)| {
            (window.key, window.first.to_string(), carried.is_some())
        };
        taken.owed.into_iter().map(line).collect()
    }

    #[test]
    fn a_new_version_takes_over_what_is_open_and_asks_for_nothing_twice() {
        use Standing::{Open, Settled, Withdrawn};
        let (month, quarter, twice) = (per(Period::Month, 1), per(Period::Quarter, 1), per(Period::Month, 2));
        let on = "2021-11-05";
        for (what, to, former, expected) in [
            (
                "new to it",
                &month,
                vec![],
                vec![("2021-11", "2021-11-01", false), ("2021-12", "2021-12-01", false)],
            ),
            (
                "an open month moves along, what is missed stays behind",
                &month,
                vec![had(&month, "2021-10-05", 0, Open), had(&month, on, 0, Open)],
                vec![("2021-11", "2021-11-01", true), ("2021-12", "2021-12-01", false)],
            ),
            (
                "a month that is done",
                &month,
                vec![had(&month, on, 0, Settled)],
                vec![("2021-12", "2021-12-01", false)],
            ),
            (
                "switched off and on again",
                &month,
                vec![had(&month, on, 0, Withdrawn)],
                vec![("2021-11", "2021-11-01", true), ("2021-12", "2021-12-01", false)],
            ),
            ("a quarter that is done covers its months", &month, vec![had(&quarter, on, 0, Settled)], vec![]),
            (
                "a month that is done is in the quarter",
                &quarter,
                vec![had(&month, "2021-10-05", 0, Settled)],
                vec![],
            ),
            (
                "a month that was missed stays missed, the quarter begins after it and has what is open moved along",
                &quarter,
                vec![had(&month, "2021-10-05", 0, Open), had(&month, on, 0, Open)],
                vec![("2021Q4", "2021-11-01", true)],
            ),
            (
                "twice a month now, and once done",
                &twice,
                vec![had(&month, on, 0, Settled)],
                vec![
                    ("2021-11-2", "2021-11-01", false),
                    ("2021-12-1", "2021-12-01", false),
                    ("2021-12-2", "2021-12-01", false),
                ],
            ),
            (
                "twice a month as before, the second done first",
                &twice,
                vec![had(&twice, on, 0, Open), had(&twice, on, 1, Settled)],
                vec![
                    ("2021-11-1", "2021-11-01", true),
                    ("2021-12-1", "2021-12-01", false),
                    ("2021-12-2", "2021-12-01", false),
                ],
            ),
            (
                "once a month now, and one of two done",
                &month,
                vec![had(&twice, on, 0, Settled)],
                vec![("2021-12", "2021-12-01", false)],
            ),
            (
                "done once is done for ever",
                &once("2021-11-30"),
                vec![had(&once("2021-10-31"), "2021-10-20", 0, Settled)],
                vec![],
            ),
            (
                "done once is not done every month",
                &month,
                vec![had(&once("2021-10-31"), "2021-10-20", 0, Settled)],
                vec![("2021-11", "2021-11-01", false), ("2021-12", "2021-12-01", false)],
            ),
            (
                "done at once covers the month it was done in",
                &month,
                vec![had(&Cadence::Immediately { since: d("2021-09-29") }, on, 0, Settled)],
                vec![("2021-12", "2021-12-01", false)],
            ),
        ] {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(key, first, carried)| (key.to_owned(), first.to_owned(), carried))
                .collect();
            assert_eq!(owed(to, &former), expected, "{what}");
        }
    }

    #[test]
    fn another_date_comes_in_place_of_the_former_even_of_one_that_has_passed() {
        let former = had(&once("2021-10-31"), "2021-10-20", 0, Standing::Open);
        let to = once("2021-11-30");
        let windows = windows(&to, 3, d("2021-11-10"), d("2021-12-31"), None);
        let taken = take_over(true, None, windows, std::slice::from_ref(&former));
        // As the same duty: what some have handed in of it stays with it.
        assert_eq!((taken.owed[0].1, taken.replaced), (Some(former.id), vec![]));
        // Nothing comes in its place: it stays.
        assert_eq!(take_over(true, None, Vec::new(), &[former]), Taken::default());
    }

    use proptest::prelude::*;

    fn any_cadence() -> impl Strategy<Value = Cadence> {
        prop_oneof![
            (prop::sample::select(Period::ALL), 1_u32..4).prop_map(|(period, times)| per(period, times)),
            prop::sample::select(vec!["2021-10-31", "2021-11-30"]).prop_map(once),
            Just(Cadence::FixedDays { days: vec![10, 20] }),
            Just(Cadence::Immediately { since: d("2021-09-29") }),
        ]
    }

    /// What a first version of this cadence has made by 10 November, each standing in some way.
    fn made(cadence: &Cadence, standings: &[Standing]) -> Vec<Former> {
        let from = d("2021-10-01");
        let windows = windows(cadence, 3, from, d("2021-11-24"), Some(from));
        let standing = |n: usize, window: &Window| match standings[n % standings.len()] {
            // Only a duty whose window is open is ever withdrawn.
            Standing::Withdrawn if window.last < Some(d("2021-11-10")) => Standing::Open,
            standing => standing,
        };
        let duty = |(n, window): (usize, Window)| Former {
            id: Uuid::from_u128(n as u128 + 1),
            version: 1,
            single: cadence.is_single(),
            standing: standing(n, &window),
            done_on: Some(d("2021-11-05")),
            key: window.key,
            first: window.first,
            last: window.last,
        };
        windows.into_iter().enumerate().map(duty).collect()
    }

    proptest! {
        #[test]
        fn nothing_is_owed_twice_and_another_version_of_the_same_changes_nothing(
            (before, after) in (any_cadence(), any_cadence()),
            standings in prop::collection::vec(
                prop::sample::select(vec![Standing::Open, Standing::Settled, Standing::Withdrawn]), 1..6),
        ) {
            let former = made(&before, &standings);
            let since = d("2021-11-10");
            let windows = windows(&after, 3, since, d("2021-11-24"), Some(since));
            let taken = take_over(after.is_single(), Some(since), windows.clone(), &former);
            let mut carried: Vec<_> = taken.owed.iter().filter_map(|(_, carried)| *carried).collect();
            carried.extend(&taken.replaced);
            let moved = carried.len();
            carried.sort_unstable();
            carried.dedup();
            prop_assert_eq!(carried.len(), moved, "one duty becomes one duty");
            for (window, carried) in &taken.owed {
                let same = former.iter().find(|duty| duty.key == window.key);
                prop_assert!(same.is_none_or(|duty| duty.standing != Standing::Settled), "{} again", window.key);
                let is_open = |id| former.iter().any(|duty| duty.id == id && duty.standing == Standing::Open);
                prop_assert!(same.is_none_or(|same| *carried == Some(same.id)));
                prop_assert!(same.is_some() || carried.is_none_or(is_open));
            }
            // The third version of the same: what the second owes moves along, and nothing else.
            let mut later: Vec<Former> =
                former.iter().filter(|duty| !carried.contains(&duty.id)).cloned().collect();
            later.extend(taken.owed.iter().enumerate().map(|(n, (window, carried))| Former {
                id: carried.unwrap_or(Uuid::from_u128(1_000 + n as u128)),
                version: 2,
                single: after.is_single(),
                key: window.key.clone(),
                first: window.first,
                last: window.last,
                standing: Standing::Open,
                done_on: None,
            }));
            let again = take_over(after.is_single(), Some(since), windows.clone(), &later);
            let keys = |taken: &Taken| -> Vec<(String, NaiveDate)> {
                taken.owed.iter().map(|(window, _)| (window.key.clone(), window.first)).collect()
            };
            prop_assert_eq!(keys(&again), keys(&taken));
            prop_assert!(again.owed.iter().all(|(_, carried)| carried.is_some()));
        }
    }
}
