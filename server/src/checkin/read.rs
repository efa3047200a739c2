//! Reading records: one statement each. Whose rows a caller may see is the statement's first argument.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use poem_openapi::Object;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::form::Slot;
use super::other::OtherRecord;
use super::receipt::State;
use super::trust::{self, Deed, PhotoFact};
use super::{Kind, sql_read};
use crate::access::{self, Action, Scope};
use crate::duty::Verdict;
use crate::edge::local;
use crate::evidence::{self, Hash};
use crate::identity::Caller;
use crate::ids::{DutyId, PersonId, RecordId, TownId, UnitId, VersionId};
use crate::org::Role;
use crate::platform::keys::Keys;

/// Which records a caller sees: those of the units in scope; personal reports only where they may be read, or of the
/// members linked to the caller; and always the caller's own.
pub(super) struct Sight {
    pub town: TownId,
    pub person: PersonId,
    pub records: Scope,
    pub reports: Scope,
}

impl Sight {
    pub fn of(caller: &Caller) -> Self {
        Self {
            town: caller.town,
            person: caller.person,
            records: access::scope_or_none(caller, Action::ReadRecords, |_| true),
            reports: access::scope_or_none(caller, Action::ReadContacts, access::opens_reports),
        }
    }
}

/// A record in a list.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RecordLine {
    pub id: RecordId,
    pub kind: Kind,
    /// 会议、标识牌清理……
    pub label: String,
    pub unit_id: UnitId,
    pub unit_name: String,
    pub happened_on: NaiveDate,
    pub received_at: DateTime<FixedOffset>,
    pub state: State,
    /// 待审、已退回……
    pub state_label: String,
    pub version_id: VersionId,
    /// 补录 for any of its duties.
    pub late: bool,
    pub writer: String,
    /// Whose deed it is, where somebody else wrote it down.
    pub entered_for_name: Option<String>,
    /// What it counts for: the titles of its duties.
    pub about: Option<String>,
    /// What a reviewer should look at: `corrected` after it was accepted, `mended` after it was returned; for reviewers also
    /// `photos`, of which something is to be known before deciding.
    pub flags: Vec<String>,
    pub needs_confirmation: bool,
    /// Waiting for review, and mine to accept or return.
    pub mine_to_review: bool,
}

/// A record with everything about it.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RecordView {
    #[oai(flatten)]
    pub line: RecordLine,
    pub version_no: i32,
    /// Versions received, those that lost a race among them.
    pub versions: i64,
    pub entered_for: Option<PersonId>,
    pub entry_channel: String,
    pub facts: Value,
    pub photos: Vec<PhotoView>,
    pub duties: Vec<CountedDuty>,
    pub reviews: Vec<ReviewView>,
    /// Where this extra was merged.
    pub merged_into: Option<OtherRecord>,
    /// Extras merged into this record.
    pub merged: Vec<OtherRecord>,
}

#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PhotoView {
    pub slot: String,
    /// 清理前、签到表……
    pub label: String,
    pub hash: String,
    /// Absent while the photo is on its way.
    pub links: Option<evidence::Links>,
    /// For reviewers: what to know before deciding. Never a verdict.
    pub facts: Vec<PhotoFact>,
}

#[derive(Object, Deserialize)]
#[oai(skip_serializing_if_is_none)]
pub struct CountedDuty {
    pub duty_id: DutyId,
    pub title: String,
    /// `on_time` 按时 or `late` 补录.
    pub verdict: String,
    /// 按时、补录
    #[serde(default)]
    pub verdict_label: String,
    pub extra: bool,
    /// The record that fulfils it, into which this extra may be merged.
    pub extra_of: Option<OtherRecord>,
}

#[derive(Object, Deserialize)]
#[oai(skip_serializing_if_is_none)]
pub struct ReviewView {
    pub decision: String,
    /// 通过、退回、确认
    #[serde(default)]
    pub label: String,
    pub reason: Option<String>,
    pub due_on: Option<NaiveDate>,
    pub reviewer: String,
    /// The post by which they reviewed: 党建办、定村干部……
    pub role: Option<String>,
    pub at: DateTime<FixedOffset>,
}

#[derive(Deserialize)]
struct StoredPhoto {
    slot: String,
    hash: String,
    arrived: bool,
}

