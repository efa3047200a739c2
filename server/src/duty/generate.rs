//! Making duties from rules and facts. Idempotent, and independent of when and how often it runs (invariant 5): a
//! window that has closed is judged by what was known on its last day; only windows still open follow a change.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use super::ground::Ground;
use super::town::Owed;
use super::{hand_over, ladder, share, sql_generate as sql, sql_hand_over};
use crate::error::ApiResult;
use crate::ids::TownId;
use crate::notify;
use crate::platform::{clock, metrics};

/// Generates in every town that has a plan. A town whose plan cannot be read keeps no other from its duties: it is told on the
/// log and counted among those that fail.
pub async fn generate_all(db: &PgPool, now: DateTime<Utc>) -> ApiResult<u64> {
    let (mut made, mut failed) = (0, 0);
    for town in sql::towns_with_plan(db).await? {
        match generate_one(db, TownId(town), now).await {
            Ok(changed) => made += changed,
            Err(error) => {
                failed += 1;
                tracing::error!(?error, %town, "alarm: a town's duties are not generated");
            }
        }
    }
    metrics::towns_failing(failed);
    Ok(made)
}

async fn generate_one(db: &PgPool, town: TownId, now: DateTime<Utc>) -> ApiResult<u64> {
    let mut tx = db.begin().await?;
    let changed = generate(&mut tx, town, now).await?;
    tx.commit().await?;
    Ok(changed)
}

/// What is owed and was withdrawn is owed again.
async fn reopen(tx: &mut PgConnection, town: TownId, owed: &[Owed]) -> ApiResult<u64> {
    let withdrawn = sql::withdrawn(tx, town).await?;
    if withdrawn.is_empty() {
        return Ok(0);
    }
    let ids: HashMap<_, _> =
        withdrawn.iter().map(|duty| ((duty.rule, duty.subject, duty.key.as_str()), duty.id)).collect();
    let of =
        |duty: &Owed| Some((*ids.get(&(duty.rule, duty.subject(), duty.window.key.as_str()))?, duty.unit));
    let again: Vec<_> = owed.iter().filter_map(of).collect();
    Ok(sql::reopen(tx, town, &again).await?)
}

/// Brings the town's duties up to its rules and facts; returns how many rows changed.
pub async fn generate(tx: &mut PgConnection, town: TownId, now: DateTime<Utc>) -> ApiResult<u64> {
    let today = clock::today(now);
    if !sql::lock(tx, town).await? {
        return Ok(0);
    }
    let ground = Ground::load(tx, town).await?;
    if ground.start_on.is_none() {
        return Ok(0);
    }
    let all = ground.falling(today, today + ladder::AHEAD)?;
    // What moves along is moved before what stays behind is withdrawn, and both are locked by it before anything new is made.
    let (mut changed, redated) = sql::carry(tx, town, &all.owed).await?;
    sql_hand_over::follow_members(tx, town).await?;
    hand_over::release_left(tx, town, now).await?;
    let mut gone = sql::withdraw(tx, town, &all.not_owed, now).await?;
    gone.extend(sql::withdraw_gone(tx, town, &all.replaced, today, now).await?);
    // What was handed in or decided in this very moment was not carried; the next round sees how it stands.
    let new = all.owed.iter().filter(|duty| duty.carried.is_none());
    changed += sql::insert(tx, town, new, today).await?;
    changed += reopen(tx, town, &all.owed).await?;
    // Whoever left a post may have been the last who had not handed in.
    let complete = share::settle(tx, town, None, now).await?;
    gone.extend(complete.into_iter().map(|duty| duty.0));
    // What was told of the former day of one that has another now is of no use either.
    let subjects: Vec<notify::Subject> = gone.iter().chain(&redated).map(|duty| ("duty", *duty)).collect();
    notify::withdraw(tx, town, &subjects, now).await?;
    Ok(changed + u64::try_from(gone.len()).unwrap_or(u64::MAX))
}
