//! “为什么有这件事”: one duty, told whole. Why it is owed and by which fact, until when, what counts, how it stands, who was
//! told through what and with what result, who holds it, what was decided about it. And of a rule that is not owed: why not.

mod not_owed;
mod sql;
mod view;
pub mod words;

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::Object;
use serde::Deserialize;

pub use not_owed::{NotOwed, NotOwedRule, not_owed};

use super::ledger::Status;
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{DutyId, PersonId, RecordId, UnitId};
use crate::platform::clock;

/// 来龙去脉
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Explanation {
    pub id: DutyId,
    pub title: String,
    pub unit_id: UnitId,
    pub unit_name: String,
    pub why: Why,
    pub when: When,
    pub counts: WhatCounts,
    pub stands: Stands,
    /// Who was told, the first first.
    pub told: Vec<Told>,
    /// On whose list it stands now; nobody when it is over or the post is vacant.
    pub holders: Vec<Holder>,
    /// 书记、流动党员本人……: whose it is by rule, and whether it was handed over.
    pub held_by: String,
    /// 免办、不适用、延期, the first first.
    pub decisions: Vec<Decision>,
}

/// Where it comes from.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Why {
    /// The whole of it in words.
    pub sentence: String,
    pub rule_code: String,
    pub task_code: String,
    pub action: String,
    pub item: String,
    pub requirement: String,
    /// 时间节点, in the annex's words
    pub time: String,
    /// 责任人, or 待确认
    pub lead: String,
    /// 文号
    pub source: String,
    /// The branch fact that decides, in words.
    pub fact: String,
}

/// Since when and until when.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct When {
    pub sentence: String,
    /// How often, in words.
    pub cadence: String,
    /// The day it was put on the list.
    pub opened_on: NaiveDate,
    pub first: NaiveDate,
    /// Absent for 立即.
    pub last: Option<NaiveDate>,
    pub grace_last: Option<NaiveDate>,
    /// The last day of a deed that still belongs here, as 补录; absent for ever.
    pub counts_until: Option<NaiveDate>,
}

/// What it takes.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct WhatCounts {
    pub sentence: String,
    pub record_kind: String,
    pub meeting_types: Vec<String>,
    pub photos_required: i32,
    /// 党支部书记、党建办……
    pub accepted_by: String,
    /// Estimated minutes of entry.
    pub minutes: i32,
}

/// How it stands, and by which record.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Stands {
    pub status: Status,
    pub sentence: String,
    pub record_id: Option<RecordId>,
    /// `on_time` or `late`, once received
    pub verdict: Option<String>,
    pub return_due: Option<NaiveDate>,
}

/// One telling.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Told {
    /// Only for who may read the unit's people, and of oneself.
    pub who: Option<String>,
    /// 截止前7天提醒……
    pub what: String,
    pub at: DateTime<FixedOffset>,
    /// 微信、短信、小程序、电话通知
    pub through: String,
    pub result: String,
}

/// Who holds it.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Holder {
    pub person_id: PersonId,
    pub name: Option<String>,
    pub myself: bool,
}

/// Something decided about it.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Decision {
    /// 免办、不适用、延期、交办
    pub kind: String,
    pub sentence: String,
    pub reason: String,
    pub proposed_at: DateTime<FixedOffset>,
    pub proposed_by: Option<String>,
    pub decided_at: Option<DateTime<FixedOffset>>,
    pub decided_by: Option<String>,
    pub undone_at: Option<DateTime<FixedOffset>>,
    pub undone_by: Option<String>,
    /// Nobody has decided it yet.
    pub waits: bool,
    /// The reader has proposed it.
    pub mine: bool,
}

/// One duty in the caller's units, or their own, told whole. Read by one statement.
pub async fn explain(app: &App, caller: &Caller, duty: DutyId) -> ApiResult<Explanation> {
    let today = clock::today(app.clock.now());
    let scope = access::scope_or_none(caller, Action::ReadDuties, |_| true);
    let names = access::scope_or_none(caller, Action::ReadOrg, |_| true);
    let row =
        sql::whole(&app.db, caller, &scope, &names, duty, today).await?.ok_or_else(ApiError::not_found)?;
    view::of(row, duty, caller, today)
}

/// A notice as the statement gives it.
#[derive(Deserialize)]
struct Noticed {
    person: PersonId,
    name: String,
    rung: String,
    kind: String,
    state: String,
    at: DateTime<FixedOffset>,
    read: bool,
    message: Option<String>,
    finished_at: Option<DateTime<FixedOffset>>,
    errcode: Option<i32>,
    /// The state of the text message it was in, if it was in one.
    sms: Option<String>,
}

#[derive(Deserialize)]
struct Called {
    person: Option<PersonId>,
    name: Option<String>,
    why: String,
    at: DateTime<FixedOffset>,
    done_at: Option<DateTime<FixedOffset>>,
    made: bool,
}

#[derive(Deserialize)]
struct Held {
    person: PersonId,
    name: String,
}

#[derive(Deserialize)]
struct Recorded {
    state: String,
    happened_on: NaiveDate,
    received_at: DateTime<FixedOffset>,
    complete: bool,
}

#[derive(Deserialize)]
struct Reviewed {
    decision: String,
    at: DateTime<FixedOffset>,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Excused {
    kind: String,
    reason: String,
    by: String,
    by_id: PersonId,
    at: DateTime<FixedOffset>,
    decision: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<DateTime<FixedOffset>>,
    new_last: Option<NaiveDate>,
    undone_by: Option<String>,
    undone_at: Option<DateTime<FixedOffset>>,
    undo_reason: Option<String>,
}
