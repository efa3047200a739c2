//! 转入新年度: what becomes of a plan's rules in another year. What comes round goes on by itself; what was done once by a date
//! wants another date, is let fall, or is left open, which asks the office for a date by one duty, as a date past at issue does.

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use poem_openapi::Object;
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::edit;
use super::sql::{Version, insert_rule, supersede};
use super::table::SET_DATE;
use super::{Audience, Cadence, Counts, Enough, Ladder, RecordKind, Rule, check};
use crate::audit;
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::ids::{PersonId, TownId};
use crate::named::named;
use crate::platform::clock;

/// How a rule stands towards a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It comes round, has no date, or has one of that year or later.
    GoesOn,
    /// Its date of a year before is still to come: it is carried when that has passed.
    StillRuns {
        due: NaiveDate,
    },
    WantsDate(Wants),
    /// Nobody owes it.
    Off,
}

/// A date that is past, and the one a year later or more: of the year, if it is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wants {
    pub was: NaiveDate,
    /// The office has been asked for another already.
    pub asked: bool,
    /// First and last day.
    pub proposed: Option<(NaiveDate, NaiveDate)>,
}

/// How a rule of this cadence stands towards `year`.
pub fn turn(cadence: &Cadence, off: bool, year: i32, today: NaiveDate) -> Turn {
    if off {
        return Turn::Off;
    }
    let wants = |opens: NaiveDate, was: NaiveDate, asked: bool| {
        let by = u32::try_from(year - was.year()).ok().map(|years| Months::new(years * 12));
        let later = |day: NaiveDate| day.checked_add_months(by?);
        let proposed = later(opens).zip(later(was)).filter(|(_, due)| *due >= today);
        Turn::WantsDate(Wants { was, asked, proposed })
    };
    match cadence {
        Cadence::Once { due, .. } if due.year() >= year => Turn::GoesOn,
        Cadence::Once { due, .. } if *due >= today => Turn::StillRuns { due: *due },
        Cadence::Once { opens, due } => wants(*opens, *due, false),
        Cadence::PastAtIssue { was } => wants(was.with_ordinal(1).unwrap_or(*was), *was, true),
        Cadence::FixedDays { .. }
        | Cadence::PerPeriod { .. }
        | Cadence::MonthEnd { .. }
        | Cadence::Immediately { .. }
        | Cadence::Event {}
        | Cadence::Unset {} => Turn::GoesOn,
    }
}

named! {
    /// What the office makes of a rule whose date is past.
    #[oai(rename = "YearDeed")]
    pub enum Deed {
        Date = "date" "定新的日期",
        /// Nobody owes it any more, for a reason.
        Drop = "drop" "不再办",
        /// The office is asked for a date by one duty; until then nobody owes it.
        Ask = "ask" "待定",
    }
}

/// What the office makes of one rule whose date is past
#[derive(Debug, Clone, Serialize, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct YearChoice {
    pub code: String,
    pub deed: Deed,
    /// Of a new date: the first and the last day.
    pub opens: Option<NaiveDate>,
    pub due: Option<NaiveDate>,
    /// Why nobody owes it any more.
    #[oai(validator(max_length = 200))]
    pub reason: Option<String>,
}

/// What follows for one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Due anew, by whoever owes it, whatever was done before.
    Date(Cadence),
    /// Switched off, for this reason.
    Drop(String),
    /// Asks the office for a date in place of this one.
    Ask(NaiveDate),
    /// It asks already.
    Stay,
}

impl YearChoice {
    /// What is chosen where nobody has chosen yet: the proposed date, or to be asked.
    pub fn proposed(code: &str, wants: Wants) -> Self {
        let (opens, due) = wants.proposed.unzip();
        let deed = if wants.asked || due.is_none() { Deed::Ask } else { Deed::Date };
        Self { code: code.to_owned(), deed, opens, due, reason: None }
    }

