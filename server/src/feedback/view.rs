//! Feedback as it is read.

use chrono::{DateTime, FixedOffset};
use poem_openapi::Object;
use serde::Deserialize;

use super::{Kind, State, number, sql};
use crate::edge::local;
use crate::ids::{AnswerId, DutyId, FeedbackId};

/// 意见建议
#[derive(Object)]
#[oai(rename = "Feedback", skip_serializing_if_is_none)]
pub struct View {
    pub id: FeedbackId,
    /// What people quote: `2026-0001`.
    pub number: String,
    pub kind: Kind,
    /// 建议、投诉……
    pub label: String,
    pub state: State,
    /// 待答复、已答复
    pub state_label: String,
    pub text: String,
    pub unit_name: String,
    pub duty_id: Option<DutyId>,
    pub duty_title: Option<String>,
    pub writer: String,
    pub received_at: DateTime<FixedOffset>,
    /// The first, and those that correct it, oldest first.
    pub answers: Vec<AnswerView>,
}

#[derive(Object, Deserialize)]
#[oai(rename = "FeedbackAnswer")]
pub struct AnswerView {
    pub id: AnswerId,
    pub text: String,
    pub by: String,
    pub at: DateTime<FixedOffset>,
}

impl From<sql::Line> for View {
    fn from(row: sql::Line) -> Self {
        let mut answers: Vec<AnswerView> = serde_json::from_value(row.answers).unwrap_or_default();
        for answer in &mut answers {
            answer.at = local(answer.at.to_utc());
        }
        let kind = Kind::parse(&row.kind).unwrap_or(Kind::Suggestion);
        let state = if answers.is_empty() { State::Open } else { State::Answered };
        Self {
            id: FeedbackId(row.id),
            number: number(row.year, row.no),
            kind,
            label: kind.label().into(),
            state,
            state_label: state.label().into(),
            text: row.body,
            unit_name: row.unit_name,
            duty_id: row.duty_id.map(DutyId),
            duty_title: row.duty_title,
            writer: row.writer,
            received_at: local(row.received_at),
            answers,
        }
    }
}
