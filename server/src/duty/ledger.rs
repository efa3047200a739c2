//! Who owes what: the list of duties as the phone and the office read it.

use std::collections::HashMap;

use chrono::NaiveDate;
use poem_openapi::Object;
use uuid::Uuid;

use super::excuse::ExcuseKind;
use super::sql_list;
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{DutyId, PersonId, RecordId, UnitId};
use crate::named::named;
use crate::platform::clock;

/// Duties of a page.
const PAGE: usize = 100;

named! {
    /// How a duty stands, in one word.
    pub enum Status {
        Upcoming = "upcoming" "未开始",
        Open = "open" "待办",
        Grace = "grace" "宽限期内",
        Overdue = "overdue" "已过期限,可补录",
        Returned = "returned" "退回待补正",
        Submitted = "submitted" "已交待审",
        Met = "met" "已办结",
        Excused = "excused" "免办",
        NotApplicable = "not_applicable" "不适用",
    }
}

/// 待办事项
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct DutyLine {
    pub id: DutyId,
    pub task_code: String,
    pub title: String,
    pub unit_id: UnitId,
    pub unit_name: String,
    /// The member it is about.
    pub person_id: Option<PersonId>,
    pub first: NaiveDate,
    /// Absent for 立即: no date, nothing to be late for.
    pub last: Option<NaiveDate>,
    pub status: Status,
    /// `on_time` or `late`, once received.
    pub verdict: Option<String>,
    pub return_due: Option<NaiveDate>,
    pub record_id: Option<RecordId>,
    /// Which form fulfils it.
    pub record_kind: String,
    pub meeting_types: Vec<String>,
    pub place: Option<String>,
    pub photos_required: i32,
    /// I hold it; otherwise I may help.
    pub mine: bool,
}

/// A duty and where it comes from.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct DutyView {
    #[oai(flatten)]
    pub line: DutyLine,
    pub item: String,
    pub requirement: String,
    /// 时间节点
    pub time: String,
    /// 责任人, or 待确认
    pub lead: String,
    /// 文号
    pub source: String,
    /// `receipt` 收到即算 or `acceptance` 审核通过才算
    pub counts: String,
    pub minutes: i32,
    pub excuse_pending: bool,
    /// It was handed over to somebody.
    pub handed_over: bool,
    /// What was asked for last, unless it was withdrawn or taken back.
    pub excuse: Option<ExcuseAsked>,
}

/// 免办、不适用 or 延期, asked for with a reason.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ExcuseAsked {
    pub kind: ExcuseKind,
    /// 免办……
    pub label: String,
    pub reason: String,
    /// Postponed: to this day.
    pub new_last: Option<NaiveDate>,
    /// `approved`, `refused` or `lapsed`; absent while it waits.
    pub decision: Option<String>,
    /// The caller has asked for it.
    pub mine: bool,
    /// It is part of a batch, which is withdrawn and decided as one.
    pub batch: bool,
}

#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct DutyPage {
    pub duties: Vec<DutyLine>,
    /// Send as `after` for the next page.
    pub next: Option<String>,
}

/// 无人认领 or 联系不上
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct UnreachedDuty {
    pub duty_id: DutyId,
    pub title: String,
    pub unit_id: UnitId,
    pub unit_name: String,
    pub holder_id: Option<PersonId>,
    pub holder: Option<String>,
    /// 无人认领 / 联系不上
    pub why: String,
    pub last: Option<NaiveDate>,
}

/// Which duties of the caller's units.
#[derive(Default)]
pub struct Wanted {
    pub unit: Option<UnitId>,
    /// Only those past their grace with nothing received.
    pub overdue: bool,
    /// As `next` gave it.
    pub after: Option<String>,
}

/// Duties of the caller's units, by their last day.
pub async fn page(app: &App, caller: &Caller, wanted: Wanted) -> ApiResult<DutyPage> {
    let today = clock::today(app.clock.now());
    let scope = access::scope(caller, Action::ReadDuties)?;
    let after = wanted.after.map(|text| cursor(&text).ok_or_else(bad_cursor)).transpose()?;
    let filter = sql_list::Filter {
        unit: wanted.unit,
        state: None,
        overdue_on: wanted.overdue.then_some(today),
        after,
        limit: i64::try_from(PAGE + 1).map_err(ApiError::internal)?,
    };
    let rows = sql_list::list(&app.db, caller.town, &scope, &filter).await?;
    let more = rows.len() > PAGE;
    let duties: Vec<DutyLine> = rows.into_iter().take(PAGE).map(|row| DutyLine::new(row, today)).collect();
    let next = duties.last().filter(|_| more).map(|line| {
        let last = line.last.map_or_else(|| "9999-12-31".to_owned(), |last| last.to_string());
        format!("{last}_{}", line.id)
    });
    Ok(DutyPage { duties, next })
}

