//! Owing a notice, and owing it no more. Both run in the transaction of the fact they follow from (design D2).

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

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
