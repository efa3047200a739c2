use chrono::{NaiveDate, TimeDelta};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

use super::excuse::{self, ExcuseKind};
use super::rungs::{self, Ladder};
use super::{sql, sql_list};
use crate::App;
use crate::access::{self, Action};
use crate::edge::Done;
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::ids::{DutyId, PersonId, RecordId, UnitId};
use crate::notify;
use crate::plan;
use crate::platform::clock;
use crate::tags::Tag;

pub struct Api;

const PAGE: usize = 100;
/// A window that opens within so many days is on the list of today.
const SOON: TimeDelta = TimeDelta::days(7);

/// How a duty stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
enum Status {
    /// 未开始
    Upcoming,
    /// 待办
    Open,
    /// 宽限期内
    Grace,
    /// 已过期限,可补录
    Overdue,
    /// 退回待补正
    Returned,
    /// 已交待审
    Submitted,
    /// 已办结
    Met,
    /// 免办
    Excused,
    /// 不适用
    NotApplicable,
}

/// 待办事项
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct DutyLine {
    id: DutyId,
    task_code: String,
    title: String,
    unit_id: UnitId,
    unit_name: String,
    /// The member it is about.
    person_id: Option<PersonId>,
    first: NaiveDate,
    /// Absent for 立即: no date, nothing to be late for.
    last: Option<NaiveDate>,
    status: Status,
    /// `on_time` or `late`, once received.
    verdict: Option<String>,
    return_due: Option<NaiveDate>,
    record_id: Option<RecordId>,
    /// Which form fulfils it.
    record_kind: String,
    meeting_types: Vec<String>,
    place: Option<String>,
    photos_required: i32,
    /// I hold it; otherwise I may help.
    mine: bool,
}

/// A duty and where it comes from.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct DutyView {
    #[oai(flatten)]
    line: DutyLine,
    item: String,
    requirement: String,
    /// 时间节点
    time: String,
    /// 责任人, or 待确认
    lead: String,
    /// 文号
    source: String,
    /// `receipt` 收到即算 or `acceptance` 审核通过才算
    counts: String,
    minutes: i32,
    excuse_pending: bool,
}

#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct DutyPage {
    duties: Vec<DutyLine>,
    /// Send as `after` for the next page.
    next: Option<String>,
}

