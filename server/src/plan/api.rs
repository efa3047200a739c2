use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::{Value, json};

use super::view::{self, TaskView};
use super::{Definition, load};
use crate::App;
use crate::access::{self, Action};
use crate::edge::Done;
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::ids::PersonId;
use crate::org;
use crate::tags::Tag;

pub struct Api;

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct LoadForm {
    /// Windows that end before this day are not owed.
    start_on: NaiveDate,
    /// A definition in TOML; the shipped one of 图发〔2021〕94号 if absent.
    #[oai(validator(max_length = 200_000))]
    definition: Option<String>,
}

#[derive(Object)]
struct Loaded {
    tasks: i32,
    rules: i32,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct LeadForm {
    /// A person of the roster, so that escalations reach them.
    person: Option<PersonId>,
    #[oai(validator(min_length = 1, max_length = 40))]
    name: String,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Plan")]
impl Api {
    /// The active plan's tasks, in the annex's order.
    #[oai(path = "/plan/tasks", method = "get", operation_id = "plan_tasks")]
    async fn tasks(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Vec<TaskView>>> {
        Ok(Json(view::tasks(&app, &auth.0).await?))
    }

    /// Load a plan. Duties appear within half a minute.
    #[oai(path = "/plan", method = "post", operation_id = "load_plan")]
    async fn load(&self, auth: Auth, app: Data<&App>, form: Json<LoadForm>) -> ApiResult<Json<Loaded>> {
        let (caller, now) = (auth.0, app.clock.now());
        access::check_town(&caller, Action::WritePlan)?;
        let definition = form.definition.as_deref().map_or_else(Definition::shipped, Definition::parse);
        let definition = definition.map_err(|problems| {
            let list: Vec<Value> =
                problems.iter().map(|p| json!({ "at": p.at, "message": p.message })).collect();
            ApiError::refused("plan.invalid", format!("方案有 {} 处问题,没有载入。", list.len()))
                .with_details(json!({ "problems": list }))
        })?;
        let mut tx = app.db.begin().await?;
        load::load(&mut tx, caller.town, Some(caller.person), &definition, form.start_on, now).await?;
        tx.commit().await?;
        let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        Ok(Json(Loaded {
            tasks: count(definition.tasks.len()),
            rules: count(definition.tasks.iter().map(|task| task.rules.len()).sum()),
        }))
    }

    /// Name who carries a task (责任人).
    #[oai(path = "/plan/tasks/:code/lead", method = "put", operation_id = "set_lead")]
    async fn set_lead(
        &self,
        auth: Auth,
        app: Data<&App>,
        code: Path<String>,
        form: Json<LeadForm>,
    ) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        access::check_town(&caller, Action::WritePlan)?;
        let mut tx = app.db.begin().await?;
        if let Some(person) = form.person {
            org::must_exist(&mut tx, caller.town, person).await?;
        }
        load::set_lead(&mut tx, caller.town, caller.person, &code, form.person, &form.name, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }
}
