use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::compare::Known;
use super::lines::Line;
use crate::error::{ApiError, ApiResult};
use crate::ids::{PersonId, TownId};
use crate::plan::TaskKind;
use crate::platform::clock;

/// The plan in force.
pub struct Head {
    pub id: Uuid,
    pub name: String,
    pub source: String,
    pub issued_on: NaiveDate,
    /// The codes of what only the body asks for: a table's lines do not get them.
    pub body: Vec<String>,
}

pub async fn head(tx: &mut PgConnection, town: TownId) -> Result<Option<Head>, sqlx::Error> {
    sqlx::query_as!(
        Head,
        r#"select id, name, source, issued_on,
                  array(select t.code from task t where t.town_id = p.town_id and t.plan_id = p.id and not t.in_annex) as "body!"
           from plan p where town_id = $1 and active"#,
        town.0
    )
    .fetch_optional(tx)
    .await
}

struct KnownRow {
    id: Uuid,
    code: String,
    action_no: i32,
    action_name: String,
    item: String,
    requirement: String,
    time_node: String,
    lead_name: Option<String>,
    note: String,
    position: i32,
    dropped_on: Option<NaiveDate>,
    rules: Value,
    put_away: Vec<String>,
}

/// The tasks of the annex, those that fell away among them.
pub async fn known(tx: &mut PgConnection, town: TownId, plan: Uuid) -> ApiResult<Vec<Known>> {
    let rows = sqlx::query_as!(
        KnownRow,
        r#"select t.id, t.code, t.action_no, t.action_name, t.item, t.requirement, t.time_node, t.lead_name, t.note, t.position,
                  t.dropped_on,
                  coalesce((select jsonb_agg(jsonb_build_object('code', r.code, 'version', r.version, 'title', r.title,
                        'cadence', r.cadence, 'record_kind', r.record_kind, 'photos_required', r.photos_required,
                        'counts', r.counts, 'minutes', r.minutes, 'audience', r.audience, 'reviewer', r.reviewer,
                        'off', r.off) order by r.code)
                    from rule r where r.town_id = t.town_id and r.task_id = t.id and r.superseded_on is null),
                    '[]') as "rules!",
                  array(select r.code from rule r
                        where r.town_id = t.town_id and r.task_id = t.id and r.superseded_on is null and r.off
                          -- What the release before put away has the day only.
                          and case when (t.dropped_at at time zone 'Asia/Shanghai')::date = t.dropped_on
                                   then r.created_at = t.dropped_at else r.effective_on = t.dropped_on end) as "put_away!"
           from task t where t.town_id = $1 and t.plan_id = $2 and t.in_annex order by t.position, t.code"#,
        town.0,
        plan,
    )
    .fetch_all(tx)
    .await?;
    let known = |row: KnownRow| {
        Ok(Known {
            id: row.id,
            code: row.code,
            action: u32::try_from(row.action_no).unwrap_or_default(),
            action_name: row.action_name,
            item: row.item,
            requirement: row.requirement,
            time: row.time_node,
            lead: row.lead_name,
            note: row.note,
            position: row.position,
            dropped: row.dropped_on.is_some(),
            put_away: row.put_away,
            rules: serde_json::from_value(row.rules).map_err(ApiError::internal)?,
        })
    };
    rows.into_iter().map(known).collect()
}

/// Keeps what a task has said until now.
pub async fn keep_wording(
    tx: &mut PgConnection,
    town: TownId,
    task: Uuid,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into task_wording (town_id, id, task_id, action_name, item, requirement, time_node, lead_name, note,
                                   replaced_at, replaced_by)
         select town_id, $3, id, action_name, item, requirement, time_node, lead_name, note, $4, $5
         from task where town_id = $1 and id = $2",
        town.0,
        task,
        Uuid::now_v7(),
        now,
        by.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A task as the table has it. Whoever carries it stays known as a person while the name stays.
pub async fn say(
    tx: &mut PgConnection,
    town: TownId,
    task: Uuid,
    position: i32,
    line: &Line,
    kind: TaskKind,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update task set position = $3, action_name = $4, item = $5, requirement = $6, time_node = $7, kind = $8,
                lead_id = case when lead_name is not distinct from $9 then lead_id end, lead_name = $9, note = $10,
                dropped_on = null, dropped_at = null, action_no = $11
         where town_id = $1 and id = $2",
        town.0,
        task,
        position,
        line.action_name,
        line.item,
        line.requirement,
        line.time,
        kind.name(),
        line.lead,
        line.note,
        i32::try_from(line.action).unwrap_or_default(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn drop_task(
    tx: &mut PgConnection,
    town: TownId,
    task: Uuid,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update task set dropped_on = $3, dropped_at = $4 where town_id = $1 and id = $2",
        town.0,
        task,
        clock::today(now),
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What only the body asks for comes after the table's lines.
pub async fn move_rest(
    tx: &mut PgConnection,
    town: TownId,
    plan: Uuid,
    lines: i32,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update task t set position = $3 + n.at
         from (select id, row_number() over (order by position, code)::int as at from task
               where town_id = $1 and plan_id = $2 and (not in_annex or dropped_on is not null)) n
         where t.town_id = $1 and t.id = n.id",
        town.0,
        plan,
        lines,
    )
    .execute(tx)
    .await?;
    Ok(())
}
