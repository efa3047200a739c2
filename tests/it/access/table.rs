//! The table: one row for every operation. What each call needs of the world is in `scene.rs`.

use serde_json::json;
use tuhe::access::Action;
use uuid::Uuid;

use super::scene::Scene;
use super::spec::Ask;

/// Operations for people who are nobody yet.
pub const PUBLIC: [&str; 3] = ["login", "bind", "about"];

/// Operations after which the token they were asked with is dead.
pub const ENDS_THE_SESSION: [&str; 3] = ["logout", "logout_all", "switch_town"];

/// For anybody, but there must be a desk that shows the code.
pub const NEEDS_A_DESK: &str = "confirm_desk";

/// Only whoever proposed it: `scene.proposer`.
pub const OWN_ONLY: &str = "withdraw_batch";

/// One operation, who may ask it, and a call that only access can refuse.
pub struct Row {
    pub id: &'static str,
    pub who: Who,
    pub ask: fn(&Scene) -> Ask,
}

/// Whom an operation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anybody logged in, about themselves.
    Oneself,
    /// The roles listed for an action.
    Listed(Action, Reach),
    /// By a tie between two people, whatever their posts; `me/helpers.rs` shows for whom.
    Tied,
}

/// How far a listed role reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To one thing of the units of the post; a thing elsewhere is 404.
    Thing,
    /// To a list of what is in the units of the post.
    List,
    /// To several things, each answered for itself.
    Each,
    /// To what the whole town has in common.
    Town,
    /// To numbers about every town, and to nothing else.
    County,
}

const fn oneself(id: &'static str, ask: fn(&Scene) -> Ask) -> Row {
    Row { id, who: Who::Oneself, ask }
}

const fn thing(id: &'static str, action: Action, ask: fn(&Scene) -> Ask) -> Row {
    Row { id, who: Who::Listed(action, Reach::Thing), ask }
}

const fn list(id: &'static str, action: Action) -> Row {
    Row { id, who: Who::Listed(action, Reach::List), ask: |_| Ask::plain() }
}

const fn town(id: &'static str, action: Action, ask: fn(&Scene) -> Ask) -> Row {
    Row { id, who: Who::Listed(action, Reach::Town), ask }
}

