//! Towns through the library: founded long ago, the shipped plan in force since (about 5,000 duties a town), everything up to now done
//! but the newest duties of every unit.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool};
use tuhe::ids::{PersonId, TownId, UnitId};
use tuhe::org::{self, FactsOn, NewPerson, Role, UnitKind};
use tuhe::plan::{self, Definition};
use tuhe::platform::clock::{self, Clock};
use tuhe::platform::keys::Keys;
use tuhe::{duty, identity};
use uuid::Uuid;

use crate::scratch::Scratch;

pub const TOWNS: usize = 20;
/// Each with a 党总支, two branches, a group and a village: 100 units a town.
const VILLAGES: usize = 20;
const LONG: TimeDelta = TimeDelta::days(940);
/// Duties a unit still has open.
const OPEN: i64 = 20;
/// The database the towns are in; sections work on copies.
pub const DATABASE: &str = "seed";

/// The secretary of a town's first branch, logged in.
#[derive(Clone)]
pub struct Caller {
    pub town: Uuid,
    pub unit: Uuid,
    pub person: Uuid,
    pub token: String,
}

/// One caller per town.
pub async fn towns(scratch: &Scratch) -> anyhow::Result<Vec<Caller>> {
    let pool = scratch.pool(&scratch.database(DATABASE, None).await?).await?;
    let keys = Keys::load_or_create(&scratch.path("keys.toml"))?;
    let now = Clock::system().now();
    let mut callers = Vec::new();
    for n in 0..TOWNS {
        let mut tx = pool.begin().await?;
        callers.push(town(&mut tx, &keys, n, now).await?);
        tx.commit().await?;
    }
    close_old(&pool, now).await?;
    duty::remind_all(&pool, now).await?;
    // A database somebody is connected to cannot be copied.
    pool.close().await;
    scratch.settle(&scratch.url(DATABASE)).await?;
    Ok(callers)
}

async fn town(tx: &mut PgConnection, keys: &Keys, n: usize, now: DateTime<Utc>) -> anyhow::Result<Caller> {
    let (since, day) = (now - LONG, clock::today(now) - LONG);
    let (town, root) = org::found_town(tx, &format!("bench-{n}"), &format!("图河{n}镇"), since).await?;
    let mut first = None;
    for village in 0..VILLAGES {
        let branch = village_units(tx, town, root, village, since).await?;
        first.get_or_insert(branch);
    }
    let unit = first.unwrap_or(root);
    let new = NewPerson { name: "李卫国", membership: "none", ..NewPerson::default() };
    let person = org::add_person(tx, keys, town, &new, since).await?;
    org::add_post(tx, town, person, Role::BranchSecretary, &[unit], day, since).await?;
    plan::load(
        tx,
        town,
        None,
        &Definition::shipped().map_err(|_| anyhow::anyhow!("no plan"))?,
        day + TimeDelta::days(60),
        now,
    )
    .await?;
    duty::generate(tx, town, now).await?;
    Ok(caller(town, unit, person, identity::start(tx, town, person, "bench", now).await?))
}

fn caller(town: TownId, unit: UnitId, person: PersonId, token: String) -> Caller {
    Caller { town: town.0, unit: unit.0, person: person.0, token }
}

/// The units of one village; gives its first branch.
async fn village_units(
    tx: &mut PgConnection,
    town: TownId,
    root: UnitId,
    n: usize,
    since: DateTime<Utc>,
) -> anyhow::Result<UnitId> {
    let name = format!("第{n}村");
    let general = org::add_unit(tx, town, UnitKind::GeneralBranch, &name, root, since).await?;
    org::add_unit(tx, town, UnitKind::Village, &name, general, since).await?;
    let first = org::add_unit(tx, town, UnitKind::Branch, &format!("{name}一支部"), general, since).await?;
    let second = org::add_unit(tx, town, UnitKind::Branch, &format!("{name}二支部"), general, since).await?;
    org::add_unit(tx, town, UnitKind::Group, &format!("{name}小组"), first, since).await?;
    for (branch, full) in [(first, 12), (second, 5)] {
        let facts = FactsOn {
            has_committee: full > 7,
            has_groups: full > 7,
            full_members: full,
            probationary_members: 1,
        };
        org::set_facts(tx, town, branch, clock::today(since), &facts, since).await?;
    }
    Ok(first)
}

/// All but the newest duties of every unit are done.
async fn close_old(pool: &PgPool, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query(
        "update duty d set state = 'met', verdict = 'on_time', fulfilled_at = $1, closed_at = $1
         from (select town_id, id, row_number() over (
                   partition by town_id, unit_id order by (window_first > $3), window_first desc, id) as n
               from duty where state = 'open') o
         where d.town_id = o.town_id and d.id = o.id and o.n > $2",
    )
    .bind(now)
    .bind(OPEN)
    .bind(clock::today(now))
    .execute(pool)
    .await?;
    Ok(())
}
