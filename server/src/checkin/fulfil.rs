//! Which of the named duties a record counts for.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{NotCounted, Submission, sql};
use crate::duty::{self, Locked, Refusal, Verdict, share};
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{DutyId, RecordId, TownId};

/// A duty the record is for.
pub struct Link {
    pub duty: DutyId,
    /// It was fulfilled by another record already, is closed, or was handed to somebody else.
    pub extra: bool,
    pub verdict: Verdict,
    /// Photos its rule asks for.
    pub photos: i32,
}

impl Link {
    /// As stored.
    pub fn part(&self) -> &'static str {
        if self.extra { "extra" } else { "fulfils" }
    }
}

/// The named duties, apart.
pub struct Sorted {
    pub counted: Vec<Link>,
    pub not_counted: Vec<NotCounted>,
}

/// Locks the duties named and judges each by the day the record was first received. A duty of another unit, kind or
/// window is not counted and said so; when none of them fits, the submission is refused as a whole.
pub async fn sort(
    tx: &mut PgConnection,
    caller: &Caller,
    sent: &Submission,
    received_on: NaiveDate,
) -> ApiResult<Sorted> {
    let mut sorted = Sorted { counted: Vec::new(), not_counted: Vec::new() };
    if sent.duties.is_empty() {
        return Ok(sorted);
    }
    let duties = duty::lock(tx, caller.town, &sent.duties).await?;
    if duties.len() < sent.duties.len() {
        return Err(ApiError::not_found());
    }
    let each: Vec<DutyId> = duties.iter().filter(|duty| duty.each).map(|duty| duty.id).collect();
    let (person, days) = (sent.entered_for.unwrap_or(caller.person), [received_on, sent.happened_on]);
    let shares = share::of_person(tx, caller.town, &each, person, days).await?;
    let mut refusal = None;
    for mut duty in duties {
        let share = shares.get(&duty.id);
        if duty.each {
            duty.record = share.and_then(|share| share.record);
        }
        // Of one that is closed nobody is a holder any more: what was filled in for it is kept beside.
        let theirs = !duty.each || duty.is_closed() || share.is_some();
        match counts(sent, &duty, theirs, received_on) {
            Ok(verdict) => sorted.counted.push(Link {
                duty: duty.id,
                extra: duty.is_closed()
                    || share.is_some_and(|share| share.overtaken)
                    || duty.record.is_some_and(|other| other != sent.id),
                verdict,
                photos: duty.photos,
            }),
            Err(error) => {
                let message = error.message.clone();
                sorted.not_counted.push(NotCounted { duty_id: duty.id, code: error.code.into(), message });
                refusal = Some(error);
            }
        }
    }
    match refusal {
        Some(refusal) if sorted.counted.is_empty() => Err(refusal),
        _ => Ok(sorted),
    }
}

/// Links an edited record to the duties its new version is for.
pub async fn relink(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    links: &[Link],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    for link in links {
        sql::link_duty(tx, town, record, link, now).await?;
    }
    // One it is no longer for, or can no longer be, it lets go: that is owed again.
    let kept: Vec<DutyId> = links.iter().map(|link| link.duty).collect();
    sql::unlink_others(tx, town, record, &kept).await?;
    duty::release(tx, town, record, &kept).await
}

/// Whether the submission counts for the duty, and as what. `theirs`: whoever it is of is one of those who owe it.
fn counts(sent: &Submission, duty: &Locked, theirs: bool, received_on: NaiveDate) -> ApiResult<Verdict> {
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
    if !theirs {
        return Err(ApiError::refused(
            "checkin.not_a_holder",
            format!("“{}”要承办人各办一次,您不是承办人;如果是替承办人填的,请注明替谁填。", duty.title),
        ));
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
