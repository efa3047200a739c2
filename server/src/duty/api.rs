use chrono::{NaiveDate, TimeDelta};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::excuse::{self, ExcuseKind, Wish};
use super::explain::{self, Explanation, NotOwed};
use super::hand_over::{self, HandedOver};
use super::ledger::{self, DutyLine, DutyPage, DutyView, UnreachedDuty, Wanted};
use super::reshape;
use super::rungs::{self, Ladder};
use super::{sql, sql_list};
use crate::App;
use crate::access::{self, Action};
use crate::edge::Done;
use crate::error::ApiResult;
use crate::identity::Auth;
use crate::ids::{DutyId, PersonId, PostId, UnitId};
use crate::notify;
use crate::plan;
use crate::platform::clock;
use crate::tags::Tag;

pub struct Api;

/// A window that opens within so many days is on the list of today.
const SOON: TimeDelta = TimeDelta::days(7);

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ExcuseForm {
    kind: ExcuseKind,
    #[oai(validator(min_length = 2, max_length = 500))]
    reason: String,
    /// Postponed: the new last day, later than the present one.
    last: Option<NaiveDate>,
    /// Postponed: days of grace; the rule's own if absent.
    grace_days: Option<u32>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct UndoForm {
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
    /// Why, for the explanation.
    #[oai(validator(max_length = 500))]
    reason: Option<String>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct HandOverForm {
    /// Who takes the post over.
    to: PersonId,
    /// Their first day; today if absent, never a day to come.
    from_on: Option<NaiveDate>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct MergeUnitForm {
    /// The branch that takes the members.
    into: UnitId,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct SplitForm {
    /// Of the new branch.
    #[oai(validator(min_length = 1, max_length = 60))]
    name: String,
    #[oai(validator(min_items = 1, max_items = 500))]
    members: Vec<PersonId>,
}

#[derive(Object)]
struct SplitOff {
    unit: UnitId,
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
        let wanted = Wanted { unit: unit.0, overdue: overdue.0.unwrap_or(false), after: after.0 };
        Ok(Json(ledger::page(&app, &auth.0, wanted).await?))
    }

    /// Live duties that nobody holds, or whose holder has no WeChat bound.
    #[oai(path = "/duties/unreached", method = "get", operation_id = "duties_unreached")]
    async fn unreached(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Vec<UnreachedDuty>>> {
        Ok(Json(ledger::unreached(&app, &auth.0).await?))
    }

    /// One duty, and where it comes from.
    #[oai(path = "/duties/:duty", method = "get", operation_id = "duty")]
    async fn duty(&self, auth: Auth, app: Data<&App>, duty: Path<DutyId>) -> ApiResult<Json<DutyView>> {
        Ok(Json(ledger::one(&app, &auth.0, duty.0).await?))
    }

    /// One duty, told whole: why it is owed, what counts, how it stands, who was told and with what result.
    #[oai(path = "/duties/:duty/explain", method = "get", operation_id = "explain_duty")]
    async fn explain(&self, auth: Auth, app: Data<&App>, duty: Path<DutyId>) -> ApiResult<Json<Explanation>> {
        Ok(Json(explain::explain(&app, &auth.0, duty.0).await?))
    }

    /// What a unit does not owe, and why not.
    #[oai(path = "/units/:unit/not-owed", method = "get", operation_id = "not_owed")]
    async fn not_owed(&self, auth: Auth, app: Data<&App>, unit: Path<UnitId>) -> ApiResult<Json<NotOwed>> {
        Ok(Json(explain::not_owed(&app, &auth.0, unit.0).await?))
    }

    /// Propose to let a duty off, or to postpone it, with a reason.
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
        let wish = Wish {
            kind: form.kind,
            reason: form.reason.trim(),
            last: form.last,
            grace_days: form.grace_days,
        };
        excuse::propose(&mut tx, &caller, duty.0, &wish, now).await?;
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

    /// Take back what was decided last, unless something has happened to the duty since.
    #[oai(path = "/duties/:duty/excuse/undo", method = "post", operation_id = "undo_excuse")]
    async fn undo_excuse(
        &self,
        auth: Auth,
        app: Data<&App>,
        duty: Path<DutyId>,
        form: Json<UndoForm>,
    ) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        excuse::undo(&mut tx, &caller, duty.0, form.reason.trim(), now).await?;
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
        let reason = form.reason.as_deref().map_or("", str::trim);
        excuse::delegate(&mut tx, &caller, duty.0, form.to, reason, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }

    /// I have spoken with whoever owes it: nobody further up is told of it any more.
    #[oai(path = "/duties/:duty/reached", method = "post", operation_id = "duty_reached")]
    async fn reached(&self, auth: Auth, app: Data<&App>, duty: Path<DutyId>) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        excuse::reached(&mut tx, &caller, duty.0, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }

    /// End a post. Its access ends at once; records stay signed with the old name and post, and what
    /// was delegated to its holder there goes back to whom it falls to.
    #[oai(path = "/posts/:post/end", method = "post", operation_id = "end_post")]
    async fn end_post(&self, auth: Auth, app: Data<&App>, post: Path<PostId>) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        hand_over::end(&mut tx, &caller, post.0, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }

    /// Hand a post to another person with everything still open of it. What was done keeps the old name.
    #[oai(path = "/posts/:post/hand-over", method = "post", operation_id = "hand_over_post")]
    async fn hand_over(
        &self,
        auth: Auth,
        app: Data<&App>,
        post: Path<PostId>,
        form: Json<HandOverForm>,
    ) -> ApiResult<Json<HandedOver>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let done = hand_over::hand_over(&mut tx, &caller, post.0, form.to, form.from_on, now).await?;
        tx.commit().await?;
        Ok(Json(done))
    }

    /// Close a unit nobody belongs to any more. What it has done stays.
    #[oai(path = "/units/:unit/close", method = "post", operation_id = "close_unit")]
    async fn close_unit(&self, auth: Auth, app: Data<&App>, unit: Path<UnitId>) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        reshape::close(&mut tx, &caller, unit.0, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }

    /// Merge a branch into another: members, groups and open duties follow, history stays.
    #[oai(path = "/units/:unit/merge", method = "post", operation_id = "merge_unit")]
    async fn merge_unit(
        &self,
        auth: Auth,
        app: Data<&App>,
        unit: Path<UnitId>,
        form: Json<MergeUnitForm>,
    ) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        reshape::merge(&mut tx, &caller, unit.0, form.into, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }

    /// Split members off a branch into a new one beside it: what they owe follows, history stays.
    #[oai(path = "/units/:unit/split", method = "post", operation_id = "split_unit")]
    async fn split_unit(
        &self,
        auth: Auth,
        app: Data<&App>,
        unit: Path<UnitId>,
        form: Json<SplitForm>,
    ) -> ApiResult<Json<SplitOff>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let unit = reshape::split(&mut tx, &caller, unit.0, &form.name, &form.members, now).await?;
        tx.commit().await?;
        Ok(Json(SplitOff { unit }))
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
        super::sql_generate::wait(&mut tx, caller.town).await?;
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
