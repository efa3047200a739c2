//! What a reviewer should know of a record's photos: plain sentences, never a verdict. Of a copy that the phone drew anew
//! nothing is concluded from what it lacks; it is judged by the phone's word and by what is to be seen on it.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use poem_openapi::Object;
use serde::Deserialize;
use serde_json::Value;

use super::Kind;
use super::form::Slot;
use super::receipt::State;
use crate::edge::date_label;
use crate::evidence::{self, Hash};
use crate::ids::{RecordId, TownId};
use crate::platform::keys::Keys;

/// The flag of a record that has such a photo.
pub const FLAG: &str = "photos";
/// A photo taken so many days from the deed was hardly taken of it.
const FAR: TimeDelta = TimeDelta::days(3);
/// Up to so many of the 192 finer bits apart it is the same picture saved anew; beyond, one to look at side by side. Two
/// sheets of one form differ by more, see docs/duplicates.md.
const SAVED_ANEW: i16 = 16;
/// Other records named for one photo; of more the number is told.
const MOST: usize = 5;
/// Programs that change pictures, as EXIF writes them; a phone's own firmware is none.
const EDITORS: [&str; 24] = [
    "photoshop",
    "lightroom",
    "snapseed",
    "picsart",
    "gimp",
    "美图",
    "meitu",
    "beautyplus",
    "vsco",
    "facetune",
    "remini",
    "pixelmator",
    "affinity",
    "canva",
    "醒图",
    "轻颜",
    "faceu",
    "paint.net",
    "acdsee",
    "photoscape",
    "capture one",
    "luminar",
    "polarr",
    "photo editor",
];

/// Something to know about a photo before deciding.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PhotoFact {
    /// `taken_before`, `taken_after`, `no_exif`, `screenshot`, `edited`, `same_photo`, `alike`, `before_is_after`.
    pub code: String,
    /// As a sentence.
    pub text: String,
    /// Not to be accepted without opening the record.
    pub look: bool,
    /// The other record, where the reader may see it.
    pub other: Option<Twin>,
}

/// A record that has the same photo, or one that looks like it.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Twin {
    pub record_id: RecordId,
    pub unit_name: String,
    /// 会议、标识牌清理……
    pub label: String,
    pub happened_on: NaiveDate,
    pub state_label: String,
    /// Of its photo.
    pub links: evidence::Links,
}

/// A photo as `photo_facts` in the database gives it.
#[derive(Debug, Deserialize)]
pub(super) struct Stored {
    pub slot: String,
    pub hash: String,
    source: Option<String>,
    taken_at: Option<String>,
    captured_at: Option<NaiveDateTime>,
    has_exif: bool,
    format: String,
    width: u32,
    height: u32,
    software: Option<String>,
    shrunk: Option<bool>,
    twins: Vec<StoredTwin>,
}

#[derive(Debug, Deserialize)]
struct StoredTwin {
    hash: String,
    detail: i16,
    same_record: bool,
    /// Absent where it is out of the reader's sight.
    record: Option<StoredRecord>,
}

#[derive(Debug, Deserialize)]
struct StoredRecord {
    record_id: RecordId,
    kind: String,
    unit_name: String,
    happened_on: NaiveDate,
    state: String,
}

impl Stored {
    /// The twins to tell of. Sheets of one form all look alike: of those only what is a copy.
    fn told(&self) -> impl Iterator<Item = &StoredTwin> {
        let is_sheet = Slot::parse(&self.slot) == Some(Slot::Sheet);
        self.twins.iter().filter(move |twin| !is_sheet || twin.detail <= SAVED_ANEW)
    }
}

/// Of whom and when the photos are.
#[derive(Clone, Copy)]
pub(super) struct Deed {
    pub kind: Kind,
    pub happened_on: NaiveDate,
}

/// The photos as stored; what cannot be read is nothing to judge by.
pub(super) fn stored(photos: Value) -> Vec<Stored> {
    serde_json::from_value(photos)
        .inspect_err(|error| tracing::error!(%error, "photo facts"))
        .unwrap_or_default()
}

/// Whether any of the photos is to be looked at.
pub(super) fn needs_a_look(deed: Deed, photos: &[Stored]) -> bool {
    photos
        .iter()
        .any(|photo| photo.told().next().is_some() || taken(deed, photo).is_some_and(|fact| fact.look))
}

