//! Merging an extra into the record that fulfils its duty (design D3). Nothing of the extra is changed or lost: it
//! reaches a state it never leaves, and points to the record kept.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::receipt::State;
use super::review::{locked, same_version};
use super::{sql, sql_merge};
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{RecordId, VersionId};
use crate::{audit, notify};

/// Merges the version seen of the extra `id` into `into`. A repeat finds it done.
pub(super) async fn merge(
    tx: &mut PgConnection,
    caller: &Caller,
    id: RecordId,
    seen: VersionId,
    into: RecordId,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    // Both, in one order for all, so that two merges never wait for each other.
    for record in [id.min(into), id.max(into)] {
        sql::lock_record(tx, caller.town, record).await?;
    }
    let extra = locked(tx, caller, id).await?;
    if extra.writer_id == caller.person.0 {
        access::inside(caller, &extra.path)?;
    } else {
        access::check(caller, Action::MergeRecord, &extra.path)?;
    }
    if let Some(kept) = extra.merged_into {
        return if kept == into.0 { Ok(()) } else { Err(elsewhere(kept)) };
    }
    same_version(&extra, seen)?;
    let counted = sql_merge::counted(tx, caller.town, id).await?;
    // A duty and its records are of one unit, so a record of another unit is never the one kept.
    if !counted.iter().any(|duty| !duty.fulfils && duty.kept == Some(into.0)) {
        return Err(ApiError::conflict(
            "merge.not_the_kept",
            "只能并入已经算作这项待办的那条记录,请刷新后再试。",
        ));
    }
    if counted.iter().any(|duty| duty.fulfils) {
        return Err(ApiError::conflict("merge.still_counts", "这条记录还算作另一项待办,不能合并。"));
    }
    match State::parse(&extra.state) {
        Some(State::Submitted | State::Returned) => {}
        Some(State::Accepted) => {
            return Err(ApiError::conflict("merge.accepted", "这条记录已经审核通过,不再合并。"));
        }
        _ => {
            return Err(ApiError::conflict("merge.unfinished", "这条记录的照片还没有到齐,到齐后再合并。"));
        }
    }
    sql_merge::set_merged(tx, caller.town, id, into).await?;
    notify::withdraw(tx, caller.town, &[("record", id.0)], now).await?;
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action: "record.merged",
        subject_kind: "record",
        subject: Some(id.0),
        facts: &json!({ "into": into }),
    };
    audit::record(tx, entry, now).await
}

fn elsewhere(kept: Uuid) -> ApiError {
    ApiError::conflict("merge.elsewhere", "这条记录已经并入了另一条记录,请刷新后再看。")
        .with_details(json!({ "merged_into": kept }))
}

/// What was merged is not changed any more: an edit is kept beside it.
pub(super) fn merged(kept: Uuid) -> ApiError {
    ApiError::conflict("checkin.merged", "这条记录已并入另一条记录,请打开那一条补充;您填的内容已另存。")
        .with_details(json!({ "merged_into": kept }))
}
