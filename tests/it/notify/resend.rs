//! The last consent as the key of a second try, where the setting is on.

use std::sync::Arc;
use std::time::Duration;

use tuhe::notify::Weight;
use wechat_stand_in::{Fault, FaultRule};

use super::{calls, left, notices, only, owe, reader, states};
use crate::world::{Ground, Person, World};

/// Somebody with `n` consents and a message that is to end in this fault, at 09:00.
async fn held(setting: &'static str, n: usize, fault: Fault) -> (Arc<World>, Person) {
    let ground = Ground {
        wechat_timeout: Some(Duration::from_millis(400)),
        settings: vec![("TUHE_RESEND_LAST_CREDIT", setting)],
        ..Ground::default()
    };
    let world = World::upon("2021-10-12 09:00", ground).await;
    let person = reader(&world, n).await;
    owe(&person, Weight::Important).await;
    world.move_to("2021-10-12 09:01");
    world.wx.fault(FaultRule::on("/cgi-bin/message/subscribe/send", fault).times(1));
    world.settle().await;
    assert_eq!(states(&world).await, [("unknown".to_owned(), 1)].into());
    (world, person)
}

async fn later(world: &World, minute: &str) -> Vec<(String, i64)> {
    world.move_to(minute);
    world.settle().await;
    states(world).await.into_iter().collect()
}

fn one(state: &str) -> Vec<(String, i64)> {
    vec![(state.to_owned(), 1)]
}

#[tokio::test]
async fn what_arrived_is_refused_the_second_time_and_taken_for_sent() {
    let (world, person) = held("on", 1, Fault::CommitThenDrop).await;
    assert_eq!(later(&world, "2021-10-12 09:02").await, one("sent"));
    assert_eq!((calls(&world), person.messages().len()), (2, 1), "asked twice, told once");
    assert_eq!(only(&notices(&person).await), "已发微信");
    assert_eq!(left(&person).await, 0);
    assert_eq!(later(&world, "2021-10-12 12:00").await, one("sent"));
    assert_eq!(calls(&world), 2);
}

#[tokio::test]
async fn what_never_arrived_is_delivered_the_second_time() {
    let (world, person) = held("on", 1, Fault::ResetAfterBody).await;
    assert!(person.messages().is_empty());
    assert_eq!(later(&world, "2021-10-12 09:02").await, one("sent"));
    assert_eq!((calls(&world), person.messages().len(), left(&person).await), (2, 1, 0));
}

#[tokio::test]
async fn a_second_try_that_is_lost_too_is_made_again() {
    let (world, person) = held("on", 1, Fault::CommitThenDrop).await;
    let hang = FaultRule::on("/cgi-bin/message/subscribe/send", Fault::Hang);
    world.wx.fault(hang);
    assert_eq!(later(&world, "2021-10-12 09:02").await, one("unknown"));
    assert_eq!(later(&world, "2021-10-12 09:03").await, one("sent"));
    assert_eq!((calls(&world), person.messages().len(), left(&person).await), (3, 1, 0));
}

#[tokio::test]
async fn nothing_is_made_again_where_a_second_one_could_arrive() {
    // Another consent was there, or came since, or the setting is off.
    let (world, _person) = held("on", 2, Fault::CommitThenDrop).await;
    assert_eq!((later(&world, "2021-10-12 09:02").await, calls(&world)), (one("unknown"), 1));
    let (world, person) = held("on", 1, Fault::CommitThenDrop).await;
    world.allow(&person, 1).await;
    assert_eq!((later(&world, "2021-10-12 09:02").await, calls(&world)), (one("unknown"), 1));
    assert_eq!(left(&person).await, 1);
    let (world, _person) = held("off", 1, Fault::CommitThenDrop).await;
    assert_eq!((later(&world, "2021-10-12 09:02").await, calls(&world)), (one("unknown"), 1));
}

#[tokio::test]
async fn a_second_try_that_would_leave_at_night_or_on_another_day_is_not_made() {
    for minute in ["2021-10-12 21:05", "2021-10-12 22:00", "2021-10-13 09:00"] {
        let (world, person) = held("on", 1, Fault::ResetAfterBody).await;
        for _ in 0..2 {
            assert_eq!((later(&world, minute).await, calls(&world)), (one("unknown"), 1), "{minute}");
        }
        assert_eq!(only(&notices(&person).await), "站内提醒");
    }
}

#[tokio::test]
async fn what_is_done_in_the_meantime_is_not_made_again() {
    let (world, person) = held("on", 1, Fault::ResetAfterBody).await;
    let withdrawn = "update notice set state = 'withdrawn'";
    sqlx::query(withdrawn).execute(&world.app.db).await.expect("withdrawn");
    assert_eq!((later(&world, "2021-10-12 09:02").await, calls(&world)), (one("unknown"), 1));
    assert_eq!(left(&person).await, 0);
}
