//! `tuhe audit verify`: walks each town's chain and says where it breaks and how long its unsealed tail is.

use sqlx::PgPool;
use uuid::Uuid;

use super::{seal, sql};

/// What the verifier found for one town.
#[derive(Debug)]
pub struct Report {
    pub town: Uuid,
    /// Links that hold.
    pub sealed: i64,
    /// Entries not chained yet.
    pub unsealed: i64,
    /// The first link that does not hold, if any.
    pub broken_at: Option<i64>,
    /// The newest hash in hex, to be printed where it cannot be changed afterwards.
    pub head: String,
}

/// Verifies every town's chain.
pub async fn verify(db: &PgPool) -> Result<Vec<Report>, sqlx::Error> {
    let mut reports = Vec::new();
    for town in sql::towns(db).await? {
        reports.push(verify_town(db, town).await?);
    }
    Ok(reports)
}

async fn verify_town(db: &PgPool, town: Uuid) -> Result<Report, sqlx::Error> {
    let (mut seq, mut hash) = (0, vec![0; 32]);
    let mut broken_at = None;
    'chain: loop {
        let links = sql::chain(db, town, seq, 1_000).await?;
        if links.is_empty() {
            break;
        }
        for next in links {
            let expected = seal::link(&hash, &next.row);
            if next.seq != seq + 1 || next.hash != expected {
                broken_at = Some(next.seq);
                break 'chain;
            }
            (seq, hash) = (next.seq, next.hash);
        }
    }
    let unsealed = sql::count_unsealed(db, town).await?;
    Ok(Report { town, sealed: seq, unsealed, broken_at, head: hex::encode(hash) })
}
