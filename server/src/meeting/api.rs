use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Query};
use poem_openapi::payload::Json;

use super::enter::{self, MeetingForm};
use super::prefill::{self, Prefill};
use crate::App;
use crate::checkin::{self, Receipt};
use crate::edge::Client;
use crate::error::ApiResult;
use crate::identity::Auth;
use crate::ids::UnitId;
use crate::tags::Tag;

pub struct Api;

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Record")]
impl Api {
    /// Enter a meeting, or a new version of one. A repeat is answered with what is stored.
    #[oai(path = "/meetings", method = "post", operation_id = "submit_meeting")]
    async fn submit_meeting(
        &self,
        auth: Auth,
        app: Data<&App>,
        #[oai(name = "X-Client")] client: Header<Client>,
        form: Json<MeetingForm>,
    ) -> ApiResult<Json<Receipt>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = checkin::begin(&app.db, form.record.id).await?;
        let submitted = enter::enter(&mut tx, &caller, &form, client.0, now).await?;
        tx.commit().await?;
        submitted.into_answer().map(Json)
    }

    /// What the form of a unit's next meeting starts from.
    #[oai(path = "/meetings/prefill", method = "get", operation_id = "meeting_prefill")]
    async fn prefill(&self, auth: Auth, app: Data<&App>, unit: Query<UnitId>) -> ApiResult<Json<Prefill>> {
        Ok(Json(prefill::of(&app, &auth.0, unit.0).await?))
    }
}