/// One duty in the caller's units, or their own, and where it comes from.
pub async fn one(app: &App, caller: &Caller, duty: DutyId) -> ApiResult<DutyView> {
    let today = clock::today(app.clock.now());
    let scope = access::scope_or_none(caller, Action::ReadDuties, |_| true);
    let row = sql_list::detail(&app.db, caller, &scope, duty).await?.ok_or_else(ApiError::not_found)?;
    Ok(DutyView {
        line: DutyLine::new(row.line, today),
        item: row.item,
        requirement: row.requirement,
        time: row.time_node,
        lead: row.lead_name.unwrap_or_else(|| "待确认".to_owned()),
        source: row.source,
        counts: row.counts,
        minutes: row.minutes,
        excuse_pending: row.excuse.as_ref().is_some_and(|one| one.decision.is_none()),
        handed_over: row.is_delegated,
        excuse: row.excuse.map(|one| {
            let kind = ExcuseKind::parse(&one.kind).unwrap_or(ExcuseKind::Excused);
            ExcuseAsked {
                kind,
                label: kind.label().into(),
                reason: one.reason,
                new_last: one.new_last,
                decision: one.decision,
                mine: one.proposed_by == caller.person.0,
                batch: one.batch_id.is_some(),
            }
        }),
    })
}

/// What a record of this kind, of this unit, can still be written for: by its last day, what has none at the end. Where
/// years of it are open, those nearest to today. A unit that is closed may still owe what was due before.
pub async fn open_for(app: &App, caller: &Caller, kind: &str, unit: UnitId) -> ApiResult<Vec<DutyLine>> {
    let today = clock::today(app.clock.now());
    let scope = access::scope_or_none(caller, Action::ReadDuties, |_| true);
    let rows = sql_list::open_for(&app.db, caller, &scope, (kind, unit), today).await?;
    Ok(rows.into_iter().map(|row| DutyLine::new(row, today)).collect())
}

/// What duties of the caller's town are called.
pub async fn titles(app: &App, caller: &Caller, duties: &[Uuid]) -> ApiResult<HashMap<Uuid, String>> {
    Ok(sql_list::titles(&app.db, caller.town, duties).await?)
}

/// Live duties of the caller's units that nobody holds, or whose holder has no WeChat bound.
pub async fn unreached(app: &App, caller: &Caller) -> ApiResult<Vec<UnreachedDuty>> {
    let today = clock::today(app.clock.now());
    let scope = access::scope(caller, Action::ReadCallList)?;
    let rows = sql_list::unreached(&app.db, caller.town, &scope, today).await?;
    let lines = rows.into_iter().map(|row| UnreachedDuty {
        why: if row.holder_id.is_some() { "联系不上" } else { "无人认领" }.into(),
        duty_id: DutyId(row.duty_id),
        title: row.title,
        unit_id: UnitId(row.unit_id),
        unit_name: row.unit_name,
        holder_id: row.holder_id.map(PersonId),
        holder: row.holder_name,
        last: row.window_last,
    });
    Ok(lines.collect())
}

impl DutyLine {
    pub(super) fn new(row: sql_list::Line, today: NaiveDate) -> Self {
        Self {
            status: status(&row, today),
            id: DutyId(row.id),
            task_code: row.task_code,
            title: row.title,
            unit_id: UnitId(row.unit_id),
            unit_name: row.unit_name,
            person_id: row.person_id.map(PersonId),
            first: row.window_first,
            last: row.window_last,
            verdict: row.verdict,
            return_due: row.return_due,
            record_id: row.record_id.map(RecordId),
            record_kind: row.record_kind,
            meeting_types: row.meeting_types,
            place: row.place,
            photos_required: row.photos_required,
            mine: row.mine,
        }
    }
}

fn status(row: &sql_list::Line, today: NaiveDate) -> Status {
    status_of(&row.state, (row.window_first, row.window_last, row.grace_last), today)
}

/// How a duty with this state and this window (first day, last day, end of grace) stands on `today`.
pub(super) fn status_of(
    state: &str,
    (first, last, grace): (NaiveDate, Option<NaiveDate>, Option<NaiveDate>),
    today: NaiveDate,
) -> Status {
    match state {
        "returned" => Status::Returned,
        "submitted" => Status::Submitted,
        "met" => Status::Met,
        "excused" => Status::Excused,
        "not_applicable" | "withdrawn" => Status::NotApplicable,
        _ if first > today => Status::Upcoming,
        _ if grace.is_some_and(|grace| grace < today) => Status::Overdue,
        _ if last.is_some_and(|last| last < today) => Status::Grace,
        _ => Status::Open,
    }
}

fn cursor(text: &str) -> Option<(NaiveDate, Uuid)> {
    let (last, id) = text.split_once('_')?;
    Some((last.parse().ok()?, Uuid::parse_str(id).ok()?))
}

fn bad_cursor() -> ApiError {
    ApiError::bad_request("request.cursor", "翻页位置不对,请从第一页重新打开。")
}
