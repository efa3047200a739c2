//! What a record says, in words. Each kind keeps its own facts; a fact without a word of its own is shown as it stands.

use maud::{Markup, html};
use serde_json::Value;

use crate::checkin::Kind;
use crate::mobile::Way;
use crate::plan::{MeetingType, Place};
use crate::sign::{CaseAction, Finding, State};

/// Facts in the order people ask for them.
const FACTS: [(&str, &str); 22] = [
    ("types", "会议类型"),
    ("place", "地点"),
    ("host", "主持人"),
    ("recorder", "记录人"),
    ("topic", "议题"),
    ("expected", "应到"),
    ("present", "实到"),
    ("absent", "缺席"),
    ("minutes", "会议内容"),
    ("text", "内容"),
    ("finding", "认定"),
    ("action", "处理"),
    ("reason", "原因"),
    ("state", "办理情况"),
    ("note", "说明"),
    ("life", "近况"),
    ("study", "学习情况"),
    ("wishes", "困难和建议"),
    ("said", "联系内容"),
    ("way", "联系方式"),
    ("country", "国家或地区"),
    ("town", "所在地"),
];

/// The facts of a record as a list of terms.
pub fn list(kind: Kind, facts: &Value) -> Markup {
    html! {
        dl {
            @for (name, label) in FACTS {
                @if let Some(words) = facts.get(name).and_then(|value| words(kind, name, value)) {
                    dt { (label) }
                    dd { (words) }
                }
            }
        }
    }
}

fn words(kind: Kind, name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(coded(kind, name, text).unwrap_or(text).to_owned()),
        Value::Array(list) => {
            let parts: Vec<String> = list.iter().filter_map(|one| words(kind, name, one)).collect();
            (!parts.is_empty()).then(|| parts.join("、"))
        }
        // 缺席: a name and why.
        Value::Object(one) if one.contains_key("name") => {
            let (who, why) = (one.get("name")?.as_str()?, one.get("reason").and_then(Value::as_str));
            Some(why.filter(|why| !why.is_empty()).map_or_else(|| who.into(), |why| format!("{who}({why})")))
        }
        Value::Object(one) => {
            let parts: Vec<&str> = one.values().filter_map(Value::as_str).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        }
        other => Some(other.to_string()),
    }
}

/// The label of a fact that is one of a closed vocabulary.
fn coded(kind: Kind, name: &str, code: &str) -> Option<&'static str> {
    match (kind, name) {
        (Kind::Meeting, "types") => MeetingType::parse(code).map(MeetingType::label),
        (Kind::Sign | Kind::SignSurvey, "place") => Place::parse(code).map(Place::label),
        (Kind::Sign, "finding") => Finding::parse(code).map(Finding::label),
        (Kind::Sign, "action") => CaseAction::parse(code).map(CaseAction::label),
        (Kind::Sign, "state") => State::parse(code).map(State::label),
        (Kind::Contact, "way") => Way::parse(code).map(Way::label),
        _ => None,
    }
}
