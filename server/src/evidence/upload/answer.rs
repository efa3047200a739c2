//! Answers of the protocol: headers, hardly ever a body.

use chrono::{DateTime, Utc};
use poem::Response;
use poem::error::ResponseError as _;
use poem::http::{HeaderValue, StatusCode, header};

use super::Upload;
use super::read::VERSION;
use crate::App;
use crate::error::ApiResult;

/// Any answer, good or bad, names the version it speaks.
pub fn answered(result: ApiResult<Response>) -> Response {
    let mut response = result.unwrap_or_else(|error| error.as_response());
    let is_other_version = response.status() == StatusCode::PRECONDITION_FAILED;
    let headers = response.headers_mut();
    headers.insert("tus-resumable", HeaderValue::from_static(VERSION));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if is_other_version {
        headers.insert("tus-version", HeaderValue::from_static(VERSION));
    }
    response
}

/// What this server can do.
pub fn abilities(app: &App) -> Response {
    Response::builder()
        .status(StatusCode::NO_CONTENT)
        .header("tus-version", VERSION)
        .header("tus-extension", "creation,checksum,expiration,termination")
        .header("tus-checksum-algorithm", "sha1,sha256")
        .header("tus-max-size", app.config.photo_max_bytes)
        .finish()
}

/// How far an upload is.
pub fn standing(status: StatusCode, upload: &Upload) -> Response {
    Response::builder()
        .status(status)
        .header("upload-offset", upload.received)
        .header("upload-length", upload.length)
        .header("upload-expires", http_date(upload.expires_at))
        .finish()
}

/// It has begun, or had begun already.
pub fn begun(upload: &Upload) -> Response {
    let mut response = standing(StatusCode::CREATED, upload);
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/uploads/{}", upload.id)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

/// It is not there any more.
pub fn ended() -> Response {
    Response::builder().status(StatusCode::NO_CONTENT).finish()
}

fn http_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
