//! What is kept of an upload: pieces in the store first, then how far it is.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use poem::http::StatusCode;
use uuid::Uuid;

use super::super::{Hash, facts, store_error, take::take};
use super::{LIFE, MOST, Upload, part_key, sql};
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::TownId;

/// A new upload, or the one the same person has under way of the same photo.
pub async fn begin(app: &App, caller: &Caller, hash: Hash, length: i32) -> ApiResult<Upload> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    sql::lock_person(&mut tx, caller).await?;
    if let Some(upload) = sql::under_way(&mut tx, caller, hash, length, now).await? {
        return Ok(upload);
    }
    if sql::count(&mut tx, caller, now).await? >= MOST {
        let words = format!("您有 {MOST} 张照片还没有传完,请等它们传完再传新的,手机里的照片请保留。");
        let mut error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "upload.too_many", words);
        error.retry_after = Some(60);
        return Err(error);
    }
    let upload = sql::insert(&mut tx, caller, hash, length, (now, now + LIFE)).await?;
    tx.commit().await?;
    Ok(upload)
}

/// An upload that is the caller's and has not run out.
pub fn living(found: Option<Upload>, now: DateTime<Utc>) -> ApiResult<Upload> {
    let upload = found.ok_or_else(ApiError::not_found)?;
    if upload.expires_at <= now {
        let words = "这次续传已过期,请重新上传,手机里的照片请保留。";
        return Err(ApiError::new(StatusCode::GONE, "upload.expired", words));
    }
    Ok(upload)
}

/// A piece goes where the last one ended, and nowhere else.
pub fn check_offset(upload: &Upload, offset: i32) -> ApiResult<()> {
    if upload.received == offset {
        return Ok(());
    }
    let words = "续传的位置不对,会按镇里已收到的位置接着传。";
    let details = serde_json::json!({ "offset": upload.received });
    Err(ApiError::conflict("upload.offset", words).with_details(details))
}

/// Keeps a piece for good, and then moves the end. Of two at once the second finds the end moved.
pub async fn append(app: App, caller: Caller, id: Uuid, offset: i32, bytes: Vec<u8>) -> ApiResult<Upload> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let mut upload = living(sql::lock(&mut tx, &caller, id).await?, now)?;
    check_offset(&upload, offset)?;
    let length = i32::try_from(bytes.len()).map_err(ApiError::internal)?;
    if length > upload.length - offset {
        return Err(ApiError::bad_request(
            "upload.too_long",
            "传来的内容比说好的长,请重新上传,手机里的照片请保留。",
        ));
    }
    if length > 0 {
        let part = Uuid::now_v7();
        let put = app.photos.put(&part_key(caller.town, id, part), bytes).await;
        put.map_err(|error| store_error(&error))?;
        sql::add_part(&mut tx, &upload, length, part).await?;
        upload.received += length;
    }
    tx.commit().await?;
    Ok(upload)
}

/// Takes the whole photo in as if it had come in one request. A refusal of the photo ends the upload; anything else leaves
/// it, to be finished by an empty piece.
pub async fn finish(app: App, caller: Caller, upload: Upload) -> ApiResult<()> {
    if upload.is_finished {
        return Ok(());
    }
    let parts = sql::parts(&app.db, upload.town, upload.id).await?;
    let is_lost = AtomicBool::new(false);
    let read = async {
        let mut bytes = Vec::with_capacity(usize::try_from(upload.length).unwrap_or_default());
        for part in &parts {
            let Some(piece) = app.photos.get(&part_key(upload.town, upload.id, *part)).await? else {
                is_lost.store(true, Ordering::Relaxed);
                return Err(std::io::Error::from(std::io::ErrorKind::NotFound));
            };
            bytes.extend_from_slice(&piece);
        }
        Ok::<_, std::io::Error>(bytes)
    };
    let taken = take(&app, &caller, Some(&upload.hash.to_string()), read).await;
    match taken {
        Ok(photo) => {
            // Only camera files come in pieces.
            facts::claimed(&app, upload.town, photo.hash, false).await?;
            sql::finish(&app.db, upload.town, upload.id, app.clock.now()).await?;
            clear(&app, upload.town, upload.id, &parts).await;
            Ok(())
        }
        Err(error) => {
            // Another request for the same may have finished it meanwhile, and cleared its pieces.
            let found = sql::find(&app.db, &caller, upload.id).await?;
            if found.as_ref().is_some_and(|upload| upload.is_finished) {
                return Ok(());
            }
            if error.status == StatusCode::UNPROCESSABLE_ENTITY || is_lost.load(Ordering::Relaxed) {
                drop_upload(&app, &caller, upload.id).await?;
            }
            Err(error)
        }
    }
}

/// The caller gives it up.
pub async fn drop_upload(app: &App, caller: &Caller, id: Uuid) -> ApiResult<()> {
    let upload = sql::find(&app.db, caller, id).await?.ok_or_else(ApiError::not_found)?;
    let parts = sql::parts(&app.db, upload.town, id).await?;
    sql::delete(&app.db, upload.town, id).await?;
    clear(app, upload.town, id, &parts).await;
    Ok(())
}

/// Removes pieces nobody needs any more; what stays behind is swept after a week.
pub async fn clear(app: &App, town: TownId, upload: Uuid, parts: &[Uuid]) {
    for part in parts {
        if let Err(error) = app.photos.delete(&part_key(town, upload, *part)).await {
            tracing::warn!(%error, %town, %upload, "a piece of an upload stays until it is swept");
        }
    }
}
