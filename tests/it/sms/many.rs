//! Many people's texts at once: what ails one, or the gateway, does not cost the others theirs.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use sqlx::AssertSqlSafe;
use tokio::sync::watch;
use tuhe::ids::PersonId;
use tuhe::notify::{NewNotice, Weight};
use tuhe::org::{self, NewPerson};

use super::Scene;
use super::gateway::Reply;
use crate::faults::until;
use crate::world::Town;

/// Requests under way at once.
pub const IN_FLIGHT: i64 = 4;

/// People who sleep at no hour, each with a number, each with something overdue in the inbox.
pub async fn owing(town: &Town, people: usize) -> Vec<PersonId> {
    let now = town.world.now();
    let mut owing = Vec::new();
    let mut tx = town.world.app.db.begin().await.expect("begun");
    for number in 0..people {
        let (name, phone) = (format!("村民{number}"), format!("139000001{number:02}"));
        let new = NewPerson { name: &name, phone: Some(&phone), membership: "none", ..NewPerson::default() };
        let person = org::add_person(&mut tx, &town.world.app.keys, town.id, &new, now).await.expect("added");
        sqlx::query(
            "update person set quiet_from = '00:00', quiet_until = '00:00' where town_id = $1 and id = $2",
        )
        .bind(town.id.0)
        .bind(person.0)
        .execute(&mut *tx)
        .await
        .expect("awake");
        owing.push(person);
    }
    tx.commit().await.expect("committed");
    for person in &owing {
        owe(town, *person, 1).await;
    }
    owing
}

/// So many more things are overdue.
async fn owe(town: &Town, person: PersonId, things: usize) {
    let now = town.world.now();
    let mut tx = town.world.app.db.begin().await.expect("begun");
    for _ in 0..things {
        let notice = NewNotice {
            town: town.id,
            person,
            subject_kind: "duty",
            subject: uuid::Uuid::now_v7(),
            rung: "overdue",
            weight: Weight::Important,
            page: "pages/today/index",
            title: "“测试事项”已过期限",
            due_on: None,
            not_after: now + TimeDelta::days(3),
        };
        tuhe::notify::queue(&mut tx, &notice, now).await.expect("queued");
    }
    tx.commit().await.expect("committed");
}

/// Whom the gateway was given texts for, in order.
fn texted(scene: &Scene) -> Vec<String> {
    let mut to: Vec<String> = scene.gateway.texts().into_iter().map(|text| text.to).collect();
    to.sort();
    to
}

/// So many texts by state.
fn counted<const N: usize>(of: [(&str, i64); N]) -> BTreeMap<String, i64> {
    of.into_iter().map(|(state, count)| (state.to_owned(), count)).collect()
}

#[tokio::test]
async fn a_number_nobody_can_read_costs_only_its_own_text() {
    let scene = Scene::at("2021-10-08 09:00").await;
    let people = owing(&scene.town, 3).await;
    let spoilt = "update person set phone_sealed = '\\x00' where id = $1";
    sqlx::query(spoilt).bind(people[0].0).execute(&scene.world.app.db).await.expect("spoilt");
    scene.lives("2021-10-08 09:01").await;
    assert_eq!(texted(&scene), ["13900000101", "13900000102"]);
    assert_eq!(scene.states().await, counted([("cancelled", 1), ("sent", 2)]));
    scene.lives("2021-10-08 12:00").await;
    assert_eq!(scene.states().await, counted([("cancelled", 1), ("sent", 2)]), "and is not begun anew");
}

#[tokio::test]
async fn what_waits_for_one_persons_next_text_does_not_keep_the_next_towns_waiting() {
    let scene = Scene::at("2021-10-08 09:00").await;
    let told = owing(&scene.town, 1).await[0];
    scene.lives("2021-10-08 09:01").await;
    assert_eq!(texted(&scene).len(), 1);
    // More than is looked at together.
    owe(&scene.town, told, 501).await;
    let next = Town::empty(&scene.world, "lianghe").await;
    assert!(next.id.0 > scene.town.id.0, "the next town comes behind");
    owing(&next, 1).await;
    scene.lives("2021-10-08 09:02").await;
    assert_eq!(texted(&scene).len(), 2, "one more, in the next town");
    let waiting = "select count(*) from sms_notice where town_id = $1";
    let waiting = sqlx::query_scalar(waiting).bind(scene.town.id.0);
    let told: i64 = waiting.fetch_one(&scene.world.app.db).await.expect("counted");
    assert_eq!(told, 1, "the rest waits for the next day");
    scene.lives("2021-10-09 08:00").await;
    let texts = scene.gateway.texts();
    assert!(texts.len() == 3 && texts[2].text.contains("501项工作已过期限"), "{texts:?}");
}

#[tokio::test]
async fn who_stops_the_server_waits_for_what_is_under_way_and_not_for_all_that_is_due() {
    let scene = Scene::at("2021-10-08 09:00").await;
    owing(&scene.town, 20).await;
    scene.world.settle().await;
    scene.gateway.takes_its_time(Duration::from_millis(200));
    let (stop, stopped) = watch::channel(false);
    let texts = tokio::spawn(tuhe::sms::run(scene.world.app.clone(), stopped));
    until("the first is under way", async || !scene.gateway.texts().is_empty()).await;
    stop.send_replace(true);
    texts.await.expect("an end");
    let sent = i64::try_from(scene.gateway.texts().len()).expect("few");
    assert!((1..20).contains(&sent), "{sent} sent");
    assert_eq!(scene.states().await, counted([("queued", 20 - sent), ("sent", sent)]));
}

