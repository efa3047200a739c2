use poem::web::Data;
use poem_openapi::param::Header;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::json;

use crate::App;
use crate::access::Action;
use crate::checkin::form::{Common, Special};
use crate::checkin::{self, Kind, Receipt};
use crate::edge::Client;
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::tags::Tag;

pub struct Api;

/// 情况说明
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct StatementForm {
    /// The unit is the village's, or the town for what its own desks owe. No photo is needed.
    record: Common,
    /// What was done, and what came of it.
    #[oai(validator(min_length = 1, max_length = 2000))]
    text: String,
}

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
        if form.text.trim().is_empty() {
            return Err(ApiError::refused("statement.text_empty", "请写几句做了什么、结果怎样。"));
        }
        let special = Special {
            kind: Kind::Statement,
            facts: json!({ "text": form.text }),
            photos_needed: 0,
            meeting_types: Vec::new(),
            unfinished: false,
        };
        let mut tx = checkin::begin(&app.db, form.record.id).await?;
        let sent = form.record.submission(&mut tx, &caller, special, client.0).await?;
        let submitted = checkin::submit(&mut tx, &caller, Action::WriteStatement, &sent, now).await?;
        tx.commit().await?;
        submitted.into_answer().map(Json)
    }
}
