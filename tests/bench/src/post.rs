//! The counterpart of the sender: the same requests by the same HTTP client with the same settings, and nothing else: no
//! queue, no mark, no ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Parser;
use reqwest::{Client, redirect, retry};
use serde_json::{Value, json};
use tokio::task::JoinSet;

#[derive(Parser)]
pub struct Args {
    #[arg(long)]
    base: String,
    #[arg(long)]
    appid: String,
    #[arg(long)]
    secret: String,
    #[arg(long)]
    template: String,
    #[arg(long)]
    count: usize,
    #[arg(long)]
    concurrency: usize,
}

/// Posts `count` messages to people `1..=count`; prints the seconds it took.
pub async fn run(args: Args) -> anyhow::Result<()> {
    tuhe::platform::wechat::install_tls();
    // As in server/src/platform/wechat/wire.rs.
    let client = Client::builder()
        .timeout(Duration::from_secs(10))
        .connect_timeout(Duration::from_secs(4))
        .pool_idle_timeout(Duration::from_secs(5))
        .http1_only()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .user_agent("tuhe")
        .no_proxy()
        .tls_certs_only([])
        .build()?;
    let token = token(&client, &args).await?;
    let url = Arc::new(format!("{}/cgi-bin/message/subscribe/send", args.base));
    let next = Arc::new(AtomicUsize::new(1));
    let begun = Instant::now();
    let mut tasks: JoinSet<anyhow::Result<()>> = JoinSet::new();
    for _ in 0..args.concurrency {
        let (client, url, token, next) = (client.clone(), Arc::clone(&url), token.clone(), Arc::clone(&next));
        let (template, count) = (args.template.clone(), args.count);
        tasks.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n > count {
                    return Ok(());
                }
                let request = client.post(url.as_str()).header("content-type", "application/json");
                let request = request.query(&[("access_token", &token)]).body(message(&openid(n), &template));
                let answer: Value = serde_json::from_slice(&request.send().await?.bytes().await?)?;
                ensure!(answer["errcode"] == 0, "the stand-in refuses: {answer}");
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    println!("{}", begun.elapsed().as_secs_f64());
    Ok(())
}

async fn token(client: &Client, args: &Args) -> anyhow::Result<String> {
    let body = json!({ "grant_type": "client_credential", "appid": args.appid, "secret": args.secret });
    let request = client.post(format!("{}/cgi-bin/stable_token", args.base)).body(body.to_string());
    let answer: Value = serde_json::from_slice(&request.send().await?.bytes().await?)?;
    let token = answer["access_token"].as_str();
    Ok(token.ok_or_else(|| anyhow::anyhow!("no token: {answer}"))?.to_owned())
}

/// The WeChat identity of the n-th person, from 1.
pub fn openid(n: usize) -> String {
    format!("oBench-{n:022}")
}

/// As the sender writes it for one duty.
fn message(openid: &str, template: &str) -> Vec<u8> {
    json!({
        "touser": openid,
        "template_id": template,
        "miniprogram_state": "formal",
        "lang": "zh_CN",
        "data": {
            "thing1": { "value": "您有1项工作待办" },
            "date2": { "value": "2021年10月25日" },
            "thing3": { "value": "请打开小程序查看,已办理的请忽略" },
        },
        "page": "pages/duty/index?id=00000000-0000-0000-0000-000000000000",
    })
    .to_string()
    .into_bytes()
}
