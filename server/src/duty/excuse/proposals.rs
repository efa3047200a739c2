//! The queue of proposals: what waits to be decided, and what was decided and may be taken back. A batch is one line.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use poem_openapi::Object;
use sqlx::PgPool;
use uuid::Uuid;

use super::ExcuseKind;
use crate::App;
use crate::access::{self, Action, Scope};
use crate::edge::{Cursor, local};
use crate::error::ApiResult;
use crate::identity::Caller;
use crate::ids::{BatchId, DutyId, TownId};

/// Lines of a page.
const PAGE: i64 = 50;

/// 申请
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Proposal {
    /// The one duty it is about; absent for a batch.
    pub duty_id: Option<DutyId>,
    pub batch_id: Option<BatchId>,
    pub kind: ExcuseKind,
    /// 免办……
    pub label: String,
    pub reason: String,
    /// The first of its duties.
    pub title: String,
    pub unit_name: String,
    /// How many duties of the caller's units.
    pub duties: i64,
    pub units: i64,
    /// The first of the last days.
    pub last: Option<NaiveDate>,
    pub new_last: Option<NaiveDate>,
    pub proposed_by: String,
    pub proposed_at: DateTime<FixedOffset>,
    /// `approved`, `refused`, `lapsed` or `withdrawn`; absent while it waits.
    pub decision: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<FixedOffset>>,
    pub undone_at: Option<DateTime<FixedOffset>>,
    /// The caller may decide it: somebody else has proposed it.
    pub mine_to_decide: bool,
    /// The caller has proposed it, and may withdraw it while it waits.
    pub mine: bool,
}

#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Proposals {
    pub proposals: Vec<Proposal>,
    /// Send as `after` for the next page.
    pub next: Option<String>,
}

/// Proposals about duties of the caller's units, the newest first: those that wait, or those decided.
pub async fn list(app: &App, caller: &Caller, decided: bool, after: Option<&str>) -> ApiResult<Proposals> {
    let scope = access::scope(caller, Action::ProposeExcuse)?;
    let may_decide = access::check_any(caller, Action::DecideExcuse).is_ok();
    let mut rows = lines(&app.db, caller.town, &scope, decided, Cursor::read(after)?).await?;
    let more = rows.len() > usize::try_from(PAGE).unwrap_or_default();
    rows.truncate(usize::try_from(PAGE).unwrap_or_default());
    let last = rows.last().filter(|_| more);
    let next = last.map(|row| Cursor { at: row.proposed_at, id: row.id }.to_string());
    let proposals = rows.into_iter().map(|row| {
        let kind = ExcuseKind::parse(&row.kind).unwrap_or(ExcuseKind::Excused);
        Proposal {
            duty_id: row.duty_id.filter(|_| !row.is_batch).map(DutyId),
            batch_id: row.is_batch.then_some(BatchId(row.id)),
            kind,
            label: kind.label().into(),
            reason: row.reason,
            title: row.title.unwrap_or_default(),
            unit_name: row.unit_name.unwrap_or_default(),
            duties: row.duties,
            units: row.units,
            last: row.last,
            new_last: row.new_last,
            mine: row.proposer_id == caller.person.0,
            mine_to_decide: may_decide && row.decision.is_none() && row.proposer_id != caller.person.0,
            proposed_by: row.proposed_by,
            proposed_at: local(row.proposed_at),
            decision: row.decision,
            decided_by: row.decided_by,
            decided_at: row.decided_at.map(local),
            undone_at: row.undone_at.map(local),
        }
    });
    Ok(Proposals { proposals: proposals.collect(), next })
}

struct Line {
    id: Uuid,
    is_batch: bool,
    duty_id: Option<Uuid>,
    kind: String,
    reason: String,
    title: Option<String>,
    unit_name: Option<String>,
    duties: i64,
    units: i64,
    last: Option<NaiveDate>,
    new_last: Option<NaiveDate>,
    proposer_id: Uuid,
    proposed_by: String,
    proposed_at: DateTime<Utc>,
    decision: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    undone_at: Option<DateTime<Utc>>,
}

/// What waits is only about duties that are still owed: a proposal about one that is over has nothing to decide.
async fn lines(
    db: &PgPool,
    town: TownId,
    scope: &Scope,
    decided: bool,
    after: Option<Cursor>,
) -> Result<Vec<Line>, sqlx::Error> {
    let (at, id) = after.map(|cursor| (cursor.at, cursor.id)).unzip();
    sqlx::query_as!(
        Line,
        r#"select q.id as "id!", q.is_batch as "is_batch!", q.duty_id, q.kind as "kind!", q.reason as "reason!", q.title,
               q.unit_name, q.duties as "duties!", q.units as "units!", q.last, q.new_last,
               q.proposed_by as "proposer_id!", w.name as proposed_by, q.proposed_at as "proposed_at!", q.decision,
               z.name as "decided_by?", q.decided_at, q.undone_at
           from (
               select coalesce(e.batch_id, e.id) as id, e.batch_id is not null as is_batch, e.kind, e.reason,
                   e.proposed_by, e.proposed_at, (array_agg(d.id order by d.window_last, d.id))[1] as duty_id,
                   (array_agg(coalesce(r.title || ':' || d.note, r.title) order by d.window_last, d.id))[1] as title,
                   (array_agg(u.name order by d.window_last, d.id))[1] as unit_name,
                   count(*) as duties, count(distinct d.unit_id) as units,
                   min(coalesce(e.before_last, d.window_last)) as last,
                   max(e.new_last) as new_last, min(e.decision) as decision,
                   (array_agg(e.decided_by) filter (where e.decided_by is not null))[1] as decided_by,
                   max(e.decided_at) as decided_at, max(e.undone_at) as undone_at
               from excuse e
               join duty d on d.town_id = e.town_id and d.id = e.duty_id
               join rule r on r.town_id = d.town_id and r.id = d.rule_id
               join unit u on u.town_id = d.town_id and u.id = d.unit_id
               where e.town_id = $1 and (e.decision is not null) = $4
                 and ($4 or d.state in ('open', 'returned', 'submitted'))
                 and exists (select from unnest($2::text[], $3::text[]) s (f, t)
                             where u.path >= s.f collate "C" and u.path < s.t collate "C")
               group by coalesce(e.batch_id, e.id), e.batch_id is not null, e.kind, e.reason, e.proposed_by, e.proposed_at
           ) q
           join person w on w.town_id = $1 and w.id = q.proposed_by
           left join person z on z.town_id = $1 and z.id = q.decided_by
           where $5::timestamptz is null or (q.proposed_at, q.id) < ($5, $6::uuid)
           order by q.proposed_at desc, q.id desc limit $7"#,
        town.0,
        &scope.from,
        &scope.to,
        decided,
        at,
        id,
        PAGE + 1,
    )
    .fetch_all(db)
    .await
}