/// 无人认领 or 联系不上
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct UnreachedDuty {
    duty_id: DutyId,
    title: String,
    unit_id: UnitId,
    unit_name: String,
    holder_id: Option<PersonId>,
    holder: Option<String>,
    /// 无人认领 / 联系不上
    why: String,
    last: Option<NaiveDate>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ExcuseForm {
    kind: ExcuseKind,
    #[oai(validator(min_length = 2, max_length = 500))]
    reason: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct DecisionForm {
    approve: bool,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct DelegateForm {
    /// Absent: back to whom it falls by rule.
    to: Option<PersonId>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct DateForm {
    opens: NaiveDate,
    due: NaiveDate,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Duty")]
impl Api {
    /// What I owe and what I may help with, soonest first.
    #[oai(path = "/duties/today", method = "get", operation_id = "duties_today")]
    async fn today(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Vec<DutyLine>>> {
        let today = clock::today(app.clock.now());
        let rows = sql_list::today(&app.reads, &auth.0, today + SOON).await?;
        Ok(Json(rows.into_iter().map(|row| DutyLine::new(row, today)).collect()))
    }

    /// Duties of my units, by their last day.
    #[oai(path = "/duties", method = "get", operation_id = "duties")]
    async fn duties(
        &self,
        auth: Auth,
        app: Data<&App>,
        unit: Query<Option<UnitId>>,
        overdue: Query<Option<bool>>,
        after: Query<Option<String>>,
    ) -> ApiResult<Json<DutyPage>> {
        let (caller, today) = (auth.0, clock::today(app.clock.now()));
        let scope = access::scope(&caller, Action::ReadDuties)?;
        let after = after.0.map(|text| cursor(&text).ok_or_else(bad_cursor)).transpose()?;
        let filter = sql_list::Filter {
            unit: unit.0,
            state: None,
            overdue_on: overdue.0.unwrap_or(false).then_some(today),
            after,
            limit: i64::try_from(PAGE + 1).map_err(ApiError::internal)?,
        };
        let rows = sql_list::list(&app.db, caller.town, &scope, &filter).await?;
        let more = rows.len() > PAGE;
        let duties: Vec<DutyLine> =
            rows.into_iter().take(PAGE).map(|row| DutyLine::new(row, today)).collect();
        let next = duties.last().filter(|_| more).map(|line| {
            let last = line.last.map_or_else(|| "9999-12-31".to_owned(), |last| last.to_string());
            format!("{last}_{}", line.id)
        });
        Ok(Json(DutyPage { duties, next }))
    }

    /// Live duties that nobody holds, or whose holder has no WeChat bound.
    #[oai(path = "/duties/unreached", method = "get", operation_id = "duties_unreached")]
    async fn unreached(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Vec<UnreachedDuty>>> {
        let (caller, today) = (auth.0, clock::today(app.clock.now()));
        let scope = access::scope(&caller, Action::ReadCallList)?;
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
        Ok(Json(lines.collect()))
    }

    /// One duty, and where it comes from.
    #[oai(path = "/duties/:duty", method = "get", operation_id = "duty")]
    async fn duty(&self, auth: Auth, app: Data<&App>, duty: Path<DutyId>) -> ApiResult<Json<DutyView>> {
        let (caller, today) = (auth.0, clock::today(app.clock.now()));
        let scope = access::scope_or_none(&caller, Action::ReadDuties, |_| true);
        let row =
            sql_list::detail(&app.db, &caller, &scope, duty.0).await?.ok_or_else(ApiError::not_found)?;
        Ok(Json(DutyView {
            line: DutyLine::new(row.line, today),
            item: row.item,
            requirement: row.requirement,
            time: row.time_node,
            lead: row.lead_name.unwrap_or_else(|| "待确认".to_owned()),
            source: row.source,
            counts: row.counts,
            minutes: row.minutes,
            excuse_pending: row.excuse_pending,
        }))
    }

    /// Propose to let a duty off, with a reason.
    #[oai(path = "/duties/:duty/excuse", method = "post", operation_id = "propose_excuse")]
    async fn propose_excuse(
        &self,
        auth: Auth,
        app: Data<&App>,
        duty: Path<DutyId>,
        form: Json<ExcuseForm>,
    ) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        excuse::propose(&mut tx, &caller, duty.0, form.kind, form.reason.trim(), now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }

    /// Decide the proposal that is open. Not by whoever proposed it.
    #[oai(path = "/duties/:duty/excuse/decide", method = "post", operation_id = "decide_excuse")]
    async fn decide_excuse(
        &self,
        auth: Auth,
        app: Data<&App>,
        duty: Path<DutyId>,
        form: Json<DecisionForm>,
    ) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        excuse::decide(&mut tx, &caller, duty.0, form.approve, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }

    /// Hand a duty to somebody of the unit, or take it back.
    #[oai(path = "/duties/:duty/delegate", method = "post", operation_id = "delegate_duty")]
    async fn delegate(
        &self,
        auth: Auth,
        app: Data<&App>,
        duty: Path<DutyId>,
        form: Json<DelegateForm>,
    ) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        excuse::delegate(&mut tx, &caller, duty.0, form.to, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }

    /// Give a rule a date: 立即 gets a deadline, a date past at issue a new one. Its duties follow at once.
    #[oai(path = "/plan/rules/:code/date", method = "put", operation_id = "set_rule_date")]
    async fn set_date(
        &self,
        auth: Auth,
        app: Data<&App>,
        code: Path<String>,
        form: Json<DateForm>,
    ) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        access::check_town(&caller, Action::WritePlan)?;
        let mut tx = app.db.begin().await?;
        let old =
            plan::set_date(&mut tx, caller.town, caller.person, &code, form.opens, form.due, now).await?;
        let met = sql::date_was_set(&mut tx, caller.town, old, now).await?;
        let met: Vec<notify::Subject> = met.into_iter().map(|duty| ("duty", duty)).collect();
        notify::withdraw(&mut tx, caller.town, &met, now).await?;
        super::generate(&mut tx, caller.town, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }

    /// When reminders come, in words: each ladder, the first reminder first.
    #[oai(path = "/me/reminders/rungs", method = "get", operation_id = "reminder_rungs")]
    async fn rungs(&self, _auth: Auth) -> Json<Vec<Ladder>> {
        Json(rungs::ladders())
    }
}

impl DutyLine {
    fn new(row: sql_list::Line, today: NaiveDate) -> Self {
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
    match row.state.as_str() {
        "returned" => Status::Returned,
        "submitted" => Status::Submitted,
        "met" => Status::Met,
        "excused" => Status::Excused,
        "not_applicable" | "withdrawn" => Status::NotApplicable,
        _ if row.window_first > today => Status::Upcoming,
        _ if row.grace_last.is_some_and(|grace| grace < today) => Status::Overdue,
        _ if row.window_last.is_some_and(|last| last < today) => Status::Grace,
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
