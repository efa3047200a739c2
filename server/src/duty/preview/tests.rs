use chrono::DateTime;

use super::*;
use crate::duty::takeover::{Former, Standing};
use crate::duty::town::{FactsRow, UnitRow};
use crate::plan::{Audience, Cadence, Condition, Period};

fn d(text: &str) -> NaiveDate {
    text.parse().expect(text)
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// A town with two villages and three branches, of which the first has a committee.
fn town() -> Town {
    let unit = |n, name: &str, kind: &str| UnitRow {
        id: id(n),
        name: name.into(),
        kind: kind.into(),
        parent_id: None,
        created_at: DateTime::UNIX_EPOCH,
        closed_on: None,
    };
    let facts = |n| FactsRow {
        unit_id: id(n),
        from_on: d("2021-01-01"),
        has_committee: n == 20,
        has_groups: false,
        full_members: 9,
        probationary_members: 0,
        set_at: DateTime::UNIX_EPOCH,
    };
    let units = vec![
        unit(1, "图河镇", "town"),
        unit(10, "石桥村", "village"),
        unit(11, "柳荫村", "village"),
        unit(20, "石桥支部", "branch"),
        unit(21, "柳荫支部", "branch"),
        unit(22, "东湾支部", "branch"),
    ];
    Town::new(units, Vec::new(), [20, 21, 22].map(facts).into())
}

fn side(audience: Audience, cadence: Cadence, minutes: u32) -> Side {
    let terms = Terms {
        id: id(99),
        cadence,
        audience,
        conditions: Vec::new(),
        grace_days: 3,
        first_on: None,
        effective_on: None,
        off: false,
    };
    Side { terms, minutes }
}

fn per(period: Period, times: u32) -> Cadence {
    Cadence::PerPeriod { period, times, opens: None }
}

fn shown(before: &Side, after: &Side, existing: &FormerDuties) -> RulePreview {
    let town = town();
    let scene = Scene { town: &town, start_on: d("2021-10-01"), today: d("2021-11-10"), existing };
    look(&scene, before, after, &[])
}

/// Names and numbers of the units that gain or lose.
fn told(changes: &[UnitChange]) -> Vec<(&str, u32)> {
    changes.iter().map(|change| (change.unit.as_str(), change.by)).collect()
}

#[test]
fn each_change_says_what_it_makes_and_whom_it_touches() {
    use Audience::{EachBranch, EachVillage, TownOffice};
    let none = FormerDuties::new();
    let monthly = || side(EachBranch, per(Period::Month, 1), 6);
    let quarterly = || side(EachBranch, per(Period::Quarter, 1), 6);
    let unset = || side(EachVillage, Cadence::Unset {}, 6);
    let off = || {
        let mut side = monthly();
        side.terms.off = true;
        side
    };
    let all = |n| vec![("东湾支部", n), ("柳荫支部", n), ("石桥支部", n)];
    // November to November, and the quarter at each end.
    for (what, before, after, (duties_before, duties_after), windows, gains, loses) in [
        ("nothing", monthly(), monthly(), (39, 39), 13, vec![], vec![]),
        ("fewer", monthly(), quarterly(), (39, 15), 5, vec![], all(8)),
        ("more", quarterly(), monthly(), (15, 39), 13, all(8), vec![]),
        ("twice", monthly(), side(EachBranch, per(Period::Month, 2), 6), (39, 78), 13, all(13), vec![]),
        ("off", monthly(), off(), (39, 0), 0, vec![], all(13)),
        ("on", off(), monthly(), (0, 39), 13, all(13), vec![]),
        (
            "a count where there was none",
            unset(),
            side(EachVillage, per(Period::HalfYear, 1), 6),
            (0, 6),
            3,
            vec![("柳荫村", 3), ("石桥村", 3)],
            vec![],
        ),
        (
            "the office instead of the villages",
            side(EachVillage, per(Period::Year, 1), 6),
            side(TownOffice, per(Period::Year, 1), 6),
            (4, 2),
            2,
            vec![("图河镇", 2)],
            vec![("柳荫村", 2), ("石桥村", 2)],
        ),
        ("when it happens", monthly(), side(EachBranch, Cadence::Event {}, 6), (39, 0), 0, vec![], all(13)),
    ] {
        let preview = shown(&before, &after, &none);
        assert_eq!((preview.duties_before, preview.duties_after), (duties_before, duties_after), "{what}");
        assert_eq!(preview.windows.len(), windows, "{what}: {:?}", preview.windows);
        assert_eq!(told(&preview.gains), gains, "{what}");
        assert_eq!(told(&preview.loses), loses, "{what}");
    }
}

#[test]
fn a_condition_takes_the_duty_from_those_who_do_not_meet_it() {
    let before = side(Audience::EachBranch, per(Period::Quarter, 1), 6);
    let mut after = side(Audience::EachBranch, per(Period::Quarter, 1), 6);
    after.terms.conditions = vec![Condition::Committee];
    let preview = shown(&before, &after, &FormerDuties::new());
    assert_eq!(told(&preview.loses), [("东湾支部", 5), ("柳荫支部", 5)]);
    assert!(preview.windows.iter().all(|window| window.duties == 1), "{:?}", preview.windows);
}

#[test]
fn what_is_done_is_not_asked_again_on_either_side() {
    let done = |key: &str, first: &str, last: &str| Former {
        id: id(500),
        version: 1,
        single: false,
        key: key.into(),
        first: d(first),
        last: Some(d(last)),
        standing: Standing::Settled,
        done_on: Some(d("2021-11-02")),
    };
    let existing = FormerDuties::from([(id(20), vec![done("2021-11", "2021-11-01", "2021-11-30")])]);
    let before = side(Audience::EachBranch, per(Period::Month, 1), 6);
    let after = side(Audience::EachBranch, per(Period::Quarter, 1), 6);
    let preview = shown(&before, &after, &existing);
    assert_eq!((preview.duties_before, preview.duties_after), (38, 14));
    assert_eq!(
        preview.windows[0],
        PreviewWindow {
            key: "2021Q4".into(),
            first: d("2021-10-01"),
            last: Some(d("2021-12-31")),
            duties: 2,
        }
    );
}

#[test]
fn the_burden_is_what_a_unit_of_the_kind_is_asked_for_on_average() {
    let before = side(Audience::EachBranch, per(Period::Quarter, 1), 6);
    let after = side(Audience::EachBranch, per(Period::Month, 1), 6);
    let town = town();
    let existing = FormerDuties::new();
    let scene = Scene { town: &town, start_on: d("2021-10-01"), today: d("2021-11-10"), existing: &existing };
    let study = side(Audience::EachBranch, Cadence::FixedDays { days: vec![10, 20] }, 5);
    let only_one = side(Audience::EachCommittee, per(Period::Month, 1), 6);
    let village = side(Audience::EachVillage, per(Period::Quarter, 1), 3);
    let preview = look(&scene, &before, &after, &[study, only_one, village]);
    let burden: Vec<_> = preview.burden.iter().map(|line| (line.of, line.before, line.after)).collect();
    // Twice five for the study days, a third of six for the one committee; a quarter's six are two a month.
    assert_eq!(burden, [(Bearer::Village, 1.0, 1.0), (Bearer::Branch, 14.0, 18.0), (Bearer::Town, 0.0, 0.0)]);
}
