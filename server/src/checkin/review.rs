//! Accepting, returning, confirming. The reviewer names the version seen; whoever wrote any of it does not accept it.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::read::Sight;
use super::receipt::State;
use super::trust::{self, Deed};
use super::{Kind, complete, reviewer, sql, sql_review};
use crate::access::{self, Action};
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{PersonId, RecordId, VersionId};
use crate::notify::{self, NewNotice, Weight};
use crate::platform::clock;
use crate::{audit, duty};

/// A return gives so many days unless it names a date.
const RETURN_DAYS: TimeDelta = TimeDelta::days(7);

/// Accepts the version seen: the duties it fulfils are met.
pub async fn accept(
    tx: &mut PgConnection,
    caller: &Caller,
    id: RecordId,
    seen: VersionId,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    reviewable(tx, caller, id, seen).await?;
    let review = review(caller, id, seen, "accepted");
    sql_review::insert_review(tx, &review, now).await?;
    sql::set_state(tx, caller.town, id, State::Accepted.name(), Some(now)).await?;
    duty::accepted(tx, caller.town, id, now).await?;
    log(tx, caller, id, "record.accepted", now).await
}

/// A return says what is to be put right, in 2 to 500 characters.
pub fn check_reason(reason: &str) -> ApiResult<()> {
    if (2..=500).contains(&reason.chars().count()) {
        return Ok(());
    }
    Err(ApiError::refused("review.reason_length", "请写明要补正什么,2 到 500 个字。"))
}

