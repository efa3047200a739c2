use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::Days;
use crate::ids::TownId;

/// A duty as it stands, with what its rule says of it.
#[derive(Debug, Clone, Deserialize)]
pub struct DutyRow {
    pub id: Uuid,
    pub rule_id: Uuid,
    pub rule_code: String,
    pub task_code: String,
    pub title: String,
    pub unit_id: Uuid,
    pub subject_id: Uuid,
    pub window_key: String,
    pub window_first: NaiveDate,
    pub window_last: Option<NaiveDate>,
    pub grace_last: Option<NaiveDate>,
    pub state: String,
    /// Somebody has proposed something that is not decided.
    pub pending: bool,
    /// Each of its holders owes a share of their own.
    pub each: bool,
}

pub struct OutlookRow {
    pub start_on: Option<NaiveDate>,
    pub rules: Value,
    pub units: Value,
    pub mobile: Value,
    pub facts: Value,
    pub former: Value,
    pub scope_units: Value,
    pub duties: Value,
}

/// All of it in one statement: a reader sees rules, facts and duties of the same moment.
pub async fn outlook(
    db: impl PgExecutor<'_>,
    town: TownId,
    days: Days<'_>,
) -> Result<OutlookRow, sqlx::Error> {
    sqlx::query_as!(
        OutlookRow,
        r#"with seen as materialized (
               select u.id, u.name, u.path, u.closed_on from unit u
               where u.town_id = $1 and exists (
                   select from unnest($2::text[], $3::text[]) s (f, t)
                   where u.path >= s.f collate "C" and u.path < s.t collate "C"))
           select g.start_on, g.rules as "rules!", g.units as "units!", g.mobile as "mobile!", g.facts as "facts!",
               g.former as "former!",
               coalesce((select jsonb_agg(jsonb_build_object('id', id, 'name', name, 'path', path))
                from seen), '[]') as "scope_units!",
               coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'rule_id', d.rule_id, 'rule_code', r.code,
                    'task_code', t.code, 'title', coalesce(r.title || ':' || d.note, r.title), 'unit_id', d.unit_id, 'subject_id', d.subject_id,
                    'window_key', d.window_key, 'window_first', d.window_first, 'window_last', d.window_last,
                    'grace_last', d.grace_last, 'state', d.state, 'pending', exists (
                        select from excuse e where e.town_id = d.town_id and e.duty_id = d.id and e.decision is null),
                    'each', r.enough = 'each')
                    order by d.window_last nulls last, t.position, v.path, d.id)
                from duty d join seen v on v.id = d.unit_id
                join rule r on r.town_id = d.town_id and r.id = d.rule_id
                join task t on t.town_id = r.town_id and t.id = r.task_id
                where d.town_id = $1
                  and (d.window_last between $4 and $5 or d.postponed_from between $4 and $5
                       or $6 and d.window_last is null)), '[]') as "duties!"
           from duty_ground($1) g"#,
        town.0,
        &days.scope.from,
        &days.scope.to,
        days.from,
        days.until,
        days.undated,
    )
    .fetch_one(db)
    .await
}
