//! Twenty times kill -9 with 64 sends under way, under either setting: nothing is told twice, nothing is lost without a
//! word; and where the last consent may be used again, nothing is held either (queue rule 5b).

use tuhe::notify::Weight;
use tuhe::platform::clock::Clock;
use wechat_stand_in::Choice;

use super::program::{Program, present_world_with};
use super::until;
use crate::notify::{calls, owe, reader, states};
use crate::world::{Person, TEMPLATE, World};

const KILLS: i64 = 20;
const IN_FLIGHT: i64 = 64;
const MESSAGES: i64 = 1_400;

/// People like the first, with a consent and a reminder each; made by statements, because requests would take minutes.
const CROWD: &str = "
    with made as (select gen_random_uuid() as id, 'crowd-' || i as openid from generate_series(1, $2::integer) i),
    people as (
        insert into person (town_id, id, name, membership, branch_id, quiet_from, quiet_until, created_at)
        select p.town_id, made.id, made.openid, p.membership, p.branch_id, '00:00', '00:00', p.created_at
        from person p, made where p.id = $1),
    bound as (
        insert into binding (town_id, id, person_id, appid, openid, bound_at)
        select b.town_id, gen_random_uuid(), made.id, b.appid, made.openid, b.bound_at
        from binding b, made where b.person_id = $1),
    allowed as (
        insert into grant_balance (appid, openid, template, n)
        select g.appid, made.openid, g.template, 1 from binding b
        join grant_balance g on g.appid = b.appid and g.openid = b.openid, made where b.person_id = $1)
    insert into notice (town_id, id, person_id, subject_kind, subject_id, rung, weight, page, title, due_on, release_at,
        not_after, state, created_at)
    select n.town_id, gen_random_uuid(), made.id, n.subject_kind, n.subject_id, n.rung, n.weight, n.page, n.title,
        n.due_on, n.created_at, n.not_after, 'waiting', n.created_at
    from notice n, made where n.person_id = $1";

async fn crowd(world: &World, first: &Person) {
    owe(first, Weight::Important).await;
    let made = sqlx::query(CROWD).bind(first.id.0).bind(i32::try_from(MESSAGES).expect("few"));
    assert_eq!(made.execute(&world.app.db).await.expect("made").rows_affected(), 1_400);
    sqlx::query("delete from notice where person_id = $1")
        .bind(first.id.0)
        .execute(&world.app.db)
        .await
        .expect("gone");
    for i in 1..=MESSAGES {
        world.wx.tap(&format!("crowd-{i}"), &[TEMPLATE], Choice::Accept);
    }
}

/// Lets the minute pass after which work that was handed out is handed out again, and the half minute after which what is
/// held may be made again.
async fn let_time_pass(world: &World) {
    let passed = "update message set enqueued_at = enqueued_at - interval '61 seconds',
                      sending_at = case when state = 'unknown' then sending_at - interval '31 seconds' else sending_at end
                  where state in ('queued', 'unknown')";
    sqlx::query(passed).execute(&world.app.db).await.expect("passed");
}

async fn count(world: &World, state: &str) -> i64 {
    states(world).await.get(state).copied().unwrap_or_default()
}

/// Kills the sender twenty times; gives the number of held messages when all have their end.
async fn kill_twenty_times(setting: &'static str) -> (std::sync::Arc<World>, i64) {
    let settings = vec![("TUHE_SENDS_IN_FLIGHT", "64"), ("TUHE_RESEND_LAST_CREDIT", setting)];
    let world = present_world_with(settings).await;
    let first = reader(&world, 1).await;
    world.wx.run_from(Clock::system().now());
    crowd(&world, &first).await;
    world.wx.set(|switches| switches.latency_ms = 150);
    for round in 0..KILLS {
        let_time_pass(&world).await;
        let program = Program::start(&world).await;
        let (before, more) = (calls(&world), usize::try_from(1 + round * 7 % 40).expect("few"));
        until("enough sends have begun", async || calls(&world) >= before + more).await;
        program.kill().await;
        let most: i64 = sqlx::query_scalar(
            "select coalesce(max(n), 0) from (select count(*) as n from sending where outcome is null group by worker_id) w",
        )
        .fetch_one(&world.app.db)
        .await
        .expect("counted");
        assert!(most <= IN_FLIGHT, "more under way than allowed: {most}");
    }
    world.wx.set(|switches| switches.latency_ms = 10);
    let program = Program::start(&world).await;
    until("each message has its end", async || {
        let_time_pass(&world).await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let open = count(&world, "queued").await + count(&world, "sending").await;
        open == 0 && (setting == "off" || count(&world, "unknown").await == 0)
    })
    .await;
    program.kill().await;
    let (sent, unknown) = (count(&world, "sent").await, count(&world, "unknown").await);
    assert_eq!(sent + unknown, MESSAGES, "none is lost without a word: {:?}", states(&world).await);
    let told: Vec<(String, String)> =
        sqlx::query_as("select openid, state from message").fetch_all(&world.app.db).await.expect("read");
    for (openid, state) in told {
        let delivered = world.wx.inbox(&openid).len();
        assert!(delivered <= 1, "told twice");
        assert!(state != "sent" || delivered == 1, "called sent and never delivered");
    }
    (world, unknown)
}

#[tokio::test]
async fn twenty_kills_at_64_in_flight_tell_nobody_twice_and_hold_at_most_what_was_under_way() {
    let (world, held) = kill_twenty_times("off").await;
    assert!((1..=IN_FLIGHT * KILLS).contains(&held), "held: {held}");
    assert!(calls(&world) <= 1_400, "nobody is written to twice");
}

#[tokio::test]
async fn twenty_kills_at_64_in_flight_hold_nothing_where_the_last_consent_may_be_used_again() {
    let (world, held) = kill_twenty_times("on").await;
    assert_eq!(held, 0);
    let spent: i64 =
        sqlx::query_scalar("select count(*) from grant_balance where openid like 'crowd-%' and n = 0")
            .fetch_one(&world.app.db)
            .await
            .expect("counted");
    assert_eq!(spent, MESSAGES, "every consent was used, once");
}