/// Every operation but the public ones.
pub const ROWS: &[Row] = &[
    // identity
    oneself("me", |_| Ask::plain()),
    oneself("devices", |_| Ask::plain()),
    oneself("logout_device", |_| Ask::at(&Uuid::now_v7())),
    oneself("visibility", |_| Ask::plain()),
    oneself("helpers", |_| Ask::plain()),
    Row { id: "helper_phone", who: Who::Tied, ask: |s| Ask::at(&s.town.contact_of_away) },
    oneself("switch_town", |s| Ask::plain().json(json!({ "town": s.town.id }))),
    oneself("confirm_desk", |_| Ask::plain().json(json!({ "code": "00000000" }))),
    oneself("logout", |_| Ask::plain()),
    oneself("logout_all", |_| Ask::plain()),
    thing("issue_bind_code", Action::IssueBindCode, |s| Ask::at(&s.town.away_member)),
    town("issue_desk_code", Action::IssueDeskCode, |s| Ask::at(&s.clerk)),
    // org
    list("units", Action::ReadOrg),
    thing("create_unit", Action::WriteOrg, |s| {
        let (parent, name) = (s.town.unit("石桥村党总支"), format!("新支部{}", Uuid::now_v7()));
        Ask::plain().json(json!({ "kind": "branch", "name": name, "parent": parent }))
    }),
    list("people", Action::ReadOrg),
    thing("person", Action::ReadOrg, |s| Ask::at(&s.town.away_member)),
    town("import_roster", Action::WriteOrg, |s| Ask::sheet(&s.roster)),
    list("roster_template", Action::WriteOrg),
    thing("add_post", Action::WriteOrg, |s| {
        let (person, units) = (s.town.away_member, [s.town.unit("石桥村")]);
        let post =
            json!({ "person": person, "role": "village_cadre", "units": units, "from_on": "2021-10-12" });
        Ask::plain().json(post)
    }),
    thing("state_facts", Action::StateFacts, |s| Ask::at(&s.town.unit("石桥支部")).json(Scene::facts())),
    thing("end_post", Action::WriteOrg, |s| Ask::at(&s.post)),
    thing("reveal_phone", Action::RevealPhone, |s| {
        Ask::at(&s.town.away_member).json(json!({ "reason": "核对联系方式" }))
    }),
    // plan
    town("plan_tasks", Action::ReadPlan, |_| Ask::plain()),
    town("load_plan", Action::WritePlan, |_| Ask::plain().json(json!({ "start_on": "2021-10-01" }))),
    town("export_plan", Action::ReadPlan, |_| Ask::plain()),
    town("load_plan_table", Action::WritePlan, |s| Ask::sheet(&s.plan_table)),
    town("plan_table_template", Action::WritePlan, |_| Ask::plain()),
    town("set_lead", Action::WritePlan, |s| Ask::at(&s.task).json(json!({ "name": "周明" }))),
    town("set_rule_date", Action::WritePlan, |s| {
        Ask::at(&s.rule).json(json!({ "opens": "2021-10-12", "due": "2021-12-20" }))
    }),
    town("plan_year", Action::WritePlan, |_| Ask::at(&2021)),
    town("carry_plan", Action::WritePlan, |_| {
        Ask::at(&2021).json(json!({ "choices": [{ "code": "2.3.1", "deed": "ask" }] }))
    }),
    town("plan_rule", Action::ReadPlan, |s| Ask::at(&s.rule)),
    town("preview_rule", Action::WritePlan, |_| Ask::at(&"7.4.1").json(Scene::rule_form())),
    town("change_rule", Action::WritePlan, |_| Ask::at(&"7.4.1").json(Scene::rule_form())),
    town("occasions", Action::WritePlan, |_| Ask::at(&"2.1.1")),
    town("open_occasion", Action::WritePlan, |s| {
        Ask::at(&"2.1.1").json(Scene::an_occasion(&s.town, &Uuid::now_v7().to_string()))
    }),
    town("withdraw_occasion", Action::WritePlan, |s| {
        Ask::at(&s.occasion).json(json!({ "reason": "开错了支部" }))
    }),
    // county
    Row {
        id: "county_counts",
        who: Who::Listed(Action::ReadTownCounts, Reach::County),
        ask: |_| Ask::plain(),
    },
    // duty
    oneself("duties_today", |_| Ask::plain()),
    list("calendar_month", Action::ReadDuties),
    thing("calendar_year", Action::ReadDuties, |s| Ask::query("unit", &s.town.unit("石桥支部"))),
    oneself("calendar_feed", |_| Ask::plain()),
    oneself("make_calendar_feed", |_| Ask::plain()),
    oneself("end_calendar_feed", |_| Ask::plain()),
    list("duties", Action::ReadDuties),
    list("duties_unreached", Action::ReadCallList),
    thing("duty", Action::ReadDuties, |s| Ask::at(&s.duty)),
    thing("explain_duty", Action::ReadDuties, |s| Ask::at(&s.duty)),
    thing("not_owed", Action::ReadDuties, |s| Ask::at(&s.town.unit("石桥支部"))),
    thing("propose_excuse", Action::ProposeExcuse, |s| {
        Ask::at(&s.duty).json(json!({ "kind": "excused", "reason": "本月防汛" }))
    }),
    thing("decide_excuse", Action::DecideExcuse, |s| {
        Ask::at(&s.excused_duty).json(json!({ "approve": false }))
    }),
    thing("duty_reached", Action::ReportReached, |s| Ask::at(&s.duty)),
    thing("undo_excuse", Action::DecideExcuse, |s| {
        Ask::at(&s.let_off_duty).json(json!({ "reason": "汛情过去了" }))
    }),
    thing("withdraw_excuse", Action::ProposeExcuse, |s| Ask::at(&s.duty)),
    list("excuses", Action::ProposeExcuse),
    thing("preview_batch", Action::ProposeExcuse, |s| Ask::plain().json(s.batch_choice())),
    thing("propose_batch", Action::ProposeExcuse, |s| {
        let (id, keys) = (Uuid::now_v7(), &s.batch_keys);
        Ask::plain()
            .json(json!({ "id": id, "choice": s.batch_choice(), "reason": "本月防汛", "duties": keys }))
    }),
    thing("decide_batch", Action::DecideExcuse, |s| Ask::at(&s.open_batch).json(json!({ "approve": true }))),
    thing("withdraw_batch", Action::ProposeExcuse, |s| Ask::at(&s.own_batch)),
    thing("undo_batch", Action::DecideExcuse, |s| {
        Ask::at(&s.approved_batch).json(json!({ "reason": "汛情过去了" }))
    }),
    thing("delegate_duty", Action::Delegate, |s| {
        Ask::at(&s.duty).json(json!({ "to": s.town.contact_of_away }))
    }),
    thing("hand_over_post", Action::WriteOrg, |s| {
        Ask::at(&s.held).json(json!({ "to": s.town.contact_of_away }))
    }),
    thing("close_unit", Action::WriteOrg, |s| Ask::at(&s.spare[0])),
    thing("merge_unit", Action::WriteOrg, |s| Ask::at(&s.spare[1]).json(json!({ "into": s.spare[2] }))),
    thing("split_unit", Action::WriteOrg, |s| {
        Ask::at(&s.spare[2]).json(json!({ "name": "新分支部", "members": [s.splitter] }))
    }),
    // evidence
    Row {
        id: "upload_photo",
        who: Who::Listed(Action::UploadPhoto, Reach::List),
        ask: |s| Ask::photo(&s.photo),
    },
    town("read_original", Action::ReadOriginal, |s| Ask::at(&s.taken).with("reason", "核对拍摄时间")),
    // records
    oneself("records", |_| Ask::plain()),
    thing("record", Action::ReadRecords, |s| Ask::at(&s.to_read.id)),
    thing("record_versions", Action::ReadRecords, |s| Ask::at(&s.to_read.id)),
    thing("accept_record", Action::ReviewUnnamed, |s| Ask::at(&s.to_accept.id).json(s.to_accept.seen())),
    Row {
        id: "accept_records",
        who: Who::Listed(Action::Review, Reach::Each),
        ask: |s| {
            let item = json!({ "id": s.for_bulk.id, "version": s.for_bulk.version });
            Ask::plain().json(json!({ "records": [item] }))
        },
    },
    thing("return_record", Action::ReviewUnnamed, |s| {
        let version = &s.to_return.version;
        Ask::at(&s.to_return.id).json(json!({ "version": version, "reason": "照片看不清" }))
    }),
    thing("confirm_record", Action::ConfirmRecord, |s| Ask::at(&s.to_confirm.id).json(s.to_confirm.seen())),
    thing("merge_record", Action::MergeRecord, |s| {
        Ask::at(&s.extra.id).json(json!({ "version": s.extra.version, "into": s.kept.id }))
    }),
    thing("submit_meeting", Action::WriteMeeting, |s| Ask::plain().json(s.meeting())),
    thing("meeting_prefill", Action::WriteMeeting, |s| Ask::query("unit", &s.town.unit("石桥支部"))),
    thing("submit_statement", Action::WriteStatement, |s| Ask::plain().json(s.statement())),
    list("signs", Action::ReadRecords),
    thing("sign_texts", Action::WriteSign, |s| Ask::query("village", &s.town.unit("石桥村"))),
    thing("submit_sign", Action::WriteSign, |s| Ask::plain().json(s.sign("石桥村", "outside"))),
    thing("submit_sign_survey", Action::WriteSign, |s| Ask::plain().json(s.survey_of("outside"))),
    thing("confirm_sign_survey", Action::ReviewUnnamed, |s| Ask::at(&s.survey.id).json(s.survey.seen())),
    thing("submit_report", Action::WriteReport, |s| Ask::plain().json(s.report())),
    thing("submit_contact", Action::WriteContact, |s| Ask::plain().json(s.contact())),
    thing("contacts", Action::ReadContacts, |s| Ask::at(&s.town.away_member)),
    // notify
    oneself("notices", |_| Ask::plain()),
    oneself("read_notices", |_| Ask::plain().json(json!({ "ids": [Uuid::now_v7()] }))),
    oneself("grants", |_| Ask::plain()),
    oneself("tell_grants", |_| Ask::plain().json(json!({ "tap_id": Uuid::now_v7(), "results": [] }))),
    oneself("reminders", |_| Ask::plain()),
    oneself("set_reminders", |_| {
        let hours = json!({ "zone": "Asia/Shanghai", "quiet_from": "22:00", "quiet_until": "07:00" });
        Ask::plain().json(hours)
    }),
    oneself("reminder_rungs", |_| Ask::plain()),
    list("call_list", Action::ReadCallList),
    thing("call_done", Action::ReadCallList, |s| Ask::at(&s.call)),
    // feedback
    oneself("send_feedback", |_| {
        let (id, text) = (Uuid::now_v7(), "希望表格再少一些");
        Ask::plain().json(json!({ "id": id, "kind": "suggestion", "text": text }))
    }),
    oneself("my_feedback", |_| Ask::plain()),
    list("feedback", Action::ReadFeedback),
    thing("answer_feedback", Action::AnswerFeedback, |s| {
        Ask::at(&s.feedback).json(json!({ "id": Uuid::now_v7(), "text": "已经转请核实" }))
    }),
];
