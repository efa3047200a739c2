//! A record as another one shows it: the one an extra could be merged into, or was.

use chrono::NaiveDate;
use poem_openapi::Object;
use serde::Deserialize;

use super::Kind;
use crate::ids::RecordId;

/// 另一条记录
#[derive(Debug, Clone, Object, Deserialize)]
#[serde(from = "Stored")]
pub struct OtherRecord {
    pub record_id: RecordId,
    /// The topic of a meeting, else the kind of record.
    pub title: String,
    pub happened_on: NaiveDate,
    pub writer: String,
}

#[derive(Deserialize)]
struct Stored {
    record_id: RecordId,
    kind: String,
    topic: Option<String>,
    happened_on: NaiveDate,
    writer: String,
}

impl From<Stored> for OtherRecord {
    fn from(row: Stored) -> Self {
        let label = || Kind::parse(&row.kind).map_or("记录", Kind::label).to_owned();
        Self {
            title: row.topic.unwrap_or_else(label),
            record_id: row.record_id,
            happened_on: row.happened_on,
            writer: row.writer,
        }
    }
}
