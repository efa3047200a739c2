//! The chain: what is sealed cannot be changed unseen, and a late commit is not skipped.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection};
use tuhe::audit::{self, Entry, Report};
use uuid::Uuid;

use crate::world::{Town, World};

async fn say(tx: &mut PgConnection, town: &Town, n: u64) {
    let facts = json!({ "n": n });
    let subject = Some(Uuid::now_v7());
    let entry = Entry {
        town: town.id,
        actor: None,
        action: "test.done",
        subject_kind: "test",
        subject,
        facts: &facts,
    };
    audit::record(tx, entry, town.world.now()).await.expect("recorded");
}

/// Commits `n` entries.
async fn say_many(town: &Town, n: u64) {
    for i in 0..n {
        let mut tx = town.world.app.db.begin().await.expect("begun");
        say(&mut tx, town, i).await;
        tx.commit().await.expect("committed");
    }
}

async fn report(world: &World) -> Report {
    audit::verify(&world.app.db).await.expect("verified").pop().expect("a town")
}

/// Seals until no more than `left` entries wait. Transactions of other tests on the same server hold sealing up while
/// they are open, so one pass may not be enough.
async fn seal_all_but(world: &World, left: i64) -> Report {
    let began = Instant::now();
    loop {
        audit::seal(&world.app.db).await.expect("sealed");
        let report = report(world).await;
        if report.unsealed <= left {
            return report;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{report:?} stays unsealed");
        tokio::task::yield_now().await;
    }
}

/// What somebody with the keys of the database could do: change what is append-only.
async fn tamper(world: &World, statement: &str) {
    let text = format!("set local session_replication_role = replica; {statement}");
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&world.app.db).await.expect("tampered");
}

async fn sealed_town() -> (Arc<World>, Town, Report) {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    say_many(&town, 5).await;
    let report = seal_all_but(&world, 0).await;
    (world, town, report)
}

#[tokio::test]
async fn the_chain_holds_and_goes_on() {
    let (world, town, first) = sealed_town().await;
    assert_eq!((first.sealed, first.unsealed, first.broken_at), (5, 0, None));
    say_many(&town, 2).await;
    let tail = report(&world).await;
    assert_eq!((tail.sealed, tail.unsealed, &tail.head), (5, 2, &first.head), "the tail is told apart");
    let second = seal_all_but(&world, 0).await;
    assert_eq!((second.sealed, second.broken_at), (7, None));
    assert_ne!(second.head, first.head);
}

#[tokio::test]
async fn a_change_to_a_sealed_entry_is_found_where_it_is() {
    let third = "(select entry_id from audit_seal where seq = 3)";
    for change in [
        format!("update audit_entry set facts = '{{\"n\": 9}}' where id = {third}"),
        format!("update audit_entry set at = at + interval '1 microsecond' where id = {third}"),
        format!("update audit_entry set actor_id = town_id where id = {third}"),
        format!("update audit_entry set action = 'test.undone' where id = {third}"),
        format!("update audit_entry set subject_id = null where id = {third}"),
        "update audit_seal set hash = sha256(hash) where seq = 3".to_owned(),
    ] {
        let (world, _town, _) = sealed_town().await;
        tamper(&world, &change).await;
        let report = report(&world).await;
        assert_eq!((report.sealed, report.broken_at), (2, Some(3)), "{change}");
    }
}

#[tokio::test]
async fn an_entry_taken_out_of_the_chain_is_missed() {
    for change in [
        "delete from audit_entry where id = (select entry_id from audit_seal where seq = 3)",
        "delete from audit_seal where seq = 3",
        "delete from audit_entry where id = (select entry_id from audit_seal where seq = 3);
         delete from audit_seal where seq = 3; update audit_seal set seq = seq - 1 where seq > 3",
    ] {
        let (world, _town, _) = sealed_town().await;
        tamper(&world, change).await;
        let report = report(&world).await;
        assert!(report.broken_at.is_some(), "{change}: {report:?}");
    }
}

#[tokio::test]
async fn the_head_shows_that_the_end_was_cut_off() {
    let (world, _town, before) = sealed_town().await;
    tamper(
        &world,
        "delete from audit_entry where id = (select entry_id from audit_seal where seq = 5);
         delete from audit_seal where seq = 5",
    )
    .await;
    let after = report(&world).await;
    assert_eq!(after.broken_at, None, "the rest still holds");
    assert_ne!(after.head, before.head, "but its head is not the one that was printed");
}

#[tokio::test]
async fn a_transaction_that_began_earlier_and_commits_later_is_not_skipped() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let mut early = world.app.db.begin().await.expect("begun");
    say(&mut early, &town, 0).await;
    say_many(&town, 3).await;
    for _ in 0..3 {
        audit::seal(&world.app.db).await.expect("sealed");
    }
    let waiting = report(&world).await;
    assert_eq!(
        (waiting.sealed, waiting.unsealed),
        (0, 3),
        "what an earlier one may still precede waits for it"
    );
    early.commit().await.expect("committed");
    let report = seal_all_but(&world, 0).await;
    assert_eq!((report.sealed, report.broken_at), (4, None));
    let first: (serde_json::Value,) = sqlx::query_as(
        "select e.facts from audit_seal s join audit_entry e on e.town_id = s.town_id and e.id = s.entry_id
         where s.seq = 1",
    )
    .fetch_one(&world.app.db)
    .await
    .expect("the first link");
    assert_eq!(first.0["n"], 0, "the chain takes them in the order they began");
}

#[tokio::test]
async fn two_sealers_at_once_make_one_chain() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    say_many(&town, 40).await;
    let sealers = (0..4).map(|_| audit::seal(&world.app.db));
    for sealed in futures_util::future::join_all(sealers).await {
        sealed.expect("sealed");
    }
    let report = seal_all_but(&world, 0).await;
    assert_eq!((report.sealed, report.broken_at), (40, None));
}
