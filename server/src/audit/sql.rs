use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Entry;

pub async fn insert(
    tx: &mut PgConnection,
    id: Uuid,
    entry: &Entry<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into audit_entry (town_id, id, at, actor_id, action, subject_kind, subject_id, facts)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        entry.town.0,
        id,
        now,
        entry.actor.map(|actor| actor.0),
        entry.action,
        entry.subject_kind,
        entry.subject,
        entry.facts,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub struct Row {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub actor_id: Option<Uuid>,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: Option<Uuid>,
    pub facts: Value,
}

pub async fn towns(db: &sqlx::PgPool) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from town order by id").fetch_all(db).await
}

/// One sealer per town at a time, whoever runs it.
pub async fn lock_chain(tx: &mut PgConnection, town: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended('audit_seal/' || $1::text, 0)) as "got!""#,
        town.to_string(),
    )
    .fetch_one(tx)
    .await
}

pub async fn head(tx: &mut PgConnection, town: Uuid) -> Result<Option<(i64, Vec<u8>)>, sqlx::Error> {
    let row =
        sqlx::query!("select seq, hash from audit_seal where town_id = $1 order by seq desc limit 1", town)
            .fetch_optional(tx)
            .await?;
    Ok(row.map(|row| (row.seq, row.hash)))
}

/// Committed entries that no transaction still open can precede, in the order the chain takes.
pub async fn unsealed(tx: &mut PgConnection, town: Uuid, limit: i64) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select id, at, actor_id, action, subject_kind, subject_id, facts from audit_entry e
         where town_id = $1 and xid < pg_snapshot_xmin(pg_current_snapshot())
           and not exists (select from audit_seal s where s.town_id = e.town_id and s.entry_id = e.id)
         order by xid, id limit $2",
        town,
        limit,
    )
    .fetch_all(tx)
    .await
}

pub async fn add_seals(
    tx: &mut PgConnection,
    town: Uuid,
    seqs: &[i64],
    entries: &[Uuid],
    hashes: &[Vec<u8>],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into audit_seal (town_id, seq, entry_id, hash)
         select $1, * from unnest($2::bigint[], $3::uuid[], $4::bytea[])",
        town,
        seqs,
        entries,
        hashes,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub struct Link {
    pub seq: i64,
    pub hash: Vec<u8>,
    pub row: Row,
}

/// Sealed entries after `after`, in chain order.
pub async fn chain(db: &sqlx::PgPool, town: Uuid, after: i64, limit: i64) -> Result<Vec<Link>, sqlx::Error> {
    let rows = sqlx::query!(
        "select s.seq, s.hash, e.id, e.at, e.actor_id, e.action, e.subject_kind, e.subject_id, e.facts
         from audit_seal s join audit_entry e on e.town_id = s.town_id and e.id = s.entry_id
         where s.town_id = $1 and s.seq > $2 order by s.seq limit $3",
        town,
        after,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Link {
            seq: row.seq,
            hash: row.hash,
            row: Row {
                id: row.id,
                at: row.at,
                actor_id: row.actor_id,
                action: row.action,
                subject_kind: row.subject_kind,
                subject_id: row.subject_id,
                facts: row.facts,
            },
        })
        .collect())
}

pub async fn count_unsealed(db: &sqlx::PgPool, town: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select (select count(*) from audit_entry where town_id = $1)
                - (select count(*) from audit_seal where town_id = $1) as "n!""#,
        town,
    )
    .fetch_one(db)
    .await
}
