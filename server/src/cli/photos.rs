//! `photos rebuild`, `photos scrub`, `photos quota`: the care of what is stored.

use std::path::Path;

use anyhow::bail;
use clap::Subcommand;

use super::{Stores, block_on, load, run};
use crate::App;
use crate::evidence::{self, Hash, Usage};
use crate::ids::TownId;
use crate::org;
use crate::platform::clock::Clock;
use crate::platform::objects::Local;

#[derive(Debug, Subcommand)]
pub enum PhotosCommand {
    /// 从原图重新生成照片的缩小版:升级或恢复备份之后用;中断了再运行一次,会接着做
    Rebuild {
        /// 只做这个镇,如 tuhe;不填则做所有镇
        #[arg(long)]
        town: Option<String>,
        /// 只补缺失或损坏的
        #[arg(long)]
        missing: bool,
    },
    /// 逐张核对原图与收到时是否一致;有损坏时列出来,退出码不为 0
    Scrub {
        /// 只核对这个镇;不填则核对所有镇
        #[arg(long)]
        town: Option<String>,
    },
    /// 查看或设置一个镇的照片最多占多少空间
    Quota {
        #[arg(long)]
        town: String,
        /// 上限,GB(十亿字节)
        #[arg(long, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
        gb: Option<i64>,
        /// 改回统一的上限
        #[arg(long, conflicts_with = "gb")]
        default: bool,
    },
}

/// `tuhe photos …`
pub fn photos(file: Option<&Path>, command: &PhotosCommand) -> anyhow::Result<()> {
    let config = load(file)?;
    let stores = Stores::open(&config)?;
    let (database, redis) = (stores.database_url.clone(), stores.redis_url.clone());
    block_on(async {
        let app = run::open(config, Clock::system(), &database, &redis).await?;
        match command {
            PhotosCommand::Rebuild { town, missing } => rebuild(&app, town.as_deref(), *missing).await,
            PhotosCommand::Scrub { town } => scrub(&app, town.as_deref()).await,
            PhotosCommand::Quota { town, gb, default } => quota(&app, town, *gb, *default).await,
        }
    })
}

async fn town_of(app: &App, code: &str) -> anyhow::Result<TownId> {
    let mut tx = app.db.begin().await?;
    match org::town_by_code(&mut tx, code).await? {
        Some((town, _)) => Ok(town),
        None => bail!("没有代码为 {code} 的镇。"),
    }
}

async fn rebuild(app: &App, town: Option<&str>, missing: bool) -> anyhow::Result<()> {
    let towns = match town {
        Some(code) => vec![town_of(app, code).await?],
        None => evidence::towns(app).await?,
    };
    let mut failed = Vec::new();
    for town in towns {
        let done = evidence::rebuild(app, town, missing).await?;
        println!("{town}:重做 {} 张,完好 {} 张,做不了 {} 张", done.made, done.fine, done.failed.len());
        failed.extend(done.failed.into_iter().map(|hash| (town, hash)));
    }
    if failed.is_empty() {
        return Ok(());
    }
    for (town, hash) in &failed {
        println!("{town}/{hash}:原图丢失、损坏或读不出");
    }
    bail!("有 {} 张照片的缩小版没有做成。", failed.len())
}

async fn scrub(app: &App, town: Option<&str>) -> anyhow::Result<()> {
    let town = match town {
        Some(code) => Some(town_of(app, code).await?),
        None => None,
    };
    let done = evidence::scrub(app, town).await?;
    println!("核对了 {} 张原图,重做了 {} 张的缩小版", done.read, done.remade);
    if done.rotten.is_empty() {
        return Ok(());
    }
    for rot in &done.rotten {
        let what = if rot.is_missing { "丢失" } else { "损坏" };
        println!("{}:{what}", evidence::key(rot.town, rot.hash, evidence::Size::Original));
    }
    bail!("有 {} 张原图丢失或损坏,请从备份恢复这些文件,再核对一次。", done.rotten.len())
}

async fn quota(app: &App, code: &str, gb: Option<i64>, default: bool) -> anyhow::Result<()> {
    let town = town_of(app, code).await?;
    if gb.is_some() || default {
        let mut db = app.db.acquire().await?;
        evidence::set_limit(&mut db, town, gb.map(|gb| gb * 1_000_000_000)).await?;
    }
    let usage = evidence::usage(app, town).await?;
    println!("{code}:已用 {},上限 {}", Usage::gigabytes(usage.bytes), Usage::gigabytes(usage.limit));
    Ok(())
}

/// Puts one file into a store in a folder under its hash, on this thread alone, and says so when it is safe: what the
/// test of the write path kills at every one of its system calls.
pub fn keep_file(folder: &Path, file: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::read(file)?;
    let hash = Hash(crate::platform::keys::sha256(&bytes));
    let key = evidence::key(TownId(uuid::Uuid::nil()), hash, evidence::Size::Original);
    Local::open(folder)?.put_now(&key, &bytes)?;
    println!("{key}");
    Ok(())
}