/// The database fails to take a result so many times.
async fn fails_to_take(scene: &Scene, text: &str, times: i64) {
    let trigger = format!(
        "create sequence failures;
         create function fail() returns trigger language plpgsql as $$ begin
             if new.state = 'sent' and {text} and nextval('failures') <= {times} then raise 'not now'; end if;
             return new;
         end $$;
         create trigger fail before update on sms for each row execute function fail()"
    );
    sqlx::raw_sql(AssertSqlSafe(trigger)).execute(&scene.world.app.db).await.expect("prepared");
}

#[tokio::test]
async fn a_database_that_is_away_for_a_moment_loses_no_result() {
    let scene = Scene::at("2021-10-08 09:00").await;
    owing(&scene.town, 4).await;
    fails_to_take(&scene, "true", 5).await;
    scene.lives("2021-10-08 09:01").await;
    assert_eq!(scene.states().await, counted([("sent", 4)]));
    assert_eq!(texted(&scene).len(), 4);
}

#[tokio::test]
async fn a_result_that_cannot_be_written_is_held_and_costs_the_others_nothing() {
    let scene = Scene::at("2021-10-08 09:00").await;
    let people = owing(&scene.town, 4).await;
    // Its answer comes with the others', some of which are still under way when it fails.
    scene.gateway.takes_its_time(Duration::from_millis(200));
    fails_to_take(&scene, &format!("new.person_id = '{}'", people[0].0), 1000).await;
    scene.world.move_to("2021-10-08 09:01");
    scene.world.settle().await;
    tuhe::sms::pass(&scene.world.app).await.expect_err("the log tells of it");
    assert_eq!(scene.states().await, counted([("sending", 1), ("sent", 3)]));
    scene.lives("2021-10-08 09:03").await;
    assert_eq!(scene.states().await, counted([("sent", 3), ("unknown", 1)]));
    let mut to = texted(&scene);
    to.dedup();
    assert_eq!((to.len(), scene.gateway.texts().len()), (4, 4), "each once");
}

/// How often a number was opened, and at how many times all that waits is due.
async fn opened_and_times(scene: &Scene) -> (i64, i64) {
    let counts = "select (select count(*) from audit_entry where action = 'sms.sending'),
                      (select count(distinct next_at) from sms where state = 'queued')";
    sqlx::query_as(counts).fetch_one(&scene.world.app.db).await.expect("counted")
}

#[tokio::test]
async fn a_gateway_that_is_busy_or_knows_our_key_no_more_is_not_asked_with_every_text() {
    for (busy, again) in [(true, "2021-10-08 09:02"), (false, "2021-10-08 09:11")] {
        let scene = Scene::at("2021-10-08 09:00").await;
        owing(&scene.town, 9).await;
        if busy {
            scene.gateway.answers(&[Reply::Status(202), Reply::Status(429)]);
            scene.lives("2021-10-08 09:01").await;
            assert_eq!(scene.states().await, counted([("queued", 6), ("sent", 3)]));
        } else {
            scene.is_held_up_at("2021-10-08 09:01").await;
            assert_eq!(scene.states().await, counted([("queued", 9)]));
        }
        assert_eq!(opened_and_times(&scene).await, (IN_FLIGHT, 1), "a few, and then all wait together");
        scene.lives("2021-10-08 09:01").await;
        assert_eq!(opened_and_times(&scene).await, (IN_FLIGHT, 1));
        scene.lives(again).await;
        assert_eq!(scene.states().await, counted([("sent", 9)]));
    }
}

#[tokio::test]
async fn who_has_several_texts_waiting_gets_one_a_day_and_holds_nobody_up() {
    let scene = Scene::at("2021-10-08 09:00").await;
    let person = owing(&scene.town, 1).await[0];
    owe(&scene.town, person, 2).await;
    scene.is_held_up_at("2021-10-08 09:00").await;
    // As when texts were made while another was under way: one of yesterday, one sent today, one for tomorrow.
    let parted = "with one as (update sms set local_day = '2021-10-07' returning *),
             others as (
                 insert into sms (town_id, id, person_id, local_day, state, next_at, not_after, created_at)
                 select town_id, gen_random_uuid(), person_id, day, other.state, at, not_after, created_at
                 from one, (values ('2021-10-08'::date, 'sent', '2021-10-08 00:00+08'::timestamptz),
                                   ('2021-10-09', 'queued', '2021-10-09 00:00+08')) other (day, state, at)
                 returning *)
         update sms_notice set sms_id = others.id from others
         where others.state = 'queued' and notice_id = (select notice_id from sms_notice order by notice_id desc limit 1)";
    sqlx::query(parted).execute(&scene.world.app.db).await.expect("parted");
    let sent = async |minute: &str| {
        scene.world.move_to(minute);
        tuhe::sms::pass(&scene.world.app).await.expect("a pass");
        scene.gateway.texts().len()
    };
    assert_eq!(sent("2021-10-08 12:00").await, 0, "today has had its text");
    // Both are due by now.
    assert_eq!(sent("2021-10-10 09:00").await, 1);
    assert_eq!(sent("2021-10-10 20:00").await, 1);
    assert_eq!(sent("2021-10-11 08:00").await, 2);
    assert_eq!(scene.states().await, counted([("sent", 3)]));
}
