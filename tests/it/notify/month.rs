//! An ordinary person is not written to every other day, however little they do.

use std::collections::BTreeMap;

use crate::world::{Town, World};

/// WeChat messages anybody ordinary gets in a month, at most.
const MOST: usize = 8;

#[tokio::test]
async fn a_branch_secretary_who_does_nothing_gets_at_most_eight_messages_in_any_month() {
    let world = World::on("2021-10-01").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    town.village_contact().await;
    for (first, last) in [
        ("2021-10-01", "2021-10-31"),
        ("2021-11-01", "2021-11-30"),
        ("2021-12-01", "2021-12-31"),
        ("2022-01-01", "2022-01-31"),
        ("2022-02-01", "2022-02-28"),
        ("2022-03-01", "2022-03-31"),
    ] {
        world.move_to(first);
        world.allow(&secretary, 25).await;
        world.settle().await;
        world.live_until(last).await;
    }
    let mut months: BTreeMap<String, usize> = BTreeMap::new();
    for message in secretary.messages() {
        *months.entry(message.at.format("%Y-%m").to_string()).or_default() += 1;
    }
    assert_eq!(months.len(), 6, "some every month: {months:?}");
    assert!(months.values().all(|count| *count <= MOST), "{months:?}");
    let days: Vec<String> = secretary.messages().iter().map(|m| m.at.date_naive().to_string()).collect();
    for due in ["2021-10-10", "2021-10-20", "2021-12-31", "2022-03-20", "2022-03-31"] {
        assert!(days.contains(&due.to_owned()), "what is due that day is told: {days:?}");
    }
}
