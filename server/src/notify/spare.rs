//! Sparing one person what is still owed to others: each hands in their own, and this one has.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Subject, sql};
use crate::error::ApiResult;
use crate::ids::{PersonId, TownId};

/// Takes back what is owed to this person about subjects, as [`super::withdraw`] does for everybody.
pub async fn spare(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    subjects: &[Subject],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    if !subjects.is_empty() {
        sql::spare::spare(tx, town, person, subjects, now).await?;
    }
    Ok(())
}