/// Returns the version seen with a reason: the duties are owed again, by a deadline of their own.
pub async fn give_back(
    tx: &mut PgConnection,
    caller: &Caller,
    id: RecordId,
    seen: VersionId,
    reason: &str,
    due_on: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> ApiResult<NaiveDate> {
    let record = reviewable(tx, caller, id, seen).await?;
    let today = clock::today(now);
    let due_on = due_on.unwrap_or(today + RETURN_DAYS);
    if due_on < today {
        return Err(ApiError::refused("review.due_past", "退回的补正期限不能早于今天。"));
    }
    let mut review = review(caller, id, seen, "returned");
    (review.reason, review.due_on) = (Some(reason), Some(due_on));
    let times = sql_review::insert_review(tx, &review, now).await?;
    sql::set_state(tx, caller.town, id, State::Returned.name(), None).await?;
    duty::returned(tx, caller.town, id, due_on).await?;
    let label = Kind::parse(&record.kind).map_or("记录", Kind::label);
    for person in told(&record) {
        let notice = NewNotice {
            town: caller.town,
            person,
            subject_kind: "record",
            subject: id.0,
            rung: &format!("returned-{times}"),
            weight: Weight::Important,
            page: &format!("pages/record/index?id={id}"),
            title: &format!("一条{label}记录被退回,请在{}前补正", date_label(due_on)),
            due_on: Some(due_on),
            not_after: clock::start_of(due_on) + TimeDelta::days(1),
        };
        notify::queue(tx, &notice, now).await?;
    }
    log(tx, caller, id, "record.returned", now).await?;
    Ok(due_on)
}

/// Accepts the version seen of one record, which somebody has opened; a sign survey has a way of its own.
pub async fn accept_one(
    tx: &mut PgConnection,
    caller: &Caller,
    id: RecordId,
    seen: VersionId,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    not_a_survey(tx, caller, id).await?;
    accept(tx, caller, id, seen, now).await
}

/// A survey declaration is met only with every case of its place closed; `sign` confirms it.
pub(super) async fn not_a_survey(tx: &mut PgConnection, caller: &Caller, id: RecordId) -> ApiResult<()> {
    if falling_to(tx, caller, id).await?.kind == Kind::SignSurvey.name() {
        return Err(ApiError::conflict(
            "review.survey_needs_confirmation",
            "标识牌排查申报要逐处核对后单独确认,不能直接通过。",
        ));
    }
    Ok(())
}

/// Only records that nobody needs to look at are accepted in bulk.
pub(super) async fn unflagged(tx: &mut PgConnection, caller: &Caller, id: RecordId) -> ApiResult<()> {
    not_a_survey(tx, caller, id).await?;
    if sql_review::is_flagged(tx, caller.town, id).await? || photos_need_a_look(tx, caller, id).await? {
        return Err(ApiError::conflict("review.flagged", "这条记录有需要注意的地方,请单独打开审核。"));
    }
    Ok(())
}

async fn photos_need_a_look(tx: &mut PgConnection, caller: &Caller, id: RecordId) -> ApiResult<bool> {
    let Some(row) = sql_review::photos(tx, &Sight::of(caller), id).await? else { return Ok(false) };
    let kind = Kind::parse(&row.kind).unwrap_or(Kind::Statement);
    Ok(trust::needs_a_look(Deed { kind, happened_on: row.happened_on }, &trust::stored(row.photos)))
}

/// The secretary vouches for what somebody entered under a post just left: from now on it counts, as of its receipt.
pub async fn confirm(
    tx: &mut PgConnection,
    caller: &Caller,
    id: RecordId,
    seen: VersionId,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let record = locked(tx, caller, id).await?;
    access::check(caller, Action::ConfirmRecord, &record.path)?;
    if !record.needs_confirmation {
        return Err(ApiError::conflict("review.nothing_to_confirm", "这条记录不需要确认。"));
    }
    same_version(&record, seen)?;
    if record.writer_id == caller.person.0 {
        return Err(own_record());
    }
    sql_review::insert_review(tx, &review(caller, id, seen, "confirmed"), now).await?;
    sql::set_confirmed(tx, caller.town, id).await?;
    complete::refresh(tx, caller.town, id, now).await?;
    log(tx, caller, id, "record.confirmed", now).await
}

/// Whoever wrote it, and whoever it was written for.
fn told(record: &sql::Record) -> Vec<PersonId> {
    let mut people = vec![PersonId(record.writer_id)];
    people.extend(record.entered_for.map(PersonId).filter(|person| person.0 != record.writer_id));
    people
}

/// The record, locked. Whoever may not read it does not review it either.
pub(super) async fn locked(tx: &mut PgConnection, caller: &Caller, id: RecordId) -> ApiResult<sql::Record> {
    let record = sql::lock_record(tx, caller.town, id).await?.ok_or_else(ApiError::not_found)?;
    let is_personal = Kind::parse(&record.kind).is_some_and(Kind::is_personal);
    if is_personal && !sql_review::is_in_sight(tx, &Sight::of(caller), id).await? {
        return Err(ApiError::not_found());
    }
    Ok(record)
}

/// The record, locked, if it is the caller's to review.
async fn falling_to(tx: &mut PgConnection, caller: &Caller, id: RecordId) -> ApiResult<sql::Record> {
    let record = locked(tx, caller, id).await?;
    reviewer::check(tx, caller, id, &record.path).await?;
    Ok(record)
}

async fn reviewable(
    tx: &mut PgConnection,
    caller: &Caller,
    id: RecordId,
    seen: VersionId,
) -> ApiResult<sql::Record> {
    let record = falling_to(tx, caller, id).await?;
    if sql_review::writers(tx, caller.town, id).await?.contains(&caller.person.0) {
        return Err(own_record());
    }
    same_version(&record, seen)?;
    if record.state != State::Submitted.name() || record.needs_confirmation {
        return Err(ApiError::conflict("review.not_waiting", "这条记录现在不在待审状态,请刷新后再看。"));
    }
    Ok(record)
}

pub(super) fn same_version(record: &sql::Record, seen: VersionId) -> ApiResult<()> {
    if record.version_id == seen.0 {
        Ok(())
    } else {
        Err(ApiError::conflict("review.version_changed", "这条记录刚有了新内容,请看过最新内容再审。"))
    }
}

fn own_record() -> ApiError {
    ApiError::new(poem::http::StatusCode::FORBIDDEN, "review.own_record", "自己填写的记录要由别人审核。")
}

fn review<'a>(
    caller: &Caller,
    record: RecordId,
    seen: VersionId,
    decision: &'a str,
) -> sql_review::NewReview<'a> {
    sql_review::NewReview {
        id: Uuid::now_v7(),
        town: caller.town,
        record,
        version: seen.0,
        decision,
        reason: None,
        due_on: None,
        reviewer: caller.person,
    }
}

async fn log(
    tx: &mut PgConnection,
    caller: &Caller,
    id: RecordId,
    action: &'static str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let facts = json!({});
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action,
        subject_kind: "record",
        subject: Some(id.0),
        facts: &facts,
    };
    audit::record(tx, entry, now).await
}
