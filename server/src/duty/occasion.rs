//! 事项: what is owed when something happens. The office opens it for the units it concerns, with a day and a few words; each
//! of them then has a duty like any other. Opened in error, it is taken back with a reason.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use poem_openapi::Object;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::sql_rules as sql;
use crate::access::{self, Action};
use crate::edge::{content_hash, local};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{OccasionId, UnitId};
use crate::plan::{Audience, Cadence, edit};
use crate::platform::clock;
use crate::{App, audit, notify};

/// What an occasion may be away from today: more is a slip of the keys.
const LONGEST: TimeDelta = TimeDelta::days(1_100);

/// An occasion to be opened
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct OccasionForm {
    /// Made by the client: sent twice, it is opened once.
    pub id: OccasionId,
    /// Whom it concerns; none for what the town itself owes.
    #[oai(validator(max_items = 500))]
    pub units: Vec<UnitId>,
    /// A deed counts from this day on; today if absent.
    pub opens: Option<NaiveDate>,
    pub due: NaiveDate,
    /// What it is, in a few words and without names of people.
    #[oai(validator(min_length = 2, max_length = 30))]
    pub note: String,
}

/// An occasion as it stands
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Occasion {
    pub id: OccasionId,
    pub note: String,
    pub opens: NaiveDate,
    pub due: NaiveDate,
    pub opened_at: DateTime<FixedOffset>,
    pub opened_by: String,
    /// Names of the units it concerns.
    pub units: Vec<String>,
    /// Duties still to be done.
    pub open: i64,
    pub done: i64,
    pub withdrawn_at: Option<DateTime<FixedOffset>>,
    pub withdrawn_reason: Option<String>,
}

/// The occasions of a rule, the newest first.
pub async fn list(app: &App, caller: &Caller, code: &str) -> ApiResult<Vec<Occasion>> {
    access::check_town(caller, Action::WritePlan)?;
    let rows = sql::occasions(&app.db, caller.town, code).await?;
    let views = rows.into_iter().map(|row| Occasion {
        id: OccasionId(row.id),
        note: row.note,
        opens: row.opens_on,
        due: row.due_on,
        opened_at: local(row.opened_at),
        opened_by: row.opened_by,
        units: row.units,
        open: row.open,
        done: row.done,
        withdrawn_at: row.withdrawn_at.map(local),
        withdrawn_reason: row.withdrawn_reason,
    });
    Ok(views.collect())
}

/// Whom an occasion of a rule for this audience may concern; nobody is chosen for what the town itself owes.
pub async fn choices(app: &App, caller: &Caller, audience: Audience) -> ApiResult<Vec<(UnitId, String)>> {
    access::check_town(caller, Action::WritePlan)?;
    let Some(kind) = kind_of(audience).filter(|kind| *kind != "town") else { return Ok(Vec::new()) };
    let rows = sql::units_of_kind(&app.db, caller.town, kind, clock::today(app.clock.now())).await?;
    Ok(rows.into_iter().map(|row| (UnitId(row.id), row.name)).collect())
}

