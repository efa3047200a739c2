//! Gathering what is due to a person into the one message of their day, or into the inbox.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::sql::compose::{self as sql, NewMessage, NoticeChange, PersonRow, Waiting};
use crate::App;
use crate::ids::TownId;

/// Notices looked at in one transaction.
const BATCH: i64 = 500;
/// A notice of weight 2 leaves two grants behind it: one for the day the duty is due, one for a return or the overdue
/// rung. People press "allow" once in a while, not once per reminder.
const PLENTY: i32 = 3;
/// A notice of weight 2 is worth a message of its own only while its person has had fewer than this many in the calendar
/// month, so that an ordinary branch secretary who does nothing gets eight at most. Their busiest month is December with
/// six important ones (a month's duty overdue, two study days due and overdue, the year's end), three of them after the
/// fifth message.
const SPARE_PER_MONTH: i64 = 5;

/// The message of the person's present day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Today {
    None,
    /// Waits to be sent: what is due joins it, for the same one grant.
    Queued(Uuid),
    /// On its way or over: the day has had its message.
    Gone,
}

/// All that decides about a person's notices.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// There are a template and a WeChat identity to send to.
    reachable: bool,
    grants: i32,
    /// Messages of the present calendar month.
    this_month: i64,
    today: Today,
    /// When quiet hours end; `now` outside them.
    release: DateTime<Utc>,
    next_day: DateTime<Utc>,
    /// When the platform takes messages again, with the person's quiet hours after it; none if it takes them now.
    paused_until: Option<DateTime<Utc>>,
}

/// What becomes of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Message,
    Inbox,
    Wait(DateTime<Utc>),
    Expired,
}

/// Decides about all of a person's due notices together: one grant carries them all, so what alone would be too light
/// rides along.
fn decide(person: &Standing, notices: &[Waiting], now: DateTime<Utc>) -> Vec<Fate> {
    let live = |notice: &&Waiting| notice.not_after > now;
    let may = |notice: &Waiting| notice.weight == 1 || person.this_month < SPARE_PER_MONTH;
    let worth =
        notices.iter().filter(live).any(|notice| person.grants >= needed(notice.weight) && may(notice));
    let fate = |notice: &Waiting| {
        let wait = |at| if at < notice.not_after { Fate::Wait(at) } else { Fate::Inbox };
        match (person.today, person.paused_until) {
            _ if notice.not_after <= now => Fate::Expired,
            _ if !person.reachable => Fate::Inbox,
            _ if person.release > now => wait(person.release),
            (Today::Queued(_), _) => Fate::Message,
            (_, Some(until)) => wait(until),
            (Today::Gone, None) if notice.weight == 1 => wait(person.next_day),
            (Today::None, None) if worth => Fate::Message,
            (Today::Gone | Today::None, None) => Fate::Inbox,
        }
    };
    notices.iter().map(fate).collect()
}

fn needed(weight: i16) -> i32 {
    if weight == 1 { 1 } else { PLENTY }
}

/// Decides about every notice that is due; returns how many.
pub async fn pass(app: &App, now: DateTime<Utc>) -> Result<usize, sqlx::Error> {
    let mut decided = 0;
    for town in sql::due_towns(&app.db, now).await? {
        loop {
            let n = batch(app, TownId(town), now).await?;
            decided += n;
            if n == 0 {
                break;
            }
        }
    }
    Ok(decided)
}

/// Persons are locked, and skipped where another process holds them, so that no two messages are made of one day.
async fn batch(app: &App, town: TownId, now: DateTime<Utc>) -> Result<usize, sqlx::Error> {
    let wechat = &app.config.wechat;
    let template = wechat.template.as_deref();
    let mut tx = app.db.begin().await?;
    let persons = sql::persons(&mut tx, town, &wechat.appid, template, now, BATCH).await?;
    if persons.is_empty() {
        return Ok(0);
    }
    let ids: Vec<Uuid> = persons.iter().map(|person| person.id).collect();
    let days: Vec<NaiveDate> = persons.iter().map(|person| person.hours.day(now)).collect();
    let mut waiting: HashMap<Uuid, Vec<Waiting>> = HashMap::new();
    for notice in sql::waiting(&mut tx, town, &ids, now).await? {
        waiting.entry(notice.person_id).or_default().push(notice);
    }
    let today = sql::messages_of_day(&mut tx, town, &ids, &days).await?;
    let this_month = sql::messages_of_month(&mut tx, town, &ids, &days).await?;
    let pause = sql::pause(&mut tx, &wechat.appid, now).await?;

    let mut changes = Changes::default();
    for (person, day) in persons.iter().zip(days) {
        let Some(notices) = waiting.get(&person.id) else { continue };
        let standing = Standing {
            reachable: template.is_some() && person.openid.is_some(),
            grants: person.grants,
            this_month: this_month.get(&person.id).copied().unwrap_or(0),
            today: today.get(&person.id).copied().unwrap_or(Today::None),
            release: person.hours.release(now),
            next_day: person.hours.next_day(now),
            paused_until: pause.map(|until| person.hours.release(until)),
        };
        changes.add(person, day, &standing, notices, now);
    }
    let template = template.unwrap_or_default();
    let mut there =
        sql::insert_messages(&mut tx, town, &wechat.appid, template, &changes.messages, now).await?;
    there.extend(changes.joined.iter().map(|(id, _)| *id));
    // A day taken by another message in this very moment: what was meant for it is looked at again.
    changes.notices.retain(|change| change.message.is_none_or(|id| there.contains(&id)));
    sql::move_notices(&mut tx, town, &changes.notices).await?;
    sql::extend_messages(&mut tx, town, &changes.joined).await?;
    tx.commit().await?;
    Ok(waiting.values().map(Vec::len).sum())
}

