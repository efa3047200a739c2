//! 佐证: photos. Named by the SHA-256 of the bytes received, stored before their row is, shown only as stripped copies
//! through short-lived signed links (design D21).

mod api;
mod care;
pub mod facts;
mod link;
mod original;
mod serve;
mod sql;
mod sql_facts;
mod sweep;
mod take;
mod twins;
pub mod upload;

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

pub use api::Api;
pub use care::{Rebuilt, Rot, Scrubbed, Usage, rebuild, scrub, scrub_some, set_limit, usage};
pub use link::{Links, links};
pub use original::original;
pub use serve::show;
pub use sweep::sweep;
pub use take::{Admission, take};
pub use twins::Twins;

use crate::error::{ApiError, ApiResult};
use crate::ids::TownId;
use crate::platform::photo::{Derived, PoolError, Refusal};
use crate::platform::{keys, objects};
use crate::{App, audit, identity::Caller};

/// The SHA-256 of a photo's bytes as received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// From 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = hex::decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Which stored form of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// The bytes received; sealed.
    Original,
    /// 1600 px, stripped.
    Display,
    /// 320 px, stripped.
    Thumb,
}

/// Where a photo's form lies in the store.
pub fn key(town: TownId, hash: Hash, size: Size) -> String {
    let name = hash.to_string();
    let suffix = match size {
        Size::Original => "orig",
        Size::Display => "1600.jpg",
        Size::Thumb => "320.jpg",
    };
    format!("{town}/{}/{name}.{suffix}", &name[..2])
}

/// Every town there is.
pub async fn towns(app: &App) -> ApiResult<Vec<TownId>> {
    Ok(sql::towns(&app.db).await?.into_iter().map(TownId).collect())
}

/// Which of `hashes` have arrived in this town.
pub async fn arrived(tx: &mut PgConnection, town: TownId, hashes: &[Hash]) -> ApiResult<Vec<Hash>> {
    let wanted: Vec<Vec<u8>> = hashes.iter().map(|hash| hash.0.to_vec()).collect();
    let found = sql::arrived(tx, town, &wanted).await?;
    Ok(found.iter().filter_map(|bytes| Hash::from_slice(bytes)).collect())
}

/// What became of an upload.
pub struct Accepted {
    pub hash: Hash,
    pub width: i32,
    pub height: i32,
    /// The town had this photo already.
    pub existed: bool,
}

/// Takes a photo whose copies are made: writes all three forms durably, then the row. A kill in between leaves objects
/// without a row, which the sweep removes; never a row without its objects.
async fn store(
    app: &App,
    caller: &Caller,
    hash: Hash,
    bytes: Vec<u8>,
    derived: Derived,
) -> ApiResult<Accepted> {
    let now = app.clock.now();
    let length = i32::try_from(bytes.len()).map_err(ApiError::internal)?;
    let side = |n: u32| i32::try_from(n).map_err(ApiError::internal);
    let (width, height) = (side(derived.width)?, side(derived.height)?);
    let forms = [
        (Size::Original, bytes),
        (Size::Display, derived.display.clone()),
        (Size::Thumb, derived.thumb.clone()),
    ];
    let looked = facts::look(app, caller.town, &derived).await?;
    let mut tx = app.db.begin().await?;
    // Against a sweep that takes the same objects for orphans at this very moment.
    sql::lock(&mut tx, caller.town.0, hash).await?;
    for (size, content) in forms {
        app.photos.put(&key(caller.town, hash, size), content).await.map_err(|error| store_error(&error))?;
    }
    let row = sql::NewPhoto {
        town: caller.town,
        id: Uuid::now_v7(),
        hash,
        bytes: length,
        format: derived.format.extension(),
        width,
        height,
        has_exif: derived.has_exif,
        captured_at: derived.captured_at,
        uploaded_by: caller.person,
    };
    let new = sql::insert(&mut tx, &row, now).await?;
    if new {
        care::tell_copies(&mut tx, caller.town, hash, &derived).await?;
        care::over(app, &mut tx, caller.town).await?;
        facts::write(&mut tx, caller.town, hash, &derived, looked, now).await?;
        let facts = json!({ "hash": hash.to_string(), "bytes": length });
        let entry = audit::Entry {
            town: caller.town,
            actor: Some(caller.person),
            action: "photo.received",
            subject_kind: "photo",
            subject: Some(row.id),
            facts: &facts,
        };
        audit::record(&mut tx, entry, now).await?;
    }
    tx.commit().await?;
    Ok(Accepted { hash, width, height, existed: !new })
}

/// The declared hash against the bytes that came.
fn check_hash(declared: &str, bytes: &[u8]) -> ApiResult<Hash> {
    let declared = Hash::parse(declared).ok_or_else(malformed_hash)?;
    if keys::sha256(bytes) == declared.0 {
        Ok(declared)
    } else {
        Err(ApiError::refused("photo.hash_mismatch", "照片在传输中损坏了,请重新上传,手机里的照片请保留。"))
    }
}

fn malformed_hash() -> ApiError {
    ApiError::bad_request("photo.hash_malformed", "照片的校验值格式不对,请更新小程序后重传。")
}

fn pool_error(error: PoolError) -> ApiError {
    match error {
        PoolError::Refused(refusal) => refusal_error(refusal),
        PoolError::Busy => {
            ApiError::unavailable("photo.busy", "照片处理正忙,请稍后自动重传,手机里的照片请保留。", 2)
        }
        PoolError::Worker(cause) => ApiError::internal(cause),
    }
}

fn refusal_error(refusal: Refusal) -> ApiError {
    ApiError::refused(refusal.code(), refusal.sentence())
}

fn store_error(error: &std::io::Error) -> ApiError {
    if objects::is_full(error) {
        tracing::error!(%error, "the photo store is full");
        return ApiError::unavailable(
            "photo.store_full",
            "镇里的照片存储已满,正在处理,请稍后再传,手机里的照片请保留。",
            600,
        );
    }
    if objects::is_away(error) {
        tracing::error!(%error, "the photo store is away");
        return ApiError::unavailable(
            "photo.store_away",
            "镇里的照片存储暂时连不上,请稍后再传,手机里的照片请保留。",
            60,
        );
    }
    ApiError::internal(error)
}
