//! What follows from a send is booked after it, by whoever comes by; until then its person gets nothing else.

use tokio::sync::watch;
use tuhe::notify::{Weight, compose, rescue};

use super::{calls, left, notices, only, owe, reader, states};
use crate::faults::until;
use crate::world::World;

/// The result of the only send, as it stands until it is booked.
const RESULT: &str = "
    insert into sending (town_id, message_id, attempt, appid, openid, template, worker_id, at, outcome, state, why, notices)
    select town_id, id, attempt, appid, openid, template, worker_id, finished_at, 'sent', 'sent', 'send', 'told'
    from message;
    update message set state = 'queued', marked_by = worker_id, marked_at = sending_at, finished_at = null";

/// The same as the release before left it: the message over, its result in a table of its own.
const FORMER_RESULT: &str = "
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
async fn what_the_release_before_left_behind_is_taken_over() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 3).await;
    owe(&person, Weight::Important).await;
    world.settle().await;
    for statements in [UNBOOKED, FORMER_RESULT] {
        sqlx::raw_sql(statements).execute(&world.app.db).await.expect("put back");
    }
    for _ in 0..2 {
        rescue::pass(&world.app, world.now()).await.expect("looked");
        world.settle().await;
        assert_eq!((left(&person).await, attempts(&world).await), (2, 1));
        assert_eq!(only(&notices(&person).await), "已发微信");
    }
    // A send of a process that died with it.
    let died = "update message set state = 'sending', finished_at = null; delete from send_attempt;
                update notice set state = 'in_message'";
    sqlx::raw_sql(died).execute(&world.app.db).await.expect("put back");
    // Taken over in one pass, held in the next.
    for held in [0, 1, 0] {
        assert_eq!(rescue::pass(&world.app, world.now()).await.expect("looked"), held);
    }
    world.settle().await;
    assert_eq!(states(&world).await.into_iter().collect::<Vec<_>>(), [("unknown".to_owned(), 1)]);
    assert_eq!((calls(&world), attempts(&world).await), (1, 1), "held, and never sent again");
}

#[tokio::test]
async fn the_release_before_does_not_mark_what_is_marked() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 1).await;
    owe(&person, Weight::Important).await;
    compose::pass(&world.app, world.now()).await.expect("composed");
    let run = async |statement: &'static str| sqlx::query(statement).execute(&world.app.db).await;
    let mark = "update message set state = 'sending', attempt = attempt + 1 where state = 'queued'";
    run("update message set marked_by = gen_random_uuid()").await.expect("marked");
    let refused = run(mark).await.expect_err("it is marked");
    assert_eq!(refused.as_database_error().and_then(|error| error.constraint()), Some("message_marked_once"));
    run("update message set marked_by = null").await.expect("given back");
    assert_eq!(run(mark).await.expect("marked").rows_affected(), 1);
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
    sqlx::query("select from sending for update").execute(&mut *slow).await.expect("locked");
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
