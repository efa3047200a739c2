use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Action, Definition, Rule, Task};
use crate::ids::{PersonId, TownId};

pub async fn insert_plan(
    tx: &mut PgConnection,
    town: TownId,
    id: Uuid,
    definition: &Definition,
    start_on: NaiveDate,
    by: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into plan (town_id, id, name, source, version, issued_on, start_on, loaded_at, loaded_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        town.0,
        id,
        definition.source.title,
        definition.source.number,
        definition.version,
        definition.source.issued_on,
        start_on,
        now,
        by.map(|person| person.0),
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn insert_task(
    tx: &mut PgConnection,
    town: TownId,
    plan: Uuid,
    id: Uuid,
    position: i32,
    action: &Action,
    task: &Task,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into task (town_id, id, plan_id, code, position, action_no, action_name, item, requirement, time_node,
                           kind, lead_name, in_annex, note)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        town.0,
        id,
        plan,
        task.code,
        position,
        i32::try_from(action.no).unwrap_or_default(),
        action.name,
        task.item,
        task.requirement,
        task.time,
        task.kind.name(),
        task.lead,
        action.annex,
        task.note,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Which version of a rule, and whose.
pub struct Version {
    pub number: i32,
    pub off: bool,
    pub effective_on: Option<NaiveDate>,
    pub by: Option<PersonId>,
    /// The year into which it was carried by this version.
    pub carried_to: Option<i32>,
    /// Why it was let fall.
    pub note: String,
}

impl Version {
    /// As the plan brings it.
    pub const FIRST: Self =
        Self { number: 1, off: false, effective_on: None, by: None, carried_to: None, note: String::new() };
}

pub async fn insert_rule(
    tx: &mut PgConnection,
    town: TownId,
    task: Uuid,
    rule: &Rule,
    version: &Version,
    now: DateTime<Utc>,
) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::now_v7();
    let types: Vec<String> = rule.meeting_types.iter().map(|kind| kind.name().to_owned()).collect();
    let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let cadence = serde_json::to_value(&rule.cadence).unwrap_or_default();
    let conditions = serde_json::to_value(&rule.applies).unwrap_or_default();
    sqlx::query!(
        "insert into rule (town_id, id, task_id, code, version, title, cadence, audience, holder, conditions,
                           record_kind, meeting_types, place, photos_required, counts, grace_days, reviewer, minutes,
                           first_on, created_at, source, ladder, off, effective_on, changed_by, enough, carried_to, note)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                 $23, $24, $25, $26, $27, $28)",
        town.0,
        id,
        task,
        rule.code,
        version.number,
        rule.title,
        cadence,
        rule.audience.name(),
        rule.audience.holder().name(),
        conditions,
        rule.record.name(),
        &types,
        rule.place.map(super::Place::name),
        number(rule.photos_required),
        rule.counts.name(),
        number(rule.grace_days),
        rule.reviewer.name(),
        number(rule.minutes),
        rule.first,
        now,
        rule.source,
        rule.ladder.name(),
        version.off,
        version.effective_on,
        version.by.map(|person| person.0),
        rule.enough.name(),
        version.carried_to,
        version.note,
    )
    .execute(tx)
    .await?;
    Ok(id)
}

pub async fn supersede(
    tx: &mut PgConnection,
    town: TownId,
    rule: Uuid,
    today: NaiveDate,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update rule set superseded_on = $3 where town_id = $1 and id = $2", town.0, rule, today,)
        .execute(tx)
        .await?;
    Ok(())
}

/// Names the lead of a task and of the blank ones after it in the same item.
pub async fn set_lead(
    tx: &mut PgConnection,
    town: TownId,
    code: &str,
    lead: Option<PersonId>,
    name: &str,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "with named as (
             select t.id, t.plan_id, t.action_no, t.item, t.position from task t
             join plan p on p.town_id = t.town_id and p.id = t.plan_id and p.active
             where t.town_id = $1 and t.code = $2
         ), done as (
             update task t set lead_id = $3, lead_name = $4 from named n
             where t.town_id = $1 and t.plan_id = n.plan_id
               and (t.id = n.id or (t.action_no = n.action_no and t.item = n.item and t.position > n.position
                                    and t.lead_name is null))
         )
         select id from named",
        town.0,
        code,
        lead.map(|person| person.0),
        name,
    )
    .fetch_optional(tx)
    .await
}

pub struct TaskRow {
    pub plan_name: String,
    pub code: String,
    pub action_no: i32,
    pub action_name: String,
    pub item: String,
    pub requirement: String,
    pub time_node: String,
    pub kind: String,
    pub in_annex: bool,
    pub lead_name: Option<String>,
    pub lead_id: Option<Uuid>,
    pub note: String,
    pub rules: Value,
}

/// The active plan's tasks with their rules in force.
pub async fn tasks(db: &PgPool, town: TownId) -> Result<Vec<TaskRow>, sqlx::Error> {
    sqlx::query_as!(
        TaskRow,
        r#"select p.name as plan_name, t.code, t.action_no, t.action_name, t.item, t.requirement, t.time_node, t.kind,
                  t.in_annex, t.lead_name, t.lead_id, t.note,
                  coalesce((select jsonb_agg(jsonb_build_object('code', r.code, 'version', r.version, 'title', r.title,
                        'cadence', r.cadence, 'record_kind', r.record_kind, 'photos_required', r.photos_required,
                        'counts', r.counts, 'grace_days', r.grace_days, 'minutes', r.minutes, 'audience', r.audience,
                        'reviewer', r.reviewer, 'ladder', r.ladder, 'off', r.off, 'source', r.source) order by r.code)
                    from rule r where r.town_id = t.town_id and r.task_id = t.id and r.superseded_on is null),
                    '[]') as "rules!"
           from task t join plan p on p.town_id = t.town_id and p.id = t.plan_id
           where t.town_id = $1 and p.active and t.dropped_on is null order by t.position, t.code"#,
        town.0,
    )
    .fetch_all(db)
    .await
}
