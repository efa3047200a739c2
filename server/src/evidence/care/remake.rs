//! Copies made anew from the original: when one is missing or broken where it should be shown, and by `tuhe photos`.

use std::time::Duration;

use sqlx::PgConnection;

use super::super::{Hash, Size, facts, key, pool_error, sql as photos, store_error};
use super::sql;
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::ids::TownId;
use crate::platform::keys::sha256;
use crate::platform::photo::Derived;

/// How long making a copy anew waits for a place: photos that come from phones go first.
const PATIENCE: Duration = Duration::from_secs(5);

/// Both copies of a photo, made and stored anew, and its facts; not found where there is no such photo or its original is gone or rotten.
pub async fn remade(app: &App, town: TownId, hash: Hash) -> ApiResult<Derived> {
    let place = app.photo_pool.admit_within(PATIENCE).await.map_err(pool_error)?;
    let original = app.photos.get(&key(town, hash, Size::Original)).await;
    let original = original.map_err(|error| store_error(&error))?;
    let fine = original.filter(|bytes| sha256(bytes) == hash.0).ok_or_else(ApiError::not_found)?;
    let derived = place.derive(&fine).await.map_err(pool_error)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    photos::lock(&mut tx, town.0, hash).await?;
    if !photos::has_row(&mut tx, town.0, hash).await? {
        return Err(ApiError::not_found());
    }
    for (size, copy) in [(Size::Display, &derived.display), (Size::Thumb, &derived.thumb)] {
        let put = app.photos.replace(&key(town, hash, size), copy.clone()).await;
        put.map_err(|error| store_error(&error))?;
    }
    tell_copies(&mut tx, town, hash, &derived).await?;
    sql::note_remade(&mut tx, town.0, hash, now).await?;
    tx.commit().await?;
    facts::rewrite(app, town, hash, &derived, now).await?;
    tracing::info!(%town, %hash, "the copies of a photo were made anew");
    Ok(derived)
}

/// Puts an original back whose bytes have come once more, and trusts it again. The bytes are known to be those of `hash`.
pub async fn mend(app: &App, town: TownId, hash: Hash, bytes: Vec<u8>) -> ApiResult<()> {
    let put = app.photos.replace(&key(town, hash, Size::Original), bytes).await;
    put.map_err(|error| store_error(&error))?;
    sql::note_checked(&app.db, town.0, &hash.0, false, app.clock.now()).await?;
    tracing::info!(%town, %hash, "a rotten original was sent again and is mended");
    Ok(())
}

/// Notes what the copies are, for the count and for telling later whether they still are.
pub async fn tell_copies(
    tx: &mut PgConnection,
    town: TownId,
    hash: Hash,
    derived: &Derived,
) -> ApiResult<()> {
    let (display, thumb) = (sha256(&derived.display), sha256(&derived.thumb));
    let bytes = i64::try_from(derived.display.len() + derived.thumb.len()).map_err(ApiError::internal)?;
    Ok(sql::set_copies(tx, town.0, hash, bytes, &display, &thumb).await?)
}

/// Whether bytes can be a JPEG from its beginning to its end; what a half-written or emptied file is not.
pub fn is_whole(copy: &[u8]) -> bool {
    copy.len() > 4 && copy.starts_with(&[0xff, 0xd8]) && copy.ends_with(&[0xff, 0xd9])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_copy_is_not_whole() {
        assert!(is_whole(&[0xff, 0xd8, 7, 0xff, 0xd9]));
        for broken in [&[][..], &[0; 9], &[0xff, 0xd8, 0xff, 0xd9], &[0xff, 0xd8, 7, 7, 7]] {
            assert!(!is_whole(broken), "{broken:?}");
        }
    }
}
