//! A send whose outcome nobody knows is held: paid for, in the inbox, and never made again.

use std::sync::Arc;
use std::time::Duration;

use tuhe::notify::{Weight, rescue};
use wechat_stand_in::{Fault, FaultRule};

use super::{calls, left, notices, only, owe, reader, states};
use crate::world::{Ground, Person, World};

/// A world that waits less long for WeChat, with a fault on every send.
async fn faulty(fault: Fault) -> (Arc<World>, Person) {
    let ground = Ground { wechat_timeout: Some(Duration::from_millis(400)), ..Ground::default() };
    let world = World::upon("2021-10-12 09:00", ground).await;
    let person = reader(&world, 2).await;
    owe(&person, Weight::Important).await;
    world.wx.fault(FaultRule::on("/cgi-bin/message/subscribe/send", fault).times(1));
    (world, person)
}

/// Held now, and still held when hours and days have passed.
async fn assert_held(world: &World, person: &Person) {
    for minute in ["2021-10-12 09:00", "2021-10-12 09:02", "2021-10-12 15:00", "2021-10-14 09:00"] {
        world.move_to(minute);
        world.settle().await;
        rescue::pass(&world.app, world.now()).await.expect("rescued");
    }
    assert_eq!(calls(world), 1, "not made again");
    assert_eq!(states(world).await, [("unknown".to_owned(), 1)].into());
    assert_eq!(left(person).await, 1, "it pays");
    assert_eq!(only(&notices(person).await), "站内提醒");
}

#[tokio::test]
async fn a_send_never_answered_is_held_and_not_made_again() {
    let (world, person) = faulty(Fault::Hang).await;
    assert_held(&world, &person).await;
    assert!(person.messages().is_empty());
}

#[tokio::test]
async fn a_delivery_whose_answer_is_lost_is_held_and_not_made_again() {
    let (world, person) = faulty(Fault::CommitThenDrop).await;
    assert_held(&world, &person).await;
    assert_eq!(person.messages().len(), 1, "this one did arrive, once");
}

#[tokio::test]
async fn a_connection_reset_after_the_request_is_held_and_not_made_again() {
    let (world, person) = faulty(Fault::ResetAfterBody).await;
    assert_held(&world, &person).await;
}

#[tokio::test]
async fn a_gateways_error_page_is_held_and_not_made_again() {
    let (world, person) = faulty(Fault::Gateway { status: 502 }).await;
    assert_held(&world, &person).await;
}

#[tokio::test]
async fn the_next_reminder_covers_an_unknown_one() {
    let (world, person) = faulty(Fault::ResetAfterBody).await;
    world.settle().await;
    world.move_to("2021-10-13");
    let page = owe(&person, Weight::Important).await;
    world.settle().await;
    assert_eq!(person.messages().len(), 1);
    assert_eq!(person.messages()[0].page.as_deref(), Some(page.as_str()));
}
