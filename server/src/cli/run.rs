//! `serve`, `migrate`, `services`.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use poem::listener::{Acceptor, Listener, TcpListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};

use super::{Stores, block_on, load, start_logging};
use crate::config::Config;
use crate::platform::clock::Clock;
use crate::platform::db;
use crate::platform::local::{Services, Want};
use crate::{App, housekeeping, notify, server, sms};

/// Runs the server until a signal, then drains it and stops what it started. A stand-in for WeChat is refused unless
/// a test says otherwise: a real town's reminders must not go nowhere (design D23).
pub fn serve(file: Option<&Path>, clock: &Clock, stand_in: bool) -> anyhow::Result<()> {
    let config = load(file)?;
    if !stand_in && !config.wechat.base_url.starts_with("https://") {
        bail!("TUHE_WECHAT_BASE_URL 指向本机的模拟微信,正式运行不能使用;演示请用 tuhe demo。");
    }
    start_logging(&config.log)?;
    let mut stores = Stores::open(&config)?;
    let (database, redis) = (stores.database_url.clone(), stores.redis_url.clone());
    let served = block_on(async move {
        let app = open(config, clock.clone(), &database, &redis).await?;
        if !app.photo_pool.takes_heic() {
            eprintln!(
                "没有找到 heif-convert,iPhone 的 HEIC 照片暂不能收;安装后重新启动即可(Debian:apt install libheif-examples)。"
            );
        }
        run(app, stores.embedded.as_mut(), |address| println!("http://{address}"), None).await?;
        Ok(stores)
    });
    // The runtime is gone; now the databases may go.
    served.map(drop)
}

/// The app with this very program as its photo worker.
pub(super) async fn open(config: Config, clock: Clock, database: &str, redis: &str) -> anyhow::Result<App> {
    // Still the running program after an update has replaced the file.
    App::open(config, clock, database, redis, "/proc/self/exe".into()).await
}

/// Serves the app and its loops; `ready` hears the address. Returns when everything under way is finished: after a
/// signal, or after `ended`.
pub(super) async fn run(
    app: App,
    embedded: Option<&mut Services>,
    ready: impl FnOnce(SocketAddr),
    ended: Option<oneshot::Receiver<()>>,
) -> anyhow::Result<()> {
    let listen = app.config.listen;
    let acceptor = TcpListener::bind(listen)
        .into_acceptor()
        .await
        .with_context(|| format!("地址 {listen} 不能监听,可能已被占用,请改 TUHE_LISTEN"))?;
    let address = acceptor.local_addr().first().and_then(|a| a.as_socket_addr().copied()).unwrap_or(listen);
    let (stop, stopped) = watch::channel(false);
    let house = tokio::spawn(housekeeping(app.clone(), stopped.clone()));
    let notices = tokio::spawn(notify::run(app.clone(), stopped.clone()));
    let texts = tokio::spawn(sms::run(app.clone(), stopped.clone()));
    ready(address);
    let mut until = stopped.clone();
    let serving = server::serve(app, acceptor, async move {
        // An error means the sender is gone, which is a stop as well.
        let _ = until.wait_for(|stop| *stop).await;
    });
    let watching = async {
        let ended = tokio::select! {
            signal = signalled() => signal,
            died = watch_services(embedded) => died,
            () = at_last(ended) => Ok(()),
        };
        stop.send_replace(true);
        ended
    };
    let (served, ended) = tokio::join!(serving, watching);
    house.await.context("后台任务异常结束")?;
    notices.await.context("提醒任务异常结束")??;
    texts.await.context("短信任务异常结束")?;
    served.context("服务异常结束")?;
    ended
}

/// When standard input ends; a program that started this one is then gone.
pub(super) fn input_closed() -> oneshot::Receiver<()> {
    let (closed, input_closed) = oneshot::channel();
    std::thread::spawn(move || {
        // Whatever comes is ignored; only the end counts.
        let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
        let _ = closed.send(());
    });
    input_closed
}

async fn at_last(ended: Option<oneshot::Receiver<()>>) {
    match ended {
        // An error means the sender is gone, which is an end as well.
        Some(ended) => drop(ended.await),
        None => std::future::pending().await,
    }
}

async fn signalled() -> anyhow::Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: requests and sends under way are finished first");
    Ok(())
}

/// Ends with an error when an embedded database dies; never ends otherwise.
async fn watch_services(embedded: Option<&mut Services>) -> anyhow::Result<()> {
    let Some(services) = embedded else { return std::future::pending().await };
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        services.check()?;
    }
}

/// Brings the schema up to this program.
pub fn migrate(file: Option<&Path>) -> anyhow::Result<()> {
    let config = load(file)?;
    let stores = Stores::open(&config)?;
    block_on(async {
        let pool = db::connect(&stores.database_url, 2).await.context("连接 PostgreSQL 失败")?;
        db::migrate(&pool).await.context("数据库结构与本程序不符")?;
        println!("数据库结构已是最新。");
        Ok(())
    })
}

/// The embedded PostgreSQL and Redis alone, until a signal or the end of standard input.
pub fn services(dir: &Path) -> anyhow::Result<()> {
    let services = Services::start(dir, Want { postgres: true, redis: true })?;
    let mut out = std::io::stdout();
    writeln!(out, "DATABASE_URL={}", services.database_url().unwrap_or_default())?;
    writeln!(out, "REDIS_URL={}", services.redis_url().unwrap_or_default())?;
    writeln!(out, "ready")?;
    out.flush()?;
    let closed = input_closed();
    block_on(async {
        tokio::select! {
            signal = signalled() => signal,
            _ = closed => Ok(()),
        }
    })?;
    services.stop();
    Ok(())
}
