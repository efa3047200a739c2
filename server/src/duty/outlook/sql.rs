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
}

pub struct OutlookRow {
    pub start_on: Option<NaiveDate>,
    pub rules: Value,
    pub units: Value,
    pub scope_units: Value,
    pub mobile: Value,
    pub facts: Value,
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
           select (select start_on from plan where town_id = $1 and active) as start_on,
               coalesce((select jsonb_agg(jsonb_build_object('id', r.id, 'code', r.code, 'task_code', t.code,
                    'title', r.title, 'cadence', r.cadence, 'audience', r.audience, 'holder', r.holder,
                    'conditions', r.conditions, 'grace_days', r.grace_days, 'first_on', r.first_on)
                    order by t.position, r.code)
                from rule r join task t on t.town_id = r.town_id and t.id = r.task_id
                join plan p on p.town_id = t.town_id and p.id = t.plan_id and p.active
                where r.town_id = $1 and r.superseded_on is null and not r.off), '[]') as "rules!",
               coalesce((select jsonb_agg(jsonb_build_object('id', id, 'name', name, 'kind', kind, 'parent_id', parent_id,
                    'created_at', created_at, 'closed_on', closed_on))
                from unit where town_id = $1 and kind in ('town', 'branch', 'group', 'village')), '[]') as "units!",
               coalesce((select jsonb_agg(jsonb_build_object('id', id, 'name', name, 'path', path))
                from seen), '[]') as "scope_units!",
               coalesce((select jsonb_agg(jsonb_build_object('id', m.id, 'person_id', m.person_id,
                    'branch_id', coalesce(h.branch_id, m.branch_id), 'away_since', coalesce(h.away_since, m.away_since),
                    'returned_on', m.returned_on, 'set_at', coalesce(h.set_at,
                        m.away_since::timestamp at time zone 'Asia/Shanghai')) order by m.id, h.set_at)
                from mobile_member m
                left join mobile_history h on h.town_id = m.town_id and h.mobile_id = m.id
                where m.town_id = $1), '[]') as "mobile!",
               coalesce((select jsonb_agg(jsonb_build_object('unit_id', unit_id, 'from_on', from_on,
                    'has_committee', has_committee, 'has_groups', has_groups, 'full_members', full_members,
                    'probationary_members', probationary_members, 'set_at', set_at))
                from branch_facts where town_id = $1), '[]') as "facts!",
               coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'rule_id', d.rule_id, 'rule_code', r.code,
                    'task_code', t.code, 'title', coalesce(r.title || ':' || d.note, r.title), 'unit_id', d.unit_id, 'subject_id', d.subject_id,
                    'window_key', d.window_key, 'window_first', d.window_first, 'window_last', d.window_last,
                    'grace_last', d.grace_last, 'state', d.state, 'pending', exists (
                        select from excuse e where e.town_id = d.town_id and e.duty_id = d.id and e.decision is null))
                    order by d.window_last nulls last, t.position, v.path, d.id)
                from duty d join seen v on v.id = d.unit_id
                join rule r on r.town_id = d.town_id and r.id = d.rule_id
                join task t on t.town_id = r.town_id and t.id = r.task_id
                where d.town_id = $1
                  and (d.window_last between $4 and $5 or d.postponed_from between $4 and $5
                       or $6 and d.window_last is null)), '[]') as "duties!""#,
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
