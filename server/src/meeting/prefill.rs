//! What a meeting's form starts from, so that nobody types what the town knows: the last meeting of the unit, and its
//! members, of whom only the absent are tapped.

use poem_openapi::Object;
use serde::Deserialize;

use super::sql;
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{PersonId, UnitId};
use crate::plan::MeetingType;
use crate::platform::clock;

/// Why a member who is registered as away does not attend.
const AWAY: &str = "流动党员外出";

/// A form half filled in.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Prefill {
    /// Of the unit's last meeting; absent before the first.
    pub last: Option<LastMeeting>,
    /// 应到
    pub expected: u32,
    /// To tap who is absent; empty where the roster names nobody.
    pub members: Vec<Attendee>,
}

/// The unit's last meeting.
#[derive(Object, Deserialize)]
pub struct LastMeeting {
    pub types: Vec<MeetingType>,
    pub place: String,
    pub host: String,
    pub recorder: String,
}

/// A member of the unit.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Attendee {
    pub id: PersonId,
    pub name: String,
    /// A reason known beforehand: tapped as absent already.
    pub absent: Option<String>,
}

/// What the form of a unit's next meeting starts from.
pub async fn of(app: &App, caller: &Caller, unit: UnitId) -> ApiResult<Prefill> {
    let scope = access::scope(caller, Action::WriteMeeting)?;
    let row = sql::prefill(&app.db, caller.town, &scope, unit, clock::today(app.clock.now())).await?;
    Ok(row.ok_or_else(ApiError::not_found)?.into())
}

#[derive(Deserialize)]
struct Member {
    id: PersonId,
    name: String,
    away: bool,
}

impl From<sql::Prefill> for Prefill {
    fn from(row: sql::Prefill) -> Self {
        let members: Vec<Member> = serde_json::from_value(row.members).unwrap_or_default();
        let counted = u32::try_from(row.counted).unwrap_or_default();
        let listed = u32::try_from(members.len()).unwrap_or_default();
        let attendee = |member: Member| Attendee {
            id: member.id,
            name: member.name,
            absent: member.away.then(|| AWAY.to_owned()),
        };
        Self {
            last: serde_json::from_value(row.last).unwrap_or_default(),
            expected: if listed > 0 { listed } else { counted },
            members: members.into_iter().map(attendee).collect(),
        }
    }
}
