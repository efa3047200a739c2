use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Deserialize;
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::access::Scope;
use crate::identity::Caller;
use crate::ids::{DutyId, TownId, UnitId};

pub struct Line {
    pub id: Uuid,
    pub task_code: String,
    pub title: String,
    pub unit_id: Uuid,
    pub unit_name: String,
    pub person_id: Option<Uuid>,
    pub window_first: NaiveDate,
    pub window_last: Option<NaiveDate>,
    pub grace_last: Option<NaiveDate>,
    pub state: String,
    pub verdict: Option<String>,
    pub return_due: Option<NaiveDate>,
    pub record_id: Option<Uuid>,
    pub record_kind: String,
    pub meeting_types: Vec<String>,
    pub place: Option<String>,
    pub photos_required: i32,
    pub mine: bool,
}

/// Roles that work on what a unit owes beside whoever holds it.
const HELPERS: [&str; 5] =
    ["village_cadre", "committee_member", "first_secretary", "revitalization_officer", "village_committee"];

/// What the caller holds, and what the caller may help with in the own village or branch; soonest first.
pub async fn today(db: &PgPool, caller: &Caller, until: NaiveDate) -> Result<Vec<Line>, sqlx::Error> {
    let mut roles = Vec::new();
    let mut scope = Scope::default();
    for post in &caller.posts {
        for path in &post.paths {
            roles.push(post.role.name().to_owned());
            scope.push(path);
        }
    }
    let helpers = HELPERS.map(str::to_owned);
    // Found by what leads to the caller, then asked whether it does. The inner selects have an offset of nothing to be run
    // as written, each by an index, whatever is guessed of the lengths of the arrays.
    let mut lines = sqlx::query_as!(
        Line,
        r#"select d.id as "id!", t.code as task_code, coalesce(r.title || ':' || d.note, r.title) as "title!",
                  d.unit_id as "unit_id!", u.name as unit_name, d.person_id,
                  d.window_first as "window_first!", d.window_last, d.grace_last, d.state as "state!", d.verdict,
                  d.return_due, d.record_id, r.record_kind, r.meeting_types, r.place, r.photos_required,
                  d.own or r.holder = 'committee_member' or (d.role = r.holder and d.delegated_to is null) as "mine!"
           from (
               select d.*, p.role, p.f = v.path as at_post, false as own
               from unnest($3::text[], $4::text[], $5::text[]) p (role, f, t)
               cross join lateral (
                   select id, path from unit
                   where town_id = $1 and path >= p.f collate "C" and path < p.t collate "C" offset 0) v
               cross join lateral (
                   select * from duty
                   where town_id = $1 and unit_id = v.id and state in ('open', 'returned') and window_first <= $7
                   offset 0) d
               union all
               select d.*, null, false, true from duty d
               where d.town_id = $1 and d.delegated_to = $2 and d.state in ('open', 'returned') and d.window_first <= $7
               union all
               select d.*, 'mobile_member', false, true from duty d
               where d.town_id = $1 and d.person_id = $2 and d.state in ('open', 'returned') and d.window_first <= $7
               union all
               select d.*, 'committee_member', false, true from mobile_member m
               join duty d on d.town_id = $1 and d.person_id = m.person_id
               where m.town_id = $1 and m.contact_id = $2 and m.returned_on is null
                 and d.state in ('open', 'returned') and d.window_first <= $7
           ) d
           join rule r on r.town_id = $1 and r.id = d.rule_id
           join task t on t.town_id = $1 and t.id = r.task_id
           join unit u on u.town_id = $1 and u.id = d.unit_id
           where case
               when d.own then d.role is null or (d.role = r.holder and d.delegated_to is null)
               -- A member linked to nobody is the secretary's.
               when r.holder = 'committee_member' then d.role = 'branch_secretary' and d.at_post
                   and d.delegated_to is null
                   and exists (select from mobile_member m where m.town_id = $1 and m.person_id = d.person_id
                                 and m.contact_id is null and m.returned_on is null)
               when r.holder = 'mobile_member' then false
               -- Where each hands in, whoever does not hold it can do nothing with it.
               when r.enough = 'each' then d.role = r.holder and d.delegated_to is null
               else d.role = r.holder or d.role = any($6::text[])
           end
             -- Where each hands in, whoever has done so is through with it.
             and (r.enough = 'one' or not exists (
                 select from duty_share h
                 where h.town_id = $1 and h.duty_id = d.id and h.person_id = $2 and h.state <> 'returned'))
           order by coalesce(d.return_due, d.window_last) nulls last, t.position, u.path, d.id limit 400"#,
        caller.town.0,
        caller.person.0,
        &roles,
        &scope.from,
        &scope.to,
        &helpers,
        until,
    )
    .fetch_all(db)
    .await?;
    // Two posts may lead to the same duty, one as a help and one as its holder.
    lines.dedup_by(|again, kept| {
        kept.mine |= again.mine && again.id == kept.id;
        again.id == kept.id
    });
    lines.truncate(200);
    Ok(lines)
}

