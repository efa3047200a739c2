//! 工作记录: submitting a record with photos against duties, its versions, and its review.
//!
//! The kinds (`meeting`, `sign`, `mobile` …) check their own facts and hand a [`Submission`] down. What the phone sends
//! is kept whatever it is for (design D3): a repeat is answered with what is stored, an edit on an old base is kept
//! beside the current version, a second record for a fulfilled duty is an extra, missing photos are waited for.

mod api;
mod bulk;
mod complete;
mod first;
pub mod form;
mod fulfil;
pub mod lists;
mod merge;
mod other;
mod photos;
mod read;
mod receipt;
mod review;
mod reviewer;
mod sql;
mod sql_first;
mod sql_merge;
mod sql_read;
mod sql_review;
mod submit;
mod trust;

pub use api::Api;
pub use bulk::{BulkResult, accept_many};
pub use complete::complete_pass;
pub use other::OtherRecord;
pub use read::{PhotoView, RecordLine, RecordView};
pub use receipt::{DutyResult, NotCounted, Receipt, State};
pub use review::{accept, accept_one, check_reason, confirm, give_back};
pub use submit::{Submitted, begin, submit};
pub use trust::{PhotoFact, Twin};

use chrono::NaiveDate;
use serde_json::Value;

use crate::edge::Client;
use crate::evidence::Hash;
use crate::ids::{DutyId, PersonId, RecordId, VersionId};
use crate::named::named;
use crate::org::Unit;

named! {
    /// Kinds of record.
    #[oai(rename = "RecordKind")]
    pub enum Kind {
        Meeting = "meeting" "会议",
        Sign = "sign" "标识牌清理",
        SignSurvey = "sign_survey" "标识牌排查申报",
        Report = "report" "流动党员汇报",
        Contact = "contact" "双向联系",
        Statement = "statement" "情况说明",
    }
}

named! {
    /// How a record came in: lateness and trust are told apart by it, not judged.
    pub enum Channel {
        Phone = "phone" "手机",
        Console = "console" "电脑",
        /// Entered by the office upon a request in the app.
        Clerk = "clerk" "代录",
        /// Entered for somebody who said it on the telephone.
        Call = "call" "电话代录",
        /// Entered for somebody from a sheet of paper.
        Paper = "paper" "纸质代录",
        /// Entered for somebody who came in person.
        Visit = "visit" "当面代录",
    }
}

impl Kind {
    /// Of one member, and hidden from the others of the unit.
    fn is_personal(self) -> bool {
        matches!(self, Self::Report | Self::Contact)
    }
}

/// A photo a record names, arrived or not.
#[derive(Debug, Clone)]
pub struct PhotoClaim {
    /// What it shows: `before`, `after`, `meeting`, `sheet`, `other`.
    pub slot: &'static str,
    pub hash: Hash,
    /// The phone's word on it: camera or album, when taken. Claims, never trusted for a verdict.
    pub claims: Value,
}

/// What every kind of record has in common, on its way in.
pub struct Submission {
    pub id: RecordId,
    pub version: VersionId,
    /// The version this one was written upon; none for the first.
    pub base: Option<VersionId>,
    pub kind: Kind,
    pub unit: Unit,
    pub happened_on: NaiveDate,
    pub duties: Vec<DutyId>,
    pub entered_for: Option<PersonId>,
    pub channel: Channel,
    /// Facts of the kind, as they will be read back.
    pub facts: Value,
    /// The fields as sent, for telling a repeat from another content under the same id.
    pub content: Value,
    pub photos: Vec<PhotoClaim>,
    /// Photos the kind itself needs, beside what the duties' rules ask.
    pub photos_needed: usize,
    /// For a meeting: its types, which decide whether it counts for a duty.
    pub meeting_types: Vec<String>,
    /// Not done yet (a sign case with its first photo): stored, shown, and not up for review.
    pub unfinished: bool,
    pub client: Client,
}
