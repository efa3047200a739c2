//! A plain socket, for requests no HTTP client would send.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long an answer may take before the test gives up on it.
const PATIENCE: Duration = Duration::from_mins(1);

pub async fn connect(base: &str) -> TcpStream {
    let address = base.strip_prefix("http://").expect("an address");
    TcpStream::connect(address).await.expect("connected")
}

pub async fn say(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.expect("written");
}

/// The answer's head and what has come of its body by then; empty when the connection was closed.
pub async fn hear(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    let read = async {
        while !heard.windows(4).any(|window| window == b"\r\n\r\n") {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(n) => heard.extend_from_slice(&buffer[..n]),
            }
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("an answer in time");
    String::from_utf8_lossy(&heard).into_owned()
}
