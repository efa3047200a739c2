//! A word to a mobile member: written on a phone, or entered at a desk for who has spoken with them.

use chrono::{DateTime, Utc};
use poem_openapi::Object;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Line, check_member, sql, tell};
use crate::access::{self, Action};
use crate::checkin::form::{Common, Special};
use crate::checkin::{self, Kind, Submitted};
use crate::edge::{Client, filled};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::RecordId;
use crate::named::named;
use crate::notify::Weight;
use crate::platform::clock;

named! {
    /// How the word was passed.
    #[oai(rename = "ContactWay")]
    pub enum Way {
        App = "app" "小程序",
        Phone = "phone" "电话",
        Message = "message" "信息",
        Visit = "visit" "上门",
    }
}

/// A word to a mobile member: an answer to a report, or news passed on by phone or visit.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ContactForm {
    /// `entered_for` names the member.
    pub record: Common,
    #[oai(validator(min_length = 1, max_length = 1000))]
    pub said: String,
    pub way: Way,
    /// The report this answers.
    pub in_reply_to: Option<RecordId>,
}

/// Keeps the word, in a transaction that [`checkin::begin`] began; the member is told to read it.
pub async fn contact(
    tx: &mut PgConnection,
    caller: &Caller,
    form: &ContactForm,
    client: Client,
    now: DateTime<Utc>,
) -> ApiResult<Submitted> {
    access::check_any(caller, Action::WriteContact)?;
    let member = form
        .record
        .entered_for
        .ok_or_else(|| ApiError::refused("mobile.member_missing", "请选择联系的是哪位流动党员。"))?;
    filled("说了什么", form.said.trim(), 1000)?;
    let special = Special {
        kind: Kind::Contact,
        facts: json!({ "said": form.said, "way": form.way.name(), "in_reply_to": form.in_reply_to }),
        photos_needed: 0,
        meeting_types: Vec::new(),
        unfinished: false,
    };
    let sent = form.record.submission(tx, caller, special, client).await?;
    let away = check_member(tx, caller, Action::WriteContact, member, clock::today(now)).await?;
    if away.branch != sent.unit.id {
        return Err(ApiError::refused("mobile.other_branch", "请选择这位党员组织关系所在的党支部。"));
    }
    let submitted = checkin::submit(tx, caller, Action::WriteContact, &sent, now).await?;
    if let Submitted::Kept(receipt) = &submitted
        && receipt.version_id == receipt.current_version
    {
        let line = Line {
            id: Uuid::now_v7(),
            member,
            direction: "to_member",
            record: sent.id,
            said: &form.said,
            channel: form.way.name(),
            happened_on: sent.happened_on,
        };
        sql::put_line(tx, caller.town, caller.person, &line, now).await?;
        tell(tx, caller, member, sent.id, "党支部给您回了话,请查看", Weight::Important, now).await?;
    }
    Ok(submitted)
}
