//! Answering: once; a correction is another answer, and both are kept. The writer is told.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::sql;
use crate::access::{self, Action};
use crate::audit;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{AnswerId, FeedbackId, PersonId};
use crate::notify::{self, NewNotice, Weight};

/// An answer is told to the writer for so long.
const TELL: TimeDelta = TimeDelta::days(14);

/// As sent.
pub struct Sent<'a> {
    pub id: AnswerId,
    pub text: &'a str,
    /// The answer this one corrects.
    pub corrects: Option<AnswerId>,
}

/// Answers. A repeat changes nothing.
pub async fn answer(
    tx: &mut PgConnection,
    caller: &Caller,
    about: FeedbackId,
    sent: &Sent<'_>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let feedback = sql::lock(tx, caller.town, about).await?.ok_or_else(ApiError::not_found)?;
    access::check(caller, Action::AnswerFeedback, &feedback.path)?;
    let text = sent.text.trim();
    if text.is_empty() {
        return Err(ApiError::refused("feedback.answer_empty", "请写明答复的内容。"));
    }
    if let Some(stored) = sql::answer(tx, caller.town, sent.id).await? {
        let same =
            stored.feedback_id == about.0 && stored.body == text && stored.by_person == caller.person.0;
        return if same { Ok(()) } else { Err(id_reused()) };
    }
    let last = sql::last_answer(tx, caller.town, about).await?;
    if last.as_ref().map(|last| last.id) != sent.corrects.map(|id| id.0) {
        return Err(match last {
            Some(last) => ApiError::conflict(
                "feedback.answered",
                "这条意见已有答复。要更正,请看过最新的答复后另写一条更正,原答复会保留。",
            )
            .with_details(json!({ "last_answer": last.id })),
            None => ApiError::conflict("feedback.nothing_to_correct", "这条意见还没有答复,请直接答复。"),
        });
    }
    let no = last.map_or(1, |last| last.no + 1);
    sql::insert_answer(tx, caller.town, caller.person, about, sent.id, no, text, now).await?;
    let number = super::number(feedback.year, feedback.no);
    let notice = NewNotice {
        town: caller.town,
        person: PersonId(feedback.writer_id),
        subject_kind: "feedback",
        subject: about.0,
        rung: &format!("answered-{no}"),
        weight: Weight::Spare,
        page: &format!("more/feedback/index?id={about}"),
        title: &format!("您反映的{number}号事项有了答复"),
        due_on: None,
        not_after: now + TELL,
    };
    notify::queue(tx, &notice, now).await?;
    let entry = audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action: "feedback.answered",
        subject_kind: "feedback",
        subject: Some(about.0),
        facts: &json!({ "no": no }),
    };
    audit::record(tx, entry, now).await
}

fn id_reused() -> ApiError {
    ApiError::conflict("feedback.id_reused", "这个编号已经用于另一条不同的答复,请重新打开后提交。")
}
