use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::town::Owed;
use crate::ids::TownId;

/// Rows of one statement: enough to be fast, few enough that neither side holds a large town's year at once.
const CHUNK: usize = 10_000;

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
    fn of(duties: &[&Owed]) -> Self {
        Self {
            rules: duties.iter().map(|duty| duty.rule).collect(),
            units: duties.iter().map(|duty| duty.unit).collect(),
            people: duties.iter().map(|duty| duty.person).collect(),
            subjects: duties.iter().map(|duty| duty.subject()).collect(),
            keys: duties.iter().map(|duty| duty.window.key.clone()).collect(),
            first: duties.iter().map(|duty| duty.window.first).collect(),
            last: duties.iter().map(|duty| duty.window.last).collect(),
            grace: duties.iter().map(|duty| duty.window.grace_last).collect(),
            until: duties.iter().map(|duty| duty.window.counts_until).collect(),
        }
    }
}

/// Moves what is open under a former version to the one in force: the same duty, so that drafts on phones, delegations and
/// what was told of it stay with it. So does the day it was postponed to, unless another date has come after that. Returns how
/// many were moved, and those that have another last day now.
pub async fn carry(
    tx: &mut PgConnection,
    town: TownId,
    duties: &[Owed],
) -> Result<(u64, Vec<Uuid>), sqlx::Error> {
    let moved: Vec<&Owed> = duties.iter().filter(|duty| duty.carried.is_some()).collect();
    if moved.is_empty() {
        return Ok((0, Vec::new()));
    }
    let ids: Vec<Uuid> = moved.iter().filter_map(|duty| duty.carried).collect();
    let keys: Vec<String> = moved.iter().map(|duty| duty.window.key.clone()).collect();
    let rules: Vec<Uuid> = moved.iter().map(|duty| duty.rule).collect();
    let first: Vec<NaiveDate> = moved.iter().map(|duty| duty.window.first).collect();
    let last: Vec<Option<NaiveDate>> = moved.iter().map(|duty| duty.window.last).collect();
    let grace: Vec<Option<NaiveDate>> = moved.iter().map(|duty| duty.window.grace_last).collect();
    let until: Vec<Option<NaiveDate>> = moved.iter().map(|duty| duty.window.counts_until).collect();
    let done = sqlx::query!(
        r#"update duty d set rule_id = t.rule, window_key = t.key, window_first = t.first,
             window_last = case when t.put_off then d.window_last else t.last end,
             grace_last = case when t.put_off then d.grace_last else t.grace end,
             counts_until = case when t.put_off then d.counts_until else t.until end,
             postponed_from = case when t.put_off then t.last end, state = 'open', closed_at = null,
             redated = d.redated or t.redated
         from (
             select t.*, o.postponed_from is not null and (o.window_key = t.key or o.window_last > t.last) is true as put_off,
                 o.window_key <> t.key and o.window_last is distinct from t.last as redated
             from unnest($2::uuid[], $3::uuid[], $4::date[], $5::date[], $6::date[], $7::date[], $8::text[])
                 as t (id, rule, first, last, grace, until, key)
             join duty o on o.town_id = $1 and o.id = t.id) t
         where d.town_id = $1 and d.id = t.id and d.state in ('open', 'withdrawn')
           and not exists (select from duty o where o.town_id = $1 and o.rule_id = t.rule and o.subject_id = d.subject_id
                             and o.window_key = t.key)
         returning d.id, t.redated as "redated!""#,
        town.0,
        &ids,
        &rules,
        &first,
        &last as &[Option<NaiveDate>],
        &grace as &[Option<NaiveDate>],
        &until as &[Option<NaiveDate>],
        &keys,
    )
    .fetch_all(tx)
    .await?;
    let redated = done.iter().filter(|row| row.redated).map(|row| row.id).collect();
    Ok((u64::try_from(done.len()).unwrap_or(u64::MAX), redated))
}

/// Adds what is missing and never touches what is there.
pub async fn insert(
    tx: &mut PgConnection,
    town: TownId,
    duties: impl Iterator<Item = &Owed>,
    today: NaiveDate,
) -> Result<u64, sqlx::Error> {
    let mut made = 0;
    let mut duties: Vec<&Owed> = duties.collect();
    // In the order of the key: whoever inserts the same waits for the other instead of both for each other, and what lies
    // together in the index is written together.
    duties.sort_unstable_by_key(|duty| (duty.rule, duty.subject(), &duty.window.key));
    for some in duties.chunks(CHUNK) {
        made += insert_some(tx, town, &Columns::of(some), today).await?;
    }
    Ok(made)
}

