//! What is to be told of a duty on a day, in what words, and when it is looked at next. Pure.

use chrono::{NaiveDate, TimeDelta};

use super::ladder;
use super::sql_remind::Claimed;
use crate::edge::date_label;
use crate::notify::Weight;
use crate::plan::{Cadence, Ladder};

/// 立即 is asked again after so many days, until done or dated.
pub const ASK_EVERY: i64 = 7;
/// Whoever wants few reminders is asked each so many times.
const ASK_LESS: u32 = 4;
/// So many days before its own deadline, and on it, a returned record is recalled.
pub const RETURN_AHEAD: i64 = 1;
/// Where all is said it is looked at again so much later: somebody may hold it by then who was told of nothing.
const LOOK_AGAIN_DAYS: i64 = 7;
/// For so many days the overdue rung is of use.
const OVERDUE_DAYS: i64 = 3;

/// What one person is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub rung: String,
    pub weight: Weight,
    pub title: String,
    pub due_on: Option<NaiveDate>,
    /// Of no use from this day on.
    pub until: NaiveDate,
}

/// The day it is to be done by, or mended by.
pub fn deadline(duty: &Claimed) -> Option<NaiveDate> {
    if duty.returned { duty.return_due } else { duty.window_last }
}

/// Which day after the deadline and its grace it is, the first being 1; none while it is not overdue. What has no date is
/// never overdue.
pub fn overdue_day(duty: &Claimed, today: NaiveDate) -> Option<i64> {
    let end = if duty.returned { duty.return_due } else { duty.grace_last };
    end.map(|end| (today - end).num_days()).filter(|day| *day > 0)
}

/// The holder's rung for today.
pub fn holder(duty: &Claimed, cadence: &Cadence, ladder: Ladder, today: NaiveDate) -> Option<Told> {
    let late = overdue_day(duty, today).is_some();
    if duty.returned {
        let due = duty.return_due?;
        let reached = due - TimeDelta::days(RETURN_AHEAD) <= today;
        let (rung, title, until) = if late {
            let title = format!("退回的“{}”已过{}的补正期限,请尽快补正", duty.title, date_label(due));
            (format!("return-overdue-{due}"), title, today + TimeDelta::days(OVERDUE_DAYS))
        } else {
            let title = format!("退回的“{}”请在{}前补正", duty.title, date_label(due));
            (format!("return-due-{due}"), title, due + TimeDelta::days(1))
        };
        return reached.then_some(Told { rung, weight: Weight::Important, title, due_on: Some(due), until });
    }
    let Some(last) = duty.window_last else {
        let weeks = (today - duty.opened_on).num_days().max(0) / ASK_EVERY;
        // No date, so nothing to be late for: the word 逾期 has no place here.
        return Some(Told {
            rung: format!("ask-{weeks}"),
            weight: Weight::Spare,
            title: format!("请尽快办理:{}", duty.title),
            due_on: None,
            until: duty.opened_on + TimeDelta::days((weeks + 1) * ASK_EVERY),
        });
    };
    if late {
        return Some(Told {
            rung: "overdue".into(),
            weight: Weight::Important,
            title: format!("“{}”已过{}的期限,仍可补录", duty.title, date_label(last)),
            due_on: Some(last),
            until: today + TimeDelta::days(OVERDUE_DAYS),
        });
    }
    let due = ladder::due(cadence, ladder, last, today)?;
    Some(Told {
        title: format!("“{}”{}截止", duty.title, date_label(last)),
        rung: due.name,
        weight: due.weight,
        due_on: Some(last),
        until: due.until,
    })
}

/// The same rung for whoever wants to hear only on the last day and of what is late: nothing before that day, then the word of
/// that day. What has no date is told every fourth time, so that it is not forgotten.
pub fn on_the_day(duty: &Claimed, told: &Told, today: NaiveDate) -> Option<Told> {
    if told.weight == Weight::Important {
        return Some(told.clone());
    }
    match duty.window_last {
        Some(last) if today < last => None,
        Some(last) => Some(Told {
            rung: "T-0".into(),
            weight: Weight::Important,
            until: last + TimeDelta::days(1),
            ..told.clone()
        }),
        None => {
            let asked = told.rung.strip_prefix("ask-").and_then(|times| times.parse::<u32>().ok());
            asked.is_some_and(|times| times.is_multiple_of(ASK_LESS)).then(|| told.clone())
        }
    }
}

/// What whoever looks after the unit is told at a step, named by its post.
pub fn supervisor(duty: &Claimed, step: &str, today: NaiveDate) -> Told {
    let (rung, words, due_on) = match duty.return_due.filter(|_| duty.returned) {
        Some(due) => (format!("return-overdue-{due}-{step}"), "退回后未按期补正", Some(due)),
        None => (format!("overdue-{step}"), "未按期办理", duty.window_last),
    };
    Told {
        rung,
        weight: Weight::Important,
        title: format!("{}:“{}”{words}", duty.unit_name, duty.title),
        due_on,
        until: today + TimeDelta::days(OVERDUE_DAYS),
    }
}

