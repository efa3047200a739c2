use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Header;
use poem_openapi::payload::Json;

use super::enter::{StatementForm, enter};
use crate::App;
use crate::checkin::{self, Receipt};
use crate::edge::Client;
use crate::error::ApiResult;
use crate::identity::Auth;
use crate::tags::Tag;

pub struct Api;

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Record")]
impl Api {
    /// State in a few sentences what was done. A repeat is answered with what is stored.
    #[oai(path = "/statements", method = "post", operation_id = "submit_statement")]
    async fn submit_statement(
        &self,
        auth: Auth,
        app: Data<&App>,
        #[oai(name = "X-Client")] client: Header<Client>,
        form: Json<StatementForm>,
    ) -> ApiResult<Json<Receipt>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = checkin::begin(&app.db, form.record.id).await?;
        let submitted = enter(&mut tx, &caller, &form, client.0, now).await?;
        tx.commit().await?;
        submitted.into_answer().map(Json)
    }
}
