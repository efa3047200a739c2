//! What came of a request: what was perhaps sent is never sent again, what was provably not is.

use super::gateway::Reply;
use super::{Scene, only};
use crate::world::client;

/// On the last day of the study day, with the gateway answering so.
async fn answered(reply: Reply) -> Scene {
    let scene = Scene::at("2021-10-08 09:00").await;
    scene.gateway.answers(&[reply]);
    scene.lives("2021-10-10 09:00").await;
    scene
}

#[tokio::test]
async fn an_outcome_nobody_knows_is_held_and_never_sent_again() {
    for reply in [Reply::Status(500), Reply::Status(503), Reply::Silence] {
        let scene = answered(reply).await;
        assert_eq!(scene.states().await, only("unknown"), "{reply:?}");
        scene.lives("2021-10-10 12:00").await;
        scene.lives("2021-10-10 20:00").await;
        assert_eq!(scene.gateway.texts().len(), 1, "{reply:?}");
        assert_eq!(scene.states().await, only("unknown"), "{reply:?}");
    }
}

#[tokio::test]
async fn a_text_the_gateway_never_takes_is_over_and_one_it_does_not_take_now_is_tried_again() {
    let refused = answered(Reply::Status(422)).await;
    assert_eq!(refused.states().await, only("refused"));
    refused.lives("2021-10-10 12:00").await;
    assert_eq!(refused.gateway.texts().len(), 1);
    let busy = answered(Reply::Status(429)).await;
    assert_eq!(busy.states().await, only("queued"));
    busy.lives("2021-10-10 09:02").await;
    let tries: Vec<String> = busy.gateway.texts().into_iter().map(|text| text.id).collect();
    assert!(tries.len() == 2 && tries[0] == tries[1], "the same text, under the same id: {tries:?}");
    assert_eq!(busy.states().await, only("sent"));
}

#[tokio::test]
async fn a_key_the_gateway_does_not_know_holds_texts_up_until_it_is_mended_or_they_are_of_no_use() {
    let scene = Scene::at("2021-10-08 09:00").await;
    scene.gateway.knows_another_secret(Some("not the one we sign with"));
    scene.lives("2021-10-10 09:00").await;
    assert!(scene.gateway.texts().is_empty());
    assert_eq!(scene.states().await, only("queued"));
    scene.lives("2021-10-10 09:05").await;
    assert!(scene.gateway.raw().is_empty());
    scene.gateway.knows_another_secret(None);
    scene.lives("2021-10-10 09:11").await;
    assert_eq!((scene.states().await, scene.gateway.texts().len()), (only("sent"), 1));
    let late = Scene::at("2021-10-08 09:00").await;
    late.gateway.knows_another_secret(Some("not the one we sign with"));
    late.lives("2021-10-10 09:00").await;
    late.world.move_to("2021-10-11 09:00");
    tuhe::sms::pass(&late.world.app).await.expect("a pass");
    assert_eq!(late.states().await, only("expired"), "the last day is over");
}

#[tokio::test]
async fn every_request_is_signed_anew_and_none_counts_twice() {
    let scene = answered(Reply::Status(429)).await;
    scene.lives("2021-10-10 09:02").await;
    let raw = scene.gateway.raw();
    assert_eq!(raw.len(), 2);
    assert_ne!(raw[0][1], raw[1][1], "a nonce of its own");
    // Somebody repeats what they have overheard, or changes it.
    let [timestamp, nonce, signature, body] = raw[1].clone();
    let send = async |nonce: &str, body: String| {
        let request = client().post(scene.gateway.url).header("x-tuhe-key-id", super::gateway::KEY_ID);
        let request = request.header("x-tuhe-timestamp", &timestamp).header("x-tuhe-nonce", nonce);
        let request = request.header("x-tuhe-signature", &signature).body(body);
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(send(&nonce, body.clone()).await, 409);
    assert_eq!(send(&nonce, body.replace("工作", "工资")).await, 401);
    assert_eq!(send(&"0".repeat(32), body).await, 401);
    assert_eq!(scene.gateway.texts().len(), 2);
}

#[tokio::test]
async fn what_a_dead_process_had_under_way_is_held_after_a_minute() {
    let scene = Scene::at("2021-10-08 09:00").await;
    scene.gateway.knows_another_secret(Some("not the one we sign with"));
    scene.lives("2021-10-10 09:00").await;
    // Marked and then gone.
    let marked = "update sms set state = 'sending', sending_at = $1";
    sqlx::query(marked).bind(scene.world.now()).execute(&scene.world.app.db).await.expect("marked");
    scene.gateway.knows_another_secret(None);
    scene.lives("2021-10-10 09:00").await;
    assert_eq!(scene.states().await, only("sending"), "it may still be at work");
    scene.lives("2021-10-10 09:02").await;
    assert_eq!(scene.states().await, only("unknown"));
    scene.lives("2021-10-10 12:00").await;
    assert!(scene.gateway.texts().is_empty());
}
