//! poem never closes a half-sent header; the number of connections is capped, and the next one waits its turn.

use std::sync::Arc;
use std::time::Duration;

use super::wire::{connect, hear, say};
use crate::world::{World, serve};

const ASK: &str = "GET /healthz HTTP/1.1\r\nHost: it\r\nConnection: close\r\n\r\n";

/// A server beside the world's own that accepts ten connections.
async fn narrow(world: &World) -> (String, tokio::sync::oneshot::Sender<()>) {
    let mut app = world.app.clone();
    let mut config = (*app.config).clone();
    config.max_connections = 10;
    app.config = Arc::new(config);
    serve(app).await
}

#[tokio::test]
async fn the_connection_over_the_cap_waits_and_is_served_when_one_closes() {
    let world = World::on("2021-10-12").await;
    let (base, _stop) = narrow(&world).await;
    let mut held = Vec::new();
    for _ in 0..10 {
        held.push(connect(&base).await);
    }
    let mut late = connect(&base).await;
    say(&mut late, ASK).await;
    let early = tokio::time::timeout(Duration::from_millis(400), hear(&mut late)).await;
    assert!(early.is_err(), "the eleventh was served: {early:?}");
    held.pop();
    let answer = hear(&mut late).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn silent_and_half_sent_connections_below_the_cap_starve_nobody() {
    let world = World::on("2021-10-12").await;
    let (base, _stop) = narrow(&world).await;
    let mut held = Vec::new();
    for n in 0..9 {
        let mut stream = connect(&base).await;
        if n % 2 == 0 {
            say(&mut stream, "POST /api/v1/login HTTP/1.1\r\nHost: it\r\nContent-Le").await;
        }
        held.push(stream);
    }
    for _ in 0..30 {
        let mut stream = connect(&base).await;
        say(&mut stream, ASK).await;
        let answer = hear(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}
