//! Two hundred phones uploading at once for five minutes, while people read what they owe: none is refused but with "later",
//! reading stays quick, and memory stays flat.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::client;
use crate::program::Program;
use crate::report::{Bar, Report};
use crate::scratch::Scratch;
use crate::seed::{self, Caller};

const SECTION: &str = "uploads";
const PHONES: usize = 200;
const TIME: Duration = Duration::from_mins(5);
/// Reading alone, before.
const IDLE: Duration = Duration::from_secs(20);
/// After so long every phone is under way and the workers have seen the largest photo.
const SETTLED: Duration = Duration::from_mins(1);
const READERS: usize = 4;
/// Of each reader: people read at their own pace, however slow the answers are.
const READ_EVERY: Duration = Duration::from_millis(50);
/// Every so manieth photo is the camera's own file; the others are the copies of 1600 px that phones send.
const ORIGINALS: u64 = 10;
/// As long as a phone waits.
const AFTER_CUT: Duration = Duration::from_secs(2);
const SLOWER: Bar = Bar::AtMost(10.0);
const SLOWEST: Bar = Bar::AtMost(100.0);
const GROWTH: Bar = Bar::AtMost(16.0);

/// What the phones met with.
#[derive(Default)]
struct Tally {
    sent: AtomicU64,
    bytes: AtomicU64,
    later: AtomicU64,
    /// Connections that ended while a photo was on its way, without an answer.
    cut: AtomicU64,
    over: AtomicBool,
}

pub async fn run(
    scratch: &Scratch,
    callers: &[Caller],
    photos: &[Vec<u8>],
    report: &mut Report,
) -> anyhow::Result<()> {
    let url = scratch.database("uploads", Some(seed::DATABASE)).await?;
    let settings = [("DATABASE_URL", url.as_str()), ("REDIS_URL", scratch.redis_url.as_str())];
    let ours = Program::serve(scratch, "uploads", &settings)?;
    let address: SocketAddr = ours.said.trim_start_matches("http://").parse()?;
    let kinds = Arc::new(kinds(photos)?);
    let idle = read(address, callers, IDLE).await?;

    let tally = Arc::new(Tally::default());
    let mut phones = JoinSet::new();
    for n in 0..PHONES {
        let token = callers[n % callers.len()].token.clone();
        phones.spawn(upload(address, token, n, Arc::clone(&kinds), Arc::clone(&tally)));
    }
    let begun = Instant::now();
    let (busy, memory) = tokio::join!(read(address, callers, TIME), watch(&ours, begun));
    tally.over.store(true, Ordering::Relaxed);
    while let Some(ended) = phones.join_next().await {
        ended?.context("a phone was refused")?;
    }
    let (sent, later) = (tally.sent.load(Ordering::Relaxed), tally.later.load(Ordering::Relaxed));
    ensure!(sent > 0, "no photo was taken");
    let (busy, (settled, last)) = (busy?, memory?);
    let per_second = client::count(usize::try_from(sent)?) / begun.elapsed().as_secs_f64();
    report.number(SECTION, "photos taken, 200 phones at once", &[per_second], "/s", None);
    let cut = client::count(usize::try_from(tally.cut.load(Ordering::Relaxed))?);
    report.number(SECTION, "connections that ended without an answer", &[cut], "", Some(Bar::AtMost(0.0)));
    report.number(SECTION, "p99 of reading today's duties, idle", &[idle], "ms", None);
    report.number(SECTION, "p99 of reading meanwhile", &[busy], "ms", Some(SLOWEST));
    report.number(SECTION, "p99 meanwhile, of idle", &[busy / idle], "×", Some(SLOWER));
    report.number(SECTION, "memory of server and workers after a minute", &[settled], "MB", None);
    report.number(SECTION, "growth of it in the four minutes after", &[last - settled], "MB", Some(GROWTH));
    report.note(format!(
        "uploads: {PHONES} keep-alive phones, {sent} distinct photos ({} MB; every tenth a camera's own file, the others \
         copies of 1600 px), {later} answers of 503 with Retry-After, no other failure; {READERS} readers ask every {} ms.",
        tally.bytes.load(Ordering::Relaxed) >> 20,
        READ_EVERY.as_millis()
    ));
    ours.stop().await
}

/// Copies as phones make them, and the files they are made of.
fn kinds(photos: &[Vec<u8>]) -> anyhow::Result<[Vec<Vec<u8>>; 2]> {
    let jpegs: Vec<Vec<u8>> = photos.iter().filter(|photo| photo.starts_with(b"\xff\xd8")).cloned().collect();
    ensure!(!jpegs.is_empty(), "no JPEG among the photos");
    let copies: Result<Vec<_>, _> = jpegs
        .iter()
        .map(|photo| tuhe::platform::photo::derive(photo).map(|derived| derived.display))
        .collect();
    Ok([copies?, jpegs])
}

