//! 待办事项: who owes what, in which window. Made from the plan's rules and the branches' facts; fulfilled by records;
//! excused or delegated by people; reminded of before it is late.

mod api;
mod api_rules;
mod api_table;
pub mod applies;
pub mod calendar;
pub mod edit;
mod escalate;
pub mod excuse;
pub mod explain;
pub mod feed;
mod generate;
mod ground;
pub mod hand_over;
mod judge;
mod ladder;
pub mod ledger;
pub mod occasion;
mod outlook;
pub mod preview;
#[cfg(test)]
mod properties;
mod remind;
pub mod reshape;
mod rungs;
pub mod schedule;
pub mod share;
mod sql;
mod sql_generate;
mod sql_ground;
mod sql_hand_over;
mod sql_list;
mod sql_remind;
mod sql_rules;
mod sql_share;
pub mod table;
mod takeover;
mod telling;
mod town;
pub mod year;

pub use api::Api;
pub use api_rules::RulesApi;
pub use api_table::TableApi;
pub use generate::{generate, generate_all};
pub use ground::Ground;
pub use judge::{Refusal, Verdict};
pub use remind::remind_all;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use self::calendar::Window;
use self::share::Fulfilled;
use crate::error::ApiResult;
use crate::ids::{DutyId, PersonId, RecordId, TownId, UnitId};

/// A duty locked for a submission: only this slice can make one.
pub struct Locked {
    pub id: DutyId,
    pub unit: UnitId,
    /// The member it is about, where it is not the unit's.
    pub person: Option<PersonId>,
    pub title: String,
    pub record_kind: String,
    pub meeting_types: Vec<String>,
    pub place: Option<String>,
    /// How many photos its rule asks for.
    pub photos: i32,
    pub window: Window,
    pub state: String,
    /// Each of its holders owes a share of their own.
    pub each: bool,
    /// The record that fulfils it, if one does.
    pub record: Option<RecordId>,
}

impl Locked {
    /// Nothing can fulfil it any more: met, excused, not applicable, withdrawn.
    pub fn is_closed(&self) -> bool {
        matches!(self.state.as_str(), "met" | "excused" | "not_applicable" | "withdrawn")
    }

    /// 按时 or 补录, or outside the window.
    pub fn judge(&self, happened_on: NaiveDate, received_on: NaiveDate) -> Result<Verdict, Refusal> {
        judge::judge(&self.window, happened_on, received_on, received_on)
    }
}

/// Locks the duties of a submission, in one order for all, so that two submissions never wait for each other.
pub async fn lock(tx: &mut PgConnection, town: TownId, ids: &[DutyId]) -> ApiResult<Vec<Locked>> {
    let found = sql::lock(tx, town, ids).await?;
    if found.len() == ids.len() {
        return Ok(found);
    }
    // One that moved to another version of its rule while it was waited for is found by a second look.
    Ok(sql::lock(tx, town, ids).await?)
}

/// Fulfils duties by a record at its first receipt, or the share of whoever it is of; returns those: not one that another record
/// fulfils, or that is closed.
pub async fn fulfil(
    tx: &mut PgConnection,
    town: TownId,
    duties: &[(DutyId, Verdict)],
    record: RecordId,
    received_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> ApiResult<Fulfilled> {
    if duties.is_empty() {
        return Ok(Fulfilled::default());
    }
    let whole = sql::fulfil(tx, town, duties, record, received_at, now).await?;
    if whole.len() == duties.len() {
        return Ok(Fulfilled { whole, ..Fulfilled::default() });
    }
    let mut done = share::hand_in(tx, town, duties, record, received_at, now).await?;
    done.whole.extend(whole);
    Ok(done)
}

/// A new version of the record is for these duties only: any other that it fulfilled is owed again.
pub async fn release(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    keep: &[DutyId],
) -> ApiResult<()> {
    sql::release(tx, town, record, keep).await?;
    share::release(tx, town, record, keep).await
}

/// The record was accepted: what it fulfils is met.
pub async fn accepted(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    sql::accepted(tx, town, record, now).await?;
    share::accepted(tx, town, record, now).await
}

/// The record was returned: what it fulfilled is owed again, by `due_on`. Lateness stays judged by first receipt.
pub async fn returned(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    due_on: NaiveDate,
) -> ApiResult<()> {
    sql::returned(tx, town, record, due_on).await?;
    share::returned(tx, town, record, due_on).await
}
