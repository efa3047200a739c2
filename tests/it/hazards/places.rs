//! Requests under way are bounded in number and in time.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;

use super::wire::{connect, hear, say};
use crate::world::{Answer, World, serve};

const FORM: &str = "{\"code\":\"\"}";

/// A login whose body stops after the first byte.
async fn half_a_login(base: &str) -> TcpStream {
    let mut stream = connect(base).await;
    let length = FORM.len();
    let head = format!(
        "POST /api/v1/login HTTP/1.1\r\nHost: it\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{{"
    );
    say(&mut stream, &head).await;
    stream
}

#[tokio::test]
async fn a_full_house_answers_at_once_when_to_come_back() {
    let world = World::on("2021-10-12").await;
    let mut app = world.app.clone();
    let mut config = (*app.config).clone();
    config.max_requests = 4;
    app.config = Arc::new(config);
    let (base, _stop) = serve(app).await;
    let ask = async || {
        let response = world.http.get(format!("{base}/api/v1/me")).send().await.expect("an answer");
        Answer::of("GET /api/v1/me".to_owned(), response).await
    };
    ask().await.is(401);
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(half_a_login(&base).await);
    }
    // The four are under way as soon as the server has read their heads.
    let full = async {
        loop {
            let answer = ask().await;
            if answer.status != 401 {
                return answer;
            }
        }
    };
    let answer = tokio::time::timeout(Duration::from_secs(30), full).await.expect("the house fills up");
    assert_eq!(answer.headers["retry-after"], "2");
    answer.refuses(503, "server.busy");
    let health = world.http.get(format!("{base}/healthz")).send().await.expect("an answer");
    assert_eq!(health.status(), 200, "health is asked past the queue");
    let mut first = held.swap_remove(0);
    say(&mut first, &FORM[1..]).await;
    assert!(hear(&mut first).await.starts_with("HTTP/1.1 422"), "the one under way is answered");
    ask().await.is(401);
}

/// Takes the thirty seconds it is about; nothing is waited for but the answer.
#[tokio::test]
async fn a_request_that_does_not_come_to_an_end_is_ended() {
    let world = World::on("2021-10-12").await;
    let mut stream = half_a_login(&world.base).await;
    let answer = hear(&mut stream).await.to_lowercase();
    assert!(answer.starts_with("http/1.1 503"), "{answer}");
    assert!(answer.contains("retry-after: 5"), "{answer}");
}
