//! The one error type of the API: a status, a stable dotted code and a sentence a cadre can act on.
//!
//! Every refusal leaves as `{code, message, details?}`. Causes of a 500 are logged once, here, and never sent.

use poem::Response;
use poem::http::StatusCode;
use poem_openapi::payload::Json;
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::types::ToJSON;
use poem_openapi::{ApiResponse, Object};

/// The body of every refusal.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Problem {
    /// Stable dotted code, for programs: `checkin.outside_window`.
    pub code: String,
    /// What went wrong and what to do, in Chinese, for people.
    pub message: String,
    /// Further facts where the code promises them (missing photo hashes, rows and columns of an import …).
    pub details: Option<serde_json::Value>,
}

/// A refusal on its way out.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct ApiError {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
    pub details: Option<serde_json::Value>,
    /// Seconds after which a repeat makes sense; becomes `Retry-After`.
    pub retry_after: Option<u64>,
}

/// What handlers return.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: None, retry_after: None }
    }

    /// 400: the request itself is malformed.
    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 401: no valid session.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "identity.login_required", "请先登录。")
    }

    /// 403: inside the caller's own units, but not for the caller's posts.
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "access.forbidden", "您的职务没有这项权限,如有需要请联系镇党建办。")
    }

    /// 404: not there, or not for the caller to know of.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "access.not_found", "没有找到这项内容,或您无权查看。")
    }

    /// 409: against what is stored.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 422: understood, but a rule says no.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    /// 429 with the seconds to wait.
    pub fn too_many(seconds: u64) -> Self {
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "limit.too_many", "操作太频繁,请稍后再试。");
        error.retry_after = Some(seconds);
        error
    }

    /// 503 with the seconds to wait: a dependency is away or the house is full.
    pub fn unavailable(code: &'static str, message: impl Into<String>, seconds: u64) -> Self {
        let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message);
        error.retry_after = Some(seconds);
        error
    }

    /// 500. Logs the cause; the caller learns only that it is our fault.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server.internal", "系统出错了,已经记录,请稍后再试。")
    }

    #[must_use]
    pub fn with_details(mut self, details: serde_json::Value) -> Self {
        self.details = Some(details);
        self
    }

    fn problem(&self) -> Problem {
        Problem { code: self.code.into(), message: self.message.clone(), details: self.details.clone() }
    }
}

impl From<sqlx::Error> for ApiError {
    /// Waiting too long for a connection, or a server that is gone, is 503; anything else is ours to fix.
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
                tracing::warn!(%error, "database unavailable");
                Self::unavailable("server.busy", "系统正忙或正在恢复,请稍后再试,已填的内容请保留。", 3)
            }
            // 57Pxx: the server is shutting down or starting; 08xxx: the connection broke.
            sqlx::Error::Database(db)
                if db.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08")) =>
            {
                tracing::warn!(%error, "database restarting");
                Self::unavailable("server.busy", "系统正忙或正在恢复,请稍后再试,已填的内容请保留。", 3)
            }
            // 57014: our own statement time limit; 55P03: somebody held a lock for too long; 40001, 40P01: two stood in each
            // other's way. Nothing was written: the same again is right.
            sqlx::Error::Database(db)
                if matches!(db.code().as_deref(), Some("57014" | "55P03" | "40001" | "40P01")) =>
            {
                tracing::warn!(%error, "a transaction gave way");
                Self::unavailable("server.busy", "系统正忙,请稍后再试,已填的内容请保留。", 3)
            }
            // The release before, while it is being replaced, does not wait its turn for a new record: the repeat finds it.
            sqlx::Error::Database(db) if db.constraint() == Some("record_pkey") => {
                Self::unavailable("server.busy", "系统正忙,请稍后再试,已填的内容请保留。", 1)
            }
            // 22021, 22P05: a character PostgreSQL cannot keep, U+0000 in practice.
            sqlx::Error::Database(db) if matches!(db.code().as_deref(), Some("22021" | "22P05")) => {
                Self::bad_request("request.character", "内容里有不能保存的字符,请删去后再试。")
            }
            _ => Self::internal(error),
        }
    }
}

/// Turns a violation of a *named* constraint into the caller's error: race-free, where looking first is not.
pub trait OnConstraint<T> {
    fn on_constraint(self, name: &str, error: impl FnOnce() -> ApiError) -> ApiResult<T>;
}

impl<T> OnConstraint<T> for Result<T, sqlx::Error> {
    fn on_constraint(self, name: &str, error: impl FnOnce() -> ApiError) -> ApiResult<T> {
        self.map_err(|cause| match &cause {
            sqlx::Error::Database(db) if db.constraint() == Some(name) => error(),
            _ => cause.into(),
        })
    }
}

impl poem::error::ResponseError for ApiError {
    fn status(&self) -> StatusCode {
        self.status
    }

    fn as_response(&self) -> Response {
        let mut builder =
            Response::builder().status(self.status).content_type("application/json; charset=utf-8");
        if let Some(seconds) = self.retry_after {
            builder = builder.header("Retry-After", seconds);
        }
        builder.body(self.problem().to_json_string())
    }
}

impl ApiResponse for ApiError {
    /// One entry for all: the shape never differs, the codes are listed in the README.
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![poem_openapi::registry::MetaResponse {
                description: "拒绝:`{code, message, details?}`",
                status: None,
                status_range: None,
                content: vec![poem_openapi::registry::MetaMediaType {
                    content_type: "application/json; charset=utf-8",
                    schema: <Json<Problem> as poem_openapi::payload::Payload>::schema_ref(),
                }],
                headers: vec![],
            }],
        }
    }

    fn register(registry: &mut Registry) {
        <Json<Problem> as poem_openapi::payload::Payload>::register(registry);
    }
}
