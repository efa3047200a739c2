use poem::http::HeaderMap;
use poem::web::Data;
use poem::{IntoResponse, Response};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Binary, Json, Payload};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::multipart::Upload;
use poem_openapi::{ApiResponse, Multipart, Object, OpenApi};

use super::take::{Admission, take};
use super::{Accepted, Hash, facts, original};
use crate::App;
use crate::error::ApiResult;
use crate::identity::Auth;
use crate::tags::Tag;

pub struct Api;

/// One photo.
#[derive(Multipart)]
struct PhotoForm {
    /// The photo's bytes; its name and declared type are ignored.
    file: Upload,
    /// SHA-256 of the bytes, 64 hexadecimal digits, computed on the phone.
    sha256: String,
    /// The phone drew it anew and smaller before sending, so that what the camera wrote into it is gone: the phone's word.
    shrunk: Option<bool>,
}

/// A photo that has arrived and is safe.
#[derive(Object)]
struct Photo {
    /// The name by which records refer to it.
    hash: String,
    /// As a person sees it, after rotation.
    width: i32,
    height: i32,
    /// The town already had these very bytes.
    existed: bool,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Evidence")]
impl Api {
    /// Upload one photo. Repeating it is harmless; nothing is acknowledged before it is on the disk.
    #[oai(path = "/photos", method = "post", operation_id = "upload_photo")]
    async fn upload_photo(
        &self,
        auth: Auth,
        app: Data<&App>,
        _upload: Admission,
        form: PhotoForm,
    ) -> ApiResult<Json<Photo>> {
        let read = async { form.file.into_vec().await };
        let photo = take(&app, &auth.0, Some(&form.sha256), read).await?;
        if let Some(shrunk) = form.shrunk {
            facts::claimed(&app, auth.0.town, photo.hash, shrunk).await?;
        }
        Ok(Json(photo.into()))
    }

    /// Fetch the bytes exactly as received, metadata and all. 镇纪委 and 党建办 only, with a reason; every asking is logged.
    /// Answers `Range` and `If-Range`.
    #[oai(path = "/photos/:hash/original", method = "get", operation_id = "read_original")]
    async fn read_original(
        &self,
        auth: Auth,
        app: Data<&App>,
        hash: Path<String>,
        /// Why, in 2 to 200 characters.
        reason: Query<Option<String>>,
        headers: &HeaderMap,
    ) -> ApiResult<Download> {
        let reason = reason.0.unwrap_or_default();
        original(&app, &auth.0, &hash, &reason, headers).await.map(Download)
    }
}

/// An original on its way out.
struct Download(Response);

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        self.0
    }
}

impl ApiResponse for Download {
    fn meta() -> MetaResponses {
        let answer = |status, description| MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content: vec![MetaMediaType {
                content_type: "image/*",
                schema: <Binary<Vec<u8>> as Payload>::schema_ref(),
            }],
            headers: vec![],
        };
        MetaResponses { responses: vec![answer(200, "原图"), answer(206, "原图的一段")] }
    }

    fn register(_: &mut Registry) {}
}

impl From<Accepted> for Photo {
    fn from(accepted: Accepted) -> Self {
        let Accepted { hash, width, height, existed } = accepted;
        Self { hash: Hash::to_string(&hash), width, height, existed }
    }
}
