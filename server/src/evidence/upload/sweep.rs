//! Uploads that have run out, and pieces that no upload knows.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::keep::clear;
use super::{FOLDER, LIFE, sql};
use crate::App;
use crate::ids::TownId;

/// Removes a town's; answers how many uploads had run out.
pub async fn sweep(app: &App, town: Uuid, now: DateTime<Utc>) -> anyhow::Result<usize> {
    let town = TownId(town);
    let mut swept = 0;
    for upload in sql::expired(&app.db, town, now).await? {
        let parts = sql::parts(&app.db, town, upload).await?;
        // The row goes first: nobody adds a piece to it any more.
        sql::delete(&app.db, town, upload).await?;
        clear(app, town, upload, &parts).await;
        swept += 1;
    }
    // A kill between a piece and its row, or while pieces were cleared: no upload lives as long.
    for entry in
        app.photos.list_older_than(&format!("{town}/{FOLDER}"), now - LIFE - TimeDelta::days(1)).await?
    {
        app.photos.delete(&entry.key).await?;
    }
    Ok(swept)
}