/// One phone: photo after photo, each until it is taken.
async fn upload(
    address: SocketAddr,
    token: String,
    phone: usize,
    kinds: Arc<[Vec<Vec<u8>>; 2]>,
    tally: Arc<Tally>,
) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let mut n = 0_u64;
    while !tally.over.load(Ordering::Relaxed) {
        n += 1;
        let of = &kinds[usize::from((n + phone as u64).is_multiple_of(ORIGINALS))];
        let photo = distinct(&of[phone % of.len()], phone as u64, n);
        let request = request(&token, &photo);
        loop {
            let sent = stream.write_all(&request).await.map_err(anyhow::Error::from);
            let answer = match sent {
                Ok(()) => client::any_answer(&mut stream).await,
                Err(error) => Err(error),
            };
            let Ok(answer) = answer else {
                tally.cut.fetch_add(1, Ordering::Relaxed);
                sleep(AFTER_CUT).await;
                if tally.over.load(Ordering::Relaxed) {
                    return Ok(());
                }
                stream = TcpStream::connect(address).await?;
                continue;
            };
            match answer.status {
                200 => break,
                503 => {
                    let wait: u64 =
                        answer.header("retry-after").context("a 503 without Retry-After")?.parse()?;
                    tally.later.fetch_add(1, Ordering::Relaxed);
                    if answer.header("connection").is_some_and(|value| value == "close") {
                        stream = TcpStream::connect(address).await?;
                    }
                    sleep(Duration::from_secs(wait)).await;
                    if tally.over.load(Ordering::Relaxed) {
                        return Ok(());
                    }
                }
                status => bail!("{status}: {}", String::from_utf8_lossy(&answer.body)),
            }
        }
        tally.sent.fetch_add(1, Ordering::Relaxed);
        tally.bytes.fetch_add(photo.len() as u64, Ordering::Relaxed);
    }
    Ok(())
}

/// The same picture in a file of its own: a comment behind the first marker.
fn distinct(photo: &[u8], phone: u64, n: u64) -> Vec<u8> {
    [&photo[..2], b"\xff\xfe\0\x12", &phone.to_be_bytes(), &n.to_be_bytes(), &photo[2..]].concat()
}

fn request(token: &str, photo: &[u8]) -> Vec<u8> {
    let hash = hex::encode(Sha256::digest(photo));
    let before = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"sha256\"\r\n\r\n{hash}\r\n--edge\r\nContent-Disposition: form-data; \
         name=\"file\"; filename=\"photo.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
    );
    let after = "\r\n--edge--\r\n";
    let head = format!(
        "POST /api/v1/photos HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nX-Client: bench/1.0; schema=1\r\n\
         Content-Type: multipart/form-data; boundary=edge\r\nContent-Length: {}\r\n\r\n",
        before.len() + photo.len() + after.len()
    );
    [head.as_bytes(), before.as_bytes(), photo, after.as_bytes()].concat()
}

/// p99 in milliseconds of reading for so long.
async fn read(address: SocketAddr, callers: &[Caller], time: Duration) -> anyhow::Result<f64> {
    let mut readers = JoinSet::new();
    for n in 0..READERS {
        let request = client::get("/api/v1/duties/today", Some(&callers[n % callers.len()].token));
        readers.spawn(async move {
            let (mut stream, mut body) = (TcpStream::connect(address).await?, Vec::new());
            let (mut times, begun) = (Vec::new(), Instant::now());
            let mut beat = tokio::time::interval(READ_EVERY);
            while begun.elapsed() < time {
                beat.tick().await;
                let asked = Instant::now();
                stream.write_all(&request).await?;
                client::answer(&mut stream, &mut body).await?;
                times.push(asked.elapsed().as_secs_f64() * 1000.0);
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = readers.join_next().await {
        times.extend(done??);
    }
    times.sort_by(f64::total_cmp);
    times.get(times.len().saturating_sub(1) * 99 / 100).copied().context("nothing was read")
}

/// The most memory of server and workers together: in the settled minute after the first, and in the last.
async fn watch(ours: &Program, begun: Instant) -> anyhow::Result<(f64, f64)> {
    let (mut settled, mut last) = (0.0_f64, 0.0_f64);
    while begun.elapsed() < TIME {
        let now = ours.family_memory()?;
        if begun.elapsed() > SETTLED && begun.elapsed() < 2 * SETTLED {
            settled = settled.max(now);
        }
        if begun.elapsed() + SETTLED > TIME {
            last = last.max(now);
        }
        sleep(Duration::from_millis(500)).await;
    }
    Ok((settled, last))
}
