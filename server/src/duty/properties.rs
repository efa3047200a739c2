//! What holds of every town over ten years (invariants 3 and 5): closed windows are judged alike whenever they are looked at,
//! nobody owes before being there or after being gone, and each step of a ladder is reached, once, by whoever looks only on the
//! days on which there may be something to say.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};
use proptest::prelude::*;
use uuid::Uuid;

use super::escalate::{self, Place};
use super::ground::Terms;
use super::sql_remind::Claimed;
use super::telling;
use super::town::{FactsRow, MobileRow, Owed, Town, UnitRow};
use crate::ids::TownId;
use crate::plan::{Audience, Cadence, Condition, Ladder, MonthDay, Period};
use crate::platform::clock;

const DAYS: u64 = 3_652;

fn day(n: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2021, 1, 1).expect("a date") + Days::new(n)
}

fn morning(day: NaiveDate) -> DateTime<Utc> {
    clock::at(day, 8, 0)
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    // Month ends and leap days as often as all the others together.
    let ends = (2021..2031, 1_u32..=12).prop_map(|(year, month)| {
        super::calendar::month_end(NaiveDate::from_ymd_opt(year, month, 1).expect("a date"))
    });
    prop_oneof![(0..DAYS).prop_map(day), ends]
}

fn any_cadence() -> impl Strategy<Value = Cadence> {
    let days = prop::collection::btree_set(1_u32..=28, 1..4);
    let months = prop::collection::btree_set(1_u32..=12, 1..5);
    prop_oneof![
        (prop::sample::select(Period::ALL), 1_u32..3).prop_map(|(period, times)| Cadence::PerPeriod {
            period,
            times,
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
        (any_day(), 0..60_u64)
            .prop_map(|(opens, length)| Cadence::Once { opens, due: opens + Days::new(length) }),
        any_day().prop_map(|since| Cadence::Immediately { since }),
    ]
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let conditions = prop::collection::vec(
        prop::sample::select(vec![Condition::Committee, Condition::Groups, Condition::MobileMembers]),
        0..2,
    );
    (any_cadence(), prop::sample::select(Audience::ALL), conditions, prop::option::of(any_day())).prop_map(
        |(cadence, audience, conditions, first_on)| Terms {
            id: Uuid::from_u128(1),
            cadence,
            audience,
            conditions,
            grace_days: 3,
            first_on,
            effective_on: None,
            off: false,
        },
    )
}

/// A unit of a kind, there from a day on, closed some time later or not.
fn any_unit(n: u128) -> impl Strategy<Value = UnitRow> {
    let kinds = prop::sample::select(vec!["branch", "group", "village", "town"]);
    (kinds, 0..DAYS, prop::option::of(1..2_000_u64)).prop_map(move |(kind, from, there)| UnitRow {
        id: Uuid::from_u128(n),
        name: String::new(),
        kind: kind.to_owned(),
        parent_id: (kind == "group").then(|| Uuid::from_u128(100)),
        created_at: morning(day(from)),
        closed_on: there.map(|days| day(from + days)),
    })
}

fn any_facts(branch: u128) -> impl Strategy<Value = FactsRow> {
    (any_day(), any::<bool>(), any::<bool>(), 0..20).prop_map(move |(from_on, committee, groups, full)| {
        FactsRow {
            unit_id: Uuid::from_u128(branch),
            from_on,
            has_committee: committee,
            has_groups: groups,
            full_members: full,
            probationary_members: 0,
            set_at: morning(from_on),
        }
    })
}

fn any_absence(n: u128) -> impl Strategy<Value = MobileRow> {
    (0..DAYS, prop::option::of(1..900_u64), 100..104_u128).prop_map(move |(from, away, branch)| MobileRow {
        id: Uuid::from_u128(1_000 + n),
        person_id: Uuid::from_u128(2_000 + n),
        branch_id: Uuid::from_u128(branch),
        away_since: day(from),
        returned_on: away.map(|days| day(from + days)),
        set_at: morning(day(from)),
    })
}

#[derive(Debug, Clone)]
struct Rows {
    units: Vec<UnitRow>,
    mobile: Vec<MobileRow>,
    facts: Vec<FactsRow>,
}

impl Rows {
    fn town(&self) -> Town {
        Town::new(self.units.clone(), self.mobile.clone(), self.facts.clone())
    }
}

fn any_rows() -> impl Strategy<Value = Rows> {
    let units = [100, 101, 102, 103, 104, 105].map(any_unit);
    let facts = prop::collection::vec((100..104_u128).prop_flat_map(any_facts), 0..12);
    (units, [1, 2, 3].map(any_absence), facts).prop_map(|(units, mobile, facts)| Rows {
        units: units.into(),
        mobile: mobile.into(),
        facts,
    })
}

/// What a rule makes on a day, without what is still open then: (unit, person, key, first, last).
type Line = (Uuid, Option<Uuid>, String, NaiveDate, Option<NaiveDate>);

fn line(duty: &Owed) -> Line {
    (duty.unit, duty.person, duty.window.key.clone(), duty.window.first, duty.window.last)
}

fn closed_by(town: &Town, terms: &Terms, today: NaiveDate, closed: NaiveDate) -> BTreeSet<Line> {
    let found = town.falling(terms, day(0), today, today + super::ladder::AHEAD, None);
    found.owed.iter().filter(|duty| duty.window.last.is_some_and(|last| last < closed)).map(line).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_has_closed_is_judged_alike_whenever_it_is_looked_at(
        rows in any_rows(), terms in any_terms(), one in any_day(), other in any_day(),
    ) {
        let (early, late) = (one.min(other), one.max(other));
        let town = rows.town();
        prop_assert_eq!(closed_by(&town, &terms, early, early), closed_by(&town, &terms, late, early));
    }

    #[test]
    fn a_fact_changes_no_window_that_had_closed_before_it(
        rows in any_rows(), terms in any_terms(), new in (100..104_u128).prop_flat_map(any_facts),
        backdated in 0..400_u64, today in any_day(),
    ) {
        let known_on = new.from_on;
        // Said to have been so for a while already: what has closed stays as it was known.
        let new = FactsRow { from_on: known_on - Days::new(backdated), ..new };
        let mut changed = rows.clone();
        changed.facts.push(new);
        let closed = known_on.min(today);
        prop_assert_eq!(
            closed_by(&rows.town(), &terms, today, closed),
            closed_by(&changed.town(), &terms, today, closed)
        );
    }

    #[test]
    fn the_order_of_rows_means_nothing_and_nobody_owes_twice(
        rows in any_rows(), terms in any_terms(), today in any_day(),
    ) {
        let mut turned = rows.clone();
        turned.units.reverse();
        turned.mobile.reverse();
        let all = |rows: &Rows| {
            let found = rows.town().falling(&terms, day(0), today, today + super::ladder::AHEAD, None);
            (found.owed.len(), found.owed.iter().map(line).collect::<BTreeSet<_>>())
        };
        let (count, lines) = all(&rows);
        prop_assert_eq!(count, lines.len());
        prop_assert_eq!((count, lines), all(&turned));
    }

    #[test]
    fn nobody_owes_before_being_there_or_after_being_gone(
        rows in any_rows(), terms in any_terms(), today in any_day(),
    ) {
        for duty in rows.town().falling(&terms, day(0), today, today + super::ladder::AHEAD, None).owed {
            let decides = duty.window.last.map_or(today, |last| last.min(today));
            if let Some(person) = duty.person {
                prop_assert!(rows.mobile.iter().any(|row| row.person_id == person && row.away_since <= decides
                    && row.returned_on.is_none_or(|home| home > decides)));
            } else {
                let unit = rows.units.iter().find(|row| row.id == duty.unit).expect("a unit of the town");
                prop_assert!(clock::today(unit.created_at) <= decides);
                prop_assert!(unit.closed_on.is_none_or(|closed| closed > decides));
            }
        }
    }

    #[test]
    fn whoever_looks_on_the_days_named_says_all_that_is_to_be_said_and_each_step_once(
        cadence in any_cadence(), opened in any_day(), length in 0..120_u64, grace in 0..10_u64, steps in 0..4_usize,
    ) {
        let last = opened + Days::new(length);
        let duty = owed(opened, last, grace);
        let said = |today| telling::holder(&duty, &cadence, Ladder::Usual, today).map(|told| told.rung);
        let until = last + Days::new(60);
        let every_day: BTreeSet<String> = opened.iter_days().take_while(|day| *day <= until).filter_map(said).collect();
        let (mut looked, mut today, mut called) = (Vec::new(), opened, None);
        while today <= until {
            let rung = said(today);
            if rung.is_some() && rung.as_ref() != looked.last() {
                looked.extend(rung);
            }
            let end = telling::overdue_day(&duty, today).map(|day| escalate::due(day, steps));
            if called.is_none() && end == Some(escalate::Due::Call) {
                called = Some(today);
            }
            let next = telling::next_look(&duty, &cadence, Ladder::Usual, today, called.is_some());
            prop_assert!(next > today);
            today = next;
        }
        let once: BTreeSet<String> = looked.iter().cloned().collect();
        prop_assert_eq!(once.len(), looked.len(), "a step that has passed does not come again");
        prop_assert_eq!(once, every_day);
        // Every overdue duty reaches a human at last, three days a step after its grace.
        let grace_last = last + Days::new(grace);
        prop_assert_eq!(called, Some(grace_last + Days::new(1 + 3 * u64::try_from(steps).unwrap_or(0))));
    }
}

fn owed(opened_on: NaiveDate, last: NaiveDate, grace: u64) -> Claimed {
    Claimed {
        only_due: Vec::new(),
        town: TownId(Uuid::nil()),
        id: Uuid::nil(),
        unit_id: Uuid::nil(),
        unit_name: String::new(),
        title: String::new(),
        cadence: serde_json::Value::Null,
        ladder: String::new(),
        audience: String::new(),
        place: Place::Village,
        window_last: Some(last),
        grace_last: Some(last + Days::new(grace)),
        return_due: None,
        returned: false,
        opened_on,
        redated: false,
        holders: Vec::new(),
        contacted: false,
    }
}
