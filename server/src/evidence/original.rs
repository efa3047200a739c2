//! The bytes of a photo exactly as they were received, metadata and all: for 镇纪委 and 党建办, with a reason, on the log.

use poem::http::{HeaderMap, StatusCode, header};
use poem::{Body, Response};
use uuid::Uuid;

use super::serve::{Wanted, slice};
use super::{Hash, Size, care, key, sql, store_error};
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::platform::photo::Format;

/// Streams an original, or the one range of it that `headers` ask for. Every asking is logged with its reason, in the
/// statement that finds the photo; another town's photo is not there.
pub async fn original(
    app: &App,
    caller: &Caller,
    hash: &str,
    reason: &str,
    headers: &HeaderMap,
) -> ApiResult<Response> {
    access::check_town(caller, Action::ReadOriginal)?;
    let hash = Hash::parse(hash).ok_or_else(ApiError::not_found)?;
    let reason = reason.trim();
    if !(2..=200).contains(&reason.chars().count()) {
        return Err(ApiError::refused("photo.reason_length", "请用 2 到 200 个字写明为什么要调取原图。"));
    }
    let facts = serde_json::json!({ "hash": hash.to_string(), "reason": reason });
    let entry = (Uuid::now_v7(), app.clock.now());
    let found = sql::read_original(&app.db, caller, hash, entry, &facts).await?;
    let photo = found.ok_or_else(ApiError::not_found)?;
    let length = usize::try_from(photo.bytes).map_err(ApiError::internal)?;
    let tag = format!("\"{hash}\"");
    let response = Response::builder()
        .header(header::ETAG, &tag)
        .header(header::CACHE_CONTROL, "private, no-store")
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{hash}.{}\"", photo.format))
        .content_type(media_type(&photo.format));
    let (response, first, last) = match wanted(headers, &tag, length) {
        Wanted::All => (response, 0, length.saturating_sub(1)),
        Wanted::Part(first, last) => {
            let range = format!("bytes {first}-{last}/{length}");
            let response = response.status(StatusCode::PARTIAL_CONTENT);
            (response.header(header::CONTENT_RANGE, range), first, last)
        }
        Wanted::Outside => {
            let range = format!("bytes */{length}");
            let response = response.status(StatusCode::RANGE_NOT_SATISFIABLE);
            return Ok(response.header(header::CONTENT_RANGE, range).finish());
        }
    };
    let (start, many) = (first as u64, (last - first + 1) as u64);
    let reader = app.photos.open_range(&key(caller.town, hash, Size::Original), start, many).await;
    let Some(reader) = reader.map_err(|error| store_error(&error))? else {
        care::note_rotten(&app.db, caller.town.0, hash, app.clock.now()).await?;
        return Err(lost(caller, hash));
    };
    Ok(response.header(header::CONTENT_LENGTH, many).body(Body::from_async_read(reader)))
}

/// The part asked for; the whole where it is of another photo than the asker believes (RFC 9110 §13.1.5).
fn wanted(headers: &HeaderMap, tag: &str, length: usize) -> Wanted {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match text(header::RANGE) {
        Some(range) if text(header::IF_RANGE).is_none_or(|known| known == tag) => slice(range, length),
        _ => Wanted::All,
    }
}

fn media_type(extension: &str) -> &'static str {
    let known = [Format::Jpeg, Format::Png, Format::Webp].into_iter().find(|f| f.extension() == extension);
    known.map_or("application/octet-stream", Format::media_type)
}

/// The row is there and its bytes are not: somebody's disk has failed.
fn lost(caller: &Caller, hash: Hash) -> ApiError {
    tracing::error!(town = %caller.town, %hash, "an original is missing in the photo store");
    ApiError::new(
        StatusCode::NOT_FOUND,
        "photo.original_lost",
        "这张照片的原图在存储里找不到了,已经记录,请联系系统管理员从备份里恢复。",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_another_photo_is_answered_whole() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, header::HeaderValue::from_static("bytes=1-2"));
        assert_eq!(wanted(&headers, "\"ab\"", 9), Wanted::Part(1, 2));
        headers.insert(header::IF_RANGE, header::HeaderValue::from_static("\"ab\""));
        assert_eq!(wanted(&headers, "\"ab\"", 9), Wanted::Part(1, 2));
        assert_eq!(wanted(&headers, "\"cd\"", 9), Wanted::All);
    }
}
