//! Random schedules: the clock jumps, duties are done, returned, let off and handed on, replicas work at once and are cut
//! off in the middle. Whatever happens, invariant 3 holds. The seed is printed; `TUHE_TEST_SEED` repeats a run.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tuhe::org::Role;

use crate::faults::until;
use crate::flow::{give_back, ids, statement};
use crate::world::{Person, Town, World};

const STEPS: usize = 40;

fn here(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    at.with_timezone(&FixedOffset::east_opt(8 * 3600).expect("an offset"))
}

/// Two replicas work; now and then one of them is cut off wherever it is.
async fn work(world: &World, rng: &mut StdRng) {
    if rng.random_bool(0.3) {
        let cut = Duration::from_millis(rng.random_range(1..60));
        drop(tokio::time::timeout(cut, world.settle()).await);
    }
    join_all((0..2).map(|_| world.settle())).await;
}

/// Does one of the person's duties that a few sentences fulfil, or has it let off.
pub async fn something(world: &World, person: &Person, office: &Person, rng: &mut StdRng) {
    let list = person.today().await;
    let open = |duty: &&Value| duty["status"] == "open" || duty["status"] == "returned";
    let duties: Vec<&Value> = list.iter().filter(open).collect();
    if duties.is_empty() {
        return;
    }
    let duty = duties[rng.random_range(0..duties.len())];
    let id = duty["id"].as_str().expect("an id");
    if rng.random_bool(0.2) {
        // Handed on, to oneself too, and taken back.
        let to = rng.random_bool(0.6).then_some(person.id);
        office.post(&format!("/api/v1/duties/{id}/delegate"), json!({ "to": to })).await.is(200);
    } else if duty["record_kind"] == "statement" && rng.random_bool(0.7) {
        let unit = duty["unit_id"].as_str().expect("a unit");
        let sent = statement(unit, &world.today().to_string(), &[id]);
        let kept = person.post("/api/v1/statements", sent.clone()).await.status == 200;
        if kept && rng.random_bool(0.4) {
            let (record, version) = ids(&sent);
            give_back(office, &record, &version, &(world.today() + TimeDelta::days(3)).to_string()).await;
        }
    } else {
        let form = json!({ "kind": "excused", "reason": "防汛期间" });
        if person.post(&format!("/api/v1/duties/{id}/excuse"), form).await.status == 200 {
            let decide = format!("/api/v1/duties/{id}/excuse/decide");
            office.post(&decide, json!({ "approve": rng.random_bool(0.8) })).await;
        }
    }
}

#[tokio::test]
async fn whatever_happens_nobody_is_told_by_night_or_of_what_is_done_and_the_overdue_are_called() {
    let seed = std::env::var("TUHE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| rand::rng().random_range(0..1_000_000));
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let world = World::on("2021-10-08").await;
    let town = Town::with_plan(&world).await;
    let people = [
        town.secretary().await,
        town.village_secretary().await,
        town.village_contact().await,
        town.person("郑强", Role::AreaHead, &["石桥村"]).await,
        town.person("孙岩", Role::ActionLead, &["图河镇"]).await,
    ];
    let office = town.office().await;
    for person in &people {
        world.allow(person, 30).await;
    }
    let mut at = world.now();
    for _ in 0..STEPS {
        // Forward by hours, now and then a week at once, now and then a little back.
        let minutes = match rng.random_range(0..20) {
            0 => 7 * 24 * 60,
            1 => -30,
            _ => rng.random_range(10..36 * 60),
        };
        at += TimeDelta::minutes(minutes);
        world.move_to(&here(at).format("%Y-%m-%d %H:%M").to_string());
        work(&world, &mut rng).await;
        if rng.random_bool(0.6) {
            let person = &people[rng.random_range(0..2)];
            something(&world, person, &office, &mut rng).await;
        }
    }
    let told: usize = people.iter().map(|person| person.messages().len()).sum();
    assert!(told > 10, "only {told} messages: this run shows little");
    nobody_is_disturbed(&people);
    nothing_done_was_told_after(&world).await;
    // A month in which nobody does anything, and the server is away for most of it.
    at += TimeDelta::days(50);
    world.move_to(&here(at).format("%Y-%m-%d 10:00").to_string());
    work(&world, &mut rng).await;
    // What a replica that was cut off still holds, for as long as its statement runs, a later pass finds: there is one
    // every second.
    until("nobody holds anything any more", async || {
        world.settle().await;
        forgotten(&world).await.is_empty()
    })
    .await;
    the_overdue_are_called(&world).await;
}

/// One message a day at most, none between 21:00 and 07:30.
pub fn nobody_is_disturbed(people: &[Person]) {
    for person in people {
        let mut days: HashMap<NaiveDate, usize> = HashMap::new();
        for message in person.messages() {
            let at = here(message.at);
            let (from, until) = (time(7, 30), time(21, 0));
            let minute = at.time().with_second(0).expect("a minute");
            assert!(minute >= from && minute < until, "{} was written to at {at}", person.name);
            *days.entry(at.date_naive()).or_default() += 1;
        }
        assert!(days.values().all(|messages| *messages == 1), "{}: {days:?}", person.name);
    }
}

fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).expect("a time")
}

pub async fn nothing_done_was_told_after(world: &World) {
    let count: i64 = sqlx::query_scalar(
        "select count(*) from notice n
         join duty d on n.subject_kind = 'duty' and d.town_id = n.town_id and d.id = n.subject_id
         where d.state in ('met', 'excused', 'not_applicable', 'withdrawn')
           and (n.created_at > d.closed_at or n.state in ('waiting', 'in_message'))",
    )
    .fetch_one(&world.app.db)
    .await
    .expect("counted");
    assert_eq!(count, 0, "notices of what was done");
}

/// Overdue duties nobody is asked to call about.
pub async fn forgotten(world: &World) -> Vec<String> {
    sqlx::query_scalar(
        "select r.title || ' ' || d.window_key from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
         where (d.state = 'open' and d.grace_last < $1::date - 10 or d.state = 'returned' and d.return_due < $1::date - 10)
           and not exists (select from call_item c where c.subject_kind = 'duty' and c.subject_id = d.id
                             and (c.done_at is null or c.done_by is not null))",
    )
    .bind(world.today())
    .fetch_all(&world.app.db)
    .await
    .expect("read")
}

pub async fn the_overdue_are_called(world: &World) {
    let forgotten = forgotten(world).await;
    let calls: i64 = sqlx::query_scalar("select count(*) from call_item where why = 'unanswered'")
        .fetch_one(&world.app.db)
        .await
        .expect("counted");
    assert!(calls > 0, "nobody is to be called: this run shows little");
    assert!(forgotten.is_empty(), "overdue and on no list: {forgotten:?}");
}
