//! `GET /photos/{town}/{hash}/{1600|320}?until=&sig=`: a stripped copy, with entity tag, ranges and private caching.
//! Outside the API document: it carries bytes, and its permission is the signature.

use poem::http::{HeaderMap, StatusCode, header};
use poem::web::{Data, Path, Query};
use poem::{Response, handler};
use serde::Deserialize;
use uuid::Uuid;

use super::{Hash, Size, care, key, link, store_error};
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::ids::TownId;

#[derive(Deserialize)]
pub struct Signed {
    until: i64,
    sig: String,
}

/// Serves one copy.
#[handler]
pub async fn show(
    app: Data<&App>,
    Path((town, hash, size)): Path<(Uuid, String, String)>,
    Query(signed): Query<Signed>,
    headers: &HeaderMap,
) -> ApiResult<Response> {
    let hash = Hash::parse(&hash).ok_or_else(ApiError::not_found)?;
    let form = match size.as_str() {
        "1600" => Size::Display,
        "320" => Size::Thumb,
        _ => return Err(ApiError::not_found()),
    };
    let town = TownId(town);
    if !link::holds(&app.keys, (town, hash, form), signed.until, &signed.sig, app.clock.now()) {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "photo.link_expired",
            "图片链接已过期,请返回上一页刷新。",
        ));
    }
    let tag = format!("\"{}-{size}\"", &hash.to_string()[..32]);
    let response = Response::builder()
        .header(header::ETAG, &tag)
        .header(header::CACHE_CONTROL, "private, max-age=900, immutable")
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.contains(&tag))
    {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    let bytes = app.photos.get(&key(town, hash, form)).await.map_err(|error| store_error(&error))?;
    let bytes = match bytes.filter(|bytes| care::is_whole(bytes)) {
        Some(bytes) => bytes,
        // Missing or broken: made anew from the original.
        None => match (form, care::remade(&app, town, hash).await?) {
            (Size::Thumb, derived) => derived.thumb,
            (_, derived) => derived.display,
        },
    };
    let response = response.content_type("image/jpeg");
    match headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .map(|range| slice(range, bytes.len()))
    {
        // A range header that is not one is ignored (RFC 9110 §14.2).
        None | Some(Wanted::All) => Ok(response.body(bytes)),
        Some(Wanted::Part(first, last)) => Ok(response
            .status(StatusCode::PARTIAL_CONTENT)
            .header(header::CONTENT_RANGE, format!("bytes {first}-{last}/{}", bytes.len()))
            .body(bytes[first..=last].to_vec())),
        Some(Wanted::Outside) => Ok(response
            .status(StatusCode::RANGE_NOT_SATISFIABLE)
            .header(header::CONTENT_RANGE, format!("bytes */{}", bytes.len()))
            .finish()),
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    All,
    Part(usize, usize),
    Outside,
}

/// One byte range, as first and last position; several ranges are answered whole.
pub(super) fn slice(range: &str, length: usize) -> Wanted {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|part| part.split_once('-')) else {
        return Wanted::All;
    };
    let bounds = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last.min(length.saturating_sub(1))),
        (Ok(first), Err(_)) if last.is_empty() => (first, length.saturating_sub(1)),
        (Err(_), Ok(tail)) if first.is_empty() && tail > 0 => {
            (length.saturating_sub(tail), length.saturating_sub(1))
        }
        _ => return Wanted::All,
    };
    if bounds.0 >= length { Wanted::Outside } else { Wanted::Part(bounds.0, bounds.1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_as_the_standard_has_them() {
        for (range, wanted) in [
            ("bytes=0-9", Wanted::Part(0, 9)),
            ("bytes=90-", Wanted::Part(90, 99)),
            ("bytes=-10", Wanted::Part(90, 99)),
            ("bytes=-1000", Wanted::Part(0, 99)),
            ("bytes=50-1000", Wanted::Part(50, 99)),
            ("bytes=100-", Wanted::Outside),
            ("bytes=9-5", Wanted::All),
            ("bytes=0-1,5-6", Wanted::All),
            ("lines=1-2", Wanted::All),
            ("bytes=-0", Wanted::All),
        ] {
            assert_eq!(slice(range, 100), wanted, "{range}");
        }
    }
}
