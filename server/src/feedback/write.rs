//! Writing one: numbered without a gap, a repeat answered with what is stored.

use chrono::{DateTime, Datelike, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Kind, sql};
use crate::access::{self, Action};
use crate::edge::content_hash;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{DutyId, FeedbackId, UnitId};
use crate::platform::clock;
use crate::{audit, org};

/// As sent.
pub(super) struct Sent<'a> {
    pub id: FeedbackId,
    pub kind: Kind,
    pub text: &'a str,
    pub unit: Option<UnitId>,
    pub duty: Option<DutyId>,
    pub schema: u32,
}

/// Stored, under this number; `is_new` is false for a repeat, after which nothing is to be committed.
pub(super) struct Stored {
    pub row: sql::Stored,
    pub is_new: bool,
}

/// Keeps what was sent. The counter is locked before anything is looked up: of the same request twice at once, the
/// second finds the first.
pub(super) async fn write(
    tx: &mut PgConnection,
    caller: &Caller,
    sent: &Sent<'_>,
    now: DateTime<Utc>,
) -> ApiResult<Stored> {
    let text = sent.text.trim();
    check(sent, text)?;
    let content = json!({
        "schema": sent.schema, "kind": sent.kind.name(), "text": sent.text, "unit_id": sent.unit, "duty_id": sent.duty,
    });
    let hash = content_hash(&content)?;
    let year = clock::today(now).year();
    let no = sql::next_number(tx, caller.town, year).await?;
    if let Some(row) = sql::stored(tx, caller.town, sent.id).await? {
        let same = row.content_hash == hash && row.writer_id == caller.person.0;
        return if same { Ok(Stored { row, is_new: false }) } else { Err(id_reused()) };
    }
    let new = sql::New {
        id: sent.id,
        year,
        no,
        kind: sent.kind,
        unit: unit_of(tx, caller, sent, now).await?,
        duty: sent.duty,
        body: text,
        hash: &hash,
    };
    sql::insert(tx, caller.town, caller.person, &new, now).await?;
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action: "feedback.written",
        subject_kind: "feedback",
        subject: Some(sent.id.0),
        facts: &json!({ "kind": sent.kind.name(), "number": super::number(year, no) }),
    };
    audit::record(tx, entry, now).await?;
    let row = sql::stored(tx, caller.town, sent.id).await?.ok_or_else(ApiError::not_found)?;
    Ok(Stored { row, is_new: true })
}

fn check(sent: &Sent<'_>, text: &str) -> ApiResult<()> {
    if sent.kind == Kind::ClerkRequest && sent.duty.is_none() {
        return Err(ApiError::refused("feedback.duty_missing", "请从要代录的那项待办里点“改由镇里录入”。"));
    }
    if sent.kind != Kind::ClerkRequest && sent.duty.is_some() {
        return Err(ApiError::refused(
            "feedback.duty_unwanted",
            "只有请镇里代录时才关联待办,请重新打开后提交。",
        ));
    }
    if sent.kind != Kind::ClerkRequest && text.is_empty() {
        return Err(ApiError::refused("feedback.text_empty", "请写几句要反映的情况。"));
    }
    Ok(())
}

/// Whose affair it is: the duty's unit, the unit named, or else the writer's own.
async fn unit_of(
    tx: &mut PgConnection,
    caller: &Caller,
    sent: &Sent<'_>,
    now: DateTime<Utc>,
) -> ApiResult<Uuid> {
    if let Some(duty) = sent.duty {
        let scope = access::scope_or_none(caller, Action::ReadDuties, |_| true);
        let unit = sql::unit_of_duty(tx, caller.town, caller.person, duty, &scope).await?;
        return unit.ok_or_else(ApiError::not_found);
    }
    if let Some(unit) = sent.unit {
        return Ok(org::unit(tx, caller.town, unit).await?.id.0);
    }
    Ok(sql::home(tx, caller.town, caller.person, clock::today(now)).await?)
}

fn id_reused() -> ApiError {
    ApiError::conflict("feedback.id_reused", "这个编号已经用于另一条不同的意见,请重新打开后提交。")
}
