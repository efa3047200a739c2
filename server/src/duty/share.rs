//! 各办各的: a duty that each of its holders owes. Everyone hands in their own record, their share; the last of those who hold
//! the post completes it. Whoever joins while it is owed owes a share too; whoever leaves owes none, and what they have handed
//! in stays. Where the rule comes to ask for one only, one share is enough.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Verdict, sql_remind, sql_share as sql};
use crate::error::ApiResult;
use crate::ids::{DutyId, PersonId, RecordId, TownId};
use crate::platform::clock;

/// How a person stands to a duty that each of its holders owes.
pub struct Share {
    /// What they have handed in.
    pub record: Option<RecordId>,
    /// They would owe it, or did, and it is in somebody else's hands now.
    pub overtaken: bool,
}

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

/// Of duties that each holder owes, those of which this person owes a share, has handed one in, or owed one until somebody else
/// was asked. They hold it on one of `days`: today, or when the deed was done in a post left since.
pub async fn of_person(
    tx: &mut PgConnection,
    town: TownId,
    duties: &[DutyId],
    person: PersonId,
    days: [NaiveDate; 2],
) -> ApiResult<HashMap<DutyId, Share>> {
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
    sql::lock(tx, town, record).await?;
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
    // Whoever accepts the other share in this moment is waited for before either is looked at.
    sql::lock(tx, town, record).await?;
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
    sql::lock(tx, town, record).await?;
    let again = sql::returned(tx, town, record, due_on).await?;
    Ok(sql_remind::look_now(tx, town, &again).await?)
}

/// Of duties that each of their holders owes, those of which the person has handed in a share: nobody would act on one given to
/// them. Of those named, or all that are owed.
pub(super) async fn handed_in(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    duties: Option<&[Uuid]>,
) -> ApiResult<HashSet<Uuid>> {
    Ok(sql::handed_in(tx, town, person, duties).await?.into_iter().collect())
}
