use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::sql;
use crate::App;
use crate::access::{self, Action};
use crate::error::ApiResult;
use crate::identity::Auth;
use crate::ids::TownId;
use crate::tags::Tag;

pub struct Api;

/// A town's numbers as of one day.
#[derive(Object)]
struct TownCount {
    town_id: TownId,
    town_name: String,
    /// The day they were counted.
    day: NaiveDate,
    /// Duties for which something is still to be handed in.
    duties_open: i64,
    /// Of those, past the grace with nothing received.
    duties_overdue: i64,
    /// Records received so far; drafts are not counted.
    records: i64,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::County")]
impl Api {
    /// The newest counts of every town, for the county: numbers, nothing of persons or units.
    #[oai(path = "/county/counts", method = "get", operation_id = "county_counts")]
    async fn counts(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Vec<TownCount>>> {
        access::check_any(&auth.0, Action::ReadTownCounts)?;
        let rows = sql::latest(&app.db).await?;
        Ok(Json(rows.into_iter().map(TownCount::from).collect()))
    }
}

impl From<sql::Latest> for TownCount {
    fn from(row: sql::Latest) -> Self {
        Self {
            town_id: TownId(row.town_id),
            town_name: row.town_name,
            day: row.day,
            duties_open: row.duties_open,
            duties_overdue: row.duties_overdue,
            records: row.records,
        }
    }
}
