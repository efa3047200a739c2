//! The photos a version names.

use std::collections::HashSet;

use sqlx::PgConnection;

use super::{Submission, sql};
use crate::error::ApiResult;
use crate::evidence::{self, Hash};
use crate::ids::TownId;

/// What a version's photos are, and which have arrived.
pub struct Named {
    /// In the version's order, each hash once.
    hashes: Vec<Hash>,
    arrived: Vec<Hash>,
    /// A photo that shows two things counts twice.
    places: usize,
}

impl Named {
    pub async fn of(tx: &mut PgConnection, town: TownId, sent: &Submission) -> ApiResult<Self> {
        let mut seen = HashSet::new();
        let hashes: Vec<Hash> =
            sent.photos.iter().map(|photo| photo.hash).filter(|hash| seen.insert(*hash)).collect();
        let arrived =
            if hashes.is_empty() { Vec::new() } else { evidence::arrived(tx, town, &hashes).await? };
        let places: HashSet<_> = sent.photos.iter().map(|photo| (photo.slot, photo.hash)).collect();
        Ok(Self { hashes, arrived, places: places.len() })
    }

    pub fn has(&self, hash: Hash) -> bool {
        self.arrived.contains(&hash)
    }

    /// Hashes named and not arrived.
    pub fn missing(&self) -> Vec<Vec<u8>> {
        self.hashes.iter().filter(|hash| !self.has(**hash)).map(|hash| hash.0.to_vec()).collect()
    }

    /// How many more photos are needed, by the kind and by the rules of the duties.
    pub fn short(&self, kind: usize, rules: impl Iterator<Item = i32>) -> i32 {
        let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let needed = rules.max().unwrap_or(0).max(number(kind));
        (needed - number(self.places)).max(0)
    }
}

/// Makes the photos of an edited record's new version its current ones.
pub async fn rename(tx: &mut PgConnection, town: TownId, sent: &Submission) -> ApiResult<()> {
    let photos = Named::of(tx, town, sent).await?;
    sql::drop_photos(tx, town, sent.id).await?;
    sql::name_photos(tx, town, sent, |hash| photos.has(hash)).await?;
    Ok(())
}
