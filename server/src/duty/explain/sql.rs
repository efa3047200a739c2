use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::access::Scope;
use crate::identity::Caller;
use crate::ids::{DutyId, UnitId};

/// Everything one explanation is made of.
pub struct Whole {
    pub unit_id: Uuid,
    pub unit_name: String,
    pub person_id: Option<Uuid>,
    pub window_first: NaiveDate,
    pub window_last: Option<NaiveDate>,
    pub grace_last: Option<NaiveDate>,
    pub counts_until: Option<NaiveDate>,
    pub state: String,
    pub verdict: Option<String>,
    pub fulfilled_at: Option<DateTime<Utc>>,
    pub opened_on: NaiveDate,
    pub return_due: Option<NaiveDate>,
    pub record_id: Option<Uuid>,
    /// The last day by the rule, where it was put off.
    pub postponed_from: Option<NaiveDate>,
    pub is_delegated: bool,
    pub rule_code: String,
    pub title: String,
    pub cadence: Value,
    pub audience: String,
    pub holder: String,
    pub conditions: Value,
    pub record_kind: String,
    pub meeting_types: Vec<String>,
    pub place: Option<String>,
    pub photos_required: i32,
    pub counts: String,
    pub reviewer: String,
    pub minutes: i32,
    pub task_code: String,
    pub action_name: String,
    pub item: String,
    pub requirement: String,
    pub time_node: String,
    pub lead_name: Option<String>,
    pub source: String,
    pub has_committee: Option<bool>,
    pub has_groups: Option<bool>,
    pub full_members: Option<i32>,
    pub probationary_members: Option<i32>,
    pub facts_from: Option<NaiveDate>,
    pub mobile_members: i64,
    /// Whether the caller may read who works in the unit.
    pub names: bool,
    pub record: Option<Value>,
    pub reviews: Value,
    pub notices: Value,
    pub calls: Value,
    pub holders: Value,
    /// Of several who hold it: one is enough, or each hands in their own.
    pub enough: String,
    pub shares: Value,
    pub excuses: Value,
}

