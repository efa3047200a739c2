//! A commit that was done and whose answer never came: the worst moment for a connection to break.

use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tuhe::notify::{Weight, compose, relay};

use super::until;
use crate::notify::{calls, left, owe, reader, states};
use crate::world::{Database, Ground, Town, World, common, jpeg};

/// Stands before PostgreSQL and can swallow the answer to one commit.
struct Wire {
    url: String,
    armed: Arc<AtomicBool>,
}

impl Wire {
    async fn before(database: &Database) -> Self {
        let options = PgConnectOptions::from_str(&database.url).expect("a URL");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let url = format!(
            "postgres://{}@127.0.0.1:{port}/{}?sslmode=disable",
            options.get_username(),
            database.name
        );
        let armed = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&armed);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let flag = Arc::clone(&flag);
                let port = options.get_port();
                if let Some(folder) = options.get_socket() {
                    let server = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await;
                    tokio::spawn(carry(client, server.expect("PostgreSQL"), flag));
                } else {
                    let server = TcpStream::connect((options.get_host(), port)).await;
                    tokio::spawn(carry(client, server.expect("PostgreSQL"), flag));
                }
            }
        });
        Self { url, armed }
    }

    /// The next commit is done, and its answer is lost with the connection.
    fn lose_next_commit(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    fn has_lost_it(&self) -> bool {
        !self.armed.load(Ordering::SeqCst)
    }
}

async fn carry(
    mut client: TcpStream,
    mut server: impl AsyncRead + AsyncWrite + Unpin,
    armed: Arc<AtomicBool>,
) -> std::io::Result<()> {
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            n = client.read(&mut asked) => {
                let n = n?;
                if n == 0 {
                    return Ok(());
                }
                server.write_all(&asked[..n]).await?;
                let commits = asked[..n].windows(6).any(|word| word == b"COMMIT");
                if commits && armed.swap(false, Ordering::SeqCst) {
                    return server.read(&mut answered).await.map(|_swallowed| ());
                }
            }
            n = server.read(&mut answered) => {
                let n = n?;
                if n == 0 {
                    return Ok(());
                }
                client.write_all(&answered[..n]).await?;
            }
        }
    }
}

async fn world_behind_a_wire() -> (Arc<World>, Wire) {
    let database = Database::fresh().await;
    let wire = Wire::before(&database).await;
    let database = Database { url: wire.url.clone(), ..database };
    let ground = Ground { database: Some(database), ..Ground::default() };
    (World::upon("2021-10-12 09:00", ground).await, wire)
}

#[tokio::test]
async fn a_submission_whose_commit_was_not_answered_is_put_off_and_its_repeat_is_the_same_record() {
    let (world, wire) = world_behind_a_wire().await;
    let town = Town::empty(&world, "tuhe").await;
    let cadre = town.cadre().await;
    let photo = cadre.uploads(&jpeg()).await;
    let sign = json!({
        "record": common(&town.unit("石桥村"), "2021-10-12", &[], &[("before", &photo)]),
        "place": "outside", "text": "某某工作站", "finding": "off_list",
    });
    wire.lose_next_commit();
    cadre.post("/api/v1/signs", sign.clone()).await.refuses(503, "server.busy");
    assert!(wire.has_lost_it());
    cadre.post("/api/v1/signs", sign.clone()).await.is(200).field("/state", "draft");
    cadre.post("/api/v1/signs", sign).await.is(200);
    let records: i64 = sqlx::query_scalar("select count(*) from record_version")
        .fetch_one(&world.app.db)
        .await
        .expect("read");
    assert_eq!(records, 1);
}

#[tokio::test]
async fn a_mark_whose_commit_was_not_answered_is_taken_back_and_its_message_sent_once() {
    let (world, wire) = world_behind_a_wire().await;
    let person = reader(&world, 2).await;
    owe(&person, Weight::Important).await;
    world.app.clock.run_from(world.now());
    compose::pass(&world.app, world.now()).await.expect("composed");
    assert_eq!(relay::pass(&world.app, world.now()).await.expect("relayed"), 1);
    wire.lose_next_commit();
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(tuhe::notify::run(world.app.clone(), stopped));
    until("the message is sent", async || states(&world).await.contains_key("sent")).await;
    assert!(wire.has_lost_it());
    stop.send_replace(true);
    running.await.expect("it ran").expect("the lease holds");
    assert_eq!((calls(&world), person.messages().len(), left(&person).await), (1, 1, 1));
}

#[tokio::test]
async fn a_result_whose_commit_was_not_answered_is_paid_for_once() {
    let (world, wire) = world_behind_a_wire().await;
    let person = reader(&world, 2).await;
    owe(&person, Weight::Important).await;
    world.app.clock.run_from(world.now());
    world.wx.set(|switches| switches.latency_ms = 300);
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(tuhe::notify::run(world.app.clone(), stopped));
    until("the message is on its way", async || !person.messages().is_empty()).await;
    wire.lose_next_commit();
    until("the result is known", async || wire.has_lost_it() && states(&world).await.contains_key("sent"))
        .await;
    stop.send_replace(true);
    running.await.expect("it ran").expect("the lease holds");
    assert_eq!((calls(&world), person.messages().len(), left(&person).await), (1, 1, 1));
}
