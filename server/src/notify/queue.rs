//! Owing a notice, and owing it no more. Both run in the transaction of the fact they follow from (design D2).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::quiet::Hours;
use super::sql;
use crate::error::{ApiError, ApiResult};
use crate::ids::{NoticeId, PersonId, TownId};

/// How much a notice may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// May spend the last grant: due today, returned, overdue.
    Important,
    /// Only while grants are plenty.
    Spare,
}

impl Weight {
    /// As stored.
    pub fn number(self) -> i16 {
        match self {
            Self::Important => 1,
            Self::Spare => 2,
        }
    }
}

/// A notice to be owed.
#[derive(Debug, Clone, Copy)]
pub struct NewNotice<'a> {
    pub town: TownId,
    pub person: PersonId,
    /// What it is about: `duty`, `record`, …
    pub subject_kind: &'a str,
    pub subject: Uuid,
    /// Which step of the ladder: `t-3`, `t0`, `overdue`, `returned/2` …; one notice per person, subject and rung.
    pub rung: &'a str,
    pub weight: Weight,
    /// Where a tap leads.
    pub page: &'a str,
    /// Shown in the app only; never leaves in a WeChat message.
    pub title: &'a str,
    pub due_on: Option<NaiveDate>,
    /// Of no use from then on.
    pub not_after: DateTime<Utc>,
}

/// Owes the notice, not before the person's quiet hours end; says whether it is new. A person without WeChat is owed
/// it too: it stands in the inbox.
pub async fn queue(tx: &mut PgConnection, notice: &NewNotice<'_>, now: DateTime<Utc>) -> ApiResult<bool> {
    let hours = sql::queue::hours(tx, notice.town, notice.person).await?.ok_or_else(ApiError::not_found)?;
    Ok(sql::queue::insert(tx, NoticeId::new(), notice, hours.release(now), now).await?)
}

/// Over so many minutes of the morning what came due at night is spread.
const SPREAD_MINUTES: u128 = 150;

/// Owes many at once, each as [`queue`] does; those whose person is unknown are passed over. What waits for the end of quiet
/// hours, as a month's end does, is spread over the morning by person, so that one digest still carries all that a person
/// is owed.
pub async fn queue_all(
    tx: &mut PgConnection,
    notices: &[NewNotice<'_>],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    if notices.is_empty() {
        return Ok(());
    }
    let people: Vec<_> = notices.iter().map(|notice| (notice.town, notice.person)).collect();
    let hours = sql::queue::hours_of(tx, &people).await?;
    let released: Vec<_> = notices
        .iter()
        .filter_map(|notice| Some((notice, release(notice, hours.get(&(notice.town, notice.person))?, now))))
        .collect();
    Ok(sql::queue::insert_all(tx, &released, now).await?)
}

/// When a notice is told: now, or after quiet hours and so much later as its person's id says, unless that would be another
/// day or too late.
fn release(notice: &NewNotice<'_>, hours: &Hours, now: DateTime<Utc>) -> DateTime<Utc> {
    let at = hours.release(now);
    if at == now {
        return at;
    }
    let minutes = i64::try_from(notice.person.0.as_u128() % SPREAD_MINUTES).unwrap_or_default();
    let later = hours.release(at + TimeDelta::minutes(minutes));
    if later < notice.not_after && hours.day(later) == hours.day(at) { later } else { at }
}

/// What a notice or a call is about: its kind (`duty`, `record`) and its id.
pub type Subject = (&'static str, Uuid);

/// Takes back what is owed about subjects that are done, excused or gone; returns how many notices that were.
///
/// What waits, stands in the inbox or was told but not read becomes `withdrawn`, in a message under way too: a retry of
/// that message leaves it out. What was told and read stays `told`. That a withdrawn notice had been told remains
/// visible by its message. Calls still to be made about them are struck off the call list.
pub async fn withdraw(
    tx: &mut PgConnection,
    town: TownId,
    subjects: &[Subject],
    now: DateTime<Utc>,
) -> ApiResult<u64> {
    if subjects.is_empty() {
        return Ok(0);
    }
    Ok(sql::queue::withdraw(tx, town, subjects, now).await?)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;

    use super::*;

    #[test]
    fn what_came_due_at_night_is_spread_by_person_over_the_morning() {
        let at = |text: &str| -> DateTime<Utc> { format!("{text}:00+08:00").parse().expect("instant") };
        let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).expect("time");
        let hours = Hours::new("Asia/Shanghai", time(21, 0), time(7, 30));
        let of = |person: u128, not_after: &str, now: &str| {
            let notice = NewNotice {
                town: TownId(Uuid::nil()),
                person: PersonId(Uuid::from_u128(person)),
                subject_kind: "duty",
                subject: Uuid::nil(),
                rung: "T-0",
                weight: Weight::Important,
                page: "",
                title: "",
                due_on: None,
                not_after: at(not_after),
            };
            release(&notice, &hours, at(now))
        };
        for (person, not_after, now, expected) in [
            (149, "2021-11-01T00:00", "2021-10-31T00:01", "2021-10-31T09:59"),
            (150, "2021-11-01T00:00", "2021-10-31T00:01", "2021-10-31T07:30"),
            (149, "2021-11-01T00:00", "2021-10-31T20:00", "2021-10-31T20:00"),
            (149, "2021-10-31T09:00", "2021-10-31T00:01", "2021-10-31T07:30"),
        ] {
            assert_eq!(of(person, not_after, now), at(expected), "{person} {now}");
        }
    }
}