/// One duty in scope, or the caller's own, with all that explains it. Facts are those known on the day that decides: the
/// last of the window, or today while it is open (as in the generation).
pub async fn whole(
    db: &PgPool,
    caller: &Caller,
    scope: &Scope,
    names: &Scope,
    id: DutyId,
    today: NaiveDate,
) -> Result<Option<Whole>, sqlx::Error> {
    sqlx::query_as!(
        Whole,
        r#"select d.unit_id, u.name as unit_name, d.person_id, d.window_first, d.window_last, d.grace_last,
               d.counts_until, d.state, d.verdict, d.fulfilled_at, d.opened_on, d.return_due, d.record_id, d.postponed_from,
               d.delegated_to is not null as "is_delegated!", r.code as rule_code,
               coalesce(r.title || ':' || d.note, r.title) as "title!", r.cadence, r.audience,
               r.holder, r.conditions, r.record_kind, r.meeting_types, r.place, r.photos_required, r.counts, r.enough, r.reviewer,
               r.minutes, t.code as task_code, t.action_name, t.item, t.requirement, t.time_node, t.lead_name, p.source,
               f.has_committee as "has_committee?", f.has_groups as "has_groups?", f.full_members as "full_members?",
               f.probationary_members as "probationary_members?", f.from_on as "facts_from?",
               (select count(*) from mobile_member m
                left join lateral (
                    select h.branch_id, h.away_since from mobile_history h
                    where h.town_id = m.town_id and h.mobile_id = m.id and h.set_at < day.until
                    order by h.set_at desc limit 1) k on true
                where m.town_id = d.town_id and (m.returned_on is null or m.returned_on > day.on_day)
                  and (k.branch_id is not null or not exists (
                      select from mobile_history h where h.town_id = m.town_id and h.mobile_id = m.id))
                  and coalesce(k.branch_id, m.branch_id) = day.branch
                  and coalesce(k.away_since, m.away_since) <= day.on_day) as "mobile_members!",
               exists (select from unnest($6::text[], $7::text[]) s (f, t)
                       where u.path >= s.f collate "C" and u.path < s.t collate "C") as "names!",
               (select jsonb_build_object('state', c.state, 'happened_on', c.happened_on, 'received_at', c.received_at,
                    'complete', c.completed_at is not null)
                from record c where c.town_id = d.town_id and c.id = d.record_id) as record,
               coalesce((select jsonb_agg(jsonb_build_object('decision', v.decision, 'at', v.at, 'reason', v.reason,
                    'due_on', v.due_on, 'by', w.name) order by v.at)
                from review v join person w on w.town_id = v.town_id and w.id = v.reviewer_id
                where v.town_id = d.town_id and v.record_id = d.record_id), '[]') as "reviews!",
               coalesce((select jsonb_agg(jsonb_build_object('person', n.person_id, 'name', w.name, 'rung', n.rung,
                    'kind', n.subject_kind, 'state', n.state, 'at', n.created_at, 'read', n.read_at is not null,
                    'message', case when m.marked_by is null then m.state else 'sending' end, 'finished_at', m.finished_at, 'errcode', m.errcode,
                    'sms', (select s.state from sms_notice k join sms s on s.town_id = k.town_id and s.id = k.sms_id
                            where k.town_id = n.town_id and k.notice_id = n.id)) order by n.created_at, n.id)
                from notice n join person w on w.town_id = n.town_id and w.id = n.person_id
                left join message m on m.town_id = n.town_id and m.id = n.message_id
                where n.town_id = d.town_id
                  and (n.subject_kind, n.subject_id) in (
                      select 'duty', d.id union all select 'record', d.record_id
                      union all select 'record', h.record_id from duty_share h
                      where h.town_id = d.town_id and h.duty_id = d.id
                      union all select 'excuse', coalesce(e.batch_id, e.id) from excuse e
                      where e.town_id = d.town_id and e.duty_id = d.id)), '[]') as "notices!",
               coalesce((select jsonb_agg(jsonb_build_object('person', c.person_id, 'name', w.name, 'why', c.why,
                    'at', c.created_at, 'done_at', c.done_at, 'made', c.done_by is not null) order by c.created_at, c.id)
                from call_item c left join person w on w.town_id = c.town_id and w.id = c.person_id
                where c.town_id = d.town_id and c.subject_kind = 'duty' and c.subject_id = d.id), '[]') as "calls!",
               coalesce((select jsonb_agg(jsonb_build_object('person', w.id, 'name', w.name) order by w.name, w.id)
                from duty_holders($1, $8) h join person w on w.town_id = $1 and w.id = h.holder_id
                where h.duty_id = d.id), '[]') as "holders!",
               coalesce((select jsonb_agg(jsonb_build_object('person', w.id, 'name', w.name) order by h.handed_in_at, w.id)
                from duty_share h join person w on w.town_id = h.town_id and w.id = h.person_id
                where h.town_id = d.town_id and h.duty_id = d.id and h.state <> 'returned'), '[]') as "shares!",
               coalesce((select jsonb_agg(jsonb_build_object('kind', e.kind, 'reason', e.reason, 'by', w.name, 'by_id', w.id,
                    'at', e.proposed_at, 'decision', e.decision, 'decided_by', z.name, 'decided_at', e.decided_at,
                    'new_last', e.new_last, 'undone_by', y.name, 'undone_at', e.undone_at, 'undo_reason', e.undo_reason)
                    order by e.proposed_at, e.id)
                from excuse e join person w on w.town_id = e.town_id and w.id = e.proposed_by
                left join person z on z.town_id = e.town_id and z.id = e.decided_by
                left join person y on y.town_id = e.town_id and y.id = e.undone_by
                where e.town_id = d.town_id and e.duty_id = d.id), '[]') as "excuses!"
           from duty d
           join rule r on r.town_id = d.town_id and r.id = d.rule_id
           join task t on t.town_id = r.town_id and t.id = r.task_id
           join plan p on p.town_id = t.town_id and p.id = t.plan_id
           join unit u on u.town_id = d.town_id and u.id = d.unit_id
           cross join lateral (
               select least(coalesce(d.postponed_from, d.window_last), $8::date) as on_day,
                   (least(coalesce(d.postponed_from, d.window_last), $8::date) + 1)::timestamp at time zone 'Asia/Shanghai' as until,
                   case when u.kind = 'group' then u.parent_id else u.id end as branch) day
           left join lateral (
               select b.has_committee, b.has_groups, b.full_members, b.probationary_members, b.from_on from branch_facts b
               where b.town_id = d.town_id and b.unit_id = day.branch and b.from_on <= day.on_day and b.set_at < day.until
               order by b.from_on desc, b.set_at desc limit 1) f on true
           where d.town_id = $1 and d.id = $2
             and (d.person_id = $3 or d.delegated_to = $3
                  or exists (select from unnest($4::text[], $5::text[]) s (f, t)
                             where u.path >= s.f collate "C" and u.path < s.t collate "C"))"#,
        caller.town.0,
        id.0,
        caller.person.0,
        &scope.from,
        &scope.to,
        &names.from,
        &names.to,
        today,
    )
    .fetch_optional(db)
    .await
}

