use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::report::YearReport;
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::plan::year::YearChoice;
use crate::tags::Tag;

pub struct Api;

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct YearForm {
    /// One for every rule that wants another date.
    #[oai(validator(max_items = 500))]
    choices: Vec<YearChoice>,
    /// What the look at these very choices said; without it nothing is carried.
    #[oai(validator(max_length = 200))]
    seen: Option<String>,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Plan")]
impl Api {
    /// How the plan goes into a year, this one or the next: what goes on, what wants another date, with what is proposed.
    #[oai(path = "/plan/years/:year", method = "get", operation_id = "plan_year")]
    async fn year(&self, auth: Auth, app: Data<&App>, year: Path<i32>) -> ApiResult<Json<YearReport>> {
        let mut db = app.db.acquire().await.map_err(ApiError::from)?;
        Ok(Json(super::look(&mut db, &auth.0, year.0, None, app.clock.now()).await?))
    }

    /// Look at choices (without `seen`), or carry the plan into the year as it was seen: all of it, or nothing. Nobody becomes
    /// overdue by it, and what was owed before stays as it is.
    #[oai(path = "/plan/years/:year", method = "post", operation_id = "carry_plan")]
    async fn carry(
        &self,
        auth: Auth,
        app: Data<&App>,
        year: Path<i32>,
        form: Json<YearForm>,
    ) -> ApiResult<Json<YearReport>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let report = match &form.seen {
            None => super::look(&mut tx, &caller, year.0, Some(&form.choices), now).await?,
            Some(seen) => {
                let report = super::carry(&mut tx, &caller, year.0, &form.choices, seen, now).await?;
                tx.commit().await?;
                report
            }
        };
        Ok(Json(report))
    }
}