/// What one batch changes.
#[derive(Default)]
struct Changes {
    messages: Vec<NewMessage>,
    notices: Vec<NoticeChange>,
    /// Messages that notices joined, and until when these are of use.
    joined: Vec<(Uuid, DateTime<Utc>)>,
}

impl Changes {
    fn add(
        &mut self,
        person: &PersonRow,
        day: NaiveDate,
        standing: &Standing,
        notices: &[Waiting],
        now: DateTime<Utc>,
    ) {
        let fates = decide(standing, notices, now);
        let sent = || fates.iter().zip(notices).filter(|(fate, _)| **fate == Fate::Message);
        let message =
            sent().map(|(_, notice)| notice.not_after).max().map(|not_after| match standing.today {
                Today::Queued(id) => {
                    self.joined.push((id, not_after));
                    id
                }
                Today::None | Today::Gone => {
                    let id = Uuid::now_v7();
                    let openid = person.openid.clone().unwrap_or_default();
                    let awake_until = person.hours.awake_until(now);
                    self.messages.push(NewMessage {
                        id,
                        person: person.id,
                        openid,
                        day,
                        not_after,
                        awake_until,
                    });
                    id
                }
            });
        for (fate, notice) in fates.iter().zip(notices) {
            let (state, message, release) = match fate {
                Fate::Message => ("in_message", message, None),
                Fate::Inbox => ("inbox", None, None),
                Fate::Wait(at) => ("waiting", None, Some(*at)),
                Fate::Expired => ("expired", None, None),
            };
            self.notices.push(NoticeChange { id: notice.id, state, message, release });
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2021-10-10T01:00:00Z".parse().expect("instant")
    }

    fn hours(n: i64) -> DateTime<Utc> {
        now() + TimeDelta::hours(n)
    }

    fn person() -> Standing {
        Standing {
            reachable: true,
            grants: 1,
            this_month: 0,
            today: Today::None,
            release: now(),
            next_day: hours(22),
            paused_until: None,
        }
    }

    fn notice(weight: i16, not_after: i64) -> Waiting {
        Waiting { id: Uuid::nil(), person_id: Uuid::nil(), weight, not_after: hours(not_after) }
    }

    fn fates(person: &Standing, notices: &[(i16, i64)]) -> Vec<Fate> {
        let notices: Vec<Waiting> = notices.iter().map(|(weight, end)| notice(*weight, *end)).collect();
        decide(person, &notices, now())
    }

    #[test]
    fn scarce_grants_are_kept_for_what_is_important() {
        for (grants, important, spare) in [
            (0, Fate::Inbox, Fate::Inbox),
            (1, Fate::Message, Fate::Inbox),
            (2, Fate::Message, Fate::Inbox),
            (3, Fate::Message, Fate::Message),
        ] {
            let person = Standing { grants, ..person() };
            assert_eq!(fates(&person, &[(1, 48)]), [important], "{grants}");
            assert_eq!(fates(&person, &[(2, 48)]), [spare], "{grants}");
        }
    }

    #[test]
    fn a_month_with_many_messages_has_room_for_what_is_important_only() {
        let plenty = Standing { grants: 10, ..person() };
        for (this_month, spare) in [(4, Fate::Message), (5, Fate::Inbox), (6, Fate::Inbox)] {
            let person = Standing { this_month, ..plenty };
            assert_eq!(fates(&person, &[(2, 48)]), [spare], "{this_month}");
            assert_eq!(fates(&person, &[(1, 48), (2, 48)]), [Fate::Message, Fate::Message], "{this_month}");
        }
    }

    #[test]
    fn what_is_light_rides_along() {
        assert_eq!(fates(&person(), &[(2, 48), (1, 48)]), [Fate::Message, Fate::Message]);
        // Not with one that is over.
        assert_eq!(fates(&person(), &[(2, 48), (1, 0)]), [Fate::Inbox, Fate::Expired]);
    }

    #[test]
    fn a_day_that_had_its_message_puts_off_or_puts_in_the_inbox() {
        let gone = Standing { today: Today::Gone, ..person() };
        assert_eq!(
            fates(&gone, &[(1, 48), (1, 22), (2, 48)]),
            [Fate::Wait(hours(22)), Fate::Inbox, Fate::Inbox]
        );
        let queued = Standing { today: Today::Queued(Uuid::nil()), grants: 0, ..person() };
        assert_eq!(fates(&queued, &[(1, 48), (2, 1)]), [Fate::Message, Fate::Message]);
    }

    #[test]
    fn nobody_to_send_to_means_the_inbox_at_once() {
        let unbound =
            Standing { reachable: false, release: hours(9), paused_until: Some(hours(2)), ..person() };
        assert_eq!(fates(&unbound, &[(1, 48), (2, 48), (1, -1)]), [Fate::Inbox, Fate::Inbox, Fate::Expired]);
    }

    #[test]
    fn a_pause_and_the_night_are_waited_for_while_that_helps() {
        let paused = Standing { paused_until: Some(hours(15)), ..person() };
        assert_eq!(
            fates(&paused, &[(1, 48), (2, 48), (1, 15)]),
            [Fate::Wait(hours(15)), Fate::Wait(hours(15)), Fate::Inbox]
        );
        let night = Standing { release: hours(9), ..person() };
        assert_eq!(fates(&night, &[(1, 48), (2, 9)]), [Fate::Wait(hours(9)), Fate::Inbox]);
    }
}
