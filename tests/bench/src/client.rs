//! The load: keep-alive connections on the loopback, each asking again as soon as it is answered. A client of its own, as
//! small as can be, because it shares the cores with what it measures; the same one for both sides.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What one round gave.
pub struct Round {
    pub per_second: f64,
    /// Milliseconds.
    pub p50: f64,
    pub p99: f64,
}

/// The bytes of the next request of one connection; none ends it early.
pub type Requests = Box<dyn FnMut() -> Option<Vec<u8>> + Send>;

/// Asks over one connection per item of `connections` for so long. Any answer but 200 is an error.
pub async fn drive(address: SocketAddr, connections: Vec<Requests>, time: Duration) -> anyhow::Result<Round> {
    let mut tasks = JoinSet::new();
    let mut streams = Vec::new();
    for requests in connections {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        streams.push((stream, requests));
    }
    let begun = Instant::now();
    for (stream, requests) in streams {
        tasks.spawn(ask(stream, requests, begun + time));
    }
    let mut latencies: Vec<u32> = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.extend(done??);
    }
    let took = begun.elapsed();
    ensure!(!latencies.is_empty(), "nothing was answered");
    latencies.sort_unstable();
    let at = |share: usize| f64::from(latencies[(latencies.len() - 1) * share / 100]) / 1000.0;
    Ok(Round { per_second: count(latencies.len()) / took.as_secs_f64(), p50: at(50), p99: at(99) })
}

/// A count as a number to divide.
pub fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// The microseconds each answer took.
async fn ask(mut stream: TcpStream, mut requests: Requests, until: Instant) -> anyhow::Result<Vec<u32>> {
    let (mut latencies, mut buffer) = (Vec::new(), Vec::with_capacity(16 * 1024));
    while Instant::now() < until
        && let Some(request) = requests()
    {
        let asked = Instant::now();
        stream.write_all(&request).await?;
        answer(&mut stream, &mut buffer).await?;
        latencies.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok(latencies)
}

/// Reads one whole answer, which must be 200; leaves its body in `buffer`.
pub async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<()> {
    let Answer { status, body, .. } = read(stream, std::mem::take(buffer)).await?;
    ensure!(status == 200, "{status} {}", String::from_utf8_lossy(&body));
    *buffer = body;
    Ok(())
}

/// An answer, good or not.
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// By its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim()))
    }
}

/// Reads one whole answer, whatever it says.
pub async fn any_answer(stream: &mut TcpStream) -> anyhow::Result<Answer> {
    read(stream, Vec::with_capacity(1024)).await
}

/// Into `buffer`, whose room is used again.
async fn read(stream: &mut TcpStream, mut buffer: Vec<u8>) -> anyhow::Result<Answer> {
    buffer.clear();
    let head = loop {
        if stream.read_buf(&mut buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
    let status = text.get(9..12).and_then(|status| status.parse().ok()).context("no status")?;
    let mut answer = Answer { status, head: text, body: Vec::new() };
    let length: usize = answer.header("content-length").context("no length")?.parse()?;
    while buffer.len() < head + length {
        if stream.read_buf(&mut buffer).await? == 0 {
            bail!("the server closed the connection");
        }
    }
    buffer.drain(..head);
    answer.body = buffer;
    Ok(answer)
}

/// One answer's body, over a connection of its own.
pub async fn once(address: SocketAddr, request: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (mut stream, mut body) = (TcpStream::connect(address).await?, Vec::new());
    stream.write_all(request).await?;
    answer(&mut stream, &mut body).await?;
    Ok(body)
}

/// A GET, with a session where there is one.
pub fn get(path: &str, token: Option<&str>) -> Vec<u8> {
    let login = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{login}\r\n").into_bytes()
}

/// A POST of JSON under a session.
pub fn post(path: &str, token: &str, json: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nX-Client: bench/1.0; schema=1\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
        json.len()
    )
    .into_bytes()
}
