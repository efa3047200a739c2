//! Turning the ladder into notices. Idempotent: a notice is owed once per person, duty and rung (invariant 3).
//!
//! Each duty carries when it is looked at next; what has come is claimed in batches, by as many processes as there are,
//! without a leader. After an outage a duty is looked at once, however long it lasted.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool};

use super::escalate::{self, Due as Step};
use super::sql_remind::{self as sql, Claimed};
use super::telling::{self, Told};
use crate::error::{ApiError, ApiResult};
use crate::ids::{PersonId, UnitId};
use crate::notify::{self, NewCall, NewNotice};
use crate::org::Role;
use crate::plan::{Audience, Cadence, Ladder};
use crate::platform::clock;

/// Duties claimed in one transaction.
const BATCH: usize = 1000;

/// Queues what is due to be told; returns how many duties were looked at.
pub async fn remind_all(db: &PgPool, now: DateTime<Utc>) -> ApiResult<usize> {
    let mut looked = 0;
    loop {
        let mut tx = db.begin().await?;
        let batch = look(&mut tx, now).await?;
        tx.commit().await?;
        looked += batch;
        if batch < BATCH {
            return Ok(looked);
        }
    }
}

type Posts = HashMap<uuid::Uuid, Vec<(Role, PersonId)>>;

/// Looks at one batch of what has come.
async fn look(tx: &mut PgConnection, now: DateTime<Utc>) -> ApiResult<usize> {
    let today = clock::today(now);
    let most = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let duties = sql::claim(tx, now, today, most).await?;
    let late: Vec<_> = duties
        .iter()
        .filter(|duty| telling::overdue_day(duty, today).is_some())
        .map(|duty| (duty.town, duty.id))
        .collect();
    let posts = if late.is_empty() { Posts::new() } else { sql::supervisors(tx, &late, today).await? };
    let (mut told, mut calls, mut looks) = (Vec::new(), Vec::new(), Vec::new());
    for duty in &duties {
        let say = match Say::of(duty, posts.get(&duty.id).map_or(&[], Vec::as_slice), today) {
            Ok(say) => say,
            Err(error) => {
                // One rule this release cannot read must not keep everybody else from being reminded.
                tracing::error!(?error, duty = %duty.id, "a duty is not judged; it is looked at again tomorrow");
                Say { told: Vec::new(), calls: Vec::new(), next: today + TimeDelta::days(1) }
            }
        };
        told.extend(say.told.into_iter().map(|(person, told)| (duty, person, told)));
        calls.extend(say.calls);
        looks.push((duty.town, duty.id, clock::start_of(say.next)));
    }
    queue(tx, &told, now).await?;
    for call in &calls {
        notify::call(tx, call, now).await?;
    }
    sql::look_again(tx, &looks).await?;
    Ok(duties.len())
}

/// All that follows from one look.
struct Say<'a> {
    told: Vec<(PersonId, Told)>,
    calls: Vec<NewCall<'a>>,
    next: NaiveDate,
}

impl<'a> Say<'a> {
    fn of(duty: &'a Claimed, posts: &[(Role, PersonId)], today: NaiveDate) -> ApiResult<Self> {
        let cadence: Cadence = serde_json::from_value(duty.cadence.clone()).map_err(ApiError::internal)?;
        let ladder = Ladder::parse(&duty.ladder).unwrap_or(Ladder::Usual);
        let holders: Vec<PersonId> = duty.holders.iter().map(|(person, _)| *person).collect();
        let rung = telling::holder(duty, &cadence, ladder, today);
        let said_to = |person: &PersonId| {
            let rung = rung.as_ref()?;
            let fewer = duty.only_due.contains(person);
            let said = if fewer { telling::on_the_day(duty, rung, today)? } else { rung.clone() };
            Some((*person, said))
        };
        let mut told: Vec<_> = holders.iter().filter_map(said_to).collect();
        let (mut calls, mut said) = (Vec::new(), false);
        if let Some(day) = telling::overdue_day(duty, today) {
            let audience =
                Audience::parse(&duty.audience).ok_or_else(|| ApiError::internal("unknown audience"))?;
            let chain = escalate::chain(escalate::steps(audience, duty.place), posts, &holders);
            match escalate::due(day, chain.len()) {
                // A human has spoken with a human: nobody else needs to hear of it.
                _ if duty.contacted => said = true,
                Step::Step(step) => {
                    let (role, people) = &chain[step];
                    let word = telling::supervisor(duty, role.name(), today);
                    told.extend(people.iter().map(|person| (*person, word.clone())));
                    calls.extend(unreachable(duty));
                }
                Step::Call => {
                    let why = if duty.returned { "unmended" } else { "unanswered" };
                    let unreachable = unreachable(duty);
                    said = true;
                    calls.extend(if unreachable.is_empty() {
                        vec![call(duty, holders.first().copied(), why)]
                    } else {
                        unreachable
                    });
                }
            }
        }
        if let (true, Some(last)) = (duty.redated, duty.window_last) {
            // Another last day, another climb: each rung is owed once for each.
            for (_, told) in &mut told {
                told.rung = format!("{}@{last}", told.rung);
            }
        }
        let next = telling::next_look(duty, &cadence, ladder, today, said);
        Ok(Self { told, calls, next })
    }
}

/// Holders no message reaches, or nobody who holds it: a human calls at once.
fn unreachable(duty: &Claimed) -> Vec<NewCall<'_>> {
    if duty.holders.is_empty() {
        return vec![call(duty, None, "unclaimed")];
    }
    let out_of_reach = duty.holders.iter().filter(|(_, bound)| !bound);
    out_of_reach.map(|(person, _)| call(duty, Some(*person), "unreachable")).collect()
}

fn call<'a>(duty: &'a Claimed, person: Option<PersonId>, why: &'a str) -> NewCall<'a> {
    let unit = Some(UnitId(duty.unit_id));
    // Whoever spoke with them before the present deadline spoke of another one.
    let since = telling::deadline(duty).map(|day| clock::start_of(day + TimeDelta::days(1)));
    NewCall { town: duty.town, person, unit, subject_kind: "duty", subject: duty.id, why, since }
}

async fn queue(
    tx: &mut PgConnection,
    told: &[(&Claimed, PersonId, Told)],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let pages: Vec<String> =
        told.iter().map(|(duty, ..)| format!("pages/duty/index?id={}", duty.id)).collect();
    let notices: Vec<NewNotice<'_>> = told
        .iter()
        .zip(&pages)
        .map(|((duty, person, told), page)| NewNotice {
            town: duty.town,
            person: *person,
            subject_kind: "duty",
            subject: duty.id,
            rung: &told.rung,
            weight: told.weight,
            page,
            title: &told.title,
            due_on: told.due_on,
            not_after: clock::start_of(told.until),
        })
        .collect();
    notify::queue_all(tx, &notices, now).await
}
