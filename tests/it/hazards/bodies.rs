//! poem reads bodies of any size; every route has a cap, whether or not the length is declared.

use futures_util::stream;
use reqwest::Body;

use super::wire::{connect, hear, say};
use crate::world::{Answer, Town, World};

const MB: usize = 1024 * 1024;

/// `size` bytes without a declared length.
fn chunked(size: usize) -> Body {
    let piece = vec![b' '; 64 * 1024];
    let pieces = size.div_ceil(piece.len());
    Body::wrap_stream(stream::iter((0..pieces).map(move |_| Ok::<_, std::io::Error>(piece.clone()))))
}

#[tokio::test]
async fn a_declared_length_over_the_cap_is_refused_before_a_byte_is_read() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    for (path, kind, length) in [
        ("/api/v1/login", "application/json", 300 * MB),
        ("/api/v1/login", "application/json", 256 * 1024 + 1),
        ("/api/v1/photos", "multipart/form-data; boundary=b", 26 * MB),
        ("/api/v1/org/roster", "multipart/form-data; boundary=b", 6 * MB),
        ("/wechat/push", "application/json", MB),
        ("/nothing/at/all", "text/plain", MB),
    ] {
        let mut stream = connect(&world.base).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: it\r\nAuthorization: Bearer {}\r\nContent-Type: {kind}\r\n\
             Content-Length: {length}\r\n\r\n",
            office.token
        );
        say(&mut stream, &head).await;
        let answer = hear(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{path} with {length}: {answer}");
        assert!(answer.contains("limit.too_large") || !answer.contains("\r\n\r\n{"), "{answer}");
    }
}

#[tokio::test]
async fn a_body_without_a_declared_length_is_cut_at_the_cap() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let request = world.http.post(format!("{}/api/v1/login", world.base));
    let request = request.header("Content-Type", "application/json").body(chunked(300 * 1024));
    let response = request.send().await.expect("an answer");
    Answer::of("a chunked form".to_owned(), response).await.refuses(413, "limit.too_large");
    let mut uploads = vec![("/api/v1/photos", 26 * MB)];
    if tuhe::server::document().contains("/api/v1/org/roster\"") {
        uploads.push(("/api/v1/org/roster", 6 * MB));
    }
    for (path, size) in uploads {
        let part = reqwest::multipart::Part::stream(chunked(size)).file_name("file");
        let form = reqwest::multipart::Form::new().part("file", part);
        let request = world.http.post(format!("{}{path}", world.base)).bearer_auth(&office.token);
        let response = request.multipart(form).send().await.expect("an answer");
        Answer::of(format!("a chunked upload to {path}"), response).await.refuses(413, "limit.too_large");
    }
}

#[tokio::test]
async fn a_chunked_body_under_the_cap_is_read_whole() {
    let world = World::on("2021-10-12").await;
    let padding = " ".repeat(200 * 1024);
    let text = format!("{{\"code\":{padding}\"{}\"}}", world.wx.login_code("o-zhou"));
    let body = Body::wrap_stream(stream::iter([Ok::<_, std::io::Error>(text)]));
    let request = world.http.post(format!("{}/api/v1/login", world.base)).body(body);
    let response = request.header("Content-Type", "application/json").send().await.expect("an answer");
    Answer::of("a chunked form".to_owned(), response).await.is(200);
}

#[tokio::test]
async fn an_upload_without_a_session_is_refused_before_it_is_read() {
    let world = World::on("2021-10-12").await;
    let mut stream = connect(&world.base).await;
    let head = "POST /api/v1/photos HTTP/1.1\r\nHost: it\r\nContent-Type: multipart/form-data; boundary=b\r\n\
                Content-Length: 20000000\r\n\r\n";
    say(&mut stream, head).await;
    let answer = hear(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
}