/// Everything to know about one photo, what needs a look first.
pub(super) fn facts(
    deed: Deed,
    photo: &Stored,
    keys: &Keys,
    town: TownId,
    now: DateTime<Utc>,
) -> Vec<PhotoFact> {
    let link = |twin: &StoredTwin| Hash::parse(&twin.hash).map(|hash| evidence::links(keys, town, hash, now));
    let mut facts: Vec<PhotoFact> =
        photo.told().take(MOST).map(|twin| alike(photo, twin, link(twin))).collect();
    if let Some(more) = photo.told().count().checked_sub(MOST).filter(|more| *more > 0) {
        facts.push(fact("alike", format!("此外还有 {more} 条记录用了这张照片或很像的照片。"), true));
    }
    facts.extend(taken(deed, photo));
    facts.extend(made(photo));
    facts
}

fn fact(code: &str, text: String, look: bool) -> PhotoFact {
    PhotoFact { code: code.into(), text, look, other: None }
}

/// The same photo, or one like it, in another record.
fn alike(photo: &Stored, twin: &StoredTwin, links: Option<evidence::Links>) -> PhotoFact {
    let same_file = twin.hash == photo.hash;
    let code = if same_file { "same_photo" } else { "alike" };
    if twin.same_record {
        return fact("before_is_after", "清理前和清理后用的是同一张照片。".into(), true);
    }
    let Some(record) = &twin.record else {
        let has = if same_file { "也用了这张照片" } else { "有一张很像的照片" };
        return fact(
            code,
            format!("镇里另一条记录{has},那条记录不在您能看的范围内,可以请党建办核对。"),
            true,
        );
    };
    let label = Kind::parse(&record.kind).map_or("工作记录", Kind::label);
    let state_label = State::parse(&record.state).map_or("", State::label);
    let place = format!("{}{}的{label}记录", record.unit_name, date_label(record.happened_on));
    let text = if same_file {
        format!("同一张照片也用在{place}里({state_label})。")
    } else if twin.detail <= SAVED_ANEW {
        format!("像是{place}里那张照片另存的({state_label}),请对照着看。")
    } else {
        format!("和{place}里的一张照片很像({state_label}),请对照着看。")
    };
    let other = links.map(|links| Twin {
        record_id: record.record_id,
        unit_name: record.unit_name.clone(),
        label: label.into(),
        happened_on: record.happened_on,
        state_label: state_label.into(),
        links,
    });
    PhotoFact { other, ..fact(code, text, true) }
}

/// Taken on another day than the deed. Before it is odd, save for how a board looked before it was cleared; a sheet is
/// often photographed days later, a meeting cannot be.
fn taken(deed: Deed, photo: &Stored) -> Option<PhotoFact> {
    // What is picked from the album was not taken when it was picked.
    let by_phone =
        || photo.taken_at.as_deref().filter(|_| photo.source.as_deref() == Some("camera")).and_then(day);
    let (whose, day) = match photo.captured_at {
        Some(at) => ("照片", at.date()),
        None => ("手机", by_phone()?),
    };
    let slot = Slot::parse(&photo.slot);
    let (code, look) = if day < deed.happened_on - FAR {
        ("taken_before", slot != Some(Slot::Before))
    } else if day > deed.happened_on + FAR {
        ("taken_after", slot == Some(Slot::Meeting))
    } else {
        return None;
    };
    let what = if deed.kind == Kind::Meeting { "会议" } else { "办理" };
    let text =
        format!("{whose}记的拍摄时间是{},{what}日期是{}。", date_label(day), date_label(deed.happened_on));
    Some(fact(code, text, look))
}

/// The local date of an RFC 3339 time as the phone wrote it.
fn day(text: &str) -> Option<NaiveDate> {
    text.get(..10)?.parse().ok()
}

/// What the file itself says of how it was made. Nothing here takes a record out of what is accepted at once.
fn made(photo: &Stored) -> Vec<PhotoFact> {
    let mut facts = Vec::new();
    let untouched = photo.shrunk == Some(false);
    if is_screen(photo) {
        facts.push(fact("screenshot", "照片的长宽和手机屏幕一样,可能是截屏。".into(), false));
    } else if untouched && !photo.has_exif {
        facts.push(fact("no_exif", "照片里没有相机的拍摄信息(聊天里转发过的照片常常这样)。".into(), false));
    }
    if let Some(software) = photo.software.as_deref().filter(|software| is_editor(software)) {
        facts.push(fact("edited", format!("照片用修图软件存过({software})。"), false));
    }
    facts
}

/// Upright, as narrow as the screens of phones are and no camera's picture is; or a PNG of any screen's shape.
fn is_screen(photo: &Stored) -> bool {
    let (width, height) = (f64::from(photo.width.max(1)), f64::from(photo.height));
    let narrow = (1.95..=2.4).contains(&(height / width));
    !photo.has_exif && (narrow || (photo.format == "png" && (1.7..=2.4).contains(&(height / width))))
}

fn is_editor(software: &str) -> bool {
    let software = software.to_lowercase();
    EDITORS.iter().any(|editor| software.contains(editor))
}

#[cfg(test)]
mod tests;
