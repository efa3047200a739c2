//! Many duties in one go (a flood week): previewed, proposed by naming what the preview showed, decided as one, taken back
//! as one.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use poem_openapi::Object;
use serde_json::json;
use sqlx::{PgConnection, PgPool, PgTransaction};
use uuid::Uuid;

use super::touched::{self, Candidate};
pub use super::touched::{Choice, Preview, TouchedDuty};
use super::withdraw::{WITHDRAWN, only_own};
use super::{ExcuseKind, not_own, sql, sql_batch, tell, undo};
use crate::App;
use crate::access::{self, Action};
use crate::duty::town::Owed;
use crate::duty::{share, sql_generate};
use crate::edge::content_hash;
use crate::error::{ApiError, ApiResult, OnConstraint};
use crate::identity::Caller;
use crate::ids::{BatchId, TownId};
use crate::platform::{clock, db};
use crate::{audit, notify};

/// A proposal for many duties.
pub struct NewBatch<'a> {
    pub id: BatchId,
    pub choice: &'a Choice,
    pub reason: &'a str,
    /// The keys the preview gave, all of them or fewer.
    pub duties: &'a [String],
}

/// A rule that may be chosen.
pub struct RuleName {
    pub code: String,
    pub title: String,
}

/// The rules in force, in the annex's order.
pub async fn rules(app: &App, caller: &Caller) -> ApiResult<Vec<RuleName>> {
    access::check_any(caller, Action::ProposeExcuse)?;
    Ok(sql_batch::rules(&app.db, caller.town).await?)
}

/// What came of something done to a batch.
#[derive(Debug, Object)]
pub struct BatchDone {
    pub id: BatchId,
    /// How many duties it was done to.
    pub done: u32,
    /// How many of the batch were left as they are: over before, or changed since.
    pub left: u32,
}

/// What a choice would touch. Changes nothing.
pub async fn preview(
    tx: &mut PgConnection,
    caller: &Caller,
    choice: &Choice,
    now: DateTime<Utc>,
) -> ApiResult<Preview> {
    let (found, left) = touched::find(tx, caller, choice, clock::today(now)).await?;
    Ok(Preview { duties: found.into_iter().map(|one| one.shown).collect(), left })
}

/// Proposes a batch; handing over is done at once. The same id again is the same batch.
pub async fn propose(
    tx: &mut PgConnection,
    caller: &Caller,
    new: &NewBatch<'_>,
    now: DateTime<Utc>,
) -> ApiResult<BatchDone> {
    let hash = content_hash(&json!({ "choice": new.choice, "reason": new.reason, "duties": new.duties }))?;
    if let Some(stored) = sql_batch::lock_batch(tx, caller.town, new.id).await? {
        may(caller, Action::ProposeExcuse, &stored.paths)?;
        if stored.content_hash != hash {
            return Err(ApiError::conflict(
                "duty.batch_id_reused",
                "这个编号已经用于另一份申请,请重新打开页面再提交。",
            ));
        }
        return Ok(outcome(new.id, usize::try_from(stored.size).unwrap_or_default(), 0));
    }
    let today = clock::today(now);
    let (found, _) = touched::find(tx, caller, new.choice, today).await?;
    let named: HashSet<&str> = new.duties.iter().map(String::as_str).collect();
    if named.is_empty() {
        return Err(ApiError::refused("duty.batch_empty", "没有选中任何事项。"));
    }
    let chosen: Vec<&Candidate> = found.iter().filter(|one| named.contains(one.shown.key.as_str())).collect();
    if chosen.len() != named.len() {
        return Err(stale());
    }
    let duties = there(tx, caller.town, &chosen, today).await?;
    if let Some(to) = new.choice.to {
        // Locked by now: what they have handed in since the look above is seen here.
        let ids: Vec<Uuid> = duties.iter().map(|(duty, _)| *duty).collect();
        if !share::handed_in(tx, caller.town, to, Some(&ids)).await?.is_empty() {
            return Err(stale());
        }
    }
    let batch = sql_batch::NewBatch {
        id: new.id,
        hash: &hash,
        kind: new.choice.kind.name(),
        reason: new.reason,
        from: new.choice.from,
        until: new.choice.until,
        delegate_to: new.choice.to,
        duties: &duties,
    };
    let excuses = sql_batch::insert_batch(tx, caller.town, &batch, caller.person, now)
        .await
        .on_constraint("excuse_open_once", stale)?;
    log(
        tx,
        caller,
        "duty.batch_proposed",
        new.id,
        json!({ "kind": batch.kind, "duties": duties.len() }),
        now,
    )
    .await?;
    if new.choice.kind == ExcuseKind::Delegated {
        let ids: Vec<Uuid> = duties.iter().map(|(duty, _)| *duty).collect();
        approve(tx, caller, new.id, &excuses, &ids, None, now).await?;
    }
    Ok(outcome(new.id, duties.len(), 0))
}

