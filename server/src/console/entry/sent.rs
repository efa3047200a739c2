//! What a form of an entry brings: its fields, and photos that are kept as they come, so that nobody chooses a file twice.

use std::io;

use poem::web::{Field, Multipart};
use tokio::io::AsyncReadExt;

use super::around;
use crate::App;
use crate::checkin::form::{Common, PhotoRef, Slot};
use crate::checkin::{Channel, Kind};
use crate::console::desk::Desk;
use crate::console::filled::Filled;
use crate::console::form_key::{self, broken};
use crate::error::{ApiError, ApiResult};
use crate::evidence::{self, Hash};
use crate::ids::{DutyId, PersonId, RecordId, UnitId, VersionId};

/// A form as it came.
pub struct Sent {
    pub filled: Filled,
    /// The first photo that was refused, and why; the others are kept.
    pub refusal: Option<ApiError>,
}

/// Reads the form. Nothing is taken from it before it has shown the desk's key.
pub async fn read(app: &App, desk: &Desk, kind: Kind, form: Multipart) -> ApiResult<Sent> {
    let mut form = form_key::opened(app, desk, form).await?;
    let mut sent = Sent { filled: Filled::default(), refusal: None };
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let Some(name) = field.name().map(str::to_owned) else { continue };
        if sent.filled.len() > form_key::MOST_FIELDS {
            return Err(form_key::too_many());
        }
        if let Some(slot) = name.strip_prefix("new-").and_then(Slot::parse) {
            let file = field.file_name().unwrap_or_default().to_owned();
            if file.is_empty() || !around::slots(kind).contains(&slot) {
                continue;
            }
            match photo(app, desk, field).await {
                Ok(hash) => sent.filled.add("photo", format!("{}.{hash}", slot.name())),
                Err(mut error) => {
                    error.message = format!("照片“{file}”没有收下:{}", error.message);
                    sent.refusal.get_or_insert(error);
                }
            }
        } else {
            sent.filled.add(name, form_key::text(field).await?);
        }
    }
    Ok(sent)
}

/// Keeps one photo, as an upload from a phone is kept.
async fn photo(app: &App, desk: &Desk, field: Field) -> ApiResult<Hash> {
    let file = field.tempfile().await.map_err(|error| broken(&error))?;
    let most = u64::try_from(app.config.photo_max_bytes).map_err(ApiError::internal)?;
    let read = async {
        let mut bytes = Vec::new();
        file.take(most + 1).read_to_end(&mut bytes).await?;
        io::Result::Ok(bytes)
    };
    Ok(evidence::take(app, &desk.caller, None, read).await?.hash)
}

/// The part of the record every kind has. Its ids were made with the page: a second press is the same record.
pub fn common(kind: Kind, filled: &Filled) -> ApiResult<Common> {
    let entered_for = uuid(filled, "entered_for").map(PersonId);
    let entry_channel = match entered_for {
        None => Channel::Console,
        // Who is named in a contact is who was spoken with; without a channel it is one's own.
        Some(_) if kind == Kind::Contact && filled.of("channel").is_empty() => Channel::Console,
        Some(_) => channel(filled.of("channel"))?,
    };
    let lost = || ApiError::bad_request("console.form_incomplete", "页面不完整,请回到“录入”重新打开。");
    let happened_on = filled
        .of("happened_on")
        .parse()
        .map_err(|_| ApiError::refused("form.empty", "请选择是哪一天的事。"))?;
    Ok(Common {
        id: RecordId(uuid(filled, "record").ok_or_else(lost)?),
        version_id: VersionId(uuid(filled, "version").ok_or_else(lost)?),
        base_version: uuid(filled, "base").map(VersionId),
        unit_id: UnitId(uuid(filled, "unit").ok_or_else(lost)?),
        happened_on,
        duty_ids: filled.all("duty").filter_map(|id| id.parse().ok()).map(DutyId).collect(),
        entered_for,
        entry_channel,
        photos: photos(filled).collect(),
    })
}

/// How what is entered came to who enters it.
fn channel(name: &str) -> ApiResult<Channel> {
    match Channel::parse(name) {
        Some(channel @ (Channel::Call | Channel::Paper | Channel::Visit)) => Ok(channel),
        _ => Err(ApiError::refused(
            "console.channel",
            "代别人录入的,请选择是电话里说的、纸上写的,还是当面说的。",
        )),
    }
}

/// The photos kept so far.
pub fn photos(filled: &Filled) -> impl Iterator<Item = PhotoRef> {
    filled.all("photo").filter_map(|value| {
        let (slot, hash) = value.split_once('.')?;
        let hash = Hash::parse(hash)?.to_string();
        Some(PhotoRef { slot: Slot::parse(slot)?, hash, source: None, taken_at: None })
    })
}

/// An id in a field.
pub fn uuid(filled: &Filled, name: &str) -> Option<uuid::Uuid> {
    filled.of(name).parse().ok()
}
