//! What follows from a send is booked after it, by whoever comes by; until then its person gets nothing else.

use tokio::sync::watch;
use tuhe::notify::{Weight, compose};

use super::{calls, left, notices, only, owe, reader, states};
use crate::faults::until;
use crate::world::World;

/// The result of the only send, as it stands until it is booked.
const RESULT: &str = "
    insert into send_result (town_id, message_id, attempt, appid, openid, template, at, outcome, why, notices)
    select town_id, id, attempt, appid, openid, template, finished_at, 'sent', 'send', 'told' from message";

/// Takes back what was booked of it.
const UNBOOKED: &str = "
    delete from send_attempt;
    delete from grant_event where why = 'send';
    update grant_balance set n = n + 1;
    update notice set state = 'in_message' where state = 'told'";

/// Puts things back to the moment at which the result of the only send was committed and nothing was booked.
async fn put_back(world: &World) {
    for statements in [UNBOOKED, RESULT] {
        sqlx::raw_sql(statements).execute(&world.app.db).await.expect("put back");
    }
}

async fn attempts(world: &World) -> i64 {
    let count = sqlx::query_scalar("select count(*) from send_attempt");
    count.fetch_one(&world.app.db).await.expect("counted")
}

#[tokio::test]
async fn what_a_dead_process_left_is_booked_once_by_the_next() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 2).await;
    owe(&person, Weight::Important).await;
    world.settle().await;
    assert_eq!((left(&person).await, attempts(&world).await), (1, 1));
    put_back(&world).await;
    assert_eq!((left(&person).await, attempts(&world).await), (2, 0));
    assert_eq!(only(&notices(&person).await), "发送中");
    for _ in 0..2 {
        world.settle().await;
        assert_eq!((left(&person).await, attempts(&world).await), (1, 1));
        assert_eq!(only(&notices(&person).await), "已发微信");
    }
    assert_eq!(calls(&world), 1);
}

#[tokio::test]
async fn a_send_that_is_paid_for_is_not_paid_for_again_and_keeps_nobody_waiting() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 3).await;
    owe(&person, Weight::Important).await;
    world.settle().await;
    sqlx::raw_sql(RESULT).execute(&world.app.db).await.expect("a result once more");
    world.settle().await;
    assert_eq!(left(&person).await, 2);
    world.move_to("2021-10-13");
    owe(&person, Weight::Important).await;
    world.settle().await;
    assert_eq!((calls(&world), left(&person).await), (2, 1));
}

#[tokio::test]
async fn one_grant_is_not_spent_twice_while_the_first_send_is_not_booked() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 1).await;
    owe(&person, Weight::Important).await;
    world.settle().await;
    put_back(&world).await;
    // Somebody is booking it, and takes his time.
    let mut slow = world.app.db.begin().await.expect("begun");
    sqlx::query("select from send_result for update").execute(&mut *slow).await.expect("locked");
    world.move_to("2021-10-13");
    world.app.clock.run_from(world.now());
    owe(&person, Weight::Important).await;
    compose::pass(&world.app, world.now()).await.expect("composed");
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(tuhe::notify::run(world.app.clone(), stopped));
    until("it was looked at and put off", async || {
        let put_off = "select exists (select from message where state = 'queued' and next_at > created_at)";
        sqlx::query_scalar(put_off).fetch_one(&world.app.db).await.expect("looked")
    })
    .await;
    assert_eq!(calls(&world), 1, "nothing more is sent yet");
    slow.rollback().await.expect("given up");
    until("the second message is over", async || states(&world).await.contains_key("cancelled")).await;
    stop.send_replace(true);
    running.await.expect("it ran").expect("the lease holds");
    assert_eq!((calls(&world), left(&person).await), (1, 0), "the one grant was spent");
}
