use super::*;
use crate::plan::{Definition, MonthDay, Period};

fn d(text: &str) -> NaiveDate {
    text.parse().expect(text)
}

fn per(period: Period) -> Cadence {
    Cadence::PerPeriod { period, times: 1, opens: None }
}

fn keys(cadence: &Cadence, from: &str, through: &str) -> Vec<String> {
    windows(cadence, 3, d(from), d(through), None).into_iter().map(|window| window.key).collect()
}

#[test]
fn each_cadence_names_its_windows() {
    let (from, through) = ("2021-10-15", "2022-01-05");
    let month_end = Cadence::MonthEnd { months: vec![3, 6, 9, 12], opens_day: 25 };
    let once = |opens, due| Cadence::Once { opens: d(opens), due: d(due) };
    for (cadence, expected) in [
        (per(Period::Month), vec!["2021-10", "2021-11", "2021-12", "2022-01"]),
        (per(Period::Quarter), vec!["2021Q4", "2022Q1"]),
        (per(Period::HalfYear), vec!["2021H2", "2022H1"]),
        (per(Period::Year), vec!["2021", "2022"]),
        (
            Cadence::FixedDays { days: vec![10, 20] },
            vec!["2021-10-20", "2021-11-10", "2021-11-20", "2021-12-10", "2021-12-20"],
        ),
        (month_end, vec!["2021-12-31"]),
        (once("2021-10-11", "2021-10-31"), vec!["2021-10-31"]),
        (once("2021-09-01", "2021-09-30"), vec![]),
        (once("2022-02-01", "2022-03-31"), vec![]),
        (Cadence::Immediately { since: d("2021-09-29") }, vec!["asap"]),
        (Cadence::PastAtIssue { was: d("2021-06-30") }, vec!["new-date"]),
        (Cadence::Event {}, vec![]),
        (Cadence::Unset {}, vec![]),
        (
            Cadence::PerPeriod { period: Period::Quarter, times: 2, opens: None },
            vec!["2021Q4-1", "2021Q4-2", "2022Q1-1", "2022Q1-2"],
        ),
    ] {
        assert_eq!(keys(&cadence, from, through), expected, "{cadence:?}");
    }
}

#[test]
fn a_window_has_its_days_its_grace_and_the_days_that_still_count() {
    let year_end = Cadence::PerPeriod { period: Period::Year, times: 1, opens: MonthDay::new(12, 1) };
    let month_end = Cadence::MonthEnd { months: vec![3, 6, 9, 12], opens_day: 25 };
    for (cadence, on, first, last, grace_last, counts_until) in [
        (per(Period::Quarter), "2021-11-01", "2021-10-01", "2021-12-31", "2022-01-03", "2021-12-31"),
        // A Sunday, and it stays.
        (
            Cadence::FixedDays { days: vec![10, 20] },
            "2021-10-10",
            "2021-10-10",
            "2021-10-10",
            "2021-10-13",
            "2021-10-19",
        ),
        (
            Cadence::FixedDays { days: vec![10, 20] },
            "2021-12-20",
            "2021-12-20",
            "2021-12-20",
            "2021-12-23",
            "2022-01-09",
        ),
        (month_end, "2024-03-31", "2024-03-25", "2024-03-31", "2024-04-03", "2024-06-24"),
        (year_end, "2021-12-15", "2021-12-01", "2021-12-31", "2022-01-03", "2022-11-30"),
    ] {
        let expected = Window {
            key: keys(&cadence, on, on)[0].clone(),
            first: d(first),
            last: Some(d(last)),
            grace_last: Some(d(grace_last)),
            counts_until: Some(d(counts_until)),
        };
        assert_eq!(windows(&cadence, 3, d(on), d(on), None), [expected], "{cadence:?}");
    }
}

#[test]
fn what_has_no_date_is_never_overdue() {
    let undated =
        &windows(&Cadence::Immediately { since: d("2021-09-29") }, 0, d("2021-09-29"), d("2021-09-29"), None)
            [0];
    assert!(!undated.is_overdue(d("2031-01-01")));
    let once = Cadence::Once { opens: d("2021-09-29"), due: d("2021-10-31") };
    let dated = &windows(&once, 3, d("2021-09-29"), d("2021-10-01"), None)[0];
    assert!(!dated.is_overdue(d("2021-11-03")));
    assert!(dated.is_overdue(d("2021-11-04")));
    assert_eq!(dated.counts_until, None);
}

/// The windows of the shipped plan, in a town that starts on the day of issue.
#[test]
fn the_shipped_plan_opens_as_the_annex_has_it() {
    let plan = Definition::shipped().expect("sound");
    for (code, today, expected) in [
        ("3.1.1", "2021-09-30", vec![]),
        ("3.1.1", "2021-10-01", vec!["2021Q4"]),
        ("3.1.2-1", "2021-12-01", vec!["2021-10", "2021-11", "2021-12"]),
        ("3.1.4", "2021-10-20", vec!["2021-10-10", "2021-10-20"]),
        ("3.1.5-1", "2021-11-30", vec![]),
        ("3.1.5-2", "2022-12-01", vec!["2021", "2022"]),
        ("3.2.1", "2021-10-01", vec!["2021H2"]),
        ("3.2.3", "2021-12-24", vec![]),
        ("3.2.3", "2022-03-31", vec!["2021-12-31", "2022-03-31"]),
        ("5.1.2", "2021-09-29", vec!["asap"]),
        ("2.3.1", "2021-09-29", vec!["new-date"]),
        ("5.3.1", "2021-10-10", vec![]),
        ("5.3.1", "2022-10-11", vec!["2021-10-31"]),
    ] {
        let rule = plan.tasks.iter().flat_map(|task| &task.rules).find(|rule| rule.code == code);
        let found = owed(rule.expect(code), plan.source.issued_on, d(today));
        assert_eq!(found.iter().map(|w| w.key.as_str()).collect::<Vec<_>>(), expected, "{code} {today}");
    }
}

#[test]
fn mid_and_late_october_are_two_thirds_of_the_month() {
    let plan = Definition::shipped().expect("sound");
    let task = plan.tasks.iter().find(|task| task.code == "5.3.2").expect("task");
    let middle = xun(2021, 10, Xun::Middle).expect("month");
    let lower = xun(2021, 10, Xun::Lower).expect("month");
    assert_eq!(task.rules[0].cadence, Cadence::Once { opens: middle.first, due: lower.last });
}

#[test]
fn a_town_that_starts_late_does_not_owe_what_ended_before() {
    let plan = Definition::shipped().expect("sound");
    let october = plan.tasks.iter().find(|task| task.code == "5.2.1").expect("task");
    assert!(owed(&october.rules[0], d("2021-11-15"), d("2021-12-01")).is_empty());
    let quarter = plan.tasks.iter().find(|task| task.code == "3.1.1").expect("task");
    assert_eq!(owed(&quarter.rules[0], d("2021-11-15"), d("2021-12-01"))[0].key, "2021Q4");
}
