//! One submission: a repeat, a first version, or an edit.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool, PgTransaction};

use super::complete::Standing;
use super::fulfil::Sorted;
use super::receipt::State;
use super::{DutyResult, NotCounted, Receipt, Submission, complete, first, fulfil, merge, photos, sql};
use crate::access::{self, Action};
use crate::audit;
use crate::edge::{content_hash, date_label, local};
use crate::error::{ApiError, ApiResult, OnConstraint};
use crate::identity::Caller;
use crate::ids::{RecordId, VersionId};
use crate::org;
use crate::platform::{clock, db};

/// What was held in a post just left is taken for so long, for the secretary to confirm (design D3).
const FORMER: TimeDelta = TimeDelta::days(30);
/// A record names no more duties and photos than a person could mean.
const MOST_DUTIES: usize = 20;
const MOST_PHOTOS: usize = 30;

/// What became of a submission. The transaction is to be committed in either case.
pub enum Submitted {
    Kept(Receipt),
    /// Somebody edited the record meanwhile: both versions are kept, the current one stays.
    Conflict(ApiError),
}

impl Submitted {
    /// The answer, once committed.
    pub fn into_answer(self) -> ApiResult<Receipt> {
        match self {
            Self::Kept(receipt) => Ok(receipt),
            Self::Conflict(error) => Err(error),
        }
    }
}

/// Begins the transaction of a submission. One at a time for each record: whoever then finds it new makes it, and never waits
/// for it while holding the duties it is for.
pub async fn begin(db: &PgPool, record: RecordId) -> ApiResult<PgTransaction<'static>> {
    Ok(db::begin_alone(db, record.0).await?)
}

/// Keeps a submission, in a transaction that [`begin`] began, and says what it counts for. `action` is what the caller must be allowed over the record's unit.
pub async fn submit(
    tx: &mut PgConnection,
    caller: &Caller,
    action: Action,
    sent: &Submission,
    now: DateTime<Utc>,
) -> ApiResult<Submitted> {
    let hash = content_hash(&sent.content)?;
    let known = sql::known(tx, caller.town, sent.version, sent.id).await?;
    if let Some(stored) = known.version {
        return repeat(tx, caller, sent, &stored, &hash, now).await;
    }
    let former = may_write(tx, caller, action, sent, now).await?;
    let today = clock::today(now);
    if sent.happened_on > today {
        return Err(in_the_future(sent.happened_on));
    }
    if sent.duties.len() > MOST_DUTIES || sent.photos.len() > MOST_PHOTOS {
        return Err(ApiError::refused("checkin.too_much", "一条记录关联的事项或照片太多,请分开提交。"));
    }
    if sent.base.is_none() && !known.record {
        return first::keep(tx, caller, sent, &hash, former, now).await.map(Submitted::Kept);
    }
    let Some(record) = sql::lock_record(tx, caller.town, sent.id).await? else {
        return Err(ApiError::refused("checkin.base_unknown", "要修改的记录不存在,请刷新后再试。"));
    };
    // A post just left opens what was held in it, and nobody else's records.
    if former && record.writer_id != caller.person.0 {
        return Err(ApiError::not_found());
    }
    let other_member =
        sent.kind.is_personal() && record.entered_for != sent.entered_for.map(|member| member.0);
    if record.kind != sent.kind.name() || record.unit_id != sent.unit.id.0 || other_member {
        return Err(id_reused());
    }
    match sent.base {
        None => repeat_of_first(tx, caller, sent, &hash, now).await,
        Some(base) if base.0 != record.version_id || record.merged_into.is_some() => {
            conflict(tx, caller, sent, &hash, &record, now).await
        }
        Some(_) => edit(tx, caller, sent, &hash, &record, former, now).await,
    }
}

/// Keeps the version as the record's current one. `former`: by a post just left.
async fn edit(
    tx: &mut PgConnection,
    caller: &Caller,
    sent: &Submission,
    hash: &[u8],
    record: &sql::Record,
    former: bool,
    now: DateTime<Utc>,
) -> ApiResult<Submitted> {
    let number = record.version_no + 1;
    sql::insert_version(tx, caller, sent, Some(number), false, hash, now)
        .await
        .on_constraint("record_version_pkey", id_reused)?;
    photos::rename(tx, caller.town, sent).await?;
    let Sorted { counted, not_counted } =
        fulfil::sort(tx, caller, sent, clock::today(record.received_at)).await?;
    fulfil::relink(tx, caller.town, sent.id, &counted, now).await?;
    // Whoever reviews it next should look: something was said of the former version, or it had passed.
    let flag = match record.state.as_str() {
        state if state == State::Accepted.name() => Some("corrected"),
        state if state == State::Returned.name() => Some("mended"),
        _ => None,
    };
    sql::set_version(tx, caller.town, sent, number, flag, former).await?;
    let standing = complete::refresh(tx, caller.town, sent.id, now).await?;
    let facts = json!({ "version": number, "duties": sent.duties.len() });
    log(tx, caller, sent, "record.edited", facts, now).await?;
    Ok(Submitted::Kept(receipt(sent, standing, not_counted)))
}

