//! The half-year report: by the member from a phone, or entered for them by who helps.

use chrono::{DateTime, Utc};
use poem_openapi::Object;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Line, check_member, sql, tell};
use crate::access::{self, Action};
use crate::checkin::form::{Common, Special};
use crate::checkin::{self, Channel, Kind, Submitted};
use crate::edge::{Client, filled, not_longer};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::notify::Weight;
use crate::platform::clock;

/// 流动党员半年汇报: three short answers.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ReportForm {
    pub record: Common,
    /// A town in China, or a country and city; never an address.
    #[oai(validator(min_length = 1, max_length = 40))]
    pub place: String,
    /// 近期工作和生活情况
    #[oai(validator(min_length = 1, max_length = 1000))]
    pub life: String,
    /// 学习和参加活动情况
    #[oai(validator(min_length = 1, max_length = 1000))]
    pub study: String,
    /// 困难和建议
    #[oai(default, validator(max_length = 1000))]
    pub wishes: String,
}

/// Keeps a report, or a new version of one, in a transaction that [`checkin::begin`] began. Without `entered_for` it is
/// the caller's own.
pub async fn report(
    tx: &mut PgConnection,
    caller: &Caller,
    mut form: ReportForm,
    client: Client,
    now: DateTime<Utc>,
) -> ApiResult<Submitted> {
    for (label, text, most) in [
        ("现在在哪里", &form.place, 40),
        ("近期工作和生活", &form.life, 1000),
        ("学习和参加活动", &form.study, 1000),
    ] {
        filled(label, text, most)?;
    }
    not_longer("困难和建议", &form.wishes, 1000)?;
    access::check_any(caller, Action::WriteReport)?;
    let member = form.record.entered_for.unwrap_or(caller.person);
    form.record.entered_for = Some(member);
    let special = Special {
        kind: Kind::Report,
        facts: json!({ "place": form.place, "life": form.life, "study": form.study, "wishes": form.wishes }),
        photos_needed: 0,
        meeting_types: Vec::new(),
        unfinished: false,
    };
    let sent = form.record.submission(tx, caller, special, client).await?;
    let away = check_member(tx, caller, Action::WriteReport, member, clock::today(now)).await?;
    if away.branch != sent.unit.id {
        return Err(ApiError::refused("mobile.other_branch", "请选择本人组织关系所在的党支部。"));
    }
    let submitted = checkin::submit(tx, caller, Action::WriteReport, &sent, now).await?;
    if let Submitted::Kept(receipt) = &submitted
        && receipt.version_id == receipt.current_version
    {
        let line = Line {
            id: Uuid::now_v7(),
            member,
            direction: "from_member",
            record: sent.id,
            said: &form.life,
            channel: way(sent.channel),
            happened_on: sent.happened_on,
        };
        sql::put_line(tx, caller.town, caller.person, &line, now).await?;
        if let Some(contact) = away.contact.or(away.secretary).filter(|person| *person != caller.person) {
            tell(tx, caller, contact, sent.id, "您联系的流动党员交来了半年汇报,请回复", Weight::Spare, now)
                .await?;
        }
    }
    Ok(submitted)
}

/// How the member's word came.
fn way(channel: Channel) -> &'static str {
    match channel {
        Channel::Phone | Channel::Console | Channel::Clerk => "app",
        Channel::Call => "phone",
        Channel::Paper => "message",
        Channel::Visit => "visit",
    }
}
