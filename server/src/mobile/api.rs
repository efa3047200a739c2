use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::contact::{self, ContactForm};
use super::report::{self, ReportForm};
use super::sql;
use crate::App;
use crate::access::{self, Action};
use crate::checkin::{self, Receipt};
use crate::edge::Client;
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::ids::{PersonId, RecordId};
use crate::tags::Tag;

pub struct Api;

/// One word in either direction.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct ContactLine {
    id: Uuid,
    /// `from_member` 来自本人 or `to_member` 组织回复.
    direction: String,
    by: String,
    said: String,
    way: String,
    happened_on: NaiveDate,
    record_id: Option<RecordId>,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Record")]
impl Api {
    /// Send the half-year report. The committee member linked (or the secretary) is told and answers.
    #[oai(path = "/reports", method = "post", operation_id = "submit_report")]
    async fn submit_report(
        &self,
        auth: Auth,
        app: Data<&App>,
        #[oai(name = "X-Client")] client: Header<Client>,
        form: Json<ReportForm>,
    ) -> ApiResult<Json<Receipt>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = checkin::begin(&app.db, form.record.id).await?;
        let submitted = report::report(&mut tx, &caller, form.0, client.0, now).await?;
        tx.commit().await?;
        submitted.into_answer().map(Json)
    }

    /// Log a word to a mobile member; from the app it reaches them as a reminder to read it.
    #[oai(path = "/contacts", method = "post", operation_id = "submit_contact")]
    async fn submit_contact(
        &self,
        auth: Auth,
        app: Data<&App>,
        #[oai(name = "X-Client")] client: Header<Client>,
        form: Json<ContactForm>,
    ) -> ApiResult<Json<Receipt>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = checkin::begin(&app.db, form.record.id).await?;
        let submitted = contact::contact(&mut tx, &caller, &form, client.0, now).await?;
        tx.commit().await?;
        submitted.into_answer().map(Json)
    }

    /// Everything said in either direction with one mobile member. Reading it is logged.
    #[oai(path = "/people/:person/contacts", method = "get", operation_id = "contacts")]
    async fn contacts(
        &self,
        auth: Auth,
        app: Data<&App>,
        person: Path<PersonId>,
    ) -> ApiResult<Json<Vec<ContactLine>>> {
        let (caller, now) = (auth.0, app.clock.now());
        access::check_any(&caller, Action::ReadContacts)?;
        let scope = access::scope_or_none(&caller, Action::ReadContacts, access::opens_reports);
        let entry = Uuid::now_v7();
        let rows = sql::log_of(&app.db, caller.town, caller.person, person.0, &scope, entry, now)
            .await?
            .ok_or_else(ApiError::not_found)?;
        let lines = rows.into_iter().map(|row| ContactLine {
            id: row.id,
            direction: row.direction,
            by: row.by_name,
            said: row.said,
            way: row.channel,
            happened_on: row.happened_on,
            record_id: row.record_id.map(RecordId),
        });
        Ok(Json(lines.collect()))
    }
}