/// Which duties to list.
pub struct Filter<'a> {
    pub unit: Option<UnitId>,
    pub state: Option<&'a str>,
    /// Only those past their grace on this day, with nothing received.
    pub overdue_on: Option<NaiveDate>,
    pub after: Option<(NaiveDate, Uuid)>,
    pub limit: i64,
}

/// Duties of the units in scope, by their last day; within a day as the plan and the tree have them, like those of today.
/// A page begins after a duty: where that stands is read from the duty itself.
pub async fn list(
    db: &PgPool,
    town: TownId,
    scope: &Scope,
    filter: &Filter<'_>,
) -> Result<Vec<Line>, sqlx::Error> {
    sqlx::query_as!(
        Line,
        r#"select d.id, t.code as task_code, coalesce(r.title || ':' || d.note, r.title) as "title!", d.unit_id,
                  u.name as unit_name, d.person_id, d.window_first,
                  d.window_last, d.grace_last, d.state, d.verdict, d.return_due, d.record_id, r.record_kind,
                  r.meeting_types, r.place, r.photos_required, false as "mine!"
           from duty d
           join rule r on r.town_id = d.town_id and r.id = d.rule_id
           join task t on t.town_id = r.town_id and t.id = r.task_id
           join unit u on u.town_id = d.town_id and u.id = d.unit_id
           where d.town_id = $1 and exists (
                   select from unnest($2::text[], $3::text[]) s (f, t)
                   where u.path >= s.f collate "C" and u.path < s.t collate "C")
             and ($4::uuid is null or d.unit_id = $4) and ($5::text is null or d.state = $5)
             and d.state <> 'withdrawn'
             and ($6::date is null or (d.state = 'open' and d.grace_last < $6))
             and ($7::date is null or (coalesce(d.window_last, '9999-12-31'), t.position, u.path, d.id) > (
                   select $7::date, at.position, au.path, ad.id
                   from duty ad
                   join rule ar on ar.town_id = ad.town_id and ar.id = ad.rule_id
                   join task at on at.town_id = ar.town_id and at.id = ar.task_id
                   join unit au on au.town_id = ad.town_id and au.id = ad.unit_id
                   where ad.town_id = $1 and ad.id = $8))
           order by coalesce(d.window_last, '9999-12-31'), t.position, u.path, d.id limit $9"#,
        town.0,
        &scope.from,
        &scope.to,
        filter.unit.map(|unit| unit.0),
        filter.state,
        filter.overdue_on,
        filter.after.map(|(last, _)| last),
        filter.after.map(|(_, id)| id),
        filter.limit,
    )
    .fetch_all(db)
    .await
}

/// Duties of one unit that a record of this kind can be written for, in scope or the caller's own.
pub async fn open_for(
    db: &PgPool,
    caller: &Caller,
    scope: &Scope,
    (kind, unit): (&str, UnitId),
    today: NaiveDate,
) -> Result<Vec<Line>, sqlx::Error> {
    let mut lines = sqlx::query_as!(
        Line,
        r#"select d.id, t.code as task_code, coalesce(r.title || ':' || d.note, r.title) as "title!", d.unit_id,
                  u.name as unit_name, d.person_id, d.window_first,
                  d.window_last, d.grace_last, d.state, d.verdict, d.return_due, d.record_id, r.record_kind,
                  r.meeting_types, r.place, r.photos_required, false as "mine!"
           from duty d
           join rule r on r.town_id = d.town_id and r.id = d.rule_id
           join task t on t.town_id = r.town_id and t.id = r.task_id
           join unit u on u.town_id = d.town_id and u.id = d.unit_id
           where d.town_id = $1 and d.unit_id = $2 and r.record_kind = $3 and d.state in ('open', 'returned')
             and d.window_first <= $4
             and (d.person_id = $5 or d.delegated_to = $5
                  or exists (select from unnest($6::text[], $7::text[]) s (f, t)
                             where u.path >= s.f collate "C" and u.path < s.t collate "C"))
           order by abs(coalesce(d.window_last, $4) - $4), t.position, d.id limit 200"#,
        caller.town.0,
        unit.0,
        kind,
        today,
        caller.person.0,
        &scope.from,
        &scope.to,
    )
    .fetch_all(db)
    .await?;
    lines.sort_by_key(|line| (line.window_last.is_none(), line.window_last));
    Ok(lines)
}

pub struct Detail {
    pub line: Line,
    pub item: String,
    pub requirement: String,
    pub time_node: String,
    pub lead_name: Option<String>,
    pub source: String,
    pub counts: String,
    pub minutes: i32,
    pub is_delegated: bool,
    /// What was proposed last and neither withdrawn nor taken back.
    pub excuse: Option<AskedRow>,
}