/// A unit with its facts of today and the rules that address its kind.
pub struct Ruled {
    pub unit_name: String,
    pub has_committee: Option<bool>,
    pub has_groups: Option<bool>,
    pub full_members: Option<i32>,
    pub probationary_members: Option<i32>,
    pub mobile_members: i64,
    pub rules: Value,
}

/// Every rule in force for one of `audiences` (kind of unit, audience), beside the unit's facts of today; none for a unit
/// out of scope.
pub async fn rules_of(
    db: &PgPool,
    caller: &Caller,
    scope: &Scope,
    unit: UnitId,
    audiences: &[(&str, &str)],
    today: NaiveDate,
) -> Result<Option<Ruled>, sqlx::Error> {
    let (kinds, names): (Vec<String>, Vec<String>) =
        audiences.iter().map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned())).unzip();
    sqlx::query_as!(
        Ruled,
        r#"select u.name as unit_name, f.has_committee as "has_committee?", f.has_groups as "has_groups?",
               f.full_members as "full_members?", f.probationary_members as "probationary_members?",
               (select count(*) from mobile_member m
                where m.town_id = u.town_id and m.branch_id = u.branch and m.away_since <= $7
                  and (m.returned_on is null or m.returned_on > $7)) as "mobile_members!",
               coalesce((select jsonb_agg(jsonb_build_object('code', r.code, 'task_code', t.code, 'title', r.title,
                    'cadence', r.cadence, 'audience', r.audience, 'conditions', r.conditions, 'grace_days', r.grace_days,
                    'first_on', r.first_on, 'start_on', p.start_on) order by t.position, r.code)
                from plan p
                join task t on t.town_id = p.town_id and t.plan_id = p.id
                join rule r on r.town_id = t.town_id and r.task_id = t.id and r.superseded_on is null and not r.off
                join unnest($5::text[], $6::text[]) a (kind, audience) on a.kind = u.kind and a.audience = r.audience
                where p.town_id = u.town_id and p.active), '[]') as "rules!"
           from (select *, case when kind = 'group' then parent_id else id end as branch from unit) u
           left join lateral (
               select b.has_committee, b.has_groups, b.full_members, b.probationary_members from branch_facts b
               where b.town_id = u.town_id and b.unit_id = u.branch and b.from_on <= $7
               order by b.from_on desc, b.set_at desc limit 1) f on true
           where u.town_id = $1 and u.id = $2
             and exists (select from unnest($3::text[], $4::text[]) s (f, t)
                         where u.path >= s.f collate "C" and u.path < s.t collate "C")"#,
        caller.town.0,
        unit.0,
        &scope.from,
        &scope.to,
        &kinds,
        &names,
        today,
    )
    .fetch_optional(db)
    .await
}
