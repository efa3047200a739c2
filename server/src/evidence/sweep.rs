//! Two kinds of leftovers: photos no record ever named (kept 30 days), and objects whose row was never written because
//! the server was killed in between (kept a day).

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Hash, sql, upload};
use crate::App;

/// An unbound photo waits this long for the record of a phone without signal (design D3).
const UNBOUND: TimeDelta = TimeDelta::days(30);
/// An upload under way never takes this long.
const ORPHAN: TimeDelta = TimeDelta::days(1);

/// What a sweep removed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub unbound: usize,
    pub orphans: usize,
    pub temporary: usize,
    /// Uploads in pieces that had run out.
    pub uploads: usize,
}

/// Removes both kinds; safe to run anywhere, at any time.
pub async fn sweep(app: &App, now: DateTime<Utc>) -> anyhow::Result<Swept> {
    let mut swept = Swept::default();
    for town in sql::towns(&app.db).await? {
        for hash in sql::unbound(&app.db, town, now - UNBOUND).await? {
            let Some(hash) = Hash::from_slice(&hash) else { continue };
            let mut tx = app.db.begin().await?;
            sql::lock(&mut tx, town, hash).await?;
            if sql::delete_unbound(&mut tx, town, hash).await? {
                // The row goes first: a kill here leaves orphans for the next sweep, never a row without objects.
                tx.commit().await?;
                swept.unbound += 1;
            }
        }
        // A folder of keys at a time: a town's photos are too many to be listed in memory at once.
        for folder in 0..=u8::MAX {
            swept.orphans += orphans(app, town, folder, now).await?;
        }
        swept.uploads += upload::sweep(app, town, now).await?;
    }
    swept.temporary = app.photos.sweep_temporary(now - ORPHAN).await?;
    Ok(swept)
}

/// Objects of one folder without a row. Each is looked at again under its lock, so that an upload at this moment keeps them.
async fn orphans(app: &App, town: Uuid, folder: u8, now: DateTime<Utc>) -> anyhow::Result<usize> {
    let mut by_hash: BTreeMap<Vec<u8>, Vec<String>> = BTreeMap::new();
    for entry in app.photos.list_older_than(&format!("{town}/{folder:02x}"), now - ORPHAN).await? {
        let name = entry.key.rsplit('/').next().unwrap_or_default();
        if let Some(hash) = name.get(..64).and_then(Hash::parse) {
            by_hash.entry(hash.0.to_vec()).or_default().push(entry.key);
        }
    }
    if by_hash.is_empty() {
        return Ok(0);
    }
    let hashes: Vec<Vec<u8>> = by_hash.keys().cloned().collect();
    let known: HashSet<Vec<u8>> = sql::known(&app.db, town, &hashes).await?.into_iter().collect();
    let mut removed = 0;
    for (bytes, keys) in by_hash.into_iter().filter(|(hash, _)| !known.contains(hash)) {
        let Some(hash) = Hash::from_slice(&bytes) else { continue };
        let mut tx = app.db.begin().await?;
        sql::lock(&mut tx, town, hash).await?;
        if !sql::has_row(&mut tx, town, hash).await? {
            for key in keys {
                removed += usize::from(app.photos.delete(&key).await?);
            }
        }
        tx.commit().await?;
    }
    Ok(removed)
}
