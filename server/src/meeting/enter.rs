//! Entering a meeting: from a phone, or at a desk for somebody who has none.

use chrono::{DateTime, Utc};
use poem_openapi::Object;
use serde_json::json;
use sqlx::PgConnection;

use super::{Attendance, check_attendance};
use crate::access::Action;
use crate::checkin::form::{Common, Special};
use crate::checkin::{self, Kind, Submitted};
use crate::edge::{Client, filled};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::plan::MeetingType;

/// 缺席
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct Absence {
    #[oai(validator(min_length = 1, max_length = 40))]
    pub name: String,
    #[oai(validator(max_length = 100))]
    pub reason: String,
}

/// 会议记录
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct MeetingForm {
    pub record: Common,
    /// What the meeting was; several if held together.
    #[oai(validator(min_items = 1, max_items = 7))]
    pub types: Vec<MeetingType>,
    #[oai(validator(min_length = 1, max_length = 100))]
    pub place: String,
    /// 主持人
    #[oai(validator(min_length = 1, max_length = 40))]
    pub host: String,
    /// 记录人
    #[oai(validator(min_length = 1, max_length = 40))]
    pub recorder: String,
    /// 议题
    #[oai(validator(min_length = 1, max_length = 200))]
    pub topic: String,
    /// 应到
    pub expected: u32,
    /// 实到
    pub present: u32,
    /// 缺席, each with a reason
    #[oai(default, validator(max_items = 500))]
    pub absent: Vec<Absence>,
    /// 会议内容
    #[oai(validator(min_length = 1, max_length = 20000))]
    pub minutes: String,
}

/// Keeps a meeting, or a new version of one, in a transaction that [`checkin::begin`] began.
pub async fn enter(
    tx: &mut PgConnection,
    caller: &Caller,
    form: &MeetingForm,
    client: Client,
    now: DateTime<Utc>,
) -> ApiResult<Submitted> {
    if form.types.is_empty() {
        return Err(ApiError::refused("meeting.no_type", "请选择会议类型。"));
    }
    for (label, text, most) in [
        ("地点", &form.place, 100),
        ("主持人", &form.host, 40),
        ("记录人", &form.recorder, 40),
        ("议题", &form.topic, 200),
        ("会议内容", &form.minutes, 20_000),
    ] {
        filled(label, text, most)?;
    }
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
    let sent = form.record.submission(tx, caller, special, client).await?;
    checkin::submit(tx, caller, Action::WriteMeeting, &sent, now).await
}
