//! The server is killed at ten points of a submission. What the phone was told is safe is safe; what it was not told it
//! sends again, and nothing is there twice.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::program::{Program, present_world};
use crate::world::{CLIENT, Person, Town, World, common, jpeg, sha256_hex};

/// When the process dies.
#[derive(Debug, Clone, Copy)]
enum Point {
    DuringUpload,
    AfterUploadWritten,
    AfterPhotoAnswered,
    /// So many microseconds after the last byte of the submission has left the phone.
    AfterSubmissionWritten(u64),
    AfterAnswer,
}

const POINTS: [Point; 10] = [
    Point::DuringUpload,
    Point::AfterUploadWritten,
    Point::AfterPhotoAnswered,
    Point::AfterSubmissionWritten(0),
    Point::AfterSubmissionWritten(1_000),
    Point::AfterSubmissionWritten(3_000),
    Point::AfterSubmissionWritten(6_000),
    Point::AfterSubmissionWritten(12_000),
    Point::AfterSubmissionWritten(25_000),
    Point::AfterAnswer,
];

/// What a phone has in its outbox, and what it has been told.
struct Outbox {
    photo: Vec<u8>,
    sign: Value,
    id: String,
    photo_is_safe: bool,
    record_is_safe: bool,
}

impl Outbox {
    fn new(unit: &str, day: &str) -> Self {
        let photo = jpeg();
        let record = common(unit, day, &[], &[("before", &sha256_hex(&photo))]);
        let id = record["id"].as_str().expect("an id").to_owned();
        let sign =
            json!({ "record": record, "place": "outside", "text": "某某工作站", "finding": "off_list" });
        Self { photo, sign, id, photo_is_safe: false, record_is_safe: false }
    }

    fn upload(&self) -> (&'static str, Vec<u8>) {
        let mut body = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"sha256\"\r\n\r\n{}\r\n--edge\r\nContent-Disposition: \
             form-data; name=\"file\"; filename=\"photo.jpg\"\r\n\r\n",
            sha256_hex(&self.photo)
        )
        .into_bytes();
        body.extend_from_slice(&self.photo);
        body.extend_from_slice(b"\r\n--edge--\r\n");
        ("multipart/form-data; boundary=edge", body)
    }
}

/// A request in bytes, so that the test knows when the last one has left.
struct Phone {
    stream: TcpStream,
}

impl Phone {
    async fn writes(base: &str, token: &str, path: &str, (kind, body): (&str, &[u8]), share: usize) -> Self {
        let address = base.strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(address).await.expect("connected");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nX-Client: {CLIENT}\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.expect("written");
        stream.write_all(&body[..body.len() * share / 100]).await.expect("written");
        stream.flush().await.expect("flushed");
        Self { stream }
    }

    /// Whether a good answer came before the end.
    async fn was_told(mut self) -> bool {
        let mut answer = Vec::new();
        // A reset is an end as well; what came before it has been read.
        let _ = self.stream.read_to_end(&mut answer).await;
        answer.starts_with(b"HTTP/1.1 200")
    }
}

/// Goes as far as the point, kills the server there, and notes what the phone was told.
async fn submit_and_kill(program: Program, cadre: &Person, outbox: &mut Outbox, point: Point) {
    let base = program.base.clone();
    let (kind, body) = outbox.upload();
    let share = if matches!(point, Point::DuringUpload) { 50 } else { 100 };
    let phone = Phone::writes(&base, &cadre.token, "/api/v1/photos", (kind, &body), share).await;
    if let Point::DuringUpload | Point::AfterUploadWritten = point {
        program.kill().await;
        outbox.photo_is_safe = phone.was_told().await;
        return;
    }
    outbox.photo_is_safe = phone.was_told().await;
    assert!(outbox.photo_is_safe, "nothing has been killed yet");
    if let Point::AfterPhotoAnswered = point {
        return program.kill().await;
    }
    let sign = outbox.sign.to_string().into_bytes();
    let phone = Phone::writes(&base, &cadre.token, "/api/v1/signs", ("application/json", &sign), 100).await;
    if let Point::AfterSubmissionWritten(micros) = point {
        tokio::time::sleep(Duration::from_micros(micros)).await;
        program.kill().await;
        outbox.record_is_safe = phone.was_told().await;
    } else {
        outbox.record_is_safe = phone.was_told().await;
        assert!(outbox.record_is_safe, "nothing has been killed yet");
        program.kill().await;
    }
}

/// What the phone was told still holds; what it was not told is sent again, and then it is there, once.
async fn assert_safe_and_finish(base: &str, cadre: &Person, outbox: &Outbox, point: Point) {
    let record = format!("{base}/api/v1/records/{}", outbox.id);
    let get = |url: String| cadre.world.http.get(url).bearer_auth(&cadre.token).send();
    if outbox.record_is_safe {
        let found = get(record.clone()).await.expect("an answer");
        assert_eq!(found.status(), 200, "{point:?}: an acknowledged record is lost");
    }
    if !outbox.photo_is_safe {
        let (kind, body) = outbox.upload();
        let phone = Phone::writes(base, &cadre.token, "/api/v1/photos", (kind, &body), 100).await;
        assert!(phone.was_told().await, "{point:?}: the second try of the photo");
    }
    let submit = cadre.world.http.post(format!("{base}/api/v1/signs")).bearer_auth(&cadre.token);
    let receipt = submit.header("X-Client", CLIENT).json(&outbox.sign).send().await.expect("an answer");
    let receipt: Value = receipt.json().await.expect("JSON");
    assert_eq!(receipt["missing"], json!([]), "{point:?}: an acknowledged photo is lost: {receipt}");
    assert_eq!(receipt["state"], "draft", "{point:?}: {receipt}");
    let view: Value = get(record).await.expect("an answer").json().await.expect("JSON");
    let link = view["photos"][0]["links"]["display"].as_str().expect("a link");
    let shown = get(format!("{base}{link}")).await.expect("an answer");
    assert_eq!(shown.status(), 200, "{point:?}: the photo can be seen");
}

async fn count(world: &World, table: &str) -> i64 {
    let query = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(query).fetch_one(&world.app.db).await.expect("counted")
}

#[tokio::test]
async fn a_server_killed_at_ten_points_of_a_submission_loses_nothing_it_acknowledged() {
    let world = present_world().await;
    let town = Town::empty(&world, "tuhe").await;
    let cadre = town.cadre().await;
    let day = world.today().to_string();
    let mut program = Program::start(&world).await;
    for point in POINTS {
        let mut outbox = Outbox::new(&town.unit("石桥村"), &day);
        submit_and_kill(program, &cadre, &mut outbox, point).await;
        program = Program::start(&world).await;
        assert_safe_and_finish(&program.base, &cadre, &outbox, point).await;
    }
    let records = i64::try_from(POINTS.len()).expect("ten");
    assert_eq!(count(&world, "record").await, records, "each record once");
    assert_eq!(count(&world, "record_version").await, records, "in one version");
    assert_eq!(count(&world, "photo").await, records, "each photo once");
    program.kill().await;
}
