use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::read::Sight;
use super::reviewer::Reviewer;
use crate::ids::{PersonId, RecordId, TownId};

/// Whether the record is among those its reader may see.
pub async fn is_in_sight(
    tx: &mut PgConnection,
    sight: &Sight,
    record: RecordId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from records_in_sight($1, $2, $3, $4, $5, $6) s where s.id = $7) as "seen!""#,
        sight.town.0,
        sight.person.0,
        &sight.records.from,
        &sight.records.to,
        &sight.reports.from,
        &sight.reports.to,
        record.0,
    )
    .fetch_one(tx)
    .await
}

/// Whether the record falls to the caller, whatever its state.
pub async fn falls_to(
    tx: &mut PgConnection,
    by: &Reviewer,
    record: RecordId,
    path: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select falls_to($1, $2, $3, $4, $5, $6, $7, $8, $9) as "falls!""#,
        by.town.0,
        record.0,
        path,
        by.person.0,
        &by.roles,
        &by.posts.from,
        &by.posts.to,
        &by.unnamed.from,
        &by.unnamed.to,
    )
    .fetch_one(tx)
    .await
}

/// The roles that the rules of the record's duties name as reviewers.
pub async fn named(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select distinct ru.reviewer from record_duty rd
         join duty d on d.town_id = rd.town_id and d.id = rd.duty_id
         join rule ru on ru.town_id = d.town_id and ru.id = d.rule_id
         where rd.town_id = $1 and rd.record_id = $2 order by ru.reviewer",
        town.0,
        record.0,
    )
    .fetch_all(tx)
    .await
}

/// Everyone who wrote a version of the record that stands.
pub async fn writers(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select distinct writer_id from record_version where town_id = $1 and record_id = $2 and not conflict",
        town.0,
        record.0,
    )
    .fetch_all(tx)
    .await
}

pub struct NewReview<'a> {
    pub id: Uuid,
    pub town: TownId,
    pub record: RecordId,
    pub version: Uuid,
    pub decision: &'a str,
    pub reason: Option<&'a str>,
    pub due_on: Option<NaiveDate>,
    pub reviewer: PersonId,
}

pub async fn insert_review(
    tx: &mut PgConnection,
    review: &NewReview<'_>,
    now: DateTime<Utc>,
) -> Result<i64, sqlx::Error> {
    sqlx::query!(
        "insert into review (town_id, id, record_id, version_id, decision, reason, due_on, reviewer_id, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        review.town.0,
        review.id,
        review.record.0,
        review.version,
        review.decision,
        review.reason,
        review.due_on,
        review.reviewer.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from review where town_id = $1 and record_id = $2 and decision = $3"#,
        review.town.0,
        review.record.0,
        review.decision,
    )
    .fetch_one(tx)
    .await
}

/// Corrected after acceptance, recorded late, or entered by somebody else.
pub async fn is_flagged(tx: &mut PgConnection, town: TownId, record: RecordId) -> Result<bool, sqlx::Error> {
    let flagged = sqlx::query_scalar!(
        r#"select (r.flags <> '{}' or r.entry_channel in ('clerk', 'call', 'paper', 'visit') or exists (
                      select from record_duty rd
                      where rd.town_id = r.town_id and rd.record_id = r.id and rd.verdict = 'late')) as "flagged!"
           from record r where r.town_id = $1 and r.id = $2"#,
        town.0,
        record.0,
    )
    .fetch_optional(tx)
    .await?;
    Ok(flagged.unwrap_or(false))
}

/// What is known of a record's photos, and of whom and when they are.
pub struct PhotoFacts {
    pub kind: String,
    pub happened_on: NaiveDate,
    pub photos: Value,
}

pub async fn photos(
    tx: &mut PgConnection,
    sight: &Sight,
    record: RecordId,
) -> Result<Option<PhotoFacts>, sqlx::Error> {
    sqlx::query_as!(
        PhotoFacts,
        r#"select r.kind, r.happened_on, photo_facts($1, r.id, $2, $3, $4, $5, $6) as "photos!"
           from record r where r.town_id = $1 and r.id = $7"#,
        sight.town.0,
        sight.person.0,
        &sight.records.from,
        &sight.records.to,
        &sight.reports.from,
        &sight.reports.to,
        record.0,
    )
    .fetch_optional(tx)
    .await
}
