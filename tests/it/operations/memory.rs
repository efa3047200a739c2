//! An upload far over the cap costs the server no memory.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::program::{Served, status_line, tuhe};
use super::ready::this_minute;
use crate::world::{Town, World};

const PIECE: usize = 64 * 1024;

/// Sends 200 MB in chunks; gives how much the server took before it hung up, and what it said.
async fn flood(base: &str, head: &str) -> (usize, String) {
    let mut stream = TcpStream::connect(base.trim_start_matches("http://")).await.expect("connected");
    stream.write_all(head.as_bytes()).await.expect("written");
    let (mut reader, mut writer) = stream.split();
    let sending = async {
        let chunk = [format!("{PIECE:x}\r\n").as_bytes(), &vec![b' '; PIECE], b"\r\n"].concat();
        let mut sent = 0;
        while sent < 200 * 1024 * 1024 && writer.write_all(&chunk).await.is_ok() {
            sent += PIECE;
        }
        let _ = writer.write_all(b"0\r\n\r\n").await;
        sent
    };
    let hearing = async {
        let mut answer = [0; 64];
        let n = reader.read(&mut answer).await.unwrap_or_default();
        String::from_utf8_lossy(&answer[..n]).into_owned()
    };
    tokio::join!(sending, hearing)
}

#[tokio::test]
async fn two_hundred_megabytes_without_a_length_cost_no_memory() {
    let world = World::at(&this_minute()).await;
    let town = Town::empty(&world, "tuhe").await;
    let cadre = town.cadre().await;
    let folder = tempfile::tempdir().expect("a folder");
    let served = Served::start(&mut tuhe(&world.database, folder.path())).await;
    assert_eq!(
        world.http.get(format!("{}/docs", served.base)).send().await.expect("an answer").status(),
        200
    );
    let before = status_line(served.pid(), "VmHWM:").expect("kB");
    let common = "HTTP/1.1\r\nHost: it\r\nTransfer-Encoding: chunked";
    let form = format!("POST /api/v1/login {common}\r\nContent-Type: application/json\r\n\r\n");
    let part = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.jpg\"\r\n\r\n";
    let photo = format!(
        "POST /api/v1/photos {common}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\n\r\n{:x}\r\n{part}\r\n",
        cadre.token,
        part.len()
    );
    for head in [form, photo] {
        let (sent, heard) = flood(&served.base, &head).await;
        assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 413"), "{heard}");
        assert!(sent < 150 * 1024 * 1024, "{sent} bytes were read");
    }
    let after = status_line(served.pid(), "VmHWM:").expect("kB");
    println!("peak memory before {before} kB, after {after} kB");
    assert!(after < before + 60 * 1024, "from {before} kB to {after} kB");
    assert_eq!(
        world.http.get(format!("{}/readyz", served.base)).send().await.expect("an answer").status(),
        200
    );
    let (status, _) = served.stops().await;
    assert!(status.success());
}
