//! What is kept of a photo beside its size: what EXIF says of its making, and which other photos of the town look alike.
//! Written as the photo is taken in, or whenever its copies are made anew.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::twins::{self, Looked};
use super::{Hash, sql_facts};
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::ids::TownId;
use crate::platform::photo::Derived;
use crate::platform::photo::hash::VERSION;

/// A photo of which more look-alikes are found than this is one of a kind (a form, a wall): the nearest are kept.
const MOST: usize = 50;

/// Looks for alike photos among those of the town, before the transaction that stores this one: what comes meanwhile is
/// looked at by [`write`].
pub(super) async fn look(app: &App, town: TownId, derived: &Derived) -> ApiResult<Looked> {
    match &derived.likeness {
        Some(likeness) => twins::look(app, town, likeness).await,
        None => Ok(Looked::default()),
    }
}

/// Writes the facts of a photo whose row is there. One photo of a town at a time from here to the commit, so that of two
/// that come at once the second sees the first.
pub(super) async fn write(
    tx: &mut PgConnection,
    town: TownId,
    hash: Hash,
    derived: &Derived,
    looked: Looked,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let version = i16::try_from(VERSION).map_err(ApiError::internal)?;
    let made = sql_facts::Made {
        camera: derived.camera.as_deref(),
        software: derived.software.as_deref(),
        print_version: version,
    };
    let Some(likeness) = &derived.likeness else {
        return Ok(sql_facts::set(tx, town, hash, &made, None).await?);
    };
    sql_facts::lock(tx, town).await?;
    let mut near = looked.near;
    let since = sql_facts::prints_after(&mut *tx, town, looked.seen, i64::MAX).await?;
    near.extend(twins::among(&since, likeness));
    near.sort_by_key(|near| near.detail);
    near.truncate(MOST);
    sql_facts::set(tx, town, hash, &made, Some(&likeness.prints.to_bytes())).await?;
    if !near.is_empty() {
        sql_facts::pair(tx, town, hash, &near, now).await?;
    }
    Ok(())
}

/// Writes the facts of a photo whose copies were made anew, in a transaction of its own. A repeat is harmless.
pub async fn rewrite(
    app: &App,
    town: TownId,
    hash: Hash,
    derived: &Derived,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let looked = look(app, town, derived).await?;
    let mut tx = app.db.begin().await?;
    write(&mut tx, town, hash, derived, looked, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps the phone's word that it drew the photo anew before sending; the first word holds.
pub(super) async fn claimed(app: &App, town: TownId, hash: Hash, shrunk: bool) -> ApiResult<()> {
    Ok(sql_facts::set_shrunk(&app.db, town, hash, shrunk).await?)
}
