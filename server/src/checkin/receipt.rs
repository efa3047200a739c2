//! What the phone is told about what it sent.

use chrono::{DateTime, FixedOffset};
use poem_openapi::{Enum, Object};

use crate::ids::{DutyId, RecordId, VersionId};

/// 按时 or 补录.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Verdict {
    OnTime,
    Late,
}

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum State {
    /// Kept; photos are still on their way.
    AwaitingPhotos,
    /// Kept, not done yet.
    Draft,
    /// Complete, for the reviewer.
    Submitted,
    Returned,
    Accepted,
}

impl State {
    pub fn parse(name: &str) -> Self {
        match name {
            "awaiting_photos" => Self::AwaitingPhotos,
            "draft" => Self::Draft,
            "returned" => Self::Returned,
            "accepted" => Self::Accepted,
            _ => Self::Submitted,
        }
    }

    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::AwaitingPhotos => "awaiting_photos",
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Accepted => "accepted",
        }
    }
}

/// How a record counts for one duty.
#[derive(Debug, Clone, Object)]
pub struct DutyResult {
    pub duty_id: DutyId,
    /// 按时 or 补录, by the first receipt.
    pub verdict: Verdict,
    /// The duty was fulfilled by another record already; this one is kept as an extra.
    pub extra: bool,
}

/// A named duty this record does not count for, and why.
#[derive(Debug, Clone, Object)]
pub struct NotCounted {
    pub duty_id: DutyId,
    pub code: String,
    pub message: String,
}

/// The town has it. The phone lets its photos go only when `complete` is true.
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
