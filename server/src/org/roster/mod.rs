//! 名册: loading the town's units, people, posts and branch facts from a workbook, all or nothing, any number of times.
//!
//! `read` turns the file into rows, `import` compares them with the register, refuses with every problem at once or
//! writes the differences. What the sheet does not name stays and is told; the same file again changes nothing.

mod apply;
mod away;
mod branches;
mod findings;
mod known;
mod matching;
pub mod package;
mod people;
mod plan;
mod posts;
mod report;
mod rows;
mod sheet;
mod sql;
mod template;
#[cfg(test)]
mod tests;
mod tree;
pub mod value;
mod write;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};

pub use report::{Absentees, Report, Tally};
pub use sheet::column_letters;
pub use template::template;

use crate::error::{ApiError, ApiResult};
use crate::ids::{PersonId, TownId};
use crate::platform::clock;
use crate::platform::keys::{Keys, sha256};
use findings::Findings;
use rows::Book;

/// A workbook read: its rows, and what was wrong with them by themselves.
#[derive(Debug)]
pub struct Roster {
    book: Book,
    findings: Findings,
    /// SHA-256 of the file, for the log.
    digest: String,
}

/// Reads a workbook, off the request threads. Problems of single cells are kept for `import`, which adds its own.
pub async fn read(bytes: Vec<u8>, now: DateTime<Utc>) -> ApiResult<Roster> {
    let today = clock::today(now);
    // A panic of the reader over a malformed file ends here too.
    tokio::task::spawn_blocking(move || parse(bytes, today)).await.map_err(|_| package::unreadable())?
}

fn parse(bytes: Vec<u8>, today: NaiveDate) -> ApiResult<Roster> {
    let digest = hex::encode(sha256(&bytes));
    let mut findings = Findings::default();
    let tables = sheet::read(bytes, &mut findings)?;
    let book = Book::of(tables, today, &mut findings);
    Ok(Roster { book, findings, digest })
}

/// Brings the register up to the roster in the caller's transaction, or refuses with `org.roster_invalid` and writes
/// nothing. Imports and additions to the tree of one town wait for each other.
pub async fn import(
    tx: &mut PgConnection,
    keys: &Arc<Keys>,
    town: TownId,
    actor: Option<PersonId>,
    roster: Roster,
    now: DateTime<Utc>,
) -> ApiResult<Report> {
    super::sql_people::lock_town(tx, town).await.map_err(busy)?;
    let known = sql::known(tx, town).await?;
    let today = clock::today(now);
    let Roster { book, findings, digest } = roster;
    let index_keys = Arc::clone(keys);
    let planned = tokio::task::spawn_blocking(move || {
        plan::build(&book, &known, |phone| index_keys.blind_index(town.0, phone), today, findings)
    });
    let plan = planned.await.map_err(ApiError::internal)??;
    let writer = apply::Writer { keys, town, actor, now };
    writer.write(tx, &plan, &digest).await?;
    Ok(plan.report)
}

/// Reads and imports a workbook in a transaction of its own; a trial run does the same and takes it all back.
pub async fn import_bytes(
    db: &PgPool,
    keys: &Arc<Keys>,
    town: TownId,
    actor: Option<PersonId>,
    bytes: Vec<u8>,
    dry_run: bool,
    now: DateTime<Utc>,
) -> ApiResult<Report> {
    let roster = read(bytes, now).await?;
    let mut tx = db.begin().await?;
    let report = import(&mut tx, keys, town, actor, roster, now).await?;
    if dry_run {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    Ok(report.told(dry_run))
}

/// 55P03: the lock is held longer than we wait for it.
fn busy(error: sqlx::Error) -> ApiError {
    match &error {
        sqlx::Error::Database(db) if db.code().as_deref() == Some("55P03") => {
            ApiError::conflict("org.roster_busy", "另一份名册正在导入,请稍后再试。")
        }
        _ => error.into(),
    }
}

/// The register changed between reading and writing it.
fn stale() -> ApiError {
    ApiError::conflict("org.roster_busy", "名册刚被别人改动,请再导入一次。")
}
