//! A record is complete when every photo it names has arrived and it has as many as the rules ask. Only then does it
//! fulfil duties; the time that counts is still its first receipt.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::receipt::State;
use super::sql;
use crate::duty::Verdict;
use crate::error::{ApiError, ApiResult};
use crate::ids::{DutyId, RecordId, TownId};
use crate::{App, duty, notify};

/// A record as it stands after a look, and what it counts for: all that a receipt says.
pub(super) struct Standing {
    pub record: sql::Stands,
    /// After the look.
    pub state: State,
    pub duties: Vec<sql::RecordDuty>,
}

/// Looks again at a record, which the caller has made or locked (a look taken while waiting for the lock would miss what
/// the holder changed), and moves it on if it has become complete.
pub(super) async fn refresh(
    tx: &mut PgConnection,
    town: TownId,
    id: RecordId,
    now: DateTime<Utc>,
) -> ApiResult<Standing> {
    let mut record = sql::stands(tx, town, id).await?.ok_or_else(ApiError::not_found)?;
    if !record.missing.is_empty() {
        let arrived = sql::mark_arrived(tx, town, id).await?;
        record.missing.retain(|hash| !arrived.contains(hash));
    }
    let (state, completed_at) = moved_on(&record, now);
    if state.name() != record.state || completed_at != record.completed_at {
        sql::set_state(tx, town, id, state.name(), completed_at).await?;
    }
    let mut duties = sql::record_duties(tx, town, id).await?;
    if counts(state, completed_at, record.needs_confirmation) {
        let links: Vec<_> =
            duties.iter().filter(|row| !row.extra).map(|row| (row.duty, row.verdict)).collect();
        if fulfil(tx, town, id, &links, record.received_at, now).await? == Fulfilled::NotAll {
            duties = sql::record_duties(tx, town, id).await?;
        }
    }
    Ok(Standing { record, state, duties })
}

/// Where a record moves by what it has, and since when it is complete.
pub(super) fn moved_on(record: &sql::Stands, now: DateTime<Utc>) -> (State, Option<DateTime<Utc>>) {
    let whole = record.missing.is_empty() && record.short == 0;
    let state = match State::parse(&record.state).unwrap_or(State::Submitted) {
        State::AwaitingPhotos if whole && record.unfinished => State::Draft,
        State::AwaitingPhotos if whole => State::Submitted,
        State::Draft | State::Submitted if !whole => State::AwaitingPhotos,
        same => same,
    };
    (state, (whole && !record.unfinished).then_some(record.completed_at.unwrap_or(now)))
}

/// Whether the record fulfils its duties: complete, up for review, and vouched for where it has to be.
pub(super) fn counts(state: State, completed_at: Option<DateTime<Utc>>, needs_confirmation: bool) -> bool {
    state == State::Submitted && completed_at.is_some() && !needs_confirmation
}

#[derive(PartialEq)]
pub(super) enum Fulfilled {
    All,
    /// Another record was first for some: this one is an extra there.
    NotAll,
}

/// Fulfils duties by the record at its first receipt and takes their reminders back.
pub(super) async fn fulfil(
    tx: &mut PgConnection,
    town: TownId,
    id: RecordId,
    duties: &[(DutyId, Verdict)],
    received_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> ApiResult<Fulfilled> {
    let fulfilled = duty::fulfil(tx, town, duties, id, received_at, now).await?;
    let subjects = |duties: &[DutyId]| duties.iter().map(|duty| ("duty", duty.0)).collect::<Vec<_>>();
    let mut over: Vec<notify::Subject> = subjects(&fulfilled.whole);
    over.push(("record", id.0));
    notify::withdraw(tx, town, &over, now).await?;
    if let Some(person) = fulfilled.by {
        notify::spare(tx, town, person, &subjects(&fulfilled.shares), now).await?;
    }
    if duties.iter().all(|(duty, _)| fulfilled.has(*duty)) {
        return Ok(Fulfilled::All);
    }
    for (duty, _) in duties.iter().filter(|(duty, _)| !fulfilled.has(*duty)) {
        sql::mark_extra(tx, town, id, *duty).await?;
    }
    Ok(Fulfilled::NotAll)
}

/// Completes records whose last photo arrived after the phone had gone: what it sent is not left hanging.
pub async fn complete_pass(app: &App, now: DateTime<Utc>) -> ApiResult<usize> {
    let waiting = sql::waiting_with_all_photos(&app.db).await?;
    for (town, id) in &waiting {
        let mut tx = app.db.begin().await?;
        if sql::lock_record(&mut tx, *town, *id).await?.is_some() {
            refresh(&mut tx, *town, *id, now).await?;
        }
        tx.commit().await?;
    }
    Ok(waiting.len())
}
