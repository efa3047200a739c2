//! Mark, request, result: each committed before the next.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::future::join_all;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::sql::{self, Due};
use super::{Effect, effect, text};
use crate::App;
use crate::audit;
use crate::error::ApiResult;
use crate::ids::TownId;
use crate::org;
use crate::platform::gateway::Gateway;
use crate::platform::metrics;

/// Requests under way at once: so many outcomes can be unknown after a kill.
const IN_FLIGHT: usize = 4;
/// How often a result is written, at most, and how long after a failure again; well within the minute after which it is held.
const TRIES: u32 = 4;
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What is to be sent. Printed nowhere: it holds a number.
struct Work {
    town: TownId,
    id: Uuid,
    attempt: i32,
    to: String,
    text: String,
}

/// What is to become of a text that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Send(NaiveDate),
    Wait(DateTime<Utc>),
    Cancelled,
    Expired,
}

/// Decides at the last moment: what is done by now, or read, is not told any more.
fn decide(due: &Due, now: DateTime<Utc>) -> Fate {
    let awake = due.hours.release(now);
    match due.not_after <= now {
        true => Fate::Expired,
        false if due.today + due.overdue == 0 || due.phone_sealed.is_none() => Fate::Cancelled,
        false if awake > now => Fate::Wait(awake),
        false if due.others_on.contains(&due.hours.day(now)) => Fate::Wait(due.hours.next_day(now)),
        false => Fate::Send(due.hours.day(now)),
    }
}

/// Marks some of what is due and sends it; returns how many texts were looked at.
pub(super) async fn some(app: &App, gateway: &Gateway, now: DateTime<Utc>) -> ApiResult<usize> {
    let mut tx = app.db.begin().await?;
    let due = sql::due(&mut tx, now, i64::try_from(IN_FLIGHT).unwrap_or(1)).await?;
    let mut works = Vec::new();
    for one in &due {
        works.extend(mark(app, &mut tx, one, now).await?);
    }
    tx.commit().await?;
    // Each to its end: what fails for one cancels no other's request and loses no other's result.
    let ended = join_all(works.iter().map(|work| send(app, gateway, work, now))).await;
    let rests = ended.iter().filter_map(|(effect, _)| Some((effect.rest()?, effect)));
    if let Some((until, effect)) = rests.max_by_key(|(until, _)| *until) {
        if effect.name == "misconfigured" {
            tracing::error!(
                status = effect.status,
                "alarm: the text-message gateway does not take our key or address; texts rest"
            );
        } else {
            tracing::warn!("the text-message gateway is busy; texts rest");
        }
        sql::rest(&app.db, until).await?;
    }
    for (_, kept) in ended {
        kept?;
    }
    Ok(due.len())
}

/// Sends one, and writes down what came of it as soon as it is known. A database that is away for a moment loses no result; what
/// cannot be written is held as unknown.
async fn send(
    app: &App,
    gateway: &Gateway,
    work: &Work,
    now: DateTime<Utc>,
) -> (Effect, Result<(), sqlx::Error>) {
    let outcome = gateway.send(work.id, &work.to, &work.text, now).await;
    let effect = effect(outcome, work.attempt, now);
    metrics::text_message(effect.name);
    let mut left = TRIES;
    loop {
        left -= 1;
        match sql::finish(&app.db, work.town, work.id, &effect, app.clock.now()).await {
            Err(error) if left > 0 => {
                tracing::warn!(%error, sms = %work.id, "a text's result could not be written; tried again");
                tokio::time::sleep(AGAIN_AFTER).await;
            }
            kept => return (effect, kept),
        }
    }
}

/// Moves one on; gives what is to be sent. The opening of a number stands on the log.
async fn mark(app: &App, tx: &mut PgConnection, due: &Due, now: DateTime<Utc>) -> ApiResult<Option<Work>> {
    let day = match decide(due, now) {
        Fate::Send(day) => day,
        Fate::Wait(at) => {
            sql::put_off(tx, due.town, due.id, at).await?;
            return Ok(None);
        }
        Fate::Cancelled => {
            sql::end(tx, due.town, due.id, "cancelled", now).await?;
            return Ok(None);
        }
        Fate::Expired => {
            sql::end(tx, due.town, due.id, "expired", now).await?;
            return Ok(None);
        }
    };
    let cell = org::phone_cell(due.town, due.person);
    let Some(sealed) = &due.phone_sealed else { return Ok(None) };
    let Ok(to) = app.keys.open(cell, sealed) else {
        // One number nobody can read must not hold up everybody else's texts.
        tracing::error!(town = %due.town, sms = %due.id, "alarm: a stored number cannot be opened; its text is cancelled");
        sql::end(tx, due.town, due.id, "cancelled", now).await?;
        return Ok(None);
    };
    sql::mark(tx, due.town, due.id, day, now).await?;
    let entry = audit::Entry {
        town: due.town,
        actor: None,
        action: "sms.sending",
        subject_kind: "person",
        subject: Some(due.person.0),
        facts: &json!({ "sms": due.id, "due": due.today, "overdue": due.overdue }),
    };
    audit::record(tx, entry, now).await?;
    let text = text(due.today, due.overdue);
    Ok(Some(Work { town: due.town, id: due.id, attempt: due.attempt + 1, to, text }))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;

    use super::*;
    use crate::ids::PersonId;
    use crate::notify::quiet::Hours;

    #[test]
    fn it_is_sent_by_day_once_a_day_and_only_while_there_is_something_to_say() {
        let at = |text: &str| -> DateTime<Utc> { format!("{text}:00+08:00").parse().expect("instant") };
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("time");
        let due = |today, overdue, phone: bool, others: &[&str]| Due {
            town: TownId(Uuid::nil()),
            id: Uuid::nil(),
            person: PersonId(Uuid::nil()),
            attempt: 0,
            not_after: at("2021-10-12T00:00"),
            hours: Hours::new("Asia/Shanghai", time(21), time(8)),
            phone_sealed: phone.then(Vec::new),
            today,
            overdue,
            others_on: others.iter().map(|day| day.parse().expect("a date")).collect(),
        };
        let day = "2021-10-10".parse().expect("a date");
        let morning = Fate::Wait(at("2021-10-11T08:00"));
        for (due, now, fate) in [
            (due(1, 0, true, &[]), "2021-10-10T09:00", Fate::Send(day)),
            (due(0, 2, true, &["2021-10-09"]), "2021-10-10T20:59", Fate::Send(day)),
            (due(1, 0, true, &[]), "2021-10-10T21:00", morning),
            (due(1, 0, true, &["2021-10-10"]), "2021-10-10T09:00", morning),
            (due(1, 0, true, &["2021-10-10", "2021-10-11"]), "2021-10-10T09:00", morning),
            (due(0, 0, true, &[]), "2021-10-10T09:00", Fate::Cancelled),
            (due(1, 0, false, &[]), "2021-10-10T09:00", Fate::Cancelled),
            (due(1, 0, true, &[]), "2021-10-12T09:00", Fate::Expired),
        ] {
            assert_eq!(decide(&due, at(now)), fate, "{now}");
        }
    }
}
