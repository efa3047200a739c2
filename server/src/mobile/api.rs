use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::json;
use uuid::Uuid;

use super::report::{self, ReportForm};
use super::{Line, check_member, sql, tell};
use crate::App;
use crate::access::{self, Action};
use crate::checkin::form::{Common, Special};
use crate::checkin::{self, Kind, Receipt, Submitted};
use crate::edge::Client;
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::ids::{PersonId, RecordId};
use crate::named::named;
use crate::notify::Weight;
use crate::platform::clock;
use crate::tags::Tag;

pub struct Api;

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
struct ContactForm {
    /// `entered_for` names the member.
    record: Common,
    #[oai(validator(min_length = 1, max_length = 1000))]
    said: String,
    way: Way,
    /// The report this answers.
    in_reply_to: Option<RecordId>,
}

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
        access::check_any(&caller, Action::WriteContact)?;
        let member = form
            .record
            .entered_for
            .ok_or_else(|| ApiError::refused("mobile.member_missing", "请选择联系的是哪位流动党员。"))?;
        let special = Special {
            kind: Kind::Contact,
            facts: json!({ "said": form.said, "way": form.way.name(), "in_reply_to": form.in_reply_to }),
            photos_needed: 0,
            meeting_types: Vec::new(),
            unfinished: false,
        };
        let mut tx = checkin::begin(&app.db, form.record.id).await?;
        let sent = form.record.submission(&mut tx, &caller, special, client.0).await?;
        let away = check_member(&mut tx, &caller, Action::WriteContact, member, clock::today(now)).await?;
        if away.branch != sent.unit.id {
            return Err(ApiError::refused("mobile.other_branch", "请选择这位党员组织关系所在的党支部。"));
        }
        let submitted = checkin::submit(&mut tx, &caller, Action::WriteContact, &sent, now).await?;
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
            sql::put_line(&mut tx, caller.town, caller.person, &line, now).await?;
            tell(&mut tx, &caller, member, sent.id, "党支部给您回了话,请查看", Weight::Important, now)
                .await?;
        }
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
