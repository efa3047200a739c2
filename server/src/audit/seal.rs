//! Chaining committed entries: hash = SHA-256(previous hash ‖ canonical JSON of the entry).

use sqlx::PgPool;
use uuid::Uuid;

use super::sql::{self, Row};
use crate::platform::keys::sha256;

/// Entries sealed in one transaction.
const BATCH: i64 = 1_000;

/// Seals what can be sealed in every town; returns how many entries were chained.
pub async fn seal(db: &PgPool) -> Result<usize, sqlx::Error> {
    let mut sealed = 0;
    for town in sql::towns(db).await? {
        loop {
            let n = seal_batch(db, town).await?;
            sealed += n;
            if n == 0 {
                break;
            }
        }
    }
    Ok(sealed)
}

async fn seal_batch(db: &PgPool, town: Uuid) -> Result<usize, sqlx::Error> {
    let mut tx = db.begin().await?;
    if !sql::lock_chain(&mut tx, town).await? {
        return Ok(0);
    }
    let (mut seq, mut hash) = sql::head(&mut tx, town).await?.unwrap_or((0, vec![0; 32]));
    let rows = sql::unsealed(&mut tx, town, BATCH).await?;
    let (mut seqs, mut entries, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for row in &rows {
        seq += 1;
        hash = link(&hash, row);
        seqs.push(seq);
        entries.push(row.id);
        hashes.push(hash.clone());
    }
    if !rows.is_empty() {
        sql::add_seals(&mut tx, town, &seqs, &entries, &hashes).await?;
    }
    tx.commit().await?;
    Ok(rows.len())
}

/// The hash of one link. The instant is in microseconds, so that no rendering can change it.
pub(super) fn link(previous: &[u8], row: &Row) -> Vec<u8> {
    let content = serde_json::json!({
        "id": row.id,
        "at": row.at.timestamp_micros().to_string(),
        "actor": row.actor_id,
        "action": row.action,
        "subject_kind": row.subject_kind,
        "subject": row.subject_id,
        "facts": row.facts,
    });
    // Canonical JSON (RFC 8785) of a value without floats cannot fail; an empty text would break the chain visibly.
    let text = serde_json_canonicalizer::to_vec(&content).unwrap_or_default();
    sha256(&[previous, &text].concat()).to_vec()
}
