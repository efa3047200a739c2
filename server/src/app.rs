//! Putting the house together: from a configuration to an [`App`], and the loops that run beside the server.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use sqlx::PgPool;
use tokio::sync::{Semaphore, watch};

use crate::config::Config;
use crate::platform::clock::{self, Clock};
use crate::platform::{db, gateway, keys, limit, metrics, objects, photo, redis, wechat};
use crate::{audit, checkin, county, duty, evidence, identity};

/// Everything a request or a job may need. Cheap to clone; nothing in it is needed by another process.
#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub clock: Clock,
    pub db: PgPool,
    /// For single statements asked at every request; see [`db::reads`].
    pub reads: PgPool,
    pub redis: redis::Redis,
    pub sessions: identity::Sessions,
    pub limiter: limit::Limiter,
    pub keys: Arc<keys::Keys>,
    pub photos: objects::Objects,
    pub photo_pool: photo::Pool,
    /// What photos look like, for finding those that look alike.
    pub twins: evidence::Twins,
    /// Uploads whose bytes are on their way: they lie on the disk and hold no place of the pool.
    pub uploads: Arc<Semaphore>,
    pub wechat: wechat::WeChat,
    /// For text messages; none where the office wants none.
    pub gateway: Option<gateway::Gateway>,
    /// The stand-in's control address, in the demo only: without it the demo's lever is not there.
    pub demo_control: Option<Arc<str>>,
}

/// Photo workers at once: decoding is what a core is busy with.
const PHOTO_WORKERS: usize = 2;

impl App {
    /// Opens everything and brings the schema up to this binary. `database` and `redis` are where the data are,
    /// configured or embedded; `worker` is the program started as `photo-worker`.
    pub async fn open(
        config: Config,
        clock: Clock,
        database: &str,
        redis_url: &str,
        worker: PathBuf,
    ) -> anyhow::Result<Self> {
        let for_reads = (config.db_connections / 2).max(1);
        let db =
            db::connect(database, config.db_connections - for_reads).await.context("连接 PostgreSQL 失败")?;
        db::migrate(&db).await.context("数据库结构与本程序不符(可能是更新版本的程序建立的)")?;
        let (shown, took) = db::time(&db).await.context("PostgreSQL 没有回答现在几点")?;
        clock.follow(shown, took);
        let redis = redis::Redis::open(redis_url, &config.redis_prefix).context("REDIS_URL 不可用")?;
        let keys = keys::Keys::load_or_create(&config.var.join("keys.toml"))?;
        let photos = objects::Objects::open(config.photos.s3.as_ref(), &config.var.join("photos"));
        let photos = photos.context("照片存储不可用")?;
        let wechat = wechat_client(&config, &redis, &clock)?;
        let gateway = gateway_client(&config)?;
        Ok(Self {
            limiter: limit::Limiter::new(redis.clone()),
            keys: Arc::new(keys),
            photo_pool: photo::Pool::new(worker, PHOTO_WORKERS),
            twins: evidence::Twins::default(),
            uploads: Arc::new(Semaphore::new(config.max_uploads)),
            config: Arc::new(config),
            clock,
            reads: db::reads(&db, for_reads),
            sessions: identity::Sessions::default(),
            db,
            redis,
            photos,
            wechat,
            gateway,
            demo_control: None,
        })
    }
}

fn gateway_client(config: &Config) -> anyhow::Result<Option<gateway::Gateway>> {
    let Some(sms) = &config.sms else { return Ok(None) };
    let gateway = gateway::Gateway::new(sms.url.clone(), sms.key_id.clone(), sms.secret.clone(), sms.timeout);
    gateway.map(Some).context("短信网关的设置不可用")
}

fn wechat_client(config: &Config, redis: &redis::Redis, clock: &Clock) -> anyhow::Result<wechat::WeChat> {
    let miniprogram_state = match config.wechat.state.as_str() {
        "trial" => wechat::MiniProgramState::Trial,
        "developer" => wechat::MiniProgramState::Developer,
        _ => wechat::MiniProgramState::Formal,
    };
    let settings = wechat::WechatConfig {
        base_url: config.wechat.base_url.clone(),
        appid: config.wechat.appid.clone(),
        secret: config.wechat.secret.expose_secret().to_owned().into(),
        push_token: config.wechat.push_token.clone(),
        push_key: config.wechat.push_key.clone(),
        timeout: config.wechat.timeout,
        miniprogram_state,
        redis_prefix: config.redis_prefix.clone(),
    };
    wechat::WeChat::new(settings, Some(redis.commands()), clock.clone()).context("微信接口配置不可用")
}

/// The loops beside the server: duties and reminders, records whose last photo came late, the audit seal, leftovers.
/// Ends when `stop` turns true; every pass is safe to be cut anywhere.
pub async fn housekeeping(app: App, stop: watch::Receiver<bool>) {
    tokio::join!(passes(&app, stop.clone()), scrubbing(&app, stop));
}

/// Originals read again, beside the passes: a store that answers slowly holds no reminder up.
async fn scrubbing(app: &App, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = evidence::scrub_some(app, app.clock.now()).await {
            tracing::warn!(%error, "originals could not be read, and will be next time");
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
            _ = stop.changed() => return,
        }
    }
}

async fn passes(app: &App, mut stop: watch::Receiver<bool>) {
    let mut last_day = None;
    let mut beat: u64 = 0;
    loop {
        let now = app.clock.now();
        let today = clock::today(now);
        if let Err(error) = pass(app, beat, last_day != Some(today)).await {
            tracing::warn!(%error, "a housekeeping pass failed and will be repeated");
        } else {
            last_day = Some(today);
        }
        beat += 1;
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Beyond this a machine's clock is told of.
const FAR_OFF: TimeDelta = TimeDelta::seconds(60);

/// Goes by the database's clock, whatever becomes of this machine's.
async fn keep_time(app: &App) -> Result<(), sqlx::Error> {
    let (shown, took) = db::time(&app.db).await?;
    let off = app.clock.follow(shown, took);
    metrics::clock_off(off.num_seconds());
    if off.abs() > FAR_OFF {
        tracing::warn!(seconds = off.num_seconds(), "this machine's clock is off; the database's counts");
    }
    Ok(())
}

/// One pass. Duties are generated and recalled on a new day and every half minute; the sweep runs hourly.
async fn pass(app: &App, beat: u64, new_day: bool) -> anyhow::Result<()> {
    keep_time(app).await?;
    let now = app.clock.now();
    audit::seal(&app.db).await?;
    checkin::complete_pass(app, now).await?;
    if new_day || beat.is_multiple_of(6) {
        duty::generate_all(&app.db, now).await?;
        duty::remind_all(&app.db, now).await?;
    }
    if new_day {
        county::count_towns(&app.db, now).await?;
    }
    if beat % 720 == 719 {
        evidence::sweep(app, now).await?;
    }
    Ok(())
}