    /// What follows; or which field will not do, and why. Nobody is late by a step: a new last day is still to come.
    pub fn step(&self, wants: Wants, year: i32, today: NaiveDate) -> Result<Step, (&'static str, String)> {
        let reason = self.reason.as_deref().map(str::trim).unwrap_or_default();
        match self.deed {
            Deed::Ask if wants.asked => Ok(Step::Stay),
            Deed::Ask => Ok(Step::Ask(wants.was)),
            Deed::Drop if reason.chars().count() < 2 => Err(("reason", "请写明为什么不再办。".to_owned())),
            Deed::Drop => Ok(Step::Drop(reason.to_owned())),
            Deed::Date => {
                let opens = self.opens.ok_or_else(|| ("opens", "请填新的开始日期。".to_owned()))?;
                let due = self.due.ok_or_else(|| ("due", "请填新的截止日期。".to_owned()))?;
                if due.year() != year {
                    return Err(("due", format!("截止日期要在{year}年内。")));
                }
                if due < today {
                    return Err((
                        "due",
                        "截止日期已经过了,请定今天或以后的日期,不然一转入就逾期。".to_owned(),
                    ));
                }
                if opens > due {
                    return Err(("opens", "开始日期不能晚于截止日期。".to_owned()));
                }
                if opens <= wants.was {
                    let was = date_label(wants.was);
                    return Err(("opens", format!("开始日期要晚于原来的截止日期{was}。")));
                }
                Ok(Step::Date(Cadence::Once { opens, due }))
            }
        }
    }
}

/// Makes the next version of a rule; returns the id of the former.
pub async fn take(
    tx: &mut PgConnection,
    town: TownId,
    by: PersonId,
    year: i32,
    code: &str,
    step: &Step,
    now: DateTime<Utc>,
) -> ApiResult<Option<Uuid>> {
    let (today, stored) = (clock::today(now), edit::stored(tx, town, code).await?);
    let dated = stored.dated(tx, town).await?;
    let (rule, note) = match step {
        Step::Stay => return Ok(None),
        Step::Date(cadence) => (Rule { cadence: cadence.clone(), first: None, ..dated }, String::new()),
        Step::Ask(was) => (asking(&dated, *was, today), String::new()),
        Step::Drop(reason) => {
            let cadence = match &stored.rule.cadence {
                // Only what asks for a date has none.
                Cadence::PastAtIssue { was } => Cadence::Once { opens: *was, due: *was },
                cadence => cadence.clone(),
            };
            (Rule { cadence, ..dated }, reason.clone())
        }
    };
    if let Some(problem) = check::rule_messages(&stored.task_code, &rule).first() {
        return Err(ApiError::refused("plan.rule_invalid", format!("第{code}项:{problem}。")));
    }
    let off = matches!(step, Step::Drop(_));
    supersede(tx, town, stored.id(), today).await?;
    let version = Version {
        number: stored.version + 1,
        off,
        effective_on: Some(today),
        by: Some(by),
        carried_to: Some(year),
        note,
    };
    let new = insert_rule(tx, town, stored.task, &rule, &version, now).await?;
    let deed = match step {
        Step::Date(_) | Step::Stay => Deed::Date,
        Step::Drop(_) => Deed::Drop,
        Step::Ask(_) => Deed::Ask,
    };
    let facts = json!({ "code": code, "version": version.number, "year": year, "deed": deed.name() });
    let entry = audit::Entry {
        town,
        actor: Some(by),
        action: "plan.rule_carried",
        subject_kind: "plan",
        subject: Some(new),
        facts: &facts,
    };
    audit::record(tx, entry, now).await?;
    Ok(Some(stored.id()))
}

