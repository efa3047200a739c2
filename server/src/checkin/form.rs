//! The part of a submission that every kind's form has, and how it becomes a [`Submission`].

use chrono::NaiveDate;
use poem_openapi::Object;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{Channel, Kind, PhotoClaim, Submission};
use crate::edge::Client;
use crate::error::{ApiError, ApiResult};
use crate::evidence::Hash;
use crate::identity::Caller;
use crate::ids::{DutyId, PersonId, RecordId, UnitId, VersionId};
use crate::named::named;
use crate::org;

named! {
    /// What a photo shows.
    pub enum Slot {
        Before = "before" "清理前",
        After = "after" "清理后",
        Meeting = "meeting" "会议现场",
        Sheet = "sheet" "签到表",
        Other = "other" "其他",
    }
}

/// A photo by its hash, uploaded before or after.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct PhotoRef {
    pub slot: Slot,
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    #[oai(validator(pattern = "^[0-9a-f]{64}$"))]
    pub hash: String,
    /// `camera` or `album`: the phone's word.
    #[oai(validator(max_length = 20))]
    pub source: Option<String>,
    /// The phone's local time when it was taken: a claim.
    #[oai(validator(max_length = 40))]
    pub taken_at: Option<String>,
}

/// What every record carries. The ids are made on the phone, before sending.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct Common {
    pub id: RecordId,
    pub version_id: VersionId,
    /// For an edit: the version it was written upon.
    pub base_version: Option<VersionId>,
    pub unit_id: UnitId,
    pub happened_on: NaiveDate,
    /// The duties it is meant for; one record may serve several.
    #[oai(default, validator(max_items = 20))]
    pub duty_ids: Vec<DutyId>,
    /// Whose deed it is, when somebody else writes it down.
    pub entered_for: Option<PersonId>,
    pub entry_channel: Channel,
    #[oai(default, validator(max_items = 30))]
    pub photos: Vec<PhotoRef>,
}

/// What a kind adds to the common part.
pub struct Special {
    pub kind: Kind,
    pub facts: Value,
    pub photos_needed: usize,
    pub meeting_types: Vec<String>,
    pub unfinished: bool,
}

impl Common {
    /// The submission of a kind. The unit is looked up here, so that a unit of another town is a plain 404.
    pub async fn submission(
        &self,
        tx: &mut PgConnection,
        caller: &Caller,
        special: Special,
        client: Client,
    ) -> ApiResult<Submission> {
        let unit = org::unit(tx, caller.town, self.unit_id).await?;
        if let Some(person) = self.entered_for {
            org::must_exist(tx, caller.town, person).await?;
        }
        let photos = self.photos.iter().map(photo_claim).collect::<ApiResult<Vec<_>>>()?;
        let content = json!({
            "schema": client.schema,
            "kind": special.kind.name(),
            "unit_id": self.unit_id,
            "happened_on": self.happened_on,
            "duty_ids": self.duty_ids,
            "entered_for": self.entered_for,
            "entry_channel": self.entry_channel.name(),
            "photos": self.photos.iter().map(|photo| json!({
                "slot": photo.slot.name(), "hash": photo.hash, "source": photo.source, "taken_at": photo.taken_at,
            })).collect::<Vec<_>>(),
            "facts": special.facts,
            "unfinished": special.unfinished,
        });
        Ok(Submission {
            id: self.id,
            version: self.version_id,
            base: self.base_version,
            kind: special.kind,
            unit,
            happened_on: self.happened_on,
            duties: self.duty_ids.clone(),
            entered_for: self.entered_for,
            channel: self.entry_channel,
            facts: special.facts,
            content,
            photos,
            photos_needed: special.photos_needed,
            meeting_types: special.meeting_types,
            unfinished: special.unfinished,
            client,
        })
    }

    /// How many photos show this.
    pub fn count(&self, slot: Slot) -> usize {
        self.photos.iter().filter(|photo| photo.slot == slot).count()
    }
}

fn photo_claim(photo: &PhotoRef) -> ApiResult<PhotoClaim> {
    let hash = Hash::parse(&photo.hash).ok_or_else(|| {
        ApiError::bad_request("photo.hash_malformed", "照片的校验值格式不对,请更新小程序后重传。")
    })?;
    let claims = json!({ "source": photo.source, "taken_at": photo.taken_at });
    Ok(PhotoClaim { slot: photo.slot.name(), hash, claims })
}
