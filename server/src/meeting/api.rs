use poem::web::Data;
use poem_openapi::param::{Header, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::json;

use super::prefill::Prefill;
use super::{Attendance, check_attendance, sql};
use crate::App;
use crate::access::{self, Action};
use crate::checkin::form::{Common, Special};
use crate::checkin::{self, Kind, Receipt};
use crate::edge::Client;
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::ids::UnitId;
use crate::plan::MeetingType;
use crate::platform::clock;
use crate::tags::Tag;

pub struct Api;

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct Absence {
    #[oai(validator(min_length = 1, max_length = 40))]
    name: String,
    #[oai(validator(max_length = 100))]
    reason: String,
}

/// 会议记录
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct MeetingForm {
    record: Common,
    /// What the meeting was; several if held together.
    #[oai(validator(min_items = 1, max_items = 7))]
    types: Vec<MeetingType>,
    #[oai(validator(min_length = 1, max_length = 100))]
    place: String,
    /// 主持人
    #[oai(validator(min_length = 1, max_length = 40))]
    host: String,
    /// 记录人
    #[oai(validator(min_length = 1, max_length = 40))]
    recorder: String,
    /// 议题
    #[oai(validator(min_length = 1, max_length = 200))]
    topic: String,
    /// 应到
    expected: u32,
    /// 实到
    present: u32,
    /// 缺席, each with a reason
    #[oai(default, validator(max_items = 500))]
    absent: Vec<Absence>,
    /// 会议内容
    #[oai(validator(min_length = 1, max_length = 20000))]
    minutes: String,
}

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
        check_attendance(&Attendance {
            expected: form.expected,
            present: form.present,
            reasons: form.absent.iter().map(|absence| absence.reason.as_str()).collect(),
        })?;
        if form.minutes.trim().is_empty() {
            return Err(ApiError::refused("meeting.minutes_empty", "请写几句会议内容,或改由镇里录入。"));
        }
        let mut types: Vec<&str> = form.types.iter().map(|kind| kind.name()).collect();
        types.sort_unstable();
        types.dedup();
        let facts = json!({
            "types": types,
            "place": form.place, "host": form.host, "recorder": form.recorder, "topic": form.topic,
            "expected": form.expected, "present": form.present,
            "absent": form.absent.iter().map(|a| json!({ "name": a.name, "reason": a.reason })).collect::<Vec<_>>(),
            "minutes": form.minutes,
        });
        let special = Special {
            kind: Kind::Meeting,
            facts,
            photos_needed: 0,
            meeting_types: types.into_iter().map(str::to_owned).collect(),
            unfinished: false,
        };
        let mut tx = checkin::begin(&app.db, form.record.id).await?;
        let sent = form.record.submission(&mut tx, &caller, special, client.0).await?;
        let submitted = checkin::submit(&mut tx, &caller, Action::WriteMeeting, &sent, now).await?;
        tx.commit().await?;
        submitted.into_answer().map(Json)
    }

    /// What the form of a unit's next meeting starts from.
    #[oai(path = "/meetings/prefill", method = "get", operation_id = "meeting_prefill")]
    async fn prefill(&self, auth: Auth, app: Data<&App>, unit: Query<UnitId>) -> ApiResult<Json<Prefill>> {
        let (caller, today) = (auth.0, clock::today(app.clock.now()));
        let scope = access::scope(&caller, Action::WriteMeeting)?;
        let row = sql::prefill(&app.db, caller.town, &scope, unit.0, today).await?;
        Ok(Json(row.ok_or_else(ApiError::not_found)?.into()))
    }
}