/// Whether the caller may write for the unit: by a post held today, or by one just left (`true`).
async fn may_write(
    tx: &mut PgConnection,
    caller: &Caller,
    action: Action,
    sent: &Submission,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    match access::check(caller, action, &sent.unit.path) {
        Ok(()) => Ok(false),
        Err(refusal) => {
            let since = clock::today(now - FORMER);
            let held = org::held_on(tx, caller.town, caller.person, &sent.unit.path, sent.happened_on, since)
                .await?;
            if held.iter().any(|role| access::roles(action).contains(role)) { Ok(true) } else { Err(refusal) }
        }
    }
}

/// The same version again: the answer is what is stored, and whether the photos have come meanwhile.
async fn repeat(
    tx: &mut PgConnection,
    caller: &Caller,
    sent: &Submission,
    stored: &sql::Version,
    hash: &[u8],
    now: DateTime<Utc>,
) -> ApiResult<Submitted> {
    if stored.content_hash != hash || stored.record_id != sent.id.0 || stored.writer_id != caller.person.0 {
        return Err(id_reused());
    }
    let record = sql::lock_record(tx, caller.town, sent.id).await?.ok_or_else(ApiError::not_found)?;
    if stored.conflict {
        return Ok(Submitted::Conflict(kept_beside(&record)));
    }
    let standing = complete::refresh(tx, caller.town, sent.id, now).await?;
    Ok(Submitted::Kept(receipt(sent, standing, Vec::new())))
}

/// The record exists and the phone thinks it new: fine if it is the same first version under another version id.
async fn repeat_of_first(
    tx: &mut PgConnection,
    caller: &Caller,
    sent: &Submission,
    hash: &[u8],
    now: DateTime<Utc>,
) -> ApiResult<Submitted> {
    let Some(first) = sql::first_version(tx, caller.town, sent.id).await? else { return Err(id_reused()) };
    repeat(tx, caller, sent, &first, hash, now).await
}

async fn conflict(
    tx: &mut PgConnection,
    caller: &Caller,
    sent: &Submission,
    hash: &[u8],
    record: &sql::Record,
    now: DateTime<Utc>,
) -> ApiResult<Submitted> {
    sql::insert_version(tx, caller, sent, None, true, hash, now)
        .await
        .on_constraint("record_version_pkey", id_reused)?;
    log(tx, caller, sent, "record.conflicting_version_kept", json!({}), now).await?;
    Ok(Submitted::Conflict(kept_beside(record)))
}

/// The receipt of a record as it stands.
pub(super) fn receipt(sent: &Submission, standing: Standing, not_counted: Vec<NotCounted>) -> Receipt {
    let Standing { record, state, duties } = standing;
    Receipt {
        record_id: sent.id,
        version_id: sent.version,
        current_version: VersionId(record.version_id),
        state,
        received_at: local(record.received_at),
        complete: record.missing.is_empty() && record.short == 0,
        missing: record.missing.iter().map(hex::encode).collect(),
        photos_short: record.short,
        duties: duties
            .into_iter()
            .map(|row| DutyResult {
                duty_id: row.duty,
                verdict: row.verdict,
                extra: row.extra,
                extra_of: row.extra_of.and_then(|other| serde_json::from_value(other).ok()),
            })
            .collect(),
        not_counted,
        needs_confirmation: record.needs_confirmation,
    }
}

pub(super) fn in_the_future(day: NaiveDate) -> ApiError {
    ApiError::refused("checkin.future", format!("{}还没到,请核对日期后再提交。", date_label(day)))
}

pub(super) fn id_reused() -> ApiError {
    ApiError::conflict("checkin.id_reused", "这个编号已经用于另一条不同的记录,请在小程序里重新打开后提交。")
}

/// Why a version was kept without becoming the current one.
fn kept_beside(record: &sql::Record) -> ApiError {
    if let Some(kept) = record.merged_into {
        return merge::merged(kept);
    }
    ApiError::conflict(
        "checkin.version_conflict",
        "别人刚修改过这条记录,您的内容已另存,请对照最新内容再改一次。",
    )
    .with_details(json!({ "current_version": record.version_id }))
}

pub(super) async fn log(
    tx: &mut PgConnection,
    caller: &Caller,
    sent: &Submission,
    action: &'static str,
    facts: Value,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action,
        subject_kind: "record",
        subject: Some(sent.id.0),
        facts: &facts,
    };
    audit::record(tx, entry, now).await
}
