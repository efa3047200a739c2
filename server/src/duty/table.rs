//! Loading the plan's table: here, because what is open follows at once and what has closed is settled before.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{generate, sql_generate};
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::plan::table::{self, Paper, Report, Table};

/// What loading the table would do. Writes nothing.
pub async fn look(
    tx: &mut PgConnection,
    caller: &Caller,
    table: &Table,
    paper: &Paper,
    now: DateTime<Utc>,
) -> ApiResult<Report> {
    access::check_town(caller, Action::WritePlan)?;
    table::look(tx, caller.town, table, paper, now).await
}

/// Loads the table as it was seen (`Report::seen`), one at a time in a town, and brings the duties up to it.
pub async fn load(
    tx: &mut PgConnection,
    caller: &Caller,
    table: &Table,
    paper: &Paper,
    seen: &str,
    now: DateTime<Utc>,
) -> ApiResult<Report> {
    access::check_town(caller, Action::WritePlan)?;
    sql_generate::wait(tx, caller.town).await.map_err(busy)?;
    // Windows that have closed since the last generation are the former versions'.
    generate(tx, caller.town, now).await?;
    let report = table::load(tx, caller.town, caller.person, table, paper, seen, now).await?;
    generate(tx, caller.town, now).await?;
    Ok(report)
}

/// 55P03: the lock is held longer than we wait for it.
fn busy(error: sqlx::Error) -> ApiError {
    match &error {
        sqlx::Error::Database(db) if db.code().as_deref() == Some("55P03") => {
            ApiError::conflict("plan.table_busy", "另一份表格正在载入,请稍后再试。")
        }
        _ => error.into(),
    }
}
