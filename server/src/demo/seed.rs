//! Founding the demo town, once per data folder; the plan's dates are moved so that something is always due.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use sqlx::PgConnection;

use super::people::{NEWCOMER, PEOPLE, Person};
use crate::error::{ApiError, ApiResult};
use crate::ids::{PersonId, TownId, UnitId};
use crate::org::{self, FactsOn, NewPerson, Role, UnitKind};
use crate::plan::{self, Cadence, Definition};
use crate::platform::clock;
use crate::{App, duty, identity};

/// The town's code.
const CODE: &str = "tuhe-demo";
/// The dated tasks of the notice are due so many days after the demo's first day.
const DATED: TimeDelta = TimeDelta::days(5);

/// Founds the town if this data folder has none; everything else follows from it.
pub async fn settle_in(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    if org::town_by_code(&mut tx, CODE).await?.is_none() {
        found(app, &mut tx, now).await?;
    }
    tx.commit().await?;
    duty::generate_all(&app.db, now).await?;
    Ok(())
}

/// Villages of the town, each with a 党总支, two branches and a village under it.
const VILLAGES: [&str; 3] = ["石桥村", "柳荫村", "东湾村"];

async fn found(app: &App, tx: &mut PgConnection, now: DateTime<Utc>) -> ApiResult<()> {
    let (town, root) = org::found_town(tx, CODE, "图河镇", now).await?;
    let today = clock::today(now);
    let start_on = today.with_day(1).unwrap_or(today);
    let mut units: Vec<(String, UnitId)> = vec![("图河镇".into(), root)];
    for village in VILLAGES {
        let general =
            org::add_unit(tx, town, UnitKind::GeneralBranch, &format!("{village}党总支"), root, now).await?;
        units.push((format!("{village}党总支"), general));
        for branch in ["第一党支部", "第二党支部"] {
            let name = format!("{village}{branch}");
            let id = org::add_unit(tx, town, UnitKind::Branch, &name, general, now).await?;
            let facts = FactsOn {
                has_committee: branch == "第一党支部",
                has_groups: false,
                full_members: if branch == "第一党支部" { 12 } else { 5 },
                probationary_members: 1,
            };
            org::set_facts(tx, town, id, start_on, &facts, now).await?;
            units.push((name, id));
        }
        let id = org::add_unit(tx, town, UnitKind::Village, village, general, now).await?;
        units.push((village.into(), id));
    }
    let school = org::add_unit(tx, town, UnitKind::Branch, "镇中学党支部", root, now).await?;
    units.push(("镇中学党支部".into(), school));
    for person in &PEOPLE {
        let id = settle_person(app, tx, town, person, &units, start_on, now).await?;
        identity::bind_openid(app, tx, town, id, &openid(person), now).await?;
    }
    settle_person(app, tx, town, &NEWCOMER, &units, start_on, now).await?;
    let definition = moved(today)?;
    plan::load(tx, town, None, &definition, start_on, now).await?;
    Ok(())
}

async fn settle_person(
    app: &App,
    tx: &mut PgConnection,
    town: TownId,
    person: &Person,
    units: &[(String, UnitId)],
    since: NaiveDate,
    now: DateTime<Utc>,
) -> ApiResult<PersonId> {
    let unit = |name: &str| {
        let found = units.iter().find(|(known, _)| known == name).map(|(_, id)| *id);
        found.ok_or_else(|| ApiError::internal(format!("the demo town has no {name}")))
    };
    let branch = person.branch.map(unit).transpose()?;
    let new = NewPerson {
        name: person.name,
        phone: Some(person.phone),
        membership: if person.branch.is_some() { "full" } else { "none" },
        branch,
        group: None,
    };
    let id = org::add_person(tx, &app.keys, town, &new, now).await?;
    if !person.role.is_implied() {
        let over = person.units.iter().map(|name| unit(name)).collect::<ApiResult<Vec<_>>>()?;
        org::add_post(tx, town, id, person.role, &over, since, now).await?;
    }
    if let (Some(role), Some(branch)) = (person.also, branch) {
        org::add_post(tx, town, id, role, &[branch], since, now).await?;
    }
    if let (Role::MobileMember, Some(branch)) = (person.role, branch) {
        let contact = org::holder_by_name(tx, town, "王秀英", Role::CommitteeMember).await?;
        org::register_mobile(tx, town, id, branch, contact, since - TimeDelta::days(200), now).await?;
    }
    Ok(id)
}

/// A fresh binding code for the demo person who is bound to no WeChat yet; one still open is cancelled.
pub async fn bind_code(app: &App) -> ApiResult<identity::BindCode> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let (town, _) = org::town_by_code(&mut tx, CODE).await?.ok_or_else(ApiError::not_found)?;
    let person = org::holder_by_name(&mut tx, town, NEWCOMER.name, NEWCOMER.role).await?;
    let person = person.ok_or_else(ApiError::not_found)?;
    let issued = identity::issue_code(&mut tx, &app.keys, town, person, None, now).await?;
    tx.commit().await?;
    Ok(issued)
}

/// The WeChat identity of a demo person.
pub fn openid(person: &Person) -> String {
    format!("demo-{}", person.shell.to_lowercase())
}

/// The shipped plan with its dates moved to around `today`: what was to be done by a day in 2021 is due in a few days.
fn moved(today: NaiveDate) -> ApiResult<Definition> {
    let mut definition = Definition::shipped()
        .map_err(|problems| ApiError::internal(format!("{} problems", problems.len())))?;
    let start = today.with_day(1).unwrap_or(today);
    for rule in definition.tasks.iter_mut().flat_map(|task| &mut task.rules) {
        rule.first = rule.first.map(|_| start);
        match &mut rule.cadence {
            Cadence::Once { opens, due } => (*opens, *due) = (start, today + DATED),
            Cadence::Immediately { since } => *since = start,
            Cadence::FixedDays { days } if rule.code == "3.1.4" => {
                // The study day is today, so that the list is never empty on the first evening.
                *days = vec![today.day().min(28)];
            }
            _ => {}
        }
    }
    Ok(definition)
}
