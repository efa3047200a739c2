use std::sync::Arc;
use std::time::Duration;

use poem::web::Data;
use poem::{FromRequest, Request, RequestBody};
use poem_openapi::payload::Json;
use poem_openapi::types::multipart::Upload;
use poem_openapi::{Multipart, Object, OpenApi};
use tokio::sync::OwnedSemaphorePermit;

use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::platform::photo::PoolError;
use crate::tags::Tag;

use super::{Accepted, Hash, check_hash, pool_error, sql, store};

pub struct Api;

/// One photo.
#[derive(Multipart)]
struct PhotoForm {
    /// The photo's bytes; its name and declared type are ignored.
    file: Upload,
    /// SHA-256 of the bytes, 64 hexadecimal digits, computed on the phone.
    sha256: String,
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

/// One of the bounded number of uploads under way, taken before the body is read: it trickles in to the disk and costs
/// no memory. A place in the photo queue is taken only once the whole body is here.
struct Admission(#[expect(dead_code, reason = "held until the answer")] OwnedSemaphorePermit);

/// How long a photo that has arrived whole waits for a place, rather than be sent again over a weak signal.
const PATIENCE: Duration = Duration::from_secs(20);

impl<'a> FromRequest<'a> for Admission {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let app = request.data::<App>().ok_or_else(|| ApiError::internal("the app is not in the request"))?;
        let permit = Arc::clone(&app.uploads).try_acquire_owned();
        Ok(Self(permit.map_err(|_| pool_error(PoolError::Busy))?))
    }
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
        let caller = auth.0;
        access::check_any(&caller, Action::UploadPhoto)?;
        let place = app.photo_pool.admit_within(PATIENCE).await.map_err(pool_error)?;
        let bytes = form.file.into_vec().await.map_err(|_| {
            ApiError::bad_request("photo.interrupted", "照片没有传完,请重新上传,手机里的照片请保留。")
        })?;
        if bytes.len() > app.config.photo_max_bytes {
            return Err(super::refusal_error(crate::platform::photo::Refusal::TooBig));
        }
        let hash = check_hash(&form.sha256, &bytes)?;
        if let Some((width, height)) = sql::find(&app.db, caller.town, hash).await? {
            return Ok(Json(Photo::from(Accepted { hash, width, height, existed: true })));
        }
        let derived = place.derive(&bytes).await.map_err(pool_error)?;
        Ok(Json(Photo::from(store(&app, &caller, hash, bytes, derived).await?)))
    }
}

impl From<Accepted> for Photo {
    fn from(accepted: Accepted) -> Self {
        let Accepted { hash, width, height, existed } = accepted;
        Self { hash: Hash::to_string(&hash), width, height, existed }
    }
}
