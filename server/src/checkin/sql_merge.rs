use sqlx::PgConnection;
use uuid::Uuid;

use crate::ids::{RecordId, TownId};

pub struct Counted {
    pub fulfils: bool,
    /// The record that fulfils the duty.
    pub kept: Option<Uuid>,
}

/// What the record counts for, duty by duty.
pub async fn counted(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
) -> Result<Vec<Counted>, sqlx::Error> {
    sqlx::query_as!(
        Counted,
        r#"select rd.part = 'fulfils' as "fulfils!", record_kept(rd.town_id, d.id, rd.record_id) as kept
           from record_duty rd join duty d on d.town_id = rd.town_id and d.id = rd.duty_id
           where rd.town_id = $1 and rd.record_id = $2"#,
        town.0,
        record.0,
    )
    .fetch_all(tx)
    .await
}

pub async fn set_merged(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    into: RecordId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update record set state = 'merged', merged_into = $3 where town_id = $1 and id = $2",
        town.0,
        record.0,
        into.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}