fn stale() -> ApiError {
    ApiError::conflict("duty.preview_stale", "预览以后情况有变(有的已经办结,或已有别的申请),请重新预览。")
}

/// Begins the transaction of a proposal: a second press waits for the first, and finds what it kept.
pub async fn begin(db: &PgPool, batch: BatchId) -> ApiResult<PgTransaction<'static>> {
    Ok(db::begin_alone(db, batch.0).await?)
}

/// The duties of the candidates: what does not exist yet is made, as the generation would; then all are locked.
async fn there(
    tx: &mut PgConnection,
    town: TownId,
    chosen: &[&Candidate],
    today: chrono::NaiveDate,
) -> ApiResult<Vec<(Uuid, Option<(chrono::NaiveDate, chrono::NaiveDate)>)>> {
    let mut duties: Vec<_> = chosen.iter().filter_map(|one| Some((one.id?, one.to))).collect();
    let planned: Vec<_> = chosen.iter().filter_map(|one| Some((one.owed.as_ref()?, one.to))).collect();
    sql_generate::insert(tx, town, planned.iter().map(|(owed, _)| *owed), today).await?;
    let key = |owed: &Owed| (owed.rule, owed.subject(), owed.window.key.clone());
    let keys: Vec<_> = planned.iter().map(|(owed, _)| key(owed)).collect();
    let made = sql_batch::by_key(tx, town, &keys).await?;
    duties.extend(made.into_iter().zip(planned).filter_map(|(id, (_, to))| Some((id?, to))));
    duties.sort_by_key(|(id, _)| *id);
    let ids: Vec<Uuid> = duties.iter().map(|(id, _)| *id).collect();
    let live: HashSet<Uuid> = sql::lock_live(tx, town, &ids).await?.into_iter().map(|(id, _)| id).collect();
    duties.retain(|(id, _)| live.contains(id));
    Ok(duties)
}

/// Decides a batch as one. Duties that are over by now are left as they are.
pub async fn decide(
    tx: &mut PgConnection,
    caller: &Caller,
    id: BatchId,
    approved: bool,
    now: DateTime<Utc>,
) -> ApiResult<BatchDone> {
    let batch = sql_batch::lock_batch(tx, caller.town, id).await?.ok_or_else(ApiError::not_found)?;
    may(caller, Action::DecideExcuse, &batch.paths)?;
    if batch.decision.is_some() {
        return Err(ApiError::conflict("duty.batch_decided", "这份申请已经决定过了。"));
    }
    not_own(caller, batch.proposed_by)?;
    let all = sql_batch::of_batch(tx, caller.town, id).await?;
    let duties: Vec<Uuid> = all.iter().map(|(_, duty)| *duty).collect();
    let only_open = batch.kind == ExcuseKind::Postponed.name();
    let live: HashSet<Uuid> = sql::lock_live(tx, caller.town, &duties)
        .await?
        .into_iter()
        .filter(|(_, state)| !only_open || state == "open")
        .map(|(duty, _)| duty)
        .collect();
    let (fit, lapsed): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, duty)| live.contains(duty));
    let halves = |all: &[(Uuid, Uuid)]| -> (Vec<Uuid>, Vec<Uuid>) { all.iter().copied().unzip() };
    let (excuses, duties) = halves(&fit);
    if approved {
        approve(tx, caller, id, &excuses, &duties, Some(batch.proposed_by), now).await?;
    } else {
        let mut told = sql::holders(tx, caller.town, &duties, clock::today(now)).await?;
        told.extend(duties.iter().map(|duty| (*duty, batch.proposed_by)));
        sql::decide(tx, caller.town, &excuses, "refused", Some(caller.person), now).await?;
        sql_batch::decide_batch(tx, caller.town, id, "refused", Some(caller.person), now).await?;
        tell::decided(tx, caller, id.0, "refused", &told, now).await?;
    }
    let (over, _) = halves(&lapsed);
    sql::decide(tx, caller.town, &over, "lapsed", Some(caller.person), now).await?;
    let facts = json!({ "approved": approved, "done": excuses.len(), "left": over.len() });
    log(tx, caller, "duty.batch_decided", id, facts, now).await?;
    Ok(outcome(id, excuses.len(), over.len()))
}

