//! `tuhe demo`: the demo town on its own clock, with the WeChat stand-in beside it as a process of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};
use clap::Args;
use serde::Deserialize;

use super::{Stores, block_on, load, run, start_logging};
use crate::demo as town;
use crate::platform::clock::{self, Clock};

/// How the demo is run.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// 模拟微信程序;默认与本程序在同一目录
    #[arg(long)]
    wechat: Option<PathBuf>,
    /// 演示时钟从今天几点开始,如 09:00
    #[arg(long, default_value = "09:00")]
    at: chrono::NaiveTime,
    /// 演示就绪后,把地址和演示人员写进这个文件(JSON)
    #[arg(long)]
    ready: Option<PathBuf>,
    /// 标准输入关闭时结束,供启动它的程序使用
    #[arg(long)]
    exit_with_stdin: bool,
}

/// What the stand-in prints when it is ready.
#[derive(Deserialize)]
struct Ready {
    base_url: String,
    control_url: String,
}

/// The stand-in, ended with us.
struct StandIn(Child);

impl Drop for StandIn {
    fn drop(&mut self) {
        // It ends by itself when its standard input closes; this is for the case that it hangs.
        drop(self.0.stdin.take());
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the demo until a signal.
pub fn demo(file: Option<&Path>, args: &DemoArgs) -> anyhow::Result<()> {
    let mut config = load(file)?;
    if std::env::var_os("TUHE_VAR").is_none() {
        config.var = PathBuf::from("var/demo");
    }
    start_logging(if config.log == "info" { "warn" } else { &config.log })?;
    let clock = Clock::system();
    let start = clock::at(clock::today(clock.now()), 0, 0) + (args.at - chrono::NaiveTime::MIN);
    clock.run_from(start);
    let started_at = start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let (stand_in, ready) = start_stand_in(args, &started_at)?;
    town::configure(&mut config, &ready.base_url);
    let mut stores = Stores::open(&config)?;
    let (database, redis) = (stores.database_url.clone(), stores.redis_url.clone());
    let served = block_on(async move {
        let mut app = run::open(config, clock, &database, &redis).await?;
        app.demo_control = Some(ready.control_url.as_str().into());
        town::settle_in(&app).await?;
        let embedded = stores.embedded.as_mut();
        let control = ready.control_url;
        let file = args.ready.clone();
        let introduce = |address| {
            tokio::spawn(async move {
                let today = clock::today(start);
                if let Err(error) = town::introduce(address, &control, file.as_deref(), today).await {
                    eprintln!("{error:#}");
                }
            });
        };
        let ended = args.exit_with_stdin.then(run::input_closed);
        run::run(app, embedded, introduce, ended).await?;
        Ok(stores)
    });
    drop(stand_in);
    served.map(drop)
}

fn start_stand_in(args: &DemoArgs, started_at: &str) -> anyhow::Result<(StandIn, Ready)> {
    let program = match &args.wechat {
        Some(path) => path.clone(),
        None => std::env::current_exe()?.with_file_name("wechat-stand-in"),
    };
    if !program.exists() {
        bail!("没有找到模拟微信程序 {},请用 ./dev run 启动,或用 --wechat 指定。", program.display());
    }
    let mut child = Command::new(&program)
        .args([
            "--appid",
            town::APPID,
            "--secret",
            town::SECRET,
            "--template",
            town::TEMPLATE,
            "--exit-with-stdin",
        ])
        .args(["--start-at", started_at])
        .args(town::PAGES.iter().flat_map(|page| ["--page", page]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("模拟微信启动失败")?;
    let out = child.stdout.take().context("模拟微信没有输出")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    let ready = serde_json::from_str(&line).with_context(|| format!("模拟微信的输出看不懂:{line}"))?;
    Ok((StandIn(child), ready))
}
