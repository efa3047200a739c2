//! The photos a version names.

use sqlx::PgConnection;

use super::{Submission, sql};
use crate::error::ApiResult;
use crate::evidence;
use crate::ids::TownId;

/// Makes the version's photos the record's current ones, noting which have arrived.
pub async fn name(tx: &mut PgConnection, town: TownId, sent: &Submission) -> ApiResult<()> {
    let hashes: Vec<_> = sent.photos.iter().map(|photo| photo.hash).collect();
    let arrived = evidence::arrived(tx, town, &hashes).await?;
    sql::name_photos(tx, town, sent, |hash| arrived.contains(&hash)).await?;
    Ok(())
}
