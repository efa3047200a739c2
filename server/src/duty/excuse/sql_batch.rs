use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::batch::RuleName;
use crate::ids::{BatchId, PersonId, TownId};

/// Many duties in one go, to be written.
pub struct NewBatch<'a> {
    pub id: BatchId,
    pub hash: &'a [u8],
    pub kind: &'a str,
    pub reason: &'a str,
    pub from: NaiveDate,
    pub until: NaiveDate,
    pub delegate_to: Option<PersonId>,
    /// Its duties, with the new last day and grace of each.
    pub duties: &'a [(Uuid, Option<(NaiveDate, NaiveDate)>)],
}

/// Writes a batch with its excuses; returns the excuses' ids.
pub async fn insert_batch(
    tx: &mut PgConnection,
    town: TownId,
    batch: &NewBatch<'_>,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query!(
        "insert into excuse_batch (town_id, id, content_hash, kind, reason, from_on, until_on, proposed_by, proposed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        town.0,
        batch.id.0,
        batch.hash,
        batch.kind,
        batch.reason,
        batch.from,
        batch.until,
        by.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let ids: Vec<Uuid> = batch.duties.iter().map(|_| Uuid::now_v7()).collect();
    let duties: Vec<Uuid> = batch.duties.iter().map(|(duty, _)| *duty).collect();
    let (lasts, graces): (Vec<Option<NaiveDate>>, Vec<Option<NaiveDate>>) =
        batch.duties.iter().map(|(_, to)| to.unzip()).unzip();
    sqlx::query!(
        "insert into excuse (town_id, id, duty_id, kind, reason, new_last, new_grace, delegate_to, batch_id, proposed_by,
             proposed_at)
         select $1, t.id, t.duty, $6, $7, t.last, t.grace, $8, $9, $10, $11
         from unnest($2::uuid[], $3::uuid[], $4::date[], $5::date[]) t (id, duty, last, grace)",
        town.0,
        &ids,
        &duties,
        &lasts as &[Option<NaiveDate>],
        &graces as &[Option<NaiveDate>],
        batch.kind,
        batch.reason,
        batch.delegate_to.map(|person| person.0),
        batch.id.0,
        by.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(ids)
}

/// A batch, locked.
pub struct Batch {
    pub content_hash: Vec<u8>,
    pub kind: String,
    pub proposed_by: Uuid,
    pub decision: Option<String>,
    pub is_undone: bool,
    /// The paths of its duties' units.
    pub paths: Vec<String>,
    pub size: i64,
}

/// Waits for whoever is writing the same batch, then gives it, if there is one.
pub async fn lock_batch(
    tx: &mut PgConnection,
    town: TownId,
    id: BatchId,
) -> Result<Option<Batch>, sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('duty/batch/' || $1::text, 0))",
        id.to_string()
    )
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query_as!(
        Batch,
        r#"select b.content_hash, b.kind, b.proposed_by, b.decision, b.undone_at is not null as "is_undone!",
               array(select distinct u.path from excuse e join duty d on d.town_id = e.town_id and d.id = e.duty_id
                     join unit u on u.town_id = d.town_id and u.id = d.unit_id
                     where e.town_id = b.town_id and e.batch_id = b.id) as "paths!",
               (select count(*) from excuse e where e.town_id = b.town_id and e.batch_id = b.id) as "size!"
           from excuse_batch b where b.town_id = $1 and b.id = $2"#,
        town.0,
        id.0,
    )
    .fetch_optional(tx)
    .await
}

/// A batch's excuses, as (excuse, duty).
pub async fn of_batch(
    tx: &mut PgConnection,
    town: TownId,
    id: BatchId,
) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, duty_id from excuse where town_id = $1 and batch_id = $2 order by duty_id",
        town.0,
        id.0,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.duty_id)).collect())
}

pub async fn decide_batch(
    tx: &mut PgConnection,
    town: TownId,
    id: BatchId,
    decision: &str,
    by: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update excuse_batch set decision = $3, decided_by = $4, decided_at = $5 where town_id = $1 and id = $2",
        town.0,
        id.0,
        decision,
        by.map(|person| person.0),
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn undo_batch(
    tx: &mut PgConnection,
    town: TownId,
    id: BatchId,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update excuse_batch set undone_by = $3, undone_at = $4 where town_id = $1 and id = $2",
        town.0,
        id.0,
        by.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The ids duties of these keys (rule, subject, window) have, each in its key's place.
pub async fn by_key(
    tx: &mut PgConnection,
    town: TownId,
    keys: &[(Uuid, Uuid, String)],
) -> Result<Vec<Option<Uuid>>, sqlx::Error> {
    let rules: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
    let subjects: Vec<Uuid> = keys.iter().map(|key| key.1).collect();
    let windows: Vec<String> = keys.iter().map(|key| key.2.clone()).collect();
    sqlx::query_scalar!(
        r#"select d.id as "id?" from unnest($2::uuid[], $3::uuid[], $4::text[]) with ordinality t (rule, subject, key, no)
           left join duty d on d.town_id = $1 and d.rule_id = t.rule and d.subject_id = t.subject and d.window_key = t.key
           order by t.no"#,
        town.0,
        &rules,
        &subjects,
        &windows,
    )
    .fetch_all(tx)
    .await
}

pub async fn rules(db: &sqlx::PgPool, town: TownId) -> Result<Vec<RuleName>, sqlx::Error> {
    sqlx::query_as!(
        RuleName,
        "select r.code, r.title from rule r join task t on t.town_id = r.town_id and t.id = r.task_id
         join plan p on p.town_id = t.town_id and p.id = t.plan_id and p.active
         where r.town_id = $1 and r.superseded_on is null order by t.position, r.code",
        town.0,
    )
    .fetch_all(db)
    .await
}
