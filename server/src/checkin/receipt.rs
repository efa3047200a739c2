//! What the phone is told about what it sent.

use chrono::{DateTime, FixedOffset};
use poem_openapi::Object;

use super::other::OtherRecord;
use crate::duty::Verdict;
use crate::ids::{DutyId, RecordId, VersionId};
use crate::named::named;

named! {
    /// Where a record stands.
    #[oai(rename = "RecordState")]
    pub enum State {
        /// Kept; photos are still on their way.
        AwaitingPhotos = "awaiting_photos" "照片未到齐",
        /// Kept, not done yet.
        Draft = "draft" "未办完",
        /// Complete, for the reviewer.
        Submitted = "submitted" "待审",
        Returned = "returned" "已退回",
        Accepted = "accepted" "已通过",
        /// An extra, merged into the record kept; for good.
        Merged = "merged" "已合并",
    }
}

/// How a record counts for one duty.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct DutyResult {
    pub duty_id: DutyId,
    /// 按时 or 补录, by the first receipt.
    pub verdict: Verdict,
    /// The duty was fulfilled by another record already; this one is kept as an extra.
    pub extra: bool,
    /// The record that fulfils it, into which this extra may be merged.
    pub extra_of: Option<OtherRecord>,
}

/// A named duty this record does not count for, and why.
#[derive(Debug, Clone, Object)]
pub struct NotCounted {
    pub duty_id: DutyId,
    pub code: String,
    pub message: String,
}

/// The town has it. The phone lets its photos go only when `complete` is true: every photo named has arrived, and as
/// many as are asked for.
#[derive(Debug, Clone, Object)]
pub struct Receipt {
    pub record_id: RecordId,
    /// The version this answers.
    pub version_id: VersionId,
    /// The version that stands; another one when somebody has edited the record since.
    pub current_version: VersionId,
    pub state: State,
    /// When the first version came in: what lateness is judged by.
    pub received_at: DateTime<FixedOffset>,
    pub complete: bool,
    /// Hashes of photos named and not arrived.
    pub missing: Vec<String>,
    /// Photos still needed beyond those named.
    pub photos_short: i32,
    pub duties: Vec<DutyResult>,
    pub not_counted: Vec<NotCounted>,
    /// Written under a post just left: counts once the secretary confirms it.
    pub needs_confirmation: bool,
}
