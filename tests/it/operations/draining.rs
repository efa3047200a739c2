//! The end of a server: what is under way is finished, and nothing is left behind.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::program::{Served, children, runs, tuhe};
use crate::world::{Answer, Town, World, jpeg, sha256_hex};

/// An upload as it goes over the wire: its head and its body.
fn upload(token: &str, photo: &[u8]) -> (String, Vec<u8>) {
    let hash = sha256_hex(photo);
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"sha256\"\r\n\r\n{hash}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.jpg\"\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(photo);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let head = format!(
        "POST /api/v1/photos HTTP/1.1\r\nHost: it\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    (head, body)
}

#[tokio::test]
async fn a_slow_upload_is_finished_before_the_server_ends_and_no_process_is_left() {
    let world = World::at(&super::ready::this_minute()).await;
    let town = Town::empty(&world, "tuhe").await;
    let cadre = town.cadre().await;
    let folder = tempfile::tempdir().expect("a folder");
    let served = Served::start(&mut tuhe(&world.database, folder.path())).await;
    let pid = served.pid();
    // A first upload, so that a photo worker is there to be ended.
    let first = jpeg();
    let part = reqwest::multipart::Part::bytes(first.clone()).file_name("p.jpg");
    let form = reqwest::multipart::Form::new().part("file", part).text("sha256", sha256_hex(&first));
    let request = world.http.post(format!("{}/api/v1/photos", served.base)).bearer_auth(&cadre.token);
    let response = request.multipart(form).send().await.expect("an answer");
    Answer::of("the first upload".to_owned(), response).await.is(200);
    let workers = children(pid);
    assert!(!workers.is_empty(), "a photo worker is idle");
    let photo = jpeg();
    let (head, body) = upload(&cadre.token, &photo);
    let (sooner, later) = body.split_at(body.len() / 2);
    let mut slow = TcpStream::connect(served.base.trim_start_matches("http://")).await.expect("connected");
    slow.write_all(head.as_bytes()).await.expect("written");
    slow.write_all(sooner).await.expect("written");
    // Once another request has been answered, the head that was sent before it has been read.
    for _ in 0..20 {
        let health = world.http.get(format!("{}/healthz", served.base)).send().await.expect("an answer");
        assert_eq!(health.status(), 200);
    }
    served.asks_to_stop().await;
    // The listening socket is closed when the signal has arrived.
    while TcpStream::connect(served.base.trim_start_matches("http://")).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(runs(pid), "the server waits for the upload");
    slow.write_all(later).await.expect("written");
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains(&sha256_hex(&photo)), "{answer}");
    let (status, log) = served.ends().await;
    assert_eq!(status.code(), Some(0), "{log}");
    // They end by themselves when their input closes.
    let gone = async {
        while workers.iter().any(|worker| runs(*worker)) {
            tokio::task::yield_now().await;
        }
    };
    let gone = tokio::time::timeout(Duration::from_secs(30), gone).await;
    assert!(gone.is_ok(), "a photo worker outlives the server");
    let kept: i64 =
        sqlx::query_scalar("select count(*) from photo").fetch_one(&world.app.db).await.expect("rows");
    assert_eq!(kept, 2, "what was acknowledged is stored");
}

#[tokio::test]
async fn an_idle_server_ends_at_once_with_success() {
    let world = World::on("2021-10-12").await;
    let folder = tempfile::tempdir().expect("a folder");
    let served = Served::start(&mut tuhe(&world.database, folder.path())).await;
    let ready = world.http.get(format!("{}/readyz", served.base)).send().await.expect("an answer");
    let ready: Value = ready.json().await.expect("JSON");
    assert_eq!(ready["status"], "ready");
    let pid = served.pid();
    let (status, log) = served.stops().await;
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!runs(pid));
    for line in log.lines() {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        assert_ne!(entry["level"], "ERROR", "{line}");
    }
}
