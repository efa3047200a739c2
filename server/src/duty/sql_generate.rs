use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::generate::{FormerDuties, Owed, Terms};
use super::takeover::{Former, Standing};
use crate::error::{ApiError, ApiResult};
use crate::ids::TownId;
use crate::plan::{Audience, Cadence};
use crate::platform::clock;

pub async fn towns_with_plan(db: &PgPool) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select town_id from plan where active order by town_id").fetch_all(db).await
}

/// One generation per town at a time; a second one has nothing to add.
pub async fn lock(tx: &mut PgConnection, town: TownId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended('duty/generate/' || $1::text, 0)) as "got!""#,
        town.to_string(),
    )
    .fetch_one(tx)
    .await
}

pub async fn start_on(tx: &mut PgConnection, town: TownId) -> Result<Option<NaiveDate>, sqlx::Error> {
    sqlx::query_scalar!("select start_on from plan where town_id = $1 and active", town.0)
        .fetch_optional(tx)
        .await
}

/// Waits for a generation under way, so that the one that follows is not left out. Held until the transaction ends.
pub async fn wait(tx: &mut PgConnection, town: TownId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"select pg_advisory_xact_lock(hashtextextended('duty/generate/' || $1::text, 0)) as "done: ()""#,
        town.to_string(),
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

pub struct RuleRow {
    pub id: Uuid,
    pub cadence: Value,
    pub audience: String,
    pub conditions: Value,
    pub grace_days: i32,
    pub first_on: Option<NaiveDate>,
    pub effective_on: Option<NaiveDate>,
    pub off: bool,
    pub code: String,
    pub minutes: i32,
}

impl RuleRow {
    pub fn terms(self) -> ApiResult<Terms> {
        let Some(audience) = Audience::parse(&self.audience) else {
            return Err(ApiError::internal(format!("{} has no known audience", self.code)));
        };
        Ok(Terms {
            id: self.id,
            cadence: serde_json::from_value(self.cadence).map_err(ApiError::internal)?,
            audience,
            conditions: serde_json::from_value(self.conditions).map_err(ApiError::internal)?,
            grace_days: u32::try_from(self.grace_days).unwrap_or_default(),
            first_on: self.first_on,
            effective_on: self.effective_on,
            off: self.off,
        })
    }
}

pub async fn rules(tx: &mut PgConnection, town: TownId) -> Result<Vec<RuleRow>, sqlx::Error> {
    sqlx::query_as!(
        RuleRow,
        "select r.id, r.cadence, r.audience, r.conditions, r.grace_days, r.first_on, r.effective_on, r.off, r.code,
                r.minutes
         from rule r join task t on t.town_id = r.town_id and t.id = r.task_id
         join plan p on p.town_id = t.town_id and p.id = t.plan_id and p.active
         where r.town_id = $1 and r.superseded_on is null order by r.code",
        town.0,
    )
    .fetch_all(tx)
    .await
}

/// What the former versions of each rule in force have made, as far as it may bear on a window of that rule: all of what
/// is done once, and of what comes round the last year before the version came.
pub async fn former(tx: &mut PgConnection, town: TownId) -> ApiResult<HashMap<Uuid, FormerDuties>> {
    let rows = sqlx::query!(
        r#"select n.id as rule_id, o.version, o.cadence, d.id, d.subject_id as "subject_id!", d.window_key, d.window_first,
                  coalesce(d.postponed_from, d.window_last) as window_last, d.state, d.fulfilled_at
           from rule n
           join rule o on o.town_id = n.town_id and o.task_id = n.task_id and o.code = n.code and o.version < n.version
               and o.record_kind = n.record_kind
           join duty d on d.town_id = o.town_id and d.rule_id = o.id and d.occasion_id is null
           where n.town_id = $1 and n.superseded_on is null and n.version > 1
             and (d.window_last is null or coalesce(d.postponed_from, d.window_last) >= n.effective_on - 366
                  or o.cadence->>'kind' in ('once', 'immediately', 'past_at_issue'))
           order by d.id"#,
        town.0,
    )
    .fetch_all(tx)
    .await?;
    let mut found: HashMap<Uuid, FormerDuties> = HashMap::new();
    for row in rows {
        let cadence: Cadence = serde_json::from_value(row.cadence).map_err(ApiError::internal)?;
        let former = Former {
            id: row.id,
            version: row.version,
            single: cadence.is_single(),
            key: row.window_key,
            first: row.window_first,
            last: row.window_last,
            standing: Standing::of(&row.state),
            done_on: row.fulfilled_at.map(clock::today),
        };
        found.entry(row.rule_id).or_default().entry(row.subject_id).or_default().push(former);
    }
    Ok(found)
}

#[derive(Deserialize)]
pub struct UnitRow {
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub parent_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub closed_on: Option<NaiveDate>,
}

pub async fn units(tx: &mut PgConnection, town: TownId) -> Result<Vec<UnitRow>, sqlx::Error> {
    sqlx::query_as!(
        UnitRow,
        "select id, name, kind, parent_id, created_at, closed_on from unit
         where town_id = $1 and kind in ('town', 'branch', 'group', 'village')",
        town.0,
    )
    .fetch_all(tx)
    .await
}

/// What was known of an absence from `set_at` on.
#[derive(Deserialize)]
pub struct MobileRow {
    pub id: Uuid,
    pub person_id: Uuid,
    pub branch_id: Uuid,
    pub away_since: NaiveDate,
    pub returned_on: Option<NaiveDate>,
    pub set_at: DateTime<Utc>,
}

/// Absences, each as it became known and was corrected, one after the other.
pub async fn mobile(tx: &mut PgConnection, town: TownId) -> Result<Vec<MobileRow>, sqlx::Error> {
    sqlx::query_as!(
        MobileRow,
        r#"select m.id, m.person_id, coalesce(h.branch_id, m.branch_id) as "branch_id!",
                  coalesce(h.away_since, m.away_since) as "away_since!", m.returned_on,
                  coalesce(h.set_at, m.away_since::timestamp at time zone 'Asia/Shanghai') as "set_at!"
           from mobile_member m
           left join mobile_history h on h.town_id = m.town_id and h.mobile_id = m.id
           where m.town_id = $1 order by m.id, h.set_at"#,
        town.0,
    )
    .fetch_all(tx)
    .await
}

#[derive(Deserialize)]
pub struct FactsRow {
    pub unit_id: Uuid,
    pub from_on: NaiveDate,
    pub has_committee: bool,
    pub has_groups: bool,
    pub full_members: i32,
    pub probationary_members: i32,
    pub set_at: DateTime<Utc>,
}

pub async fn facts(tx: &mut PgConnection, town: TownId) -> Result<Vec<FactsRow>, sqlx::Error> {
    sqlx::query_as!(
        FactsRow,
        "select unit_id, from_on, has_committee, has_groups, full_members, probationary_members, set_at
         from branch_facts where town_id = $1",
        town.0,
    )
    .fetch_all(tx)
    .await
}

/// Duties as columns, for one statement.
struct Columns {
    rules: Vec<Uuid>,
    units: Vec<Uuid>,
    people: Vec<Option<Uuid>>,
    subjects: Vec<Uuid>,
    keys: Vec<String>,
    first: Vec<NaiveDate>,
    last: Vec<Option<NaiveDate>>,
    grace: Vec<Option<NaiveDate>>,
    until: Vec<Option<NaiveDate>>,
}

impl Columns {
    fn of(duties: &[Owed]) -> Self {
        Self {
            rules: duties.iter().map(|duty| duty.rule).collect(),
            units: duties.iter().map(|duty| duty.unit).collect(),
            people: duties.iter().map(|duty| duty.person).collect(),
            subjects: duties.iter().map(|duty| duty.person.unwrap_or(duty.unit)).collect(),
            keys: duties.iter().map(|duty| duty.window.key.clone()).collect(),
            first: duties.iter().map(|duty| duty.window.first).collect(),
            last: duties.iter().map(|duty| duty.window.last).collect(),
            grace: duties.iter().map(|duty| duty.window.grace_last).collect(),
            until: duties.iter().map(|duty| duty.window.counts_until).collect(),
        }
    }
}

/// Moves what is open under a former version to the one in force: the same duty, so that drafts on phones, delegations and
/// what was told of it stay with it. So does the day it was postponed to.
pub async fn carry(tx: &mut PgConnection, town: TownId, duties: &[Owed]) -> Result<u64, sqlx::Error> {
    let moved: Vec<&Owed> = duties.iter().filter(|duty| duty.carried.is_some()).collect();
    if moved.is_empty() {
        return Ok(0);
    }
    let ids: Vec<Uuid> = moved.iter().filter_map(|duty| duty.carried).collect();
    let rules: Vec<Uuid> = moved.iter().map(|duty| duty.rule).collect();
    let first: Vec<NaiveDate> = moved.iter().map(|duty| duty.window.first).collect();
    let last: Vec<Option<NaiveDate>> = moved.iter().map(|duty| duty.window.last).collect();
    let grace: Vec<Option<NaiveDate>> = moved.iter().map(|duty| duty.window.grace_last).collect();
    let until: Vec<Option<NaiveDate>> = moved.iter().map(|duty| duty.window.counts_until).collect();
    let done = sqlx::query!(
        "update duty d set rule_id = t.rule, window_first = t.first,
             window_last = case when d.postponed_from is null then t.last else d.window_last end,
             grace_last = case when d.postponed_from is null then t.grace else d.grace_last end,
             counts_until = case when d.postponed_from is null then t.until else d.counts_until end,
             postponed_from = case when d.postponed_from is not null then t.last end, state = 'open', closed_at = null
         from unnest($2::uuid[], $3::uuid[], $4::date[], $5::date[], $6::date[], $7::date[])
             as t (id, rule, first, last, grace, until)
         where d.town_id = $1 and d.id = t.id and d.state in ('open', 'withdrawn')
           and not exists (select from duty o where o.town_id = $1 and o.rule_id = t.rule and o.subject_id = d.subject_id
                             and o.window_key = d.window_key)",
        town.0,
        &ids,
        &rules,
        &first,
        &last as &[Option<NaiveDate>],
        &grace as &[Option<NaiveDate>],
        &until as &[Option<NaiveDate>],
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// Adds what is missing and never touches what is there.
pub async fn insert(
    tx: &mut PgConnection,
    town: TownId,
    duties: &[Owed],
    today: NaiveDate,
) -> Result<u64, sqlx::Error> {
    let columns = Columns::of(duties);
    let done = sqlx::query!(
        "insert into duty (town_id, id, rule_id, unit_id, person_id, window_key, window_first, window_last, grace_last,
                           counts_until, state, opened_on)
         select $1, gen_random_uuid(), t.rule, t.unit, t.person, t.key, t.first, t.last, t.grace, t.until,
                'open', $10
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::date[], $7::date[], $8::date[],
                     $9::date[])
             as t (rule, unit, person, key, first, last, grace, until)
         where not exists (select from duty d where d.town_id = $1 and d.rule_id = t.rule
                             and d.subject_id = coalesce(t.person, t.unit) and d.window_key = t.key)
         on conflict on constraint duty_once do nothing",
        town.0,
        &columns.rules,
        &columns.units,
        &columns.people as &[Option<Uuid>],
        &columns.keys,
        &columns.first,
        &columns.last as &[Option<NaiveDate>],
        &columns.grace as &[Option<NaiveDate>],
        &columns.until as &[Option<NaiveDate>],
        today,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// A fact came back while the window was open: owed again.
pub async fn reopen(tx: &mut PgConnection, town: TownId, duties: &[Owed]) -> Result<u64, sqlx::Error> {
    let columns = Columns::of(duties);
    let done = sqlx::query!(
        "update duty d set state = 'open', closed_at = null, unit_id = t.unit
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[]) as t (rule, subject, key, unit)
         where d.town_id = $1 and d.rule_id = t.rule and d.subject_id = t.subject and d.window_key = t.key
           and d.state = 'withdrawn'",
        town.0,
        &columns.rules,
        &columns.subjects,
        &columns.keys,
        &columns.units,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// A fact went away while the window was open: no longer owed, unless somebody has worked on it already. The same
/// whether that is noticed at once or, after an outage, when the window has closed.
pub async fn withdraw(
    tx: &mut PgConnection,
    town: TownId,
    duties: &[Owed],
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let columns = Columns::of(duties);
    sqlx::query_scalar!(
        "update duty d set state = 'withdrawn', closed_at = $5
         from unnest($2::uuid[], $3::uuid[], $4::text[]) as t (rule, subject, key)
         where d.town_id = $1 and d.rule_id = t.rule and d.subject_id = t.subject and d.window_key = t.key
           and d.state = 'open' returning d.id",
        town.0,
        &columns.rules,
        &columns.subjects,
        &columns.keys,
        now,
    )
    .fetch_all(tx)
    .await
}

/// Duties of a superseded rule, of a member who has come home, of a unit that is closed: withdrawn while open. An occasion
/// stays what it was opened as, whatever becomes of its rule. `replaced` have been given another date.
pub async fn withdraw_gone(
    tx: &mut PgConnection,
    town: TownId,
    replaced: &[Uuid],
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update duty d set state = 'withdrawn', closed_at = $3
         from rule r, unit u
         where r.town_id = d.town_id and r.id = d.rule_id and u.town_id = d.town_id and u.id = d.unit_id
           and d.town_id = $1 and d.state = 'open'
           and (d.window_last is null or coalesce(d.postponed_from, d.window_last) >= $2 or d.id = any($4))
           and ((r.superseded_on is not null and d.occasion_id is null) or u.closed_on <= $2
                or (d.person_id is not null and not exists (
                    select from mobile_member m where m.town_id = d.town_id and m.person_id = d.person_id
                      and (m.returned_on is null or m.returned_on > $2))))
         returning d.id",
        town.0,
        today,
        now,
        replaced,
    )
    .fetch_all(tx)
    .await
}