#[derive(Debug, Deserialize)]
pub struct AskedRow {
    pub kind: String,
    pub reason: String,
    pub new_last: Option<NaiveDate>,
    pub decision: Option<String>,
    pub proposed_by: Uuid,
    pub batch_id: Option<Uuid>,
}

/// One duty in scope, or the caller's own, with what it comes from.
pub async fn detail(
    db: &PgPool,
    caller: &Caller,
    scope: &Scope,
    id: DutyId,
) -> Result<Option<Detail>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select d.id, t.code as task_code, coalesce(r.title || ':' || d.note, r.title) as "title!", d.unit_id,
                  u.name as unit_name, d.person_id, d.window_first,
                  d.window_last, d.grace_last, d.state, d.verdict, d.return_due, d.record_id, r.record_kind,
                  r.meeting_types, r.place, r.photos_required, t.item, t.requirement, t.time_node, t.lead_name,
                  p.source, r.counts, r.minutes, d.delegated_to is not null as "is_delegated!",
                  (select jsonb_build_object('kind', e.kind, 'reason', e.reason, 'new_last', e.new_last,
                       'decision', e.decision, 'proposed_by', e.proposed_by, 'batch_id', e.batch_id)
                   from excuse e
                   where e.town_id = d.town_id and e.duty_id = d.id and e.kind <> 'delegated'
                     and e.decision is distinct from 'withdrawn' and e.undone_at is null
                   order by e.decision is null desc, e.proposed_at desc, e.id desc limit 1)
                      as "excuse: Json<AskedRow>"
           from duty d
           join rule r on r.town_id = d.town_id and r.id = d.rule_id
           join task t on t.town_id = r.town_id and t.id = r.task_id
           join plan p on p.town_id = t.town_id and p.id = t.plan_id
           join unit u on u.town_id = d.town_id and u.id = d.unit_id
           where d.town_id = $1 and d.id = $2
             and (d.person_id = $3 or d.delegated_to = $3
                  or exists (select from unnest($4::text[], $5::text[]) s (f, t)
                             where u.path >= s.f collate "C" and u.path < s.t collate "C"))"#,
        caller.town.0,
        id.0,
        caller.person.0,
        &scope.from,
        &scope.to,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Detail {
        line: Line {
            id: row.id,
            task_code: row.task_code,
            title: row.title,
            unit_id: row.unit_id,
            unit_name: row.unit_name,
            person_id: row.person_id,
            window_first: row.window_first,
            window_last: row.window_last,
            grace_last: row.grace_last,
            state: row.state,
            verdict: row.verdict,
            return_due: row.return_due,
            record_id: row.record_id,
            record_kind: row.record_kind,
            meeting_types: row.meeting_types,
            place: row.place,
            photos_required: row.photos_required,
            mine: false,
        },
        item: row.item,
        requirement: row.requirement,
        time_node: row.time_node,
        lead_name: row.lead_name,
        source: row.source,
        counts: row.counts,
        minutes: row.minutes,
        is_delegated: row.is_delegated,
        excuse: row.excuse.map(|one| one.0),
    }))
}

pub struct Unreached {
    pub duty_id: Uuid,
    pub title: String,
    pub unit_id: Uuid,
    pub unit_name: String,
    pub holder_id: Option<Uuid>,
    pub holder_name: Option<String>,
    pub window_last: Option<NaiveDate>,
}

/// Live duties nobody holds, or whose holders have no WeChat bound.
pub async fn unreached(
    db: &PgPool,
    town: TownId,
    scope: &Scope,
    today: NaiveDate,
) -> Result<Vec<Unreached>, sqlx::Error> {
    sqlx::query_as!(
        Unreached,
        r#"select d.id as duty_id, coalesce(r.title || ':' || d.note, r.title) as "title!", d.unit_id,
                  u.name as unit_name, h.holder_id as "holder_id?",
                  p.name as "holder_name?", d.window_last
           from duty d
           join rule r on r.town_id = d.town_id and r.id = d.rule_id
           join unit u on u.town_id = d.town_id and u.id = d.unit_id
           left join duty_holders($1, $4) h on h.duty_id = d.id
           left join person p on p.town_id = d.town_id and p.id = h.holder_id
           where d.town_id = $1 and d.state in ('open', 'returned') and exists (
                   select from unnest($2::text[], $3::text[]) s (f, t)
                   where u.path >= s.f collate "C" and u.path < s.t collate "C")
             and not exists (select from duty_holders($1, $4) o
                   join binding b on b.town_id = $1 and b.person_id = o.holder_id and b.unbound_at is null
                   where o.duty_id = d.id)
           order by d.window_last nulls last, u.path, d.id limit 500"#,
        town.0,
        &scope.from,
        &scope.to,
        today,
    )
    .fetch_all(db)
    .await
}

pub async fn titles(db: &PgPool, town: TownId, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select d.id, coalesce(r.title || ':' || d.note, r.title) as "title!"
           from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
           where d.town_id = $1 and d.id = any($2)"#,
        town.0,
        ids,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.title)).collect())
}