/// Opens an occasion of the rule of this code; a repeat of the same changes nothing.
pub async fn open(
    tx: &mut PgConnection,
    caller: &Caller,
    code: &str,
    form: &OccasionForm,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    access::check_town(caller, Action::WritePlan)?;
    let (town, today) = (caller.town, clock::today(now));
    let stored = edit::stored(tx, town, code).await?;
    let mut units: Vec<_> = form.units.iter().map(|unit| unit.0).collect();
    units.sort_unstable();
    units.dedup();
    let content = json!({ "code": code, "units": units, "opens": form.opens, "due": form.due, "note": form.note.trim() });
    let hash = content_hash(&content)?;
    if let Some(known) = sql::occasion(tx, town, form.id).await? {
        return same(&known, &hash);
    }
    if stored.rule.cadence != (Cadence::Event {}) || stored.off {
        return Err(ApiError::refused("duty.not_an_event", "这项任务不是有事才办的,不能单独开一次。"));
    }
    let opens = form.opens.unwrap_or(today);
    check_days(form, opens, today)?;
    let found = sql::units(tx, town, &units).await?;
    if found.len() < units.len() {
        return Err(ApiError::not_found());
    }
    let kind = kind_of(stored.rule.audience).ok_or_else(|| unit_wrong(stored.rule.audience))?;
    let fits = |unit: &sql::UnitRow| unit.kind == kind && unit.closed_on.is_none_or(|closed| closed > today);
    if found.is_empty() || !found.iter().all(fits) {
        return Err(unit_wrong(stored.rule.audience));
    }
    let new = sql::NewOccasion {
        id: form.id,
        rule: stored.id(),
        hash: &hash,
        note: form.note.trim(),
        opens,
        due: form.due,
        by: caller.person,
    };
    if !sql::insert_occasion(tx, town, &new, now).await? {
        let known = sql::occasion(tx, town, form.id).await?.ok_or_else(ApiError::not_found)?;
        return same(&known, &hash);
    }
    let grace_last = form.due + TimeDelta::days(stored.rule.grace_days.into());
    let units: Vec<_> = found.iter().map(|unit| unit.id).collect();
    sql::insert_duties(tx, town, &new, &units, grace_last, today).await?;
    log(tx, caller, "duty.occasion_opened", form.id, &json!({ "code": code, "units": units.len() }), now)
        .await
}

/// Takes an occasion back that was opened in error. What has been handed in for it stays.
pub async fn withdraw(
    tx: &mut PgConnection,
    caller: &Caller,
    id: OccasionId,
    reason: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let known = sql::occasion(tx, caller.town, id).await?.ok_or_else(ApiError::not_found)?;
    access::check_town(caller, Action::WritePlan)?;
    if known.withdrawn_at.is_some() {
        return Err(ApiError::conflict("duty.occasion_withdrawn", "这件事已经撤回了。"));
    }
    let gone = sql::withdraw_occasion(tx, caller.town, id, caller.person, reason, now).await?;
    let subjects: Vec<notify::Subject> = gone.iter().map(|duty| ("duty", *duty)).collect();
    notify::withdraw(tx, caller.town, &subjects, now).await?;
    log(tx, caller, "duty.occasion_withdrawn", id, &json!({ "duties": gone.len() }), now).await
}

/// The kind of unit that owes it. What is a member's is not opened here: who it is about would have to be named.
fn kind_of(audience: Audience) -> Option<&'static str> {
    (!audience.is_of_a_member()).then(|| audience.unit_kind())
}

fn check_days(form: &OccasionForm, opens: NaiveDate, today: NaiveDate) -> ApiResult<()> {
    if form.due < today {
        return Err(ApiError::refused("duty.occasion_past", "办理期限已经过了,请选今天或以后的日期。"));
    }
    if form.due > today + LONGEST || opens < today - LONGEST {
        return Err(ApiError::refused("duty.occasion_far", "日期离今天太远,请核对年份。"));
    }
    if opens > form.due {
        return Err(ApiError::refused("plan.date_order", "开始日期不能晚于截止日期。"));
    }
    Ok(())
}

fn unit_wrong(audience: Audience) -> ApiError {
    ApiError::refused(
        "duty.occasion_unit",
        format!("这项任务的对象是{},请只选这一类组织。", audience.label()),
    )
}

fn same(known: &sql::StoredOccasion, hash: &[u8]) -> ApiResult<()> {
    if known.content_hash == hash {
        return Ok(());
    }
    Err(ApiError::conflict("duty.occasion_reused", "这个编号已经用于另一件事,请刷新页面后再试。"))
}

async fn log(
    tx: &mut PgConnection,
    caller: &Caller,
    action: &'static str,
    id: OccasionId,
    facts: &Value,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action,
        subject_kind: "occasion",
        subject: Some(id.0),
        facts,
    };
    audit::record(tx, entry, now).await
}