/// The rule while it only asks for a date.
fn asking(rule: &Rule, was: NaiveDate, today: NaiveDate) -> Rule {
    Rule {
        code: rule.code.clone(),
        title: SET_DATE.to_owned(),
        cadence: Cadence::PastAtIssue { was },
        first: Some(today),
        audience: Audience::TownOffice,
        applies: Vec::new(),
        record: RecordKind::SetDate,
        meeting_types: Vec::new(),
        place: None,
        photos_required: 0,
        counts: Counts::Receipt,
        enough: Enough::One,
        grace_days: 0,
        ladder: Ladder::Usual,
        reviewer: rule.reviewer,
        minutes: 1,
        source: rule.source.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Period;

    fn d(text: &str) -> NaiveDate {
        text.parse().expect(text)
    }

    fn once(opens: &str, due: &str) -> Cadence {
        Cadence::Once { opens: d(opens), due: d(due) }
    }

    fn wants(was: &str, asked: bool, proposed: Option<(&str, &str)>) -> Turn {
        let proposed = proposed.map(|(opens, due)| (d(opens), d(due)));
        Turn::WantsDate(Wants { was: d(was), asked, proposed })
    }

    #[test]
    fn only_what_was_dated_in_a_year_before_and_is_past_wants_another_date() {
        let monthly = Cadence::PerPeriod { period: Period::Month, times: 1, opens: None };
        for (cadence, year, expected) in [
            (monthly, 2023, Turn::GoesOn),
            (Cadence::FixedDays { days: vec![10, 20] }, 2023, Turn::GoesOn),
            (Cadence::Immediately { since: d("2021-09-29") }, 2023, Turn::GoesOn),
            (Cadence::Event {}, 2023, Turn::GoesOn),
            (
                once("2021-10-11", "2021-10-31"),
                2023,
                wants("2021-10-31", false, Some(("2023-10-11", "2023-10-31"))),
            ),
            // The year's own end has passed by today: nothing is proposed, since it would be late at once.
            (once("2021-10-11", "2021-10-31"), 2022, wants("2021-10-31", false, None)),
            (
                once("2021-09-29", "2021-12-31"),
                2022,
                wants("2021-12-31", false, Some(("2022-09-29", "2022-12-31"))),
            ),
            (
                once("2020-02-01", "2020-02-29"),
                2023,
                wants("2020-02-29", false, Some(("2023-02-01", "2023-02-28"))),
            ),
            (once("2022-12-01", "2022-12-31"), 2023, Turn::StillRuns { due: d("2022-12-31") }),
            (once("2023-01-01", "2023-03-31"), 2023, Turn::GoesOn),
            (once("2022-01-01", "2022-03-31"), 2022, Turn::GoesOn),
            (
                Cadence::PastAtIssue { was: d("2021-06-30") },
                2023,
                wants("2021-06-30", true, Some(("2023-01-01", "2023-06-30"))),
            ),
        ] {
            assert_eq!(turn(&cadence, false, year, d("2022-12-10")), expected, "{cadence:?} into {year}");
            assert_eq!(turn(&cadence, true, year, d("2022-12-10")), Turn::Off);
        }
    }

    #[test]
    fn a_choice_that_would_make_somebody_late_or_says_too_little_names_its_field() {
        let of = Wants { was: d("2021-10-31"), asked: false, proposed: None };
        let choice = |deed, opens: &str, due: &str, reason: &str| YearChoice {
            code: "5.3.1".into(),
            deed,
            opens: opens.parse().ok(),
            due: due.parse().ok(),
            reason: Some(reason.into()),
        };
        let date = |opens, due| choice(Deed::Date, opens, due, "");
        let today = d("2022-12-10");
        for (choice, field) in [
            (date("", "2023-10-31"), "opens"),
            (date("2023-10-01", ""), "due"),
            (date("2023-10-01", "2024-10-31"), "due"),
            (date("2023-11-01", "2023-10-31"), "opens"),
            (date("2021-10-31", "2023-10-31"), "opens"),
            (choice(Deed::Drop, "", "", " "), "reason"),
        ] {
            assert_eq!(choice.step(of, 2023, today).map_err(|(field, _)| field), Err(field), "{choice:?}");
        }
        assert_eq!(
            date("2022-12-01", "2022-12-09").step(of, 2022, today).map_err(|(field, _)| field),
            Err("due")
        );
        assert_eq!(
            date("2022-12-01", "2022-12-10").step(of, 2022, today),
            Ok(Step::Date(once("2022-12-01", "2022-12-10")))
        );
        assert_eq!(
            choice(Deed::Drop, "", "", "已完成").step(of, 2023, today),
            Ok(Step::Drop("已完成".into()))
        );
        assert_eq!(choice(Deed::Ask, "", "", "").step(of, 2023, today), Ok(Step::Ask(d("2021-10-31"))));
        let asked = Wants { asked: true, ..of };
        assert_eq!(choice(Deed::Ask, "", "", "").step(asked, 2023, today), Ok(Step::Stay));
    }
}
