//! One message a day, about everything that is due, leading to the right page and saying nothing of anybody.

use chrono::TimeDelta;
use tuhe::notify::{self, NewNotice, Weight};
use tuhe::platform::clock;
use uuid::Uuid;

use super::{gives_back, left, meets, notices, only, owe, reader};
use crate::world::{Person, Town, World};

#[tokio::test]
async fn a_duty_due_today_reaches_the_secretary_and_a_tap_opens_that_very_duty() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    world.allow(&secretary, 1).await;
    world.settle().await;
    let messages = secretary.messages();
    assert_eq!(messages.len(), 1);
    let list = secretary.today().await;
    let duty = secretary.owes(&list, "固定学习日")["id"].as_str().expect("an id").to_owned();
    let page = messages[0].page.as_deref().expect("a page");
    assert_eq!(page, format!("pages/duty/index?id={duty}"));
    secretary.get(&format!("/api/v1/duties/{duty}")).await.is(200).field("/last", "2021-10-10");
    assert_eq!(messages[0].data["thing1"], "您有1项工作待办");
    assert_eq!(messages[0].data["date2"], "2021年10月10日");
    assert_eq!(only(&notices(&secretary).await), "已发微信");
    assert_eq!(left(&secretary).await, 0);
}

#[tokio::test]
async fn what_is_due_on_one_day_is_one_message_that_opens_today() {
    let world = World::on("2021-12-31").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    world.allow(&secretary, 3).await;
    world.settle().await;
    let due = notices(&secretary).await;
    assert!(due.len() >= 2, "党员大会, 党课 and 支委会 at least: {due:?}");
    let messages = secretary.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].page.as_deref(), Some("pages/today/index"));
    assert_eq!(messages[0].data["thing1"], format!("您有{}项工作待办", due.len()));
    assert_eq!(left(&secretary).await, 2, "one grant for all of them");
    assert!(due.iter().all(|notice| notice["state"] == "已发微信"), "{due:?}");
}

#[tokio::test]
async fn a_message_names_nobody_no_unit_and_no_duty() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    world.allow(&secretary, 1).await;
    world.settle().await;
    let title = notices(&secretary).await[0]["title"].as_str().expect("a title").to_owned();
    assert!(title.contains("固定学习日"), "the app says what it is: {title}");
    let data = &secretary.messages()[0].data;
    let said: String = data.values().map(String::as_str).collect();
    for word in ["固定", "学习", "石桥", "支部", "图河", "李卫国", "李", "书记", "党"] {
        assert!(!said.contains(word), "{said}");
    }
}

#[tokio::test]
async fn a_return_after_the_days_message_is_told_the_next_morning() {
    let world = World::on("2021-10-20").await;
    let town = Town::with_plan(&world).await;
    let (secretary, office) = (town.secretary().await, town.office().await);
    world.allow(&secretary, 5).await;
    let record = meets(&secretary, &town.unit("石桥支部"), &[], &["general"]).await;
    world.settle().await;
    assert_eq!(secretary.messages().len(), 1, "the study day");
    gives_back(&office, &record, "2021-10-27").await;
    world.move_to("2021-10-20 20:59");
    world.settle().await;
    assert_eq!(secretary.messages().len(), 1, "the day has had its message");
    world.move_to("2021-10-21 07:30");
    world.settle().await;
    let messages = secretary.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1].page.as_deref(), Some(format!("pages/record/index?id={}", record.0).as_str()));
}

/// Owes a reminder that is important, and of no use after tonight.
async fn owe_for_today(person: &Person) {
    let (now, subject) = (person.world.now(), Uuid::now_v7());
    let notice = NewNotice {
        town: person.town,
        person: person.id,
        subject_kind: "duty",
        subject,
        rung: "T-0",
        weight: Weight::Important,
        page: "pages/today/index",
        title: "今天到期",
        due_on: Some(person.world.today()),
        not_after: clock::start_of(person.world.today()) + TimeDelta::days(1),
    };
    let mut tx = person.world.app.db.begin().await.expect("begun");
    assert!(notify::queue(&mut tx, &notice, now).await.expect("queued"));
    tx.commit().await.expect("committed");
}

#[tokio::test]
async fn what_is_important_goes_where_spare_ones_are_held_back_and_never_as_a_second_message_or_by_night() {
    let world = World::at("2021-10-12 05:00").await;
    let person = reader(&world, 1).await;
    // With one consent left the spare one alone would stay in the inbox; the important one takes it along, in the morning.
    owe(&person, Weight::Spare).await;
    owe_for_today(&person).await;
    world.settle().await;
    assert!(person.messages().is_empty(), "it is night");
    world.move_to("2021-10-12 10:30");
    world.settle().await;
    assert_eq!(person.messages()[0].data["thing1"], "您有2项工作待办");
    world.allow(&person, 5).await;
    // Opened and due on the same day, after the day's message: no second one; tomorrow it would be too late.
    owe_for_today(&person).await;
    world.settle().await;
    assert_eq!(notices(&person).await[0]["state"], "站内提醒");
    // What is still of use tomorrow is tomorrow's first.
    owe(&person, Weight::Important).await;
    world.settle().await;
    assert_eq!(person.messages().len(), 1);
    world.move_to("2021-10-13 10:30");
    world.settle().await;
    assert_eq!(person.messages().len(), 2);
    assert_eq!(person.messages()[1].data["thing1"], "您有1项工作待办");
}

#[tokio::test]
async fn a_spare_reminder_after_the_days_message_stays_in_the_inbox() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 5).await;
    owe(&person, Weight::Important).await;
    world.settle().await;
    owe(&person, Weight::Spare).await;
    world.settle().await;
    world.move_to("2021-10-13");
    world.settle().await;
    assert_eq!(person.messages().len(), 1);
    let states: Vec<_> = notices(&person).await.iter().map(|notice| notice["state"].clone()).collect();
    assert_eq!(states, ["站内提醒", "已发微信"]);
    assert_eq!(left(&person).await, 4);
}

#[tokio::test]
async fn what_comes_while_the_days_message_waits_joins_it() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 1).await;
    owe(&person, Weight::Important).await;
    tuhe::notify::compose::pass(&world.app, world.now()).await.expect("composed");
    owe(&person, Weight::Spare).await;
    world.settle().await;
    let messages = person.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].data["thing1"], "您有2项工作待办");
}

#[tokio::test]
async fn who_reads_a_reminder_in_the_app_marks_it_read() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 0).await;
    owe(&person, Weight::Important).await;
    world.settle().await;
    let all = notices(&person).await;
    assert_eq!((only(&all), &all[0]["unread"]), ("站内提醒", &true.into()));
    let read = person.post("/api/v1/notices/read", serde_json::json!({ "ids": [all[0]["id"]] })).await;
    read.is(200).field("/read", 1);
    assert_eq!(notices(&person).await[0]["unread"], false);
}
