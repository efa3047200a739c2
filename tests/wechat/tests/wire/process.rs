//! The stand-in as a process of its own.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::world::errcode;

/// Start it, and read the line it prints.
async fn start(more: &[&str]) -> (Child, Value) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wechat-stand-in"))
        .args(["--appid", "wx1", "--secret", "s", "--template", "T1=thing1", "--page", "pages/a"])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    (child, serde_json::from_str(&line).unwrap())
}

async fn ends(child: &mut Child) -> bool {
    timeout(Duration::from_secs(5), child.wait()).await.is_ok_and(|status| status.unwrap().success())
}

#[tokio::test]
async fn it_says_where_it_listens_and_keeps_to_its_arguments() {
    let (mut child, addresses) = start(&["--start-at", "2021-10-10T00:31:00Z"]).await;
    // This process has no stand-in of its own yet, so nobody has chosen a TLS provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let control = addresses["control_url"].as_str().unwrap();
    let clock: Value = http.get(format!("{control}/clock")).send().await.unwrap().json().await.unwrap();
    assert!(clock["now"].as_str().unwrap().starts_with("2021-10-10T00:31:"), "{clock}");
    let tap = json!({ "openid": "o1", "templates": ["T1"], "choice": "accept" });
    let tapped = http.post(format!("{control}/tap")).json(&tap).send().await.unwrap();
    assert_eq!(tapped.json::<Value>().await.unwrap()["T1"], "accept");

    let base = addresses["base_url"].as_str().unwrap();
    let url = format!("{base}/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=s");
    assert_eq!(errcode(&http.get(url).send().await.unwrap().json().await.unwrap()), 0);

    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    assert!(ends(&mut child).await, "it ends well on SIGTERM");
}

#[tokio::test]
async fn it_ends_with_its_standard_input_when_told_to() {
    let (mut child, _) = start(&["--exit-with-stdin"]).await;
    // `wait` closes whatever input the child still owns, so hold it here.
    let input = child.stdin.take();
    assert!(timeout(Duration::from_millis(200), child.wait()).await.is_err(), "it runs while input is open");
    drop(input);
    assert!(ends(&mut child).await);
}
