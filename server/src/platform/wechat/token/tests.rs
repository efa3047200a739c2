use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tokio::process::{Child, Command};

use crate::platform::wechat::stub::{Act, Stub, client, noon};
use crate::platform::wechat::{LoginError, Outcome, Subscribe, WeChat};

const TOKEN: &str = "/cgi-bin/stable_token";
const SEND: &str = "/cgi-bin/message/subscribe/send";
const PATIENCE: Duration = Duration::from_secs(5);

/// Each fetch gives the next token, and only the newest may send: `T1` at first, then `T2` …
async fn rotating(expires_in: u32) -> Stub {
    let fetched = std::sync::atomic::AtomicUsize::new(0);
    Stub::start(move |request| {
        let order = std::sync::atomic::Ordering::SeqCst;
        if request.is(TOKEN) {
            let number = fetched.fetch_add(1, order) + 1;
            Act::json(format!(r#"{{"access_token":"T{number}","expires_in":"{expires_in}"}}"#))
        } else if request.has_token(&format!("T{}", fetched.load(order))) {
            Act::json(r#"{"errcode":0,"msgid":1}"#)
        } else {
            Act::json(r#"{"errcode":42001}"#)
        }
    })
    .await
}

async fn send(client: &WeChat) -> Outcome {
    client.send(&Subscribe { openid: "O", template_id: "T", page: None, data: &[] }).await
}

const SENT: Outcome = Outcome::Sent { msgid: Some(1) };

/// A private Redis on a socket in `folder`, gone with the returned child.
async fn redis_in(folder: &Path) -> (Child, ConnectionManager) {
    let socket = folder.join("redis.sock");
    let child = Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
        .arg(&socket)
        .arg("--dir")
        .arg(folder)
        .stdout(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("redis-server starts");
    let address = redis::Client::open(format!("unix://{}", socket.display())).expect("address");
    for _ in 0..200 {
        let config = ConnectionManagerConfig::new().set_number_of_retries(1);
        if let Ok(manager) = ConnectionManager::new_with_config(address.clone(), config).await {
            return (child, manager);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("redis did not come up");
}

async fn held(redis: &ConnectionManager) -> Option<String> {
    let mut redis = redis.clone();
    redis::cmd("HGET").arg("t:wechat:wx1:token").arg("value").query_async(&mut redis).await.expect("redis")
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_sends_without_a_token_fetch_one() {
    let stub = rotating(7200).await;
    let client = stub.client_with(PATIENCE, None);
    let sent = join_all((0..20).map(|_| send(&client))).await;
    assert!(sent.iter().all(|outcome| *outcome == SENT), "{sent:?}");
    assert_eq!((stub.count(TOKEN), stub.count(SEND), client.token_fetches()), (1, 20, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_sends_with_an_expired_token_fetch_one() {
    // T1 is refused to each of the twenty, some of whom learn of it when T2 is already there.
    let stub = Stub::start(|request| match request {
        token if token.is(TOKEN) => Act::token(if token.nth == 0 { "T1" } else { "T2" }),
        first if first.nth == 1 => Act::json(r#"{"errcode":0,"msgid":1}"#),
        old if old.has_token("T1") => Act::json(r#"{"errcode":42001}"#),
        _ => Act::json(r#"{"errcode":0,"msgid":1}"#),
    })
    .await;
    let client = stub.client_with(PATIENCE, None);
    assert_eq!(send(&client).await, SENT);
    assert_eq!(stub.count(TOKEN), 1);
    let sent = join_all((0..20).map(|_| send(&client))).await;
    assert!(sent.iter().all(|outcome| *outcome == SENT), "{sent:?}");
    assert_eq!(stub.count(TOKEN), 2);
}

#[tokio::test]
async fn an_outage_costs_those_who_wait_one_timeout_together() {
    let stub = Stub::start(|_| Act::Hang).await;
    let client = stub.client_with(Duration::from_millis(300), None);
    let sent = join_all((0..20).map(|_| send(&client))).await;
    assert!(sent.iter().all(|outcome| *outcome == Outcome::Retry { reason: "no_token" }), "{sent:?}");
    assert_eq!(stub.count(TOKEN), 1);
}

#[tokio::test]
async fn a_token_is_kept_until_the_overlap_and_used_through_it_if_no_other_is_to_be_had() {
    let stub = Stub::start(|request| {
        if !request.is(TOKEN) {
            return Act::json(r#"{"errcode":0,"msgid":1}"#);
        }
        if request.nth == 0 { Act::token("T1") } else { Act::Reply(502, String::new()) }
    })
    .await;
    let clock = noon();
    let (client, start) = (client(&stub.base, PATIENCE, None, clock.clone()), clock.now());
    // Minutes since the fetch, and how often WeChat has been asked by then.
    let table = [(0, 1), (114, 1), (115, 2), (115, 2), (116, 3), (119, 4)];
    for (minutes, fetches) in table {
        clock.freeze(start + TimeDelta::minutes(minutes));
        assert_eq!(send(&client).await, SENT, "{minutes}");
        assert_eq!(stub.count(TOKEN), fetches, "{minutes}");
    }
    // A rest after a failed fetch does not outlast the token.
    clock.freeze(start + TimeDelta::seconds(7190));
    assert_eq!(send(&client).await, SENT);
    clock.freeze(start + TimeDelta::seconds(7205));
    assert_eq!(send(&client).await, Outcome::Retry { reason: "no_token" });
}

#[tokio::test]
async fn a_token_of_the_shortest_life_is_not_fetched_for_every_send() {
    let stub = rotating(300).await;
    let client = stub.client();
    for _ in 0..5 {
        assert_eq!(send(&client).await, SENT);
    }
    assert_eq!(stub.count(TOKEN), 1);
}

#[tokio::test]
async fn an_answer_that_holds_no_token_is_no_token() {
    for body in [r#"{"access_token":"","expires_in":7200}"#, r#"{"access_token":"T"}"#, "{}", "null"] {
        let stub = Stub::start(move |_| Act::json(body)).await;
        assert_eq!(send(&stub.client()).await, Outcome::Retry { reason: "no_token" }, "{body}");
    }
}

#[tokio::test]
async fn replicas_share_a_token_and_expire_only_the_one_that_failed() {
    let folder = tempfile::tempdir().expect("folder");
    let (_child, redis) = redis_in(folder.path()).await;
    let stub = rotating(7200).await;
    let replica = || stub.client_with(PATIENCE, Some(redis.clone()));
    let (one, two, three) = (replica(), replica(), replica());
    for client in [&one, &two, &three] {
        assert_eq!(send(client).await, SENT);
    }
    assert_eq!(stub.count(TOKEN), 1);
    assert_eq!(held(&redis).await.as_deref(), Some("T1"));

    // A stranger rotates the token: the first to notice fetches, the others find the new one in Redis.
    let stranger = stub.client();
    assert_eq!(send(&stranger).await, SENT);
    for client in [&one, &two, &three] {
        assert_eq!(send(client).await, SENT);
    }
    assert_eq!(stub.count(TOKEN), 3);
    assert_eq!(held(&redis).await.as_deref(), Some("T3"));
}

#[tokio::test]
async fn the_token_asked_for_later_stays_whichever_answer_was_slower() {
    use super::super::shared_token::SharedToken;
    use super::Token;
    let folder = tempfile::tempdir().expect("folder");
    let (_child, redis) = redis_in(folder.path()).await;
    let shared = SharedToken::new(redis.clone(), "t:", "wx1");
    let now = noon().now();
    let token = |value: &str, age: i64| {
        let asked = now - TimeDelta::seconds(age);
        Token::new(value.into(), asked, asked + TimeDelta::seconds(7200))
    };
    let (late, early) = (token("late", 1), token("early", 9));
    assert!(shared.offer(&late, now).await.is_some_and(|kept| kept.is(&late)));
    assert!(shared.offer(&early, now).await.is_some_and(|kept| kept.is(&late)));
    shared.expire(&early).await;
    assert!(shared.load().await.is_some_and(|kept| kept.is(&late)));
    shared.expire(&late).await;
    assert!(shared.load().await.is_none());
    assert!(shared.offer(&early, now).await.is_some_and(|kept| kept.is(&early)));
    let left: i64 =
        redis::cmd("PTTL").arg("t:wechat:wx1:token").query_async(&mut redis.clone()).await.expect("ttl");
    assert!((7_000_000..=7_191_000).contains(&left), "{left}");
}

#[tokio::test]
async fn without_redis_each_process_keeps_its_own() {
    let folder = tempfile::tempdir().expect("folder");
    let (mut child, redis) = redis_in(folder.path()).await;
    let stub = rotating(7200).await;
    let client = stub.client_with(PATIENCE, Some(redis));
    child.kill().await.expect("kill");
    assert_eq!(send(&client).await, SENT);
    assert_eq!(send(&client).await, SENT);
    assert_eq!(stub.count(TOKEN), 1);
}

#[tokio::test]
async fn logging_in_needs_no_token() {
    let stub = Stub::start(|_| Act::json(r#"{"errcode":40029}"#)).await;
    assert_eq!(stub.client().code_to_session("c").await, Err(LoginError::CodeInvalid));
    assert_eq!(stub.count(TOKEN), 0);
}
