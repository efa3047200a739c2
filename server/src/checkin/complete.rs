//! A record is complete when every photo it names has arrived and it has as many as the rules ask. Only then does it
//! fulfil duties; the time that counts is still its first receipt.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::receipt::State;
use super::sql;
use crate::error::{ApiError, ApiResult};
use crate::ids::{DutyId, RecordId, TownId};
use crate::{App, duty, notify};

/// Looks again at a record (locked by the caller) and moves it on if it has become complete.
pub(super) async fn refresh(
    tx: &mut PgConnection,
    town: TownId,
    id: RecordId,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    sql::mark_arrived(tx, town, id).await?;
    let record = sql::lock_record(tx, town, id).await?.ok_or_else(ApiError::not_found)?;
    let whole = sql::missing_photos(tx, town, id).await?.is_empty() && photos_short(tx, town, id).await? == 0;
    let state = match State::parse(&record.state).unwrap_or(State::Submitted) {
        State::AwaitingPhotos if whole && record.unfinished => State::Draft,
        State::AwaitingPhotos if whole => State::Submitted,
        State::Draft | State::Submitted if !whole => State::AwaitingPhotos,
        same => same,
    };
    let completed = (whole && !record.unfinished).then_some(record.completed_at.unwrap_or(now));
    sql::set_state(tx, town, id, state.name(), completed).await?;
    if completed.is_some() && state == State::Submitted && !record.needs_confirmation {
        fulfil(tx, town, id, record.received_at, now).await?;
    }
    Ok(())
}

/// Fulfils the record's duties at its first receipt and takes their reminders back.
pub(super) async fn fulfil(
    tx: &mut PgConnection,
    town: TownId,
    id: RecordId,
    received_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    for row in sql::record_duties(tx, town, id).await?.iter().filter(|row| row.part == "fulfils") {
        let duty = DutyId(row.duty_id);
        if duty::fulfil(tx, town, duty, id, received_at, &row.verdict, now).await? {
            notify::withdraw(tx, town, "duty", duty.0, now).await?;
        } else {
            sql::mark_extra(tx, town, id, duty).await?;
        }
    }
    notify::withdraw(tx, town, "record", id.0, now).await?;
    Ok(())
}

/// Photos still needed beyond those the record names.
pub(super) async fn photos_short(tx: &mut PgConnection, town: TownId, id: RecordId) -> ApiResult<i32> {
    Ok(sql::photos_short(tx, town, id).await?)
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