impl From<sql_read::Line> for RecordLine {
    fn from(row: sql_read::Line) -> Self {
        let kind = Kind::parse(&row.kind).unwrap_or(Kind::Statement);
        let state = State::parse(&row.state).unwrap_or(State::Submitted);
        let mut flags = row.flags;
        let photos = row.photo_facts.map(trust::stored).unwrap_or_default();
        if trust::needs_a_look(Deed { kind, happened_on: row.happened_on }, &photos) {
            flags.push(trust::FLAG.into());
        }
        Self {
            id: RecordId(row.id),
            kind,
            label: kind.label().into(),
            unit_id: UnitId(row.unit_id),
            unit_name: row.unit_name,
            happened_on: row.happened_on,
            received_at: local(row.received_at),
            state,
            state_label: state.label().into(),
            version_id: VersionId(row.version_id),
            late: row.late,
            writer: row.writer,
            entered_for_name: row.entered_for_name,
            about: row.about,
            flags,
            needs_confirmation: row.needs_confirmation,
            mine_to_review: row.mine_to_review,
        }
    }
}

impl RecordView {
    pub(super) fn new(row: sql_read::Whole, keys: &Keys, town: TownId, now: DateTime<Utc>) -> Self {
        let photos: Vec<StoredPhoto> = serde_json::from_value(row.photos).unwrap_or_default();
        let known = row.line.photo_facts.clone().map(trust::stored).unwrap_or_default();
        let kind = Kind::parse(&row.line.kind).unwrap_or(Kind::Statement);
        let deed = Deed { kind, happened_on: row.line.happened_on };
        let facts_of = |slot: &str, hash: &str| {
            let photo = known.iter().find(|photo| photo.slot == slot && photo.hash == hash);
            photo.map(|photo| trust::facts(deed, photo, keys, town, now)).unwrap_or_default()
        };
        Self {
            version_no: row.version_no,
            versions: row.versions,
            entered_for: row.entered_for.map(PersonId),
            entry_channel: row.entry_channel,
            facts: row.facts,
            photos: photos
                .into_iter()
                .map(|photo| PhotoView {
                    links: Hash::parse(&photo.hash)
                        .filter(|_| photo.arrived)
                        .map(|hash| evidence::links(keys, town, hash, now)),
                    label: Slot::parse(&photo.slot).map_or("照片", Slot::label).into(),
                    facts: facts_of(&photo.slot, &photo.hash),
                    slot: photo.slot,
                    hash: photo.hash,
                })
                .collect(),
            duties: duties(row.duties),
            reviews: reviews(row.reviews),
            merged_into: row.merged_into.and_then(|other| serde_json::from_value(other).ok()),
            merged: serde_json::from_value(row.merged).unwrap_or_default(),
            line: RecordLine::from(row.line),
        }
    }
}

/// The duties as stored, with their verdicts in words.
fn duties(stored: Value) -> Vec<CountedDuty> {
    let mut duties: Vec<CountedDuty> = serde_json::from_value(stored).unwrap_or_default();
    for duty in &mut duties {
        duty.verdict_label = Verdict::parse(&duty.verdict).map_or("", Verdict::label).into();
    }
    duties
}

/// The reviews as stored, their instants in local time, decisions and posts in words.
fn reviews(stored: Value) -> Vec<ReviewView> {
    let mut reviews: Vec<ReviewView> = serde_json::from_value(stored).unwrap_or_default();
    for review in &mut reviews {
        review.at = local(review.at.to_utc());
        review.label = match review.decision.as_str() {
            "accepted" => "通过",
            "returned" => "退回",
            _ => "确认",
        }
        .into();
        let role = review.role.as_deref().and_then(Role::parse);
        review.role = role.map(|role| role.label().to_owned());
    }
    reviews
}

/// A version as it was received.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct VersionView {
    pub id: VersionId,
    /// Absent for a version that lost a race and is only kept.
    pub no: Option<i32>,
    pub base_version: Option<VersionId>,
    pub writer: String,
    pub received_at: DateTime<FixedOffset>,
    pub content: Value,
}

impl From<sql_read::StoredVersion> for VersionView {
    fn from(row: sql_read::StoredVersion) -> Self {
        Self {
            id: VersionId(row.id),
            no: row.no,
            base_version: row.base_version.map(VersionId),
            writer: row.writer,
            received_at: local(row.received_at),
            content: row.content,
        }
    }
}

/// Where a page of a list begins: after this row, newest first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    pub received_at: DateTime<Utc>,
    pub id: Uuid,
}

impl Cursor {
    /// `micros-uuid`, as `next` gave it.
    pub fn parse(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once('-')?;
        Some(Self {
            received_at: DateTime::from_timestamp_micros(micros.parse().ok()?)?,
            id: Uuid::parse_str(id).ok()?,
        })
    }

    pub fn of(line: &RecordLine) -> String {
        format!("{}-{}", line.received_at.timestamp_micros(), line.id)
    }
}
