//! The framework's own refusals, given the one shape and a code of ours.

use poem::Response;
use poem::http::StatusCode;

use crate::error::ApiError;

/// Turns any error that reaches the root into `{code, message, details?}`.
pub async fn error(error: poem::Error) -> Response {
    if error.is_from_response() || error.downcast_ref::<ApiError>().is_some() {
        return error.into_response();
    }
    let status = error.status();
    let ours = match status {
        StatusCode::BAD_REQUEST => ApiError::bad_request("request.invalid", "提交的内容有误,请检查后再试。"),
        StatusCode::UNAUTHORIZED => ApiError::unauthorized(),
        StatusCode::FORBIDDEN => ApiError::forbidden(),
        StatusCode::NOT_FOUND => ApiError::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => ApiError::new(status, "request.method", "这个地址不支持这种操作。"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ApiError::new(status, "request.media_type", "提交的格式不对,应为 JSON 或表单。")
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            ApiError::new(status, "limit.too_large", "上传内容过大,请缩小后再试。")
        }
        status if status.is_client_error() => {
            ApiError::new(status, "request.invalid", "提交的内容有误,请检查后再试。")
        }
        _ => ApiError::internal(&error),
    };
    let ours = match reason(&error.to_string()) {
        Some(reason) if ours.status == StatusCode::BAD_REQUEST => {
            ours.with_details(serde_json::json!({ "reason": reason }))
        }
        _ => ours,
    };
    poem::Error::from(ours).into_response()
}

/// Names the field and the rule where the framework does; anything that may repeat the caller's values is dropped.
fn reason(text: &str) -> Option<String> {
    let at =
        text.find("field `").or_else(|| text.find("unknown field")).or_else(|| text.find("missing field"))?;
    Some(text[at..].chars().take(120).collect())
}

/// A panic is our fault: logged, and answered like every other 500.
#[expect(clippy::needless_pass_by_value, reason = "the signature is the framework's")]
pub fn on_panic(cause: Box<dyn std::any::Any + Send>) -> Response {
    let text = cause
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    poem::Error::from(ApiError::internal(format!("panic: {text}"))).into_response()
}
