//! The server is killed again and again while texts leave: nobody gets one twice, and none is lost without a word.

use std::collections::BTreeMap;
use std::time::Duration;

use super::gateway::Gateway;
use super::many::{IN_FLIGHT, owing};
use super::states;
use crate::faults::{Program, present_world_with, until};
use crate::world::Town;

const PEOPLE: usize = 40;
/// How many requests each process begins before it dies.
const KILLS: [usize; 4] = [1, 3, 6, 10];

fn of(states: &BTreeMap<String, i64>, state: &str) -> i64 {
    states.get(state).copied().unwrap_or_default()
}

#[tokio::test]
async fn a_server_killed_while_it_sends_texts_nobody_twice_and_holds_what_it_does_not_know() {
    let gateway = Gateway::start().await;
    let world = present_world_with(gateway.settings()).await;
    let town = Town::empty(&world, "tuhe").await;
    owing(&town, PEOPLE).await;
    gateway.takes_its_time(Duration::from_millis(150));
    for more in KILLS {
        let program = Program::start(&world).await;
        let before = gateway.texts().len();
        until("enough requests have begun", async || gateway.texts().len() >= before + more).await;
        program.kill().await;
        let under_way = of(&states(&world).await, "sending");
        assert!(under_way <= IN_FLIGHT * i64::try_from(KILLS.len()).expect("few"), "{under_way}");
        // The minute after which what a dead process left is held.
        let passed = "update sms set sending_at = sending_at - interval '61 seconds' where state = 'sending'";
        sqlx::query(passed).execute(&world.app.db).await.expect("passed");
    }
    let program = Program::start(&world).await;
    until("each text has its end", async || {
        let states = states(&world).await;
        of(&states, "queued") + of(&states, "sending") == 0 && of(&states, "sent") > 0
    })
    .await;
    program.kill().await;
    let states = states(&world).await;
    let (sent, unknown) = (of(&states, "sent"), of(&states, "unknown"));
    assert_eq!(sent + unknown, i64::try_from(PEOPLE).expect("few"), "{states:?}");
    assert!(unknown >= 1, "a kill in the middle leaves some unknown: {states:?}");
    assert!(unknown <= IN_FLIGHT * i64::try_from(KILLS.len()).expect("few"), "{states:?}");
    let mut to: Vec<String> = gateway.texts().into_iter().map(|text| text.to).collect();
    let all = to.len();
    to.sort();
    to.dedup();
    assert_eq!(to.len(), all, "somebody was texted twice");
    assert!(i64::try_from(all).expect("few") >= sent, "called sent and never handed in");
}
