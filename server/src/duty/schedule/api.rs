use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;

use super::{MonthView, YearView};
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::ids::UnitId;
use crate::tags::Tag;

pub struct Api;

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Duty")]
impl Api {
    /// What is due on which day of a month (`2021-10`; this month if absent), planned windows marked as such. `each` lists
    /// every single thing for all of my units too, where a list of them can still be read.
    #[oai(path = "/calendar/month", method = "get", operation_id = "calendar_month")]
    async fn month(
        &self,
        auth: Auth,
        app: Data<&App>,
        month: Query<Option<String>>,
        unit: Query<Option<UnitId>>,
        each: Query<Option<bool>>,
    ) -> ApiResult<Json<MonthView>> {
        let wrong = || ApiError::bad_request("request.invalid", "月份要写成“2021-10”的样子。");
        let day = month.0.map(|text| format!("{text}-01").parse::<NaiveDate>().map_err(|_| wrong()));
        Ok(Json(super::month(&app, &auth.0, day.transpose()?, unit.0, each.0.unwrap_or_default()).await?))
    }

    /// A unit's year, rule by rule and month by month.
    #[oai(path = "/calendar/year", method = "get", operation_id = "calendar_year")]
    async fn year(
        &self,
        auth: Auth,
        app: Data<&App>,
        unit: Query<UnitId>,
        year: Query<Option<i32>>,
    ) -> ApiResult<Json<YearView>> {
        Ok(Json(super::year(&app, &auth.0, year.0, unit.0).await?))
    }
}