async fn insert_some(
    tx: &mut PgConnection,
    town: TownId,
    columns: &Columns,
    today: NaiveDate,
) -> Result<u64, sqlx::Error> {
    let ids: Vec<Uuid> = columns.rules.iter().map(|_| Uuid::now_v7()).collect();
    let done = sqlx::query!(
        "insert into duty (town_id, id, rule_id, unit_id, person_id, window_key, window_first, window_last, grace_last,
                           counts_until, state, opened_on)
         select $1, t.id, t.rule, t.unit, t.person, t.key, t.first, t.last, t.grace, t.until,
                'open', $10
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::date[], $7::date[], $8::date[],
                     $9::date[], $11::uuid[])
             as t (rule, unit, person, key, first, last, grace, until, id)
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
        &ids,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// A duty that was withdrawn.
pub struct Withdrawn {
    pub id: Uuid,
    pub rule: Uuid,
    pub subject: Uuid,
    pub key: String,
}

/// Those of rules in force.
pub async fn withdrawn(tx: &mut PgConnection, town: TownId) -> Result<Vec<Withdrawn>, sqlx::Error> {
    sqlx::query_as!(
        Withdrawn,
        r#"select d.id, d.rule_id as rule, d.subject_id as "subject!", d.window_key as key
           from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id and r.superseded_on is null
           where d.town_id = $1 and d.state = 'withdrawn'"#,
        town.0,
    )
    .fetch_all(tx)
    .await
}

/// A fact came back while the window was open: owed again, each by its unit.
pub async fn reopen(
    tx: &mut PgConnection,
    town: TownId,
    duties: &[(Uuid, Uuid)],
) -> Result<u64, sqlx::Error> {
    let (ids, units): (Vec<Uuid>, Vec<Uuid>) = duties.iter().copied().unzip();
    let done = sqlx::query!(
        "update duty d set state = 'open', closed_at = null, unit_id = t.unit
         from unnest($2::uuid[], $3::uuid[]) as t (id, unit)
         where d.town_id = $1 and d.id = t.id and d.state = 'withdrawn'",
        town.0,
        &ids,
        &units,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// A fact went away while the window was open: no longer owed, unless somebody has worked on it already, if only on a share of
/// it. The same whether that is noticed at once or, after an outage, when the window has closed.
pub async fn withdraw(
    tx: &mut PgConnection,
    town: TownId,
    duties: &[Owed],
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let columns = Columns::of(&duties.iter().collect::<Vec<_>>());
    sqlx::query_scalar!(
        "update duty d set state = 'withdrawn', closed_at = $5
         from unnest($2::uuid[], $3::uuid[], $4::text[]) as t (rule, subject, key)
         where d.town_id = $1 and d.rule_id = t.rule and d.subject_id = t.subject and d.window_key = t.key
           and d.state = 'open'
           and not exists (select from duty_share h where h.town_id = $1 and h.duty_id = d.id) returning d.id",
        town.0,
        &columns.rules,
        &columns.subjects,
        &columns.keys,
        now,
    )
    .fetch_all(tx)
    .await
}

/// Duties of a superseded rule, of a member who has come home, of a unit that is closed: withdrawn while open. Of a window that
/// has closed its last day decides, so that it does not matter when this is noticed. An occasion stays what it was opened as,
/// whatever becomes of its rule. `replaced` have been given another date.
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
           and ((r.superseded_on is not null and d.occasion_id is null
                 and (d.window_last is null or coalesce(d.postponed_from, d.window_last) >= $2 or d.id = any($4)))
                or u.closed_on <= least($2, coalesce(d.postponed_from, d.window_last))
                or (d.person_id is not null and not exists (
                    select from mobile_member m where m.town_id = d.town_id and m.person_id = d.person_id
                      and (m.returned_on is null
                           or m.returned_on > least($2, coalesce(d.postponed_from, d.window_last))))))
         returning d.id",
        town.0,
        today,
        now,
        replaced,
    )
    .fetch_all(tx)
    .await
}
