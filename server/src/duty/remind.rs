//! Turning the ladder into notices. Idempotent: a notice is owed once per person, duty and rung (invariant 3).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool};

use super::{ladder, sql_remind as sql};
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::ids::{PersonId, TownId, UnitId};
use crate::notify::{self, NewCall, NewNotice, Weight};
use crate::plan::Cadence;
use crate::platform::clock;

/// 立即 is asked again after so many days, until done or dated.
pub(super) const ASK_EVERY: i64 = 7;
/// So many days before its own deadline, and on it, a returned record is recalled.
pub(super) const RETURN_AHEAD: i64 = 1;

/// Reminds in every town.
pub async fn remind_all(db: &PgPool, now: DateTime<Utc>) -> ApiResult<usize> {
    let mut queued = 0;
    for town in super::sql_generate::towns_with_plan(db).await? {
        let mut tx = db.begin().await?;
        queued += remind(&mut tx, TownId(town), now).await?;
        tx.commit().await?;
    }
    Ok(queued)
}

/// Queues what is due to be told today; returns how many notices are new.
pub async fn remind(tx: &mut PgConnection, town: TownId, now: DateTime<Utc>) -> ApiResult<usize> {
    let today = clock::today(now);
    let mut queued = 0;
    for duty in sql::near(tx, town, today, today + ladder::AHEAD).await? {
        let cadence: Cadence = serde_json::from_value(duty.cadence.clone()).map_err(ApiError::internal)?;
        let holder = duty.holder_id.map(PersonId);
        if let (Some(told), Some(person)) = (holders_rung(&duty, &cadence, today), holder) {
            queued += usize::from(told.queue(tx, town, person, &duty, now).await?);
        }
        if duty.is_overdue(today) {
            queued += tell_supervisors(tx, town, &duty, holder, today, now).await?;
        }
    }
    Ok(queued)
}

/// What one person is to be told.
struct Told {
    rung: String,
    weight: Weight,
    title: String,
    due_on: Option<NaiveDate>,
    until: NaiveDate,
}

impl Told {
    async fn queue(
        self,
        tx: &mut PgConnection,
        town: TownId,
        person: PersonId,
        duty: &sql::Near,
        now: DateTime<Utc>,
    ) -> ApiResult<bool> {
        let notice = NewNotice {
            town,
            person,
            subject_kind: "duty",
            subject: duty.id,
            rung: &match duty.postponed_to() {
                // Another last day, another climb: each rung is owed once for each.
                Some(last) => format!("{}@{last}", self.rung),
                None => self.rung,
            },
            weight: self.weight,
            page: &format!("pages/duty/index?id={}", duty.id),
            title: &self.title,
            due_on: self.due_on,
            not_after: clock::start_of(self.until),
        };
        notify::queue(tx, &notice, now).await
    }
}

/// The holder's rung for today.
fn holders_rung(duty: &sql::Near, cadence: &Cadence, today: NaiveDate) -> Option<Told> {
    if duty.state == "returned" {
        let due = duty.return_due?;
        let reached = due - TimeDelta::days(RETURN_AHEAD) <= today && today <= due;
        return reached.then(|| Told {
            rung: format!("return-due-{due}"),
            weight: Weight::Important,
            title: format!("退回的“{}”请在{}前补正", duty.title, date_label(due)),
            due_on: Some(due),
            until: due + TimeDelta::days(1),
        });
    }
    let Some(last) = duty.window_last else {
        let weeks = (today - duty.opened_on).num_days().max(0) / ASK_EVERY;
        let until = duty.opened_on + TimeDelta::days((weeks + 1) * ASK_EVERY);
        // No date, so nothing to be late for: the word 逾期 has no place here.
        return Some(Told {
            rung: format!("ask-{weeks}"),
            weight: Weight::Spare,
            title: format!("请尽快办理:{}", duty.title),
            due_on: None,
            until,
        });
    };
    if duty.is_overdue(today) {
        return Some(Told {
            rung: "overdue".into(),
            weight: Weight::Important,
            title: format!("“{}”已过{}的期限,仍可补录", duty.title, date_label(last)),
            due_on: Some(last),
            until: today + TimeDelta::days(3),
        });
    }
    let due = ladder::due(cadence, last, today)?;
    Some(Told {
        title: format!("“{}”{}截止", duty.title, date_label(last)),
        rung: due.name,
        weight: due.weight,
        due_on: Some(last),
        until: due.until,
    })
}

/// The day after, whoever looks after the unit hears of it: 定村干部, else the office. A holder who is missing or not
/// bound goes on the call list: every overdue duty reaches a human at last.
async fn tell_supervisors(
    tx: &mut PgConnection,
    town: TownId,
    duty: &sql::Near,
    holder: Option<PersonId>,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> ApiResult<usize> {
    let mut queued = 0;
    for person in sql::supervisors(tx, town, duty.unit_id, today).await? {
        let told = Told {
            rung: "overdue-supervisor".into(),
            weight: Weight::Important,
            title: format!("{}:“{}”未按期办理", duty.unit_name, duty.title),
            due_on: duty.window_last,
            until: today + TimeDelta::days(3),
        };
        queued += usize::from(told.queue(tx, town, PersonId(person), duty, now).await?);
    }
    if !duty.holder_bound {
        let why = if holder.is_some() { "unreachable" } else { "unclaimed" };
        let call = NewCall {
            town,
            person: holder,
            unit: Some(UnitId(duty.unit_id)),
            subject_kind: "duty",
            subject: duty.id,
            why,
        };
        notify::call(tx, &call, now).await?;
    }
    Ok(queued)
}
