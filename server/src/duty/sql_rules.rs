use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::ground::{FormerDuties, former};
use crate::error::ApiResult;
use crate::ids::{OccasionId, PersonId, TownId};

/// What a rule has made so far, in all its versions since it was last carried into a new year.
pub async fn existing(tx: &mut PgConnection, town: TownId, rule: Uuid) -> ApiResult<FormerDuties> {
    let rows = sqlx::query_scalar!(
        r#"select coalesce(jsonb_agg(to_jsonb(f) order by f.id), '[]') as "rows!" from duty_former($1, $2) f"#,
        town.0,
        rule,
    )
    .fetch_one(tx)
    .await?;
    Ok(former(rows)?.remove(&rule).unwrap_or_default())
}

pub struct UnitRow {
    pub id: Uuid,
    pub kind: String,
    pub closed_on: Option<NaiveDate>,
}

/// The units of these ids; the town itself where none are asked for.
pub async fn units(tx: &mut PgConnection, town: TownId, ids: &[Uuid]) -> Result<Vec<UnitRow>, sqlx::Error> {
    sqlx::query_as!(
        UnitRow,
        "select id, kind, closed_on from unit
         where town_id = $1 and (id = any($2) or (cardinality($2::uuid[]) = 0 and kind = 'town')) order by id",
        town.0,
        ids,
    )
    .fetch_all(tx)
    .await
}

pub struct Choice {
    pub id: Uuid,
    pub name: String,
}

/// The units of a kind that are there on a day, in the tree's order.
pub async fn units_of_kind(
    db: &PgPool,
    town: TownId,
    kind: &str,
    today: NaiveDate,
) -> Result<Vec<Choice>, sqlx::Error> {
    sqlx::query_as!(
        Choice,
        "select id, name from unit
         where town_id = $1 and kind = $2 and (closed_on is null or closed_on > $3) order by path",
        town.0,
        kind,
        today,
    )
    .fetch_all(db)
    .await
}

pub struct NewOccasion<'a> {
    pub id: OccasionId,
    pub rule: Uuid,
    pub hash: &'a [u8],
    pub note: &'a str,
    pub opens: NaiveDate,
    pub due: NaiveDate,
    pub by: PersonId,
}

/// Whether it is new; waits for one of the same id under way.
pub async fn insert_occasion(
    tx: &mut PgConnection,
    town: TownId,
    new: &NewOccasion<'_>,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into occasion (town_id, id, rule_id, content_hash, note, opens_on, due_on, opened_by, opened_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict on constraint occasion_pkey do nothing",
        town.0,
        new.id.0,
        new.rule,
        new.hash,
        new.note,
        new.opens,
        new.due,
        new.by.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub async fn insert_duties(
    tx: &mut PgConnection,
    town: TownId,
    new: &NewOccasion<'_>,
    units: &[Uuid],
    grace_last: NaiveDate,
    today: NaiveDate,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into duty (town_id, id, rule_id, unit_id, window_key, window_first, window_last, grace_last, state, opened_on,
                           occasion_id, note)
         select $1, gen_random_uuid(), $2, u.id, 'occasion-' || $3::uuid, $4, $5, $6, 'open', $7, $3, $8
         from unnest($9::uuid[]) u (id)",
        town.0,
        new.rule,
        new.id.0,
        new.opens,
        new.due,
        grace_last,
        today,
        new.note,
        units,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub struct StoredOccasion {
    pub content_hash: Vec<u8>,
    pub withdrawn_at: Option<DateTime<Utc>>,
}

pub async fn occasion(
    tx: &mut PgConnection,
    town: TownId,
    id: OccasionId,
) -> Result<Option<StoredOccasion>, sqlx::Error> {
    sqlx::query_as!(
        StoredOccasion,
        "select content_hash, withdrawn_at from occasion where town_id = $1 and id = $2 for update",
        town.0,
        id.0,
    )
    .fetch_optional(tx)
    .await
}

/// Takes back what is still open of it; what was handed in stays. Returns those taken back.
pub async fn withdraw_occasion(
    tx: &mut PgConnection,
    town: TownId,
    id: OccasionId,
    by: PersonId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "with taken_back as (
             update occasion set withdrawn_by = $3, withdrawn_at = $5, withdrawn_reason = $4 where town_id = $1 and id = $2)
         update duty set state = 'withdrawn', closed_at = $5
         where town_id = $1 and occasion_id = $2 and state = 'open' returning id",
        town.0,
        id.0,
        by.0,
        reason,
        now,
    )
    .fetch_all(tx)
    .await
}

pub struct OccasionRow {
    pub id: Uuid,
    pub note: String,
    pub opens_on: NaiveDate,
    pub due_on: NaiveDate,
    pub opened_at: DateTime<Utc>,
    pub opened_by: String,
    pub withdrawn_at: Option<DateTime<Utc>>,
    pub withdrawn_reason: Option<String>,
    pub units: Vec<String>,
    pub open: i64,
    pub done: i64,
}

/// The occasions of a rule, in all its versions, the newest first.
pub async fn occasions(db: &PgPool, town: TownId, code: &str) -> Result<Vec<OccasionRow>, sqlx::Error> {
    sqlx::query_as!(
        OccasionRow,
        r#"select o.id, o.note, o.opens_on, o.due_on, o.opened_at, b.name as opened_by, o.withdrawn_at, o.withdrawn_reason,
                  array_agg(u.name order by u.path) as "units!",
                  count(*) filter (where d.state in ('open', 'returned')) as "open!",
                  count(*) filter (where d.state in ('submitted', 'met')) as "done!"
           from occasion o
           join rule r on r.town_id = o.town_id and r.id = o.rule_id
           join task t on t.town_id = r.town_id and t.id = r.task_id
           join plan p on p.town_id = t.town_id and p.id = t.plan_id and p.active
           join person b on b.town_id = o.town_id and b.id = o.opened_by
           join duty d on d.town_id = o.town_id and d.occasion_id = o.id
           join unit u on u.town_id = d.town_id and u.id = d.unit_id
           where o.town_id = $1 and r.code = $2
           group by o.town_id, o.id, b.name order by o.opened_at desc, o.id limit 200"#,
        town.0,
        code,
    )
    .fetch_all(db)
    .await
}
