//! The number is gap-free, also when many write at once and some fail.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use super::{mine, words};
use crate::flow::village;
use crate::world::Town;

#[tokio::test]
async fn twenty_at_once_and_as_many_failures_leave_no_gap() {
    let (_, town, _, cadre) = village().await;
    let (neighbour, duty) = (town.neighbour().await, Uuid::now_v7());
    let good = (0..20).map(|n| {
        let by = if n % 2 == 0 { &cadre } else { &neighbour };
        by.post("/api/v1/feedback", words("suggestion", &format!("第{n}条")))
    });
    // Fails after its number was taken: there is no such duty.
    let bad = (0..10).map(|_| {
        let sent = json!({ "id": Uuid::now_v7(), "kind": "clerk_request", "duty_id": duty });
        cadre.post("/api/v1/feedback", sent)
    });
    let (good, bad) = tokio::join!(join_all(good), join_all(bad));
    let numbers: BTreeSet<String> = good.into_iter().map(|answer| answer.is(200).text("/number")).collect();
    let expected: BTreeSet<String> = (1..=20).map(|no| format!("2021-{no:04}")).collect();
    assert_eq!(numbers, expected);
    for answer in bad {
        answer.refuses(404, "access.not_found");
    }
}

#[tokio::test]
async fn the_same_one_sent_five_times_at_once_is_stored_once() {
    let (_, _, _, cadre) = village().await;
    let sent = words("complaint", "信号不好,多点了几次");
    let answers = join_all((0..5).map(|_| cadre.post("/api/v1/feedback", sent.clone()))).await;
    for answer in answers {
        answer.is(200).field("/number", "2021-0001");
    }
    assert_eq!(mine(&cadre).await.len(), 1);
    cadre.post("/api/v1/feedback", words("suggestion", "下一条")).await.is(200).field("/number", "2021-0002");
}

#[tokio::test]
async fn every_town_and_every_year_counts_for_itself() {
    let (world, town, _, cadre) = village().await;
    cadre.post("/api/v1/feedback", words("suggestion", "一")).await.is(200);
    let there = Town::empty(&town.world, "bitown").await.cadre().await;
    there.post("/api/v1/feedback", words("suggestion", "一")).await.is(200).field("/number", "2021-0001");
    // The year turns at midnight in the town, eight hours before it does in UTC.
    world.move_to("2021-12-31 23:59");
    cadre.post("/api/v1/feedback", words("suggestion", "二")).await.is(200).field("/number", "2021-0002");
    world.move_to("2022-01-01 00:00");
    cadre.post("/api/v1/feedback", words("suggestion", "三")).await.is(200).field("/number", "2022-0001");
}
