use chrono::NaiveDate;
use serde_json::Value;
use sqlx::PgConnection;

use crate::ids::TownId;

pub struct GroundRow {
    pub start_on: Option<NaiveDate>,
    pub rules: Value,
    pub units: Value,
    pub mobile: Value,
    pub facts: Value,
    pub former: Value,
}

pub async fn ground(tx: &mut PgConnection, town: TownId) -> Result<GroundRow, sqlx::Error> {
    sqlx::query_as!(
        GroundRow,
        r#"select start_on, rules as "rules!", units as "units!", mobile as "mobile!", facts as "facts!", former as "former!"
           from duty_ground($1)"#,
        town.0,
    )
    .fetch_one(tx)
    .await
}
