//! `town add`, `office invite`, `audit verify`: what is done before anybody can log in, or without logging in.

use std::path::Path;

use anyhow::{Context, bail};
use clap::Subcommand;
use sqlx::PgPool;

use super::{Stores, block_on, load};
use crate::ids::TownId;
use crate::org::{self, NewPerson, Role};
use crate::platform::clock::{self, Clock};
use crate::platform::db;
use crate::platform::keys::Keys;
use crate::{audit as log, identity};

#[derive(Debug, Subcommand)]
pub enum TownCommand {
    /// 新建一个镇
    Add {
        /// 短代码,如 tuhe
        #[arg(long)]
        code: String,
        /// 名称,如 图河镇
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum OfficeCommand {
    /// 给党建办的第一个人发绑定码;之后由办公室在系统里发
    Invite {
        #[arg(long)]
        town: String,
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// 核对操作日志的哈希链
    Verify,
}

fn with_database<T>(
    file: Option<&Path>,
    work: impl AsyncFnOnce(PgPool, &crate::config::Config) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let config = load(file)?;
    let stores = Stores::open(&config)?;
    block_on(async {
        let pool = db::connect(&stores.database_url, 2).await.context("连接 PostgreSQL 失败")?;
        db::migrate(&pool).await.context("数据库结构与本程序不符")?;
        work(pool, &config).await
    })
}

/// `tuhe town …`
pub fn town(file: Option<&Path>, command: &TownCommand) -> anyhow::Result<()> {
    let TownCommand::Add { code, name } = command;
    with_database(file, async |pool, _| {
        let mut tx = pool.begin().await?;
        let (town, _) = org::found_town(&mut tx, code, name, Clock::system().now()).await?;
        tx.commit().await?;
        println!("已建立 {name}({code}),编号 {town}。下一步:tuhe office invite --town {code} --name 姓名");
        Ok(())
    })
}

/// `tuhe office …`
pub fn office(file: Option<&Path>, command: &OfficeCommand) -> anyhow::Result<()> {
    let OfficeCommand::Invite { town, name } = command;
    with_database(file, async |pool, config| {
        let keys = Keys::load_or_create(&config.var.join("keys.toml"))?;
        let now = Clock::system().now();
        let mut tx = pool.begin().await?;
        let Some((id, root)) = org::town_by_code(&mut tx, town).await? else {
            bail!("没有代码为 {town} 的镇,请先用 tuhe town add 建立。");
        };
        let person = office_person(&mut tx, &keys, id, root, name, now).await?;
        let issued = identity::issue_code(&mut tx, &keys, id, person, None, now).await?;
        tx.commit().await?;
        println!("{name} 的绑定码:{}(7 天内有效,只能用一次)", issued.code);
        Ok(())
    })
}

/// The person of that name in the office, or a new one with the office's post.
async fn office_person(
    tx: &mut sqlx::PgConnection,
    keys: &Keys,
    town: TownId,
    root: crate::ids::UnitId,
    name: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> anyhow::Result<crate::ids::PersonId> {
    if let Some(person) = org::holder_by_name(tx, town, name, Role::PartyOffice).await? {
        return Ok(person);
    }
    let person = NewPerson { name, membership: "none", ..NewPerson::default() };
    let id = org::add_person(tx, keys, town, &person, now).await?;
    org::add_post(tx, town, id, Role::PartyOffice, &[root], clock::today(now), now).await?;
    Ok(id)
}

/// `tuhe audit …`
pub fn audit(file: Option<&Path>, command: &AuditCommand) -> anyhow::Result<()> {
    let AuditCommand::Verify = command;
    with_database(file, async |pool, _| {
        log::seal(&pool).await?;
        let mut broken = 0;
        for report in log::verify(&pool).await? {
            let verdict = match report.broken_at {
                None => "完好".to_owned(),
                Some(at) => {
                    broken += 1;
                    format!("在第 {at} 条断开")
                }
            };
            println!(
                "{}:{verdict},已封 {} 条,待封 {} 条,链首 {}",
                report.town, report.sealed, report.unsealed, report.head
            );
        }
        if broken > 0 {
            bail!("有 {broken} 个镇的操作日志被改动过。");
        }
        Ok(())
    })
}
