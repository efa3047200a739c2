//! A photo that trickles in over a weak signal holds nobody else up, and is told in time that it will not arrive.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tuhe::config::Config;
use tuhe::platform::photo::{Bounds, Pool, WorkerCommand};

use super::wire::{connect, say};
use crate::world::{Answer, Person, Town, World, jpeg, program, serve, sha256_hex};

/// Longer than anything here takes, on a busy machine too.
const PATIENCE: Duration = Duration::from_mins(1);

/// The world's server once more, with one place for a photo and another configuration.
async fn narrow(
    world: &World,
    change: impl FnOnce(&mut Config),
) -> (String, oneshot::Sender<()>, Arc<Semaphore>) {
    let mut app = world.app.clone();
    let mut config = (*app.config).clone();
    change(&mut config);
    let uploads = Arc::new(Semaphore::new(config.max_uploads));
    app.uploads = Arc::clone(&uploads);
    app.config = Arc::new(config);
    let bounds = Bounds { queue: 0, ..Bounds::of(1) };
    app.photo_pool = Pool::with(WorkerCommand::new(program("tuhe")), bounds);
    let (base, stop) = serve(app).await;
    (base, stop, uploads)
}

/// Waits until so many uploads may still begin.
async fn free(uploads: &Semaphore, places: usize) {
    let wait = async {
        while uploads.available_permits() != places {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("in time");
}

/// A photo under way: its last bytes come one by one until it is let go.
struct Trickle {
    answer: ReadHalf<TcpStream>,
    sending: JoinHandle<(WriteHalf<TcpStream>, Vec<u8>)>,
    stop: oneshot::Sender<()>,
}

impl Trickle {
    async fn starts(base: &str, person: &Person) -> Self {
        let photo = jpeg();
        let mut body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"sha256\"\r\n\r\n{}\r\n--b\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"p.jpg\"\r\n\r\n",
            sha256_hex(&photo)
        )
        .into_bytes();
        body.extend(photo);
        body.extend(b"\r\n--b--\r\n");
        let head = format!(
            "POST /api/v1/photos HTTP/1.1\r\nHost: it\r\nAuthorization: Bearer {}\r\n\
             Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
            person.token,
            body.len()
        );
        let mut stream = connect(base).await;
        say(&mut stream, &head).await;
        let (answer, mut sender) = split(stream);
        let (stop, mut stopped) = oneshot::channel();
        let sending = tokio::spawn(async move {
            let mut left = body;
            while left.len() > 1 {
                let byte = left.remove(0);
                tokio::select! {
                    sent = sender.write_all(std::slice::from_ref(&byte)) => if sent.is_err() { break },
                    _ = &mut stopped => { left.insert(0, byte); break }
                }
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(20)) => {}
                    _ = &mut stopped => break,
                }
            }
            (sender, left)
        });
        Self { answer, sending, stop }
    }

    /// The signal is good again.
    async fn finishes(self) -> String {
        let _ = self.stop.send(());
        let (mut sender, left) = self.sending.await.expect("sent");
        sender.write_all(&left).await.expect("the rest is sent");
        heard(self.answer).await
    }

    /// Goes on trickling until it is answered.
    async fn into_end(self) -> String {
        heard(self.answer).await
    }
}

/// The whole answer, head and body.
async fn heard(mut answer: ReadHalf<TcpStream>) -> String {
    let (mut text, mut piece) = (Vec::new(), [0; 4096]);
    let read = async {
        while !text.ends_with(b"}") && !text.ends_with(b"}\r\n0\r\n\r\n") {
            match answer.read(&mut piece).await {
                Ok(0) | Err(_) => break,
                Ok(n) => text.extend_from_slice(&piece[..n]),
            }
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("an answer in time");
    String::from_utf8_lossy(&text).into_owned()
}

async fn uploads(base: &str, person: &Person) -> Answer {
    let photo = jpeg();
    let part = reqwest::multipart::Part::bytes(photo.clone()).file_name("photo.jpg");
    let form = reqwest::multipart::Form::new().part("file", part).text("sha256", sha256_hex(&photo));
    let request = person.world.http.post(format!("{base}/api/v1/photos")).bearer_auth(&person.token);
    Answer::of("upload".to_owned(), request.multipart(form).send().await.expect("an answer")).await
}

#[tokio::test]
async fn photos_that_trickle_in_hold_no_place_of_the_others() {
    let world = World::on("2021-10-12").await;
    let cadre = Town::empty(&world, "tuhe").await.cadre().await;
    let (base, _stop, under_way) = narrow(&world, |config| config.max_uploads = 4).await;
    let mut slow = Vec::new();
    for _ in 0..3 {
        slow.push(Trickle::starts(&base, &cadre).await);
    }
    free(&under_way, 1).await;
    for _ in 0..3 {
        uploads(&base, &cadre).await.is(200).field("/existed", false);
    }
    for trickle in slow {
        let answer = trickle.finishes().await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[tokio::test]
async fn a_photo_that_does_not_arrive_in_time_is_told_so_and_makes_room() {
    let world = World::on("2021-10-12").await;
    let cadre = Town::empty(&world, "tuhe").await.cadre().await;
    let (base, _stop, under_way) = narrow(&world, |config| {
        config.max_uploads = 1;
        config.upload_time = Duration::from_secs(3);
    })
    .await;
    let slow = Trickle::starts(&base, &cadre).await;
    free(&under_way, 0).await;
    uploads(&base, &cadre).await.refuses(503, "photo.busy");
    let answer = slow.into_end().await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("limit.too_slow"), "{answer}");
    free(&under_way, 1).await;
    uploads(&base, &cadre).await.is(200);
}

#[tokio::test]
async fn a_phone_that_is_refused_while_it_sends_a_large_photo_sees_the_answer() {
    let world = World::on("2021-10-12").await;
    let cadre = Town::empty(&world, "tuhe").await.cadre().await;
    let (base, _stop, under_way) = narrow(&world, |config| config.max_uploads = 1).await;
    let slow = Trickle::starts(&base, &cadre).await;
    free(&under_way, 0).await;
    // A client that, like a phone's, listens only when all has left.
    let head = format!(
        "POST /api/v1/photos HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nConnection: close\r\nContent-Type: \
         multipart/form-data; boundary=edge\r\nContent-Length: {}\r\n\r\n",
        cadre.token,
        8 << 20
    );
    let mut phone = TcpStream::connect(base.trim_start_matches("http://")).await.expect("connected");
    phone.write_all(head.as_bytes()).await.expect("the head leaves");
    for _ in 0..8 {
        phone.write_all(&vec![0; 1 << 20]).await.expect("the photo leaves");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut answer = String::new();
    phone.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("photo.busy"), "{answer}");
    assert!(slow.finishes().await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn many_uploads_at_once_wait_for_the_one_place_and_all_arrive() {
    let world = World::on("2021-10-12").await;
    let cadre = Town::empty(&world, "tuhe").await.cadre().await;
    let (base, _stop, _) = narrow(&world, |_| {}).await;
    let all = (0..6).map(|_| uploads(&base, &cadre));
    for answer in futures_util::future::join_all(all).await {
        answer.is(200);
    }
}
