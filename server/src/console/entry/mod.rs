//! 录入: meetings, signs, surveys and half-year reports entered at a desk, of one's own or for people who come by telephone, paper
//! or in person (代录). The forms bring what the API takes, to the same functions.

mod around;
mod contact;
mod meeting;
mod report;
mod sent;
mod sign;
mod statement;
mod survey;

pub use around::is_owed;
pub use contact::{ask as ask_contact, keep as keep_contact};
pub use meeting::{ask as ask_meeting, keep as keep_meeting};
pub use report::{ask as ask_report, keep as keep_report};
pub use sign::{ask as ask_sign, finish, keep as keep_sign};
pub use statement::{ask as ask_statement, keep as keep_statement};
pub use survey::{ask as ask_survey, keep as keep_survey};

use maud::{Markup, html};
use poem::web::Data;
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::{Desk, see};
use super::layout;
use crate::App;
use crate::access::Action;
use crate::checkin::{Kind, Receipt, Submitted};
use crate::console::filled::Filled;
use crate::duty::ledger;
use crate::error::{ApiError, ApiResult};
use crate::ids::{DutyId, RecordId, UnitId};
use crate::org::{self, Named, UnitKind};
use crate::platform::clock;

/// For whom the first page is: whoever may write something down.
pub const MAY: &[Action] = &[
    Action::WriteMeeting,
    Action::WriteSign,
    Action::WriteReport,
    Action::WriteContact,
    Action::WriteStatement,
];

/// From where a form is opened.
#[derive(Deserialize)]
pub struct Asked {
    unit: Option<String>,
    /// The duty it is for.
    duty: Option<String>,
    /// The sign case to be finished.
    case: Option<String>,
}

impl Asked {
    fn case(&self) -> Option<RecordId> {
        self.case.as_deref()?.parse().ok().map(RecordId)
    }

    /// A blank form for a unit, or for a duty and its unit.
    async fn blank(&self, app: &App, desk: &Desk) -> ApiResult<Filled> {
        let mut filled = Filled::default();
        let today = clock::today(desk.now);
        if let Some(id) = self.duty.as_deref().and_then(|id| id.parse().ok()).map(DutyId) {
            let duty = ledger::one(app, &desk.caller, id).await?.line;
            filled.add("unit", duty.unit_id.to_string());
            filled.add("duty", duty.id.to_string());
            if let Some(place) = &duty.place {
                filled.add("place", place.as_str());
            }
            for kind in &duty.meeting_types {
                filled.add("type", kind.as_str());
            }
            if let Some(person) = duty.person_id.filter(|person| *person != desk.caller.person) {
                filled.add("entered_for", person.to_string());
            }
            // The day of a window that is over is not guessed.
            if duty.last.is_none_or(|last| today <= last) && duty.first <= today {
                filled.add("happened_on", today.to_string());
            }
        } else {
            filled.add("unit", self.unit.as_deref().unwrap_or_default());
            filled.add("happened_on", today.to_string());
        }
        around::fresh(&mut filled);
        Ok(filled)
    }
}

#[handler]
pub async fn choose(app: Data<&App>, desk: Desk) -> ApiResult<Response> {
    let mut cards = Vec::new();
    for (action, path, title, words, kinds) in [
        (Action::WriteMeeting, "meeting", "会议", "三会一课、固定学习日等", MEETINGS),
        (Action::WriteSign, "sign", "标识牌清理", "新的一处,或办结没办完的", &[UnitKind::Village][..]),
        (
            Action::WriteSign,
            "survey",
            "标识牌排查申报",
            "一处排查完了,有没有发现都报",
            &[UnitKind::Village][..],
        ),
        (
            Action::WriteReport,
            "report",
            "流动党员半年汇报",
            "替流动党员录入,或自己的",
            &[UnitKind::Branch][..],
        ),
        (Action::WriteContact, "contact", "联系流动党员", "替联系人记下说过的话", &[UnitKind::Branch][..]),
        (
            Action::WriteStatement,
            "statement",
            "情况说明",
            "谈心谈话、满意度和需求了解等,写几句话",
            UnitKind::ALL,
        ),
    ] {
        if desk.may(action) {
            let mut units = org::units(&app.db, &desk.caller, action).await?;
            units.retain(|unit| kinds.contains(&unit.kind));
            cards.push(card(path, title, words, &units));
        }
    }
    let body = html! {
        p class="soft" { "有人打电话来、交来纸质材料或当面说的,在这里替他录入;自己的也可以在电脑上录。" }
        div class="answers" { @for card in &cards { (card) } }
        p class="soft" { "要办的事项从“待办台账”点开后选“代为录入”,组织和事项会先填好。" }
    };
    Ok(layout::page(&app, &desk, "/console/entry", "录入", &body))
}

/// Whose meetings the plan speaks of.
const MEETINGS: &[UnitKind] =
    &[UnitKind::Town, UnitKind::GeneralBranch, UnitKind::Branch, UnitKind::Group, UnitKind::Village];

fn card(path: &str, title: &str, words: &str, units: &[Named]) -> Markup {
    html! {
        form class="card" method="get" action=(format!("/console/entry/{path}")) {
            p { strong { (title) } " " span class="soft" { (words) } }
            @if units.is_empty() {
                p class="soft" { "您的职务下没有可录的组织。" }
            } @else {
                label for=(format!("unit-{path}")) { "组织" }
                p class="bar" {
                    select id=(format!("unit-{path}")) name="unit" {
                        @for unit in units { option value=(unit.id) { (unit.name) } }
                    }
                    button class="main" { "开始录入" }
                }
            }
        }
    }
}

/// The address of the form that serves a duty of this kind, for who may write such records.
pub fn form_for(desk: &Desk, kind: &str, duty: DutyId) -> Option<String> {
    let (path, action) = match Kind::parse(kind)? {
        Kind::Meeting => ("meeting", Action::WriteMeeting),
        Kind::Sign => ("sign", Action::WriteSign),
        Kind::Report => ("report", Action::WriteReport),
        Kind::Contact => ("contact", Action::WriteContact),
        Kind::Statement => ("statement", Action::WriteStatement),
        Kind::SignSurvey => ("survey", Action::WriteSign),
    };
    desk.may(action).then(|| format!("/console/entry/{path}?duty={duty}"))
}

/// Where the browser goes once the record is kept, or the refusal that the form shows.
fn kept(submitted: Submitted) -> ApiResult<Response> {
    let receipt: Receipt = submitted.into_answer()?;
    let left = receipt.not_counted.len();
    Ok(see(&format!("/console/records/{}?done=entered&left={left}", receipt.record_id)))
}

/// Whether the form can be put right and sent again. Who may not write here is told so, and nothing else.
fn in_form(error: ApiError) -> ApiResult<ApiError> {
    match error.status.as_u16() {
        401 | 403 | 404 => Err(error),
        _ if error.code == "checkin.id_reused" => {
            let told = "这一页刚才已经保存过了,内容和现在填的不一样。要改已保存的,请打开那条记录;要另录一条,请从“录入”重新打开。";
            Ok(ApiError { message: told.into(), ..error })
        }
        _ => Ok(error),
    }
}

/// The unit of a form.
fn unit_of(filled: &Filled) -> ApiResult<UnitId> {
    sent::uuid(filled, "unit").map(UnitId).ok_or_else(ApiError::not_found)
}
