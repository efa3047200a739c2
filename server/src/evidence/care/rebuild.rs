//! `tuhe photos rebuild`: the copies of all photos of a town made anew, two at a time; after a kill it goes on where it was.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::super::{Hash, Size, key};
use super::remake::{is_whole, remade};
use super::sql;
use crate::App;
use crate::ids::TownId;

/// Rows looked at together.
const PAGE: i64 = 200;
/// Photos decoded at once.
const AT_ONCE: usize = 2;

/// What became of a town's photos.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Made anew.
    pub made: usize,
    /// Looked at and left as they are.
    pub fine: usize,
    /// Whose original is missing, rotten or can no longer be read.
    pub failed: Vec<Hash>,
}

enum Outcome {
    Made,
    Fine,
    Failed(Hash),
}

/// Makes the copies of every photo of the town anew, or only those that are missing or broken.
pub async fn rebuild(app: &App, town: TownId, only_missing: bool) -> anyhow::Result<Rebuilt> {
    let started = if only_missing {
        None
    } else {
        let mut db = app.db.acquire().await?;
        Some(sql::begin_remaking(&mut db, town.0, app.clock.now()).await?)
    };
    let mut rebuilt = Rebuilt::default();
    let mut after = Vec::new();
    loop {
        let page = sql::to_remake(&app.db, town.0, &after, started, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(last);
        let hashes: Vec<Hash> = page.iter().filter_map(|bytes| Hash::from_slice(bytes)).collect();
        let outcomes = stream::iter(hashes).map(|hash| one(app, town, hash, only_missing));
        let outcomes: Vec<Outcome> = outcomes.buffer_unordered(AT_ONCE).try_collect().await?;
        for outcome in outcomes {
            match outcome {
                Outcome::Made => rebuilt.made += 1,
                Outcome::Fine => rebuilt.fine += 1,
                Outcome::Failed(hash) => rebuilt.failed.push(hash),
            }
        }
    }
    if started.is_some() {
        sql::end_remaking(&app.db, town.0, app.clock.now()).await?;
    }
    rebuilt.failed.sort_unstable();
    Ok(rebuilt)
}

async fn one(app: &App, town: TownId, hash: Hash, only_missing: bool) -> anyhow::Result<Outcome> {
    if only_missing {
        let mut whole = true;
        for size in [Size::Display, Size::Thumb] {
            whole &= app.photos.get(&key(town, hash, size)).await?.is_some_and(|copy| is_whole(&copy));
        }
        if whole {
            return Ok(Outcome::Fine);
        }
    }
    match remade(app, town, hash).await {
        Ok(_) => Ok(Outcome::Made),
        Err(error) if error.status.is_client_error() => Ok(Outcome::Failed(hash)),
        // The store or the house is away: go on later, from here.
        Err(error) => Err(error.into()),
    }
}
