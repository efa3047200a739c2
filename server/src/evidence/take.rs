//! Taking a photo in, whoever sends it: its bytes lie on the disk until it has a place, and only then in memory.

use std::sync::Arc;
use std::time::Duration;

use poem::{FromRequest, Request, RequestBody};
use tokio::io::AsyncReadExt as _;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::{Accepted, Hash, care, check_hash, pool_error, sql, store};
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::platform::keys::sha256;
use crate::platform::photo::{PoolError, Refusal};

/// One of the bounded number of uploads under way, taken before the body is read: it trickles in to the disk and costs
/// no memory. A place in the photo queue is taken only once the whole body is here.
pub struct Admission(#[expect(dead_code, reason = "held until the answer")] OwnedSemaphorePermit);

/// How long a photo that has arrived whole waits for a place, rather than be sent again over a weak signal.
const PATIENCE: Duration = Duration::from_secs(20);

impl<'a> FromRequest<'a> for Admission {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let app = request.data::<App>().ok_or_else(|| ApiError::internal("the app is not in the request"))?;
        if let Ok(permit) = Arc::clone(&app.uploads).try_acquire_owned() {
            return Ok(Self(permit));
        }
        throw_away(body, app.config.photo_max_bytes).await;
        Err(pool_error(PoolError::Busy).into())
    }
}

/// Reads what is still on its way, as far as a photo goes, and keeps nothing of it: a phone that is answered while it sends
/// sees the connection break, and never the answer.
async fn throw_away(body: &mut RequestBody, most: usize) {
    let Ok(body) = body.take() else { return };
    let mut rest = body.into_async_read().take(most as u64);
    // Whether it came, was too long or took too long: the answer is the same.
    let _ = timeout(PATIENCE, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
}

/// Takes one photo whose bytes are all here and are read by `read`. `declared` is the hash its sender computed, if it did.
pub async fn take(
    app: &App,
    caller: &Caller,
    declared: Option<&str>,
    read: impl Future<Output = std::io::Result<Vec<u8>>>,
) -> ApiResult<Accepted> {
    access::check_any(caller, Action::UploadPhoto)?;
    let place = app.photo_pool.admit_within(PATIENCE).await.map_err(pool_error)?;
    let bytes = read.await.map_err(|_| {
        ApiError::bad_request("photo.interrupted", "照片没有传完,请重新上传,手机里的照片请保留。")
    })?;
    if bytes.len() > app.config.photo_max_bytes {
        return Err(super::refusal_error(Refusal::TooBig));
    }
    let hash = match declared {
        Some(declared) => check_hash(declared, &bytes)?,
        None => Hash(sha256(&bytes)),
    };
    if let Some(found) = sql::find(&app.db, caller.town, hash).await? {
        if found.is_rotten {
            care::mend(app, caller.town, hash, bytes).await?;
        }
        return Ok(Accepted { hash, width: found.width, height: found.height, existed: true });
    }
    care::check_room(app, caller.town, bytes.len()).await?;
    let derived = place.derive(&bytes).await.map_err(pool_error)?;
    store(app, caller, hash, bytes, derived).await
}
