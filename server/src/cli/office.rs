//! `town add`, `office invite`, `office code`, `operator invite`, `audit verify`: what is done before anybody can log in, or without logging in.

use std::path::Path;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use clap::Subcommand;
use sqlx::PgPool;

use super::{Stores, block_on, load};
use crate::audit as log;
use crate::identity::{self, BindCode, desk_code};
use crate::ids::{TownId, UnitId};
use crate::org::{self, NewPerson, Role};
use crate::platform::clock::{self, Clock};
use crate::platform::db;
use crate::platform::keys::Keys;

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
    /// 给党建办的人发办公台的一次性登录码(手机不在身边时用)
    Code {
        #[arg(long)]
        town: String,
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum OperatorCommand {
    /// 给县级运维人员发绑定码:只能看各镇的汇总数
    Invite {
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
    not_the_county(code)?;
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
    let (OfficeCommand::Invite { town, name } | OfficeCommand::Code { town, name }) = command;
    not_the_county(town)?;
    with_database(file, async |pool, config| {
        let mut tx = pool.begin().await?;
        let Some(over) = org::town_by_code(&mut tx, town).await? else {
            bail!("没有代码为 {town} 的镇,请先用 tuhe town add 建立。");
        };
        let now = Clock::system().now();
        if matches!(command, OfficeCommand::Code { .. }) {
            let Some(person) = org::holder_by_name(&mut tx, over.0, name, Role::PartyOffice).await? else {
                bail!("党建办没有叫 {name} 的人,请先用 tuhe office invite 登记。");
            };
            let keys = Keys::load_or_create(&config.var.join("keys.toml"))?;
            let issued = desk_code::issue_code(&mut tx, &keys, over.0, person, None, now).await?;
            tx.commit().await?;
            println!("{name} 的登录码:{}(10 分钟内有效,只能用一次,在办公台登录页填写)", issued.code);
            return Ok(());
        }
        let code = invite(&mut tx, config, over, name, Role::PartyOffice, now).await?;
        tx.commit().await?;
        told(name, &code);
        Ok(())
    })
}

/// `tuhe operator …`
pub fn operator(file: Option<&Path>, command: &OperatorCommand) -> anyhow::Result<()> {
    let OperatorCommand::Invite { name } = command;
    with_database(file, async |pool, config| {
        let now = Clock::system().now();
        let mut tx = pool.begin().await?;
        let county = org::county(&mut tx, now).await?;
        let code = invite(&mut tx, config, county, name, Role::Operator, now).await?;
        tx.commit().await?;
        told(name, &code);
        Ok(())
    })
}

fn not_the_county(code: &str) -> anyhow::Result<()> {
    if code == org::COUNTY {
        bail!("代码 {code} 留给县级账号,请换一个。");
    }
    Ok(())
}

/// A code for the person of that name in the post, or for a new one.
async fn invite(
    tx: &mut sqlx::PgConnection,
    config: &crate::config::Config,
    (town, root): (TownId, UnitId),
    name: &str,
    role: Role,
    now: DateTime<Utc>,
) -> anyhow::Result<BindCode> {
    let keys = Keys::load_or_create(&config.var.join("keys.toml"))?;
    if let Some(person) = org::holder_by_name(tx, town, name, role).await? {
        return Ok(identity::issue_code(tx, &keys, town, person, None, now).await?);
    }
    let new = NewPerson { name, membership: "none", ..NewPerson::default() };
    let person = org::add_person(tx, &keys, town, &new, now).await?;
    org::add_post(tx, town, person, role, &[root], clock::today(now), now).await?;
    Ok(identity::issue_code(tx, &keys, town, person, None, now).await?)
}

fn told(name: &str, issued: &BindCode) {
    println!("{name} 的绑定码:{}(7 天内有效,只能用一次)", issued.code);
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
