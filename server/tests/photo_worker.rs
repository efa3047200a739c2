//! The photo pool with real worker processes: the program itself, started as `tuhe photo-worker`.

use std::fs;
use std::io::Cursor;
use std::process::Command;
use std::time::{Duration, Instant};

use image::{ImageFormat, Rgb, RgbImage};
use rustix::process::{Pid, Signal, kill_process};
use tuhe::platform::photo::{Bounds, Format, Pool, PoolError, Refusal, WorkerCommand};

const DEADLINE: Duration = Duration::from_secs(10);

/// A pool whose workers carry `tag` among their arguments, so that the test finds its own ones.
fn pool(tag: &str, bounds: Bounds) -> Pool {
    let mut command = WorkerCommand::new(env!("CARGO_BIN_EXE_tuhe"));
    command.args.push(tag.into());
    Pool::with(command, bounds)
}

fn workers(tag: &str) -> Vec<i32> {
    let processes = fs::read_dir("/proc").expect("processes").flatten();
    processes
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            arguments.split(|byte| *byte == 0).any(|argument| argument == tag.as_bytes())
        })
        .collect()
}

fn send(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).expect("a process id"), signal).expect("signal sent");
}

fn photo() -> Vec<u8> {
    let picture = RgbImage::from_fn(200, 150, |x, y| Rgb([x.to_le_bytes()[0], y.to_le_bytes()[0], 90]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg).expect("encoded");
    bytes.into_inner()
}

/// An iPhone's photo, or one made by the tool's own counterpart: a picture whose left half is red and right half blue.
fn heic() -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder");
    let (png, heic) = (folder.path().join("made.png"), folder.path().join("made.heic"));
    let picture =
        RgbImage::from_fn(640, 480, |x, _| if x < 320 { Rgb([200, 30, 30]) } else { Rgb([30, 30, 200]) });
    picture.save_with_format(&png, ImageFormat::Png).expect("saved");
    let made = Command::new("heif-enc").arg(&png).arg("-o").arg(&heic).output();
    made.is_ok_and(|output| output.status.success()).then(|| fs::read(heic).expect("a HEIC"))
}

async fn until(mut met: impl FnMut() -> bool) {
    let start = Instant::now();
    while !met() {
        assert!(start.elapsed() < DEADLINE, "not within {DEADLINE:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_worker_serves_photo_after_photo() {
    let pool = pool("tag-serves", Bounds::of(1));
    assert!(workers("tag-serves").is_empty(), "started lazily");
    for _ in 0..3 {
        let derived = pool.derive(&photo()).await.expect("photo");
        assert_eq!((derived.width, derived.height, derived.format), (200, 150, Format::Jpeg));
        assert_eq!(image::load_from_memory(&derived.display).expect("display").width(), 200);
        assert_eq!(image::load_from_memory(&derived.thumb).expect("thumb").width(), 200);
        let refused = pool.derive(b"Not a photo at all.").await.expect_err("refused");
        assert!(matches!(refused, PoolError::Refused(Refusal::NotAPhoto)));
    }
    assert_eq!(workers("tag-serves").len(), 1, "refusals cost no worker");
}

#[tokio::test]
async fn a_worker_is_closed_in() {
    let pool = pool("tag-closed", Bounds::of(1));
    pool.derive(&photo()).await.expect("photo");
    let pid = workers("tag-closed")[0];
    let read = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).expect(name);
    assert_eq!(read("environ"), "");
    let limits = read("limits");
    let soft = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).expect(name);
        line[name.len()..].split_whitespace().next().expect("value").to_owned()
    };
    assert_eq!(soft("Max core file size"), "0");
    assert_eq!(soft("Max open files"), "0");
    assert_eq!(soft("Max address space"), (640 * 1024 * 1024).to_string());
    let stat = read("stat");
    let after_name = stat.rsplit_once(')').expect("name").1;
    // Ten steps behind whoever started it.
    let own = fs::read_to_string("/proc/self/stat").expect("stat");
    let own = own.rsplit_once(')').expect("name").1.split_whitespace().nth(16).expect("niceness").to_owned();
    let expected = (own.parse::<i32>().expect("a number") + 10).min(19).to_string();
    assert_eq!(after_name.split_whitespace().nth(16), Some(expected.as_str()), "niceness");
    assert!(read("status").contains("NoNewPrivs:\t1"));
}

