//! The server is killed again and again while messages leave: nobody gets one twice, and none is lost without a word.

use tuhe::notify::{Weight, rescue};
use tuhe::platform::clock::Clock;

use super::program::{Program, never_sleeps, present_world};
use super::until;
use crate::notify::{calls, owe, readers, states};
use crate::world::World;

const MESSAGES: usize = 120;
/// Sends under way at once, as configured when nothing is said.
const IN_FLIGHT: i64 = 8;
/// How many sends each process begins before it dies.
const KILLS: [usize; 10] = [1, 1, 2, 3, 3, 4, 5, 6, 7, 8];

/// What was handed out a minute ago and is still due is handed out again: lets that minute pass.
async fn let_a_minute_pass(world: &World) {
    let passed =
        "update message set enqueued_at = enqueued_at - interval '61 seconds' where state = 'queued'";
    sqlx::query(passed).execute(&world.app.db).await.expect("passed");
}

fn of(states: &std::collections::BTreeMap<String, i64>, state: &str) -> i64 {
    states.get(state).copied().unwrap_or_default()
}

#[tokio::test]
async fn a_server_killed_while_it_sends_tells_nobody_twice_and_holds_what_it_does_not_know() {
    let world = present_world().await;
    let people = readers(&world, MESSAGES).await;
    for person in &people {
        never_sleeps(person).await;
    }
    world.wx.run_from(Clock::system().now());
    world.wx.set(|switches| switches.latency_ms = 80);
    for person in &people {
        owe(person, Weight::Important).await;
    }
    for more in KILLS {
        let_a_minute_pass(&world).await;
        let program = Program::start(&world).await;
        let before = calls(&world);
        until("enough sends have begun", async || calls(&world) >= before + more).await;
        program.kill().await;
        let most: i64 = sqlx::query_scalar(
            "select count(*) from sending where outcome is null group by worker_id order by 1 desc limit 1",
        )
        .fetch_optional(&world.app.db)
        .await
        .expect("counted")
        .unwrap_or_default();
        assert!(most <= IN_FLIGHT, "more under way than allowed: {most}");
    }
    let_a_minute_pass(&world).await;
    let program = Program::start(&world).await;
    until("each message has its end", async || {
        let states = states(&world).await;
        of(&states, "queued") + of(&states, "sending") == 0
    })
    .await;
    program.kill().await;
    let states = states(&world).await;
    let (sent, unknown) = (of(&states, "sent"), of(&states, "unknown"));
    assert_eq!(sent + unknown, i64::try_from(MESSAGES).expect("few"), "{states:?}");
    assert!(unknown >= 1, "a kill in the middle of sends leaves some unknown: {states:?}");
    assert!(unknown <= IN_FLIGHT * i64::try_from(KILLS.len()).expect("ten"), "{states:?}");
    let told: Vec<(String, String)> =
        sqlx::query_as("select openid, state from message").fetch_all(&world.app.db).await.expect("read");
    for (openid, state) in told {
        let delivered = world.wx.inbox(&openid).len();
        assert!(delivered <= 1, "told twice");
        assert!(state != "sent" || delivered == 1, "called sent and never delivered");
    }
    let calls = calls(&world);
    assert!(calls <= MESSAGES, "nobody is written to twice: {calls}");
}

#[tokio::test]
async fn a_server_that_stood_still_past_its_lease_does_not_send_what_others_called_unknown() {
    let world = present_world().await;
    let people = readers(&world, 30).await;
    for person in &people {
        never_sleeps(person).await;
    }
    world.wx.run_from(Clock::system().now());
    world.wx.set(|switches| switches.latency_ms = 80);
    for person in &people {
        owe(person, Weight::Important).await;
    }
    let program = Program::start(&world).await;
    until("sends have begun", async || calls(&world) >= 3).await;
    program.pause();
    let lapsed = "update worker set lease_until = now() - interval '1 second' where ended_at is null";
    sqlx::query(lapsed).execute(&world.app.db).await.expect("time passes");
    let held = i64::try_from(rescue::pass(&world.app, world.now()).await.expect("rescued")).expect("few");
    assert!((1..=IN_FLIGHT).contains(&held), "what it had under way is held: {held}");
    program.go_on();
    until("it goes on under a new lease", async || {
        let_a_minute_pass(&world).await;
        let states = states(&world).await;
        of(&states, "queued") + of(&states, "sending") == 0
    })
    .await;
    program.kill().await;
    let states = states(&world).await;
    assert_eq!((of(&states, "unknown"), of(&states, "sent")), (held, 30 - held), "{states:?}");
    for person in &people {
        assert!(person.messages().len() <= 1, "told twice");
    }
}
