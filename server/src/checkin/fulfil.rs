//! Which of the named duties a record counts for.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{NotCounted, Submission, sql};
use crate::duty::{self, Locked, Refusal, Verdict};
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::DutyId;

/// Links the record to its duties, by the day it was first received. A duty of another unit, kind or window is not
/// counted and said so; when none of them fits, the submission is refused as a whole.
pub async fn link(
    tx: &mut PgConnection,
    caller: &Caller,
    sent: &Submission,
    received_on: NaiveDate,
    now: DateTime<Utc>,
) -> ApiResult<Vec<NotCounted>> {
    let duties = duty::lock(tx, caller.town, &sent.duties).await?;
    if duties.len() < sent.duties.len() {
        return Err(ApiError::not_found());
    }
    let mut not_counted = Vec::new();
    for duty in &duties {
        match counts(sent, duty, received_on) {
            Ok(verdict) => {
                let extra = duty.is_closed() || duty.record.is_some_and(|other| other != sent.id);
                sql::link_duty(tx, caller.town, sent.id, duty.id, extra, verdict, now).await?;
            }
            Err(refusal) => not_counted.push((duty.id, refusal)),
        }
    }
    // An edit that is no longer for a duty, or can no longer be, lets it go: it is owed again.
    let counted: Vec<DutyId> = duties
        .iter()
        .map(|duty| duty.id)
        .filter(|id| not_counted.iter().all(|(other, _)| other != id))
        .collect();
    sql::unlink_others(tx, caller.town, sent.id, &counted).await?;
    duty::release(tx, caller.town, sent.id, &counted).await?;
    if !duties.is_empty()
        && not_counted.len() == duties.len()
        && let Some((_, first)) = not_counted.pop()
    {
        return Err(first);
    }
    Ok(not_counted
        .into_iter()
        .map(|(duty_id, refusal)| NotCounted { duty_id, code: refusal.code.into(), message: refusal.message })
        .collect())
}

/// Whether the submission counts for the duty, and as what.
fn counts(sent: &Submission, duty: &Locked, received_on: NaiveDate) -> ApiResult<Verdict> {
    if duty.unit != sent.unit.id {
        return Err(ApiError::refused(
            "checkin.other_unit",
            "这项待办属于另一个组织,请从本组织的待办里进入。",
        ));
    }
    if duty.record_kind != sent.kind.name() {
        return Err(ApiError::refused(
            "checkin.wrong_kind",
            format!("“{}”要用另一种记录来办理。", duty.title),
        ));
    }
    if !duty.meeting_types.is_empty()
        && !duty.meeting_types.iter().any(|kind| sent.meeting_types.contains(kind))
    {
        return Err(ApiError::refused("checkin.wrong_kind", format!("这次会议的类型不含“{}”。", duty.title)));
    }
    if duty.place.as_deref().is_some_and(|place| sent.facts["place"] != place) {
        return Err(ApiError::refused("checkin.wrong_place", format!("“{}”说的不是这一处。", duty.title)));
    }
    if duty.person.is_some() && duty.person != sent.entered_for {
        return Err(ApiError::refused("checkin.other_person", "这项待办是另一位党员的。"));
    }
    duty.judge(sent.happened_on, received_on).map_err(|refusal| match refusal {
        Refusal::Future => super::submit::in_the_future(sent.happened_on),
        Refusal::OutsideWindow { first, last } => ApiError::refused(
            "checkin.outside_window",
            format!(
                "“{}”只收{}至{}之间的记录,请核对日期。",
                duty.title,
                date_label(first),
                last.map_or_else(|| "今天".to_owned(), date_label),
            ),
        ),
    })
}