/// Takes back a batch of the caller's own while nobody has decided it. Duties made for it stay: they would have come to be.
pub async fn withdraw(
    tx: &mut PgConnection,
    caller: &Caller,
    id: BatchId,
    now: DateTime<Utc>,
) -> ApiResult<BatchDone> {
    let batch = sql_batch::lock_batch(tx, caller.town, id).await?.ok_or_else(ApiError::not_found)?;
    may(caller, Action::ProposeExcuse, &batch.paths)?;
    if batch.decision.is_some() {
        return Err(ApiError::conflict("duty.batch_decided", "这份申请已经决定过了,或已经撤回了。"));
    }
    only_own(caller, batch.proposed_by)?;
    let (excuses, _): (Vec<Uuid>, Vec<Uuid>) =
        sql_batch::of_batch(tx, caller.town, id).await?.into_iter().unzip();
    sql::decide(tx, caller.town, &excuses, WITHDRAWN, None, now).await?;
    sql_batch::decide_batch(tx, caller.town, id, WITHDRAWN, None, now).await?;
    log(tx, caller, "duty.batch_withdrawn", id, json!({ "done": excuses.len() }), now).await?;
    Ok(outcome(id, excuses.len(), 0))
}

/// Does it. `proposer` is told too; handing over has none, and is decided by nobody.
async fn approve(
    tx: &mut PgConnection,
    caller: &Caller,
    id: BatchId,
    excuses: &[Uuid],
    duties: &[Uuid],
    proposer: Option<Uuid>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let (town, today) = (caller.town, clock::today(now));
    let decider = proposer.map(|_| caller.person);
    let mut told = Vec::new();
    if proposer.is_some() {
        told = sql::holders(tx, town, duties, today).await?;
    }
    sql::decide(tx, town, excuses, "approved", decider, now).await?;
    sql_batch::decide_batch(tx, town, id, "approved", decider, now).await?;
    sql::apply(tx, town, excuses, now).await?;
    let subjects: Vec<notify::Subject> = duties.iter().map(|duty| ("duty", *duty)).collect();
    notify::withdraw(tx, town, &subjects, now).await?;
    match proposer {
        Some(proposer) => told.extend(duties.iter().map(|duty| (*duty, proposer))),
        None => told = sql::holders(tx, town, duties, today).await?,
    }
    tell::decided(tx, caller, id.0, "approved", &told, now).await
}

/// Takes a batch back: every duty to which nothing has happened since is owed again as it was.
pub async fn take_back(
    tx: &mut PgConnection,
    caller: &Caller,
    id: BatchId,
    reason: &str,
    now: DateTime<Utc>,
) -> ApiResult<BatchDone> {
    let batch = sql_batch::lock_batch(tx, caller.town, id).await?.ok_or_else(ApiError::not_found)?;
    let delegated = batch.kind == ExcuseKind::Delegated.name();
    may(caller, if delegated { Action::Delegate } else { Action::DecideExcuse }, &batch.paths)?;
    if batch.is_undone || batch.decision.as_deref() != Some("approved") {
        return Err(ApiError::conflict("duty.nothing_to_undo", "这份申请没有生效,或已经撤销过了。"));
    }
    let all: Vec<Uuid> =
        sql_batch::of_batch(tx, caller.town, id).await?.into_iter().map(|(one, _)| one).collect();
    let decided = sql::standing(tx, caller.town, &all).await?;
    let (fit, changed): (Vec<_>, Vec<_>) = decided.into_iter().partition(|one| one.stands);
    if fit.is_empty() {
        return Err(undo::since());
    }
    let excuses: Vec<Uuid> = fit.iter().map(|one| one.id).collect();
    let duties: Vec<Uuid> = fit.iter().map(|one| one.duty_id).collect();
    sql::take_back(tx, caller.town, &excuses, caller.person, reason, now).await?;
    sql_batch::undo_batch(tx, caller.town, id, caller.person, now).await?;
    let mut subjects: Vec<notify::Subject> = duties.iter().map(|duty| ("duty", *duty)).collect();
    subjects.push(("excuse", id.0));
    notify::withdraw(tx, caller.town, &subjects, now).await?;
    let holders = sql::holders(tx, caller.town, &duties, clock::today(now)).await?;
    tell::decided(tx, caller, id.0, "undone", &holders, now).await?;
    let facts = json!({ "done": excuses.len(), "left": changed.len() });
    log(tx, caller, "duty.batch_undone", id, facts, now).await?;
    Ok(outcome(id, excuses.len(), changed.len()))
}

/// The caller may do it to every unit of the batch, or to none; outside of one's units there is no batch.
fn may(caller: &Caller, action: Action, paths: &[String]) -> ApiResult<()> {
    let mut refusal = Ok(());
    for path in paths {
        match access::check(caller, action, path) {
            Err(error) if error.status == poem::http::StatusCode::NOT_FOUND => return Err(error),
            Err(error) => refusal = Err(error),
            Ok(()) => {}
        }
    }
    refusal
}

fn outcome(id: BatchId, done: usize, left: usize) -> BatchDone {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    BatchDone { id, done: count(done), left: count(left) }
}

async fn log(
    tx: &mut PgConnection,
    caller: &Caller,
    action: &'static str,
    batch: BatchId,
    facts: serde_json::Value,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action,
        subject_kind: "excuse_batch",
        subject: Some(batch.0),
        facts: &facts,
    };
    audit::record(tx, entry, now).await
}
