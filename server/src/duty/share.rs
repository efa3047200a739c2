//! 各办各的: a duty that each of its holders owes. Everyone hands in their own record, their share; the last of those who hold
//! the post completes it. Whoever joins while it is owed owes a share too; whoever leaves owes none, and what they have handed
//! in stays. Where the rule comes to ask for one only, one share is enough.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{Verdict, sql_remind, sql_share as sql};
use crate::error::ApiResult;
use crate::ids::{DutyId, PersonId, RecordId, TownId};
use crate::platform::clock;

/// What became of duties a record was for.
#[derive(Default)]
pub struct Fulfilled {
    /// Met or handed in by it, as a whole.
    pub whole: Vec<DutyId>,
    /// One person's share; others still owe theirs.
    pub shares: Vec<DutyId>,
    /// Whose shares these are.
    pub by: Option<PersonId>,
}

impl Fulfilled {
    /// Whether the record stands for the duty, in whole or in part.
    pub fn has(&self, duty: DutyId) -> bool {
        self.whole.contains(&duty) || self.shares.contains(&duty)
    }
}

/// Of duties that each holder owes, those of which this person owes a share or has handed one in, with the record of it.
/// They hold it on one of `days`: today, or when the deed was done in a post left since.
pub async fn of_person(
    tx: &mut PgConnection,
    town: TownId,
    duties: &[DutyId],
    person: PersonId,
    days: [NaiveDate; 2],
) -> ApiResult<HashMap<DutyId, Option<RecordId>>> {
    if duties.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(sql::of_person(tx, town, duties, person, days).await?)
}

/// Keeps the shares a record is, of duties that are locked; completes those of which it is the last.
pub(super) async fn hand_in(
    tx: &mut PgConnection,
    town: TownId,
    duties: &[(DutyId, Verdict)],
    record: RecordId,
    received_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> ApiResult<Fulfilled> {
    let kept = sql::keep(tx, town, duties, record, received_at).await?;
    let ids: Vec<DutyId> = kept.iter().map(|(duty, _)| *duty).collect();
    let whole = settle(tx, town, Some(&ids), now).await?;
    let shares = ids.into_iter().filter(|duty| !whole.contains(duty)).collect();
    Ok(Fulfilled { whole, shares, by: kept.first().map(|(_, person)| *person) })
}

/// Completes duties of which nobody owes a share any more; those named, or all of the town. Returns them.
pub(super) async fn settle(
    tx: &mut PgConnection,
    town: TownId,
    duties: Option<&[DutyId]>,
    now: DateTime<Utc>,
) -> ApiResult<Vec<DutyId>> {
    if duties.is_some_and(<[DutyId]>::is_empty) {
        return Ok(Vec::new());
    }
    Ok(sql::settle(tx, town, duties, clock::today(now), now).await?)
}

/// The record is for these duties only: any other share of it is owed again.
pub(super) async fn release(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    keep: &[DutyId],
) -> ApiResult<()> {
    let again = sql::release(tx, town, record, keep).await?;
    Ok(sql_remind::look_now(tx, town, &again).await?)
}

/// The record was accepted: so are the shares it is.
pub(super) async fn accepted(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let duties = sql::accepted(tx, town, record).await?;
    settle(tx, town, Some(&duties), now).await?;
    Ok(())
}

/// The record was returned: its shares are owed again, and a duty that was complete is so no more.
pub(super) async fn returned(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    due_on: NaiveDate,
) -> ApiResult<()> {
    let again = sql::returned(tx, town, record, due_on).await?;
    Ok(sql_remind::look_now(tx, town, &again).await?)
}