/// The day on which it is looked at next. While something may be told of it that is tomorrow, since a post may have been
/// handed over by then; where all is `said`, a week from now.
pub fn next_look(
    duty: &Claimed,
    cadence: &Cadence,
    ladder: Ladder,
    today: NaiveDate,
    said: bool,
) -> NaiveDate {
    if said {
        return today + TimeDelta::days(LOOK_AGAIN_DAYS);
    }
    let begins = match (duty.returned, duty.return_due, duty.window_last) {
        (true, Some(due), _) => Some(due - TimeDelta::days(RETURN_AHEAD)),
        (_, _, Some(last)) => ladder::begins(cadence, ladder, last).or(duty.grace_last),
        _ => None,
    };
    let tomorrow = today + TimeDelta::days(1);
    begins.map_or(tomorrow, |day| day.max(tomorrow))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use uuid::Uuid;

    use super::*;
    use crate::duty::escalate::Place;
    use crate::ids::TownId;
    use crate::plan::Period;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn duty() -> Claimed {
        Claimed {
            town: TownId(Uuid::nil()),
            id: Uuid::nil(),
            unit_id: Uuid::nil(),
            unit_name: "石桥支部".into(),
            title: "召开支委会".into(),
            cadence: Value::Null,
            ladder: String::new(),
            audience: String::new(),
            place: Place::Village,
            window_last: Some(day("2021-10-31")),
            grace_last: Some(day("2021-11-03")),
            return_due: None,
            returned: false,
            opened_on: day("2021-10-01"),
            redated: false,
            holders: Vec::new(),
            only_due: Vec::new(),
            contacted: false,
        }
    }

    #[test]
    fn a_duty_is_looked_at_when_there_may_be_something_to_say() {
        let month = Cadence::PerPeriod { period: Period::Month, times: 1, opens: None };
        let returned = || Claimed { returned: true, return_due: Some(day("2021-11-20")), ..duty() };
        let undated = || Claimed { window_last: None, grace_last: None, ..duty() };
        for (duty, ladder, today, said, next) in [
            (duty(), Ladder::Usual, "2021-10-01", false, "2021-10-24"),
            (duty(), Ladder::Usual, "2021-10-24", false, "2021-10-25"),
            (duty(), Ladder::Quiet, "2021-10-24", false, "2021-11-03"),
            (duty(), Ladder::Quiet, "2021-11-03", false, "2021-11-04"),
            (duty(), Ladder::Usual, "2021-11-20", true, "2021-11-27"),
            (returned(), Ladder::Usual, "2021-11-10", false, "2021-11-19"),
            (returned(), Ladder::Usual, "2021-11-21", false, "2021-11-22"),
            (undated(), Ladder::Usual, "2021-10-05", false, "2021-10-06"),
        ] {
            assert_eq!(next_look(&duty, &month, ladder, day(today), said), day(next), "{today}");
        }
    }

    #[test]
    fn who_wants_few_reminders_hears_on_the_last_day_and_of_what_is_late() {
        let month = Cadence::PerPeriod { period: Period::Month, times: 1, opens: None };
        let study = Cadence::FixedDays { days: vec![31] };
        let returned = || Claimed { returned: true, return_due: Some(day("2021-11-20")), ..duty() };
        let undated = || Claimed { window_last: None, grace_last: None, ..duty() };
        for (duty, cadence, today, all, few) in [
            (duty(), &month, "2021-10-24", Some("T-7"), None),
            (duty(), &month, "2021-10-30", Some("T-1"), None),
            (duty(), &month, "2021-10-31", Some("T-1"), Some("T-0")),
            (duty(), &study, "2021-10-30", Some("T-1"), None),
            (duty(), &study, "2021-10-31", Some("T-0"), Some("T-0")),
            (duty(), &month, "2021-11-04", Some("overdue"), Some("overdue")),
            (returned(), &month, "2021-11-19", Some("return-due-2021-11-20"), Some("return-due-2021-11-20")),
            (undated(), &month, "2021-10-01", Some("ask-0"), Some("ask-0")),
            (undated(), &month, "2021-10-08", Some("ask-1"), None),
            (undated(), &month, "2021-10-29", Some("ask-4"), Some("ask-4")),
        ] {
            let told = holder(&duty, cadence, Ladder::Usual, day(today));
            let fewer = told.as_ref().and_then(|told| on_the_day(&duty, told, day(today)));
            let rung = |told: &Option<Told>| told.as_ref().map(|told| told.rung.clone());
            assert_eq!((rung(&told).as_deref(), rung(&fewer).as_deref()), (all, few), "{today}");
            assert!(fewer.is_none_or(|told| told.weight == Weight::Important || duty.window_last.is_none()));
        }
    }

    #[test]
    fn it_is_overdue_after_its_grace_and_a_returned_one_after_its_own_day() {
        let returned = Claimed { returned: true, return_due: Some(day("2021-11-20")), ..duty() };
        let undated = Claimed { window_last: None, grace_last: None, ..duty() };
        for (duty, today, late) in [
            (&duty(), "2021-11-03", None),
            (&duty(), "2021-11-04", Some(1)),
            (&returned, "2021-11-20", None),
            (&returned, "2021-11-22", Some(2)),
            (&undated, "2031-01-01", None),
        ] {
            assert_eq!(overdue_day(duty, day(today)), late, "{today}");
        }
    }
}
