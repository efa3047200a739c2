//! The two addresses of the protocol: `/api/v1/uploads`, and one upload below it.

use poem::http::{HeaderMap, Method, StatusCode};
use poem::web::{Data, Path};
use poem::{Body, FromRequest as _, Request, RequestBody, Response, handler};
use uuid::Uuid;

use super::super::Admission;
use super::super::care::check_room;
use super::answer::{self, answered};
use super::read::{self, Checksum};
use super::{keep, sql};
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::{self, Caller};

/// What this server can do; for anybody.
#[handler]
pub async fn options(app: Data<&App>) -> Response {
    answered(Ok(answer::abilities(&app)))
}

/// `POST /api/v1/uploads`: begins one, or finds the one the same person has begun of the same photo.
#[handler]
pub async fn begin(app: Data<&App>, headers: &HeaderMap) -> Response {
    answered(begun(&app, headers).await)
}

async fn begun(app: &App, headers: &HeaderMap) -> ApiResult<Response> {
    read::check_version(headers)?;
    let caller = who(app, headers).await?;
    access::check_any(&caller, Action::UploadPhoto)?;
    let length = read::number(headers, "upload-length")?;
    let bytes = usize::try_from(length).map_err(ApiError::internal)?;
    let most = app.config.photo_max_bytes;
    if bytes > most {
        let words = format!("照片超过 {} MB 的上限,请选择压缩后上传。", most / (1024 * 1024));
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "limit.too_large", words));
    }
    let hash = read::hash(headers)?;
    check_room(app, caller.town, bytes).await?;
    let upload = keep::begin(app, &caller, hash, length).await?;
    Ok(answer::begun(&upload))
}

/// `HEAD`, `PATCH` and `DELETE` of one upload, or a POST that stands for one of them.
#[handler]
pub async fn one(app: Data<&App>, id: Path<String>, request: &Request, body: Body) -> Response {
    answered(asked(&app, &id, request, body).await)
}

async fn asked(app: &App, id: &str, request: &Request, body: Body) -> ApiResult<Response> {
    let headers = request.headers();
    read::check_version(headers)?;
    let caller = who(app, headers).await?;
    let id = id.parse::<Uuid>().map_err(|_| ApiError::not_found())?;
    match read::method(request) {
        Method::HEAD => {
            let upload = keep::living(sql::find(&app.db, &caller, id).await?, app.clock.now())?;
            Ok(answer::standing(StatusCode::OK, &upload))
        }
        Method::PATCH => append(app, &caller, id, request, body).await,
        Method::DELETE => {
            keep::drop_upload(app, &caller, id).await?;
            Ok(answer::ended())
        }
        _ => Err(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "request.method", "这个地址不支持这种操作。")),
    }
}

/// A piece. It is refused before it is read where it cannot fit; what was cut off without a checksum is kept as far as it
/// came.
async fn append(app: &App, caller: &Caller, id: Uuid, request: &Request, body: Body) -> ApiResult<Response> {
    access::check_any(caller, Action::UploadPhoto)?;
    let headers = request.headers();
    read::check_media_type(headers)?;
    let offset = read::number(headers, "upload-offset")?;
    let checksum = Checksum::read(headers)?;
    let upload = keep::living(sql::find(&app.db, caller, id).await?, app.clock.now())?;
    keep::check_offset(&upload, offset)?;
    let _admitted = admitted(request).await?;
    let (bytes, whole) = read::piece(body).await;
    if let Some(checksum) = checksum {
        if !whole {
            return Err(interrupted());
        }
        checksum.check(&bytes)?;
    }
    // On its own feet: who hangs up now still finds kept what has come.
    let kept = tokio::spawn(keep::append(app.clone(), caller.clone(), id, offset, bytes));
    let upload = kept.await.map_err(ApiError::internal)??;
    if !whole {
        return Err(interrupted());
    }
    if upload.received == upload.length {
        let finished = tokio::spawn(keep::finish(app.clone(), caller.clone(), upload.clone()));
        finished.await.map_err(ApiError::internal)??;
    }
    Ok(answer::standing(StatusCode::NO_CONTENT, &upload))
}

async fn admitted(request: &Request) -> ApiResult<Admission> {
    let admission = Admission::from_request(request, &mut RequestBody::default()).await;
    admission.map_err(|error| error.downcast::<ApiError>().unwrap_or_else(ApiError::internal))
}

fn interrupted() -> ApiError {
    ApiError::bad_request("photo.interrupted", "照片没有传完,会从断点接着传,手机里的照片请保留。")
}

async fn who(app: &App, headers: &HeaderMap) -> ApiResult<Caller> {
    let bearer = read::text(headers, "authorization").and_then(|text| text.strip_prefix("Bearer "));
    let token = bearer.ok_or_else(ApiError::unauthorized)?;
    identity::caller(app, token.trim(), app.clock.now()).await
}
