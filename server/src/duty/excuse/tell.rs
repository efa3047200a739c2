//! Telling people what was decided: one notice a person, however many duties it is about.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{ExcuseKind, sql};
use crate::edge::date_label;
use crate::error::ApiResult;
use crate::identity::Caller;
use crate::ids::PersonId;
use crate::notify::{self, NewNotice, Weight};

/// Of use for a week: after that the list itself says how things stand.
const FOR: TimeDelta = TimeDelta::days(7);

/// Tells those who hold the duties, and whoever else is named with them, what became of a proposal or a batch: `approved`,
/// `refused`, `undone`. Whoever did it knows.
pub(super) async fn decided(
    tx: &mut PgConnection,
    caller: &Caller,
    subject: Uuid,
    outcome: &str,
    people: &[(Uuid, Uuid)],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let mut by_person: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for (duty, person) in people.iter().filter(|(_, person)| *person != caller.person.0) {
        let duties = by_person.entry(*person).or_default();
        if !duties.contains(duty) {
            duties.push(*duty);
        }
    }
    if by_person.is_empty() {
        return Ok(());
    }
    let about = sql::about(tx, caller.town, subject).await?;
    for (person, duties) in by_person {
        let (Some(duty), Some(one)) =
            (duties.first(), about.iter().find(|one| duties.contains(&one.duty_id)))
        else {
            continue;
        };
        let kind = ExcuseKind::parse(&one.kind).unwrap_or(ExcuseKind::Excused);
        let notice = NewNotice {
            town: caller.town,
            person: PersonId(person),
            subject_kind: "excuse",
            subject,
            rung: outcome,
            weight: Weight::Spare,
            page: &if duties.len() == 1 {
                format!("pages/duty/index?id={duty}")
            } else {
                "pages/today/index".to_owned()
            },
            title: &title(
                &one.title,
                duties.len(),
                &outcome_words(kind, outcome, one.new_last.map(date_label)),
            ),
            due_on: one.new_last.filter(|_| outcome == "approved"),
            not_after: now + FOR,
        };
        notify::queue(tx, &notice, now).await?;
    }
    Ok(())
}

fn title(first: &str, count: usize, outcome: &str) -> String {
    if count == 1 {
        format!("“{first}”{outcome}")
    } else {
        format!("“{first}”等{count}项{outcome}")
    }
}

fn outcome_words(kind: ExcuseKind, outcome: &str, last: Option<String>) -> String {
    match (kind, outcome) {
        (ExcuseKind::Postponed, "approved") => format!("延期到{}", last.unwrap_or_default()),
        (ExcuseKind::Delegated, "approved") => "请您来办".to_owned(),
        (_, "approved") => format!("同意{}", kind.label()),
        (_, "undone") => format!("的{}已撤销,照常办理", kind.label()),
        _ => format!("没有同意{}", kind.label()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_in_words() {
        let last = || Some("2021年10月20日".to_owned());
        for (kind, outcome, count, words) in [
            (ExcuseKind::Excused, "approved", 1, "“上党课”同意免办"),
            (ExcuseKind::NotApplicable, "refused", 1, "“上党课”没有同意不适用"),
            (ExcuseKind::Postponed, "approved", 3, "“上党课”等3项延期到2021年10月20日"),
            (ExcuseKind::Postponed, "undone", 1, "“上党课”的延期已撤销,照常办理"),
            (ExcuseKind::Delegated, "approved", 2, "“上党课”等2项请您来办"),
        ] {
            assert_eq!(title("上党课", count, &outcome_words(kind, outcome, last())), words);
        }
    }
}