#[tokio::test]
async fn a_heic_becomes_copies_by_a_tool_that_is_closed_in() {
    let pool = pool("tag-heic", Bounds::of(1));
    let (true, Some(photo)) = (pool.takes_heic(), heic()) else {
        eprintln!("no heif-convert or heif-enc here; nothing to check");
        return;
    };
    for _ in 0..2 {
        let derived = pool.derive(&photo).await.expect("photo");
        assert_eq!((derived.width, derived.height, derived.format), (640, 480, Format::Heic));
        let display = image::load_from_memory(&derived.display).expect("display").into_rgb8();
        let near = |x, colour: [u8; 3]| {
            let found = display.get_pixel(x, 240).0;
            assert!(found.iter().zip(colour).all(|(f, c)| f.abs_diff(c) < 12), "{found:?}");
        };
        near(20, [200, 30, 30]);
        near(620, [30, 30, 200]);
    }
    let mut cut = photo.clone();
    cut.truncate(photo.len() * 2 / 3);
    for broken in [&photo[..40], &cut] {
        let refused = pool.derive(broken).await.expect_err("refused");
        assert!(matches!(refused, PoolError::Refused(Refusal::Unreadable)), "{refused}");
    }
    let mut vast = photo.clone();
    let size = vast.windows(4).position(|name| name == b"ispe").expect("a size") + 8;
    vast[size..size + 8].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let refused = pool.derive(&vast).await.expect_err("refused");
    assert!(matches!(refused, PoolError::Refused(Refusal::TooManyPixels)), "{refused}");
    until(|| workers("tag-heic").len() == 1).await;
}

#[tokio::test]
async fn without_the_tool_a_heic_is_refused_with_its_own_word() {
    let command = WorkerCommand { heif_convert: None, ..WorkerCommand::new(env!("CARGO_BIN_EXE_tuhe")) };
    let pool = Pool::with(command, Bounds::of(1));
    assert!(!pool.takes_heic());
    let refused = pool.derive(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").await.expect_err("refused");
    assert!(matches!(refused, PoolError::Refused(Refusal::HeicUnavailable)), "{refused}");
    assert!(Refusal::HeicUnavailable.sentence().contains("兼容性最佳"));
}

#[tokio::test]
async fn a_worker_killed_at_work_costs_one_photo() {
    let pool = pool("tag-killed", Bounds::of(1));
    pool.derive(&photo()).await.expect("photo");
    let first = workers("tag-killed")[0];
    send(first, Signal::STOP);
    let job = tokio::spawn({
        let pool = pool.clone();
        async move { pool.derive(&photo()).await }
    });
    // On this one-threaded runtime the job runs until it waits for the stopped worker.
    tokio::task::yield_now().await;
    send(first, Signal::KILL);
    let lost = job.await.expect("job").expect_err("killed");
    assert!(matches!(lost, PoolError::Refused(Refusal::Unreadable)), "{lost}");
    pool.derive(&photo()).await.expect("a new worker");
    assert_ne!(workers("tag-killed"), [first]);
}

#[tokio::test]
async fn a_worker_killed_at_rest_costs_none() {
    let pool = pool("tag-rest", Bounds::of(1));
    pool.derive(&photo()).await.expect("photo");
    send(workers("tag-rest")[0], Signal::KILL);
    until(|| workers("tag-rest").is_empty()).await;
    pool.derive(&photo()).await.expect("a new worker");
}

#[tokio::test]
async fn a_worker_over_its_time_is_killed() {
    let pool = pool("tag-slow", Bounds { deadline: Duration::from_secs(3), ..Bounds::of(1) });
    pool.derive(&photo()).await.expect("photo");
    send(workers("tag-slow")[0], Signal::STOP);
    let late = pool.derive(&photo()).await.expect_err("late");
    assert!(matches!(late, PoolError::Refused(Refusal::Unreadable)), "{late}");
    assert!(workers("tag-slow").is_empty());
    pool.derive(&photo()).await.expect("a new worker");
}

#[tokio::test]
async fn a_dropped_job_takes_its_worker_along_and_frees_its_place() {
    let pool = pool("tag-dropped", Bounds { queue: 0, ..Bounds::of(1) });
    pool.derive(&photo()).await.expect("photo");
    send(workers("tag-dropped")[0], Signal::STOP);
    let given_up = tokio::time::timeout(Duration::from_millis(50), pool.derive(&photo())).await;
    assert!(given_up.is_err());
    until(|| workers("tag-dropped").is_empty()).await;
    pool.derive(&photo()).await.expect("a new worker");
}

#[tokio::test]
async fn a_full_house_says_busy_at_once() {
    let pool = pool("tag-busy", Bounds { queue: 1, ..Bounds::of(1) });
    let (first, second) = (pool.admit().expect("place"), pool.admit().expect("place"));
    assert!(matches!(pool.derive(&photo()).await, Err(PoolError::Busy)));
    drop(first);
    second.derive(&photo()).await.expect("photo");
    let (here, there) = (photo(), photo());
    let (left, right) = tokio::join!(pool.derive(&here), pool.derive(&there));
    assert!(left.is_ok() && right.is_ok());
    assert_eq!(workers("tag-busy").len(), 1, "they took turns");
}

#[tokio::test]
async fn idle_workers_are_ended_and_so_are_those_of_a_dropped_pool() {
    let pool = pool("tag-idle", Bounds { idle: Duration::from_millis(100), ..Bounds::of(2) });
    let (here, there) = (photo(), photo());
    let (left, right) = tokio::join!(pool.derive(&here), pool.derive(&there));
    assert!(left.is_ok() && right.is_ok());
    until(|| workers("tag-idle").is_empty()).await;
    pool.derive(&photo()).await.expect("a new worker");
    drop(pool);
    until(|| workers("tag-idle").is_empty()).await;
}
