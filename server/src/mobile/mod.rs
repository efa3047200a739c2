//! 流动党员 and 双向联系: the half-year report, the answer to it, and the log of both directions.

mod api;
mod contact;
mod report;
mod sql;

pub use api::Api;
pub use contact::{ContactForm, Way, contact};
pub use report::{ReportForm, report};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{PersonId, RecordId};
use crate::notify::{self, NewNotice, Weight};
use crate::org::{self, Role};

/// A word in either direction is told to the other side for so long.
const TELL: TimeDelta = TimeDelta::days(14);

/// May the caller speak for, or with, this member? The member; the committee member linked; whoever heads the branch
/// or the office. A committee post alone reaches linked members only.
async fn check_member(
    tx: &mut PgConnection,
    caller: &Caller,
    action: Action,
    member: PersonId,
    today: NaiveDate,
) -> ApiResult<org::Away> {
    let Some(away) = org::away(tx, caller.town, member).await? else {
        if member != caller.person {
            let paths = org::person_paths(tx, caller.town, member, today).await?;
            access::check_person(caller, action, &paths, false)?;
        }
        return Err(ApiError::refused(
            "mobile.not_registered",
            "这位党员没有登记为流动党员,请先在名册里登记。",
        ));
    };
    if member == caller.person && caller.holds(Role::MobileMember, &away.branch_path) {
        return Ok(away);
    }
    let linked = away.contact == Some(caller.person);
    let only_self = caller
        .posts
        .iter()
        .filter(|post| post.paths.iter().any(|path| away.branch_path.starts_with(path.as_str())))
        .all(|post| matches!(post.role, Role::MobileMember | Role::PartyMember));
    if only_self {
        return Err(ApiError::not_found());
    }
    access::check_person(caller, action, std::slice::from_ref(&away.branch_path), linked)?;
    Ok(away)
}

/// Tells the other side that there is a word for them.
async fn tell(
    tx: &mut PgConnection,
    caller: &Caller,
    to: PersonId,
    record: RecordId,
    title: &str,
    weight: Weight,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let notice = NewNotice {
        town: caller.town,
        person: to,
        subject_kind: "contact",
        subject: record.0,
        rung: "told",
        weight,
        page: &format!("pages/record/index?id={record}"),
        title,
        due_on: None,
        not_after: now + TELL,
    };
    notify::queue(tx, &notice, now).await?;
    Ok(())
}

/// One line of the 双向联系 log, once per record.
struct Line<'a> {
    id: Uuid,
    member: PersonId,
    direction: &'static str,
    record: RecordId,
    said: &'a str,
    channel: &'static str,
    happened_on: NaiveDate,
}
