use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::lists::{self, FeedbackPage};
use super::{Kind, State, answer, number, write};
use crate::App;
use crate::edge::{Client, Done, local};
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::ids::{AnswerId, DutyId, FeedbackId, UnitId};
use crate::platform::limit::Rate;
use crate::tags::Tag;

pub struct Api;

/// More than anybody writes by hand, repeats of a weak signal included.
const PER_PERSON: Rate = Rate { burst: 30, per: Duration::from_mins(10) };

/// 意见建议. The id is made on the phone, before sending.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct FeedbackForm {
    id: FeedbackId,
    kind: Kind,
    /// May be empty for `clerk_request` only.
    #[oai(default, validator(max_length = 1000))]
    text: String,
    /// The unit it is about; the writer's own if absent.
    unit_id: Option<UnitId>,
    /// For `clerk_request`: the duty whose record the office is asked to enter.
    duty_id: Option<DutyId>,
}

/// The town has it, under this number.
#[derive(Object)]
struct FeedbackReceipt {
    id: FeedbackId,
    number: String,
    received_at: DateTime<FixedOffset>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct AnswerForm {
    id: AnswerId,
    #[oai(validator(min_length = 1, max_length = 1000))]
    text: String,
    /// The answer seen, which this one corrects; absent for the first.
    corrects: Option<AnswerId>,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Feedback")]
impl Api {
    /// Suggest, complain, or ask the office to enter a record. A repeat is answered with what is stored.
    #[oai(path = "/feedback", method = "post", operation_id = "send_feedback")]
    async fn send(
        &self,
        auth: Auth,
        app: Data<&App>,
        #[oai(name = "X-Client")] client: Header<Client>,
        form: Json<FeedbackForm>,
    ) -> ApiResult<Json<FeedbackReceipt>> {
        let (caller, now) = (auth.0, app.clock.now());
        let key = format!("feedback:{}", caller.person);
        app.limiter.take(&key, PER_PERSON, now).await.map_err(ApiError::too_many)?;
        let sent = write::Sent {
            id: form.id,
            kind: form.kind,
            text: &form.text,
            unit: form.unit_id,
            duty: form.duty_id,
            schema: client.schema,
        };
        let mut tx = app.db.begin().await?;
        let stored = write::write(&mut tx, &caller, &sent, now).await?;
        if stored.is_new {
            tx.commit().await?;
        } else {
            // The number taken for it goes back.
            tx.rollback().await?;
        }
        Ok(Json(FeedbackReceipt {
            id: form.id,
            number: number(stored.row.year, stored.row.no),
            received_at: local(stored.row.received_at),
        }))
    }

    /// What I have written, with the answers, the newest first.
    #[oai(path = "/feedback/mine", method = "get", operation_id = "my_feedback")]
    async fn mine(
        &self,
        auth: Auth,
        app: Data<&App>,
        after: Query<Option<String>>,
    ) -> ApiResult<Json<FeedbackPage>> {
        Ok(Json(lists::mine(&app, &auth.0, after.0.as_deref()).await?))
    }

    /// What people of my units have written, the newest first; for 党建办 and 镇纪委.
    #[oai(path = "/feedback", method = "get", operation_id = "feedback")]
    async fn feedback(
        &self,
        auth: Auth,
        app: Data<&App>,
        state: Query<Option<State>>,
        kind: Query<Option<Kind>>,
        after: Query<Option<String>>,
    ) -> ApiResult<Json<FeedbackPage>> {
        Ok(Json(lists::inbox(&app, &auth.0, state.0, kind.0, after.0.as_deref()).await?))
    }

    /// Answer; the writer is told. A correction names the answer it corrects, and both are kept.
    #[oai(path = "/feedback/:feedback/answer", method = "post", operation_id = "answer_feedback")]
    async fn answer(
        &self,
        auth: Auth,
        app: Data<&App>,
        feedback: Path<FeedbackId>,
        form: Json<AnswerForm>,
    ) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        let sent = answer::Sent { id: form.id, text: &form.text, corrects: form.corrects };
        let mut tx = app.db.begin().await?;
        answer::answer(&mut tx, &caller, feedback.0, &sent, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }
}
