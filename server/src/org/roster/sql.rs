use std::collections::BTreeSet;

use sqlx::PgConnection;
use uuid::Uuid;

use super::known::{Known, KnownAway, KnownFacts, KnownPerson, KnownPost, KnownUnit};
use crate::ids::{PersonId, PostId, TownId, UnitId};
use crate::org::{FactsOn, Role, UnitKind};

/// Everything the register holds that an import compares with.
pub async fn known(tx: &mut PgConnection, town: TownId) -> Result<Known, sqlx::Error> {
    Ok(Known {
        units: units(tx, town).await?,
        people: people(tx, town).await?,
        posts: posts(tx, town).await?,
        away: away(tx, town).await?,
        facts: facts(tx, town).await?,
    })
}

async fn units(tx: &mut PgConnection, town: TownId) -> Result<Vec<KnownUnit>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, kind, name, parent_id, closed_on is not null as "is_closed!" from unit
           where town_id = $1 order by path"#,
        town.0,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(KnownUnit {
                id: UnitId(row.id),
                kind: UnitKind::parse(&row.kind)?,
                name: row.name,
                parent: row.parent_id.map(UnitId),
                is_closed: row.is_closed,
            })
        })
        .collect())
}

async fn people(tx: &mut PgConnection, town: TownId) -> Result<Vec<KnownPerson>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, name, phone_index, membership, branch_id, group_id, left_on is not null as "has_left!"
           from person where town_id = $1 order by id"#,
        town.0,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| KnownPerson {
            id: PersonId(row.id),
            name: row.name,
            phone_index: row.phone_index,
            membership: row.membership,
            branch: row.branch_id.map(UnitId),
            group: row.group_id.map(UnitId),
            has_left: row.has_left,
        })
        .collect())
}

async fn posts(tx: &mut PgConnection, town: TownId) -> Result<Vec<KnownPost>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.id, p.person_id, p.role, p.area, p.from_on, p.to_on,
                  array(select pu.unit_id from post_unit pu
                        where pu.town_id = p.town_id and pu.post_id = p.id) as "units!: Vec<Uuid>"
           from post p where p.town_id = $1 order by p.id"#,
        town.0,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(KnownPost {
                id: PostId(row.id),
                person: PersonId(row.person_id),
                role: Role::parse(&row.role)?,
                units: row.units.into_iter().map(UnitId).collect::<BTreeSet<_>>(),
                area: row.area,
                from_on: row.from_on,
                to_on: row.to_on,
            })
        })
        .collect())
}

async fn away(tx: &mut PgConnection, town: TownId) -> Result<Vec<KnownAway>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, person_id, branch_id, contact_id, place, away_since from mobile_member
         where town_id = $1 and returned_on is null order by id",
        town.0,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| KnownAway {
            id: row.id,
            person: PersonId(row.person_id),
            branch: UnitId(row.branch_id),
            contact: row.contact_id.map(PersonId),
            place: row.place,
            away_since: row.away_since,
        })
        .collect())
}

async fn facts(tx: &mut PgConnection, town: TownId) -> Result<Vec<KnownFacts>, sqlx::Error> {
    let rows = sqlx::query!(
        "select distinct on (unit_id, from_on) unit_id, from_on, has_committee, has_groups, full_members,
                probationary_members
         from branch_facts where town_id = $1 order by unit_id, from_on, set_at desc",
        town.0,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| KnownFacts {
            unit: UnitId(row.unit_id),
            from_on: row.from_on,
            facts: FactsOn {
                has_committee: row.has_committee,
                has_groups: row.has_groups,
                full_members: row.full_members,
                probationary_members: row.probationary_members,
            },
        })
        .collect())
}

/// People as columns, one entry each; `sealed` and `index` empty where the number stays as it is.
#[derive(Default)]
pub struct PeopleColumns {
    pub ids: Vec<Uuid>,
    pub names: Vec<String>,
    pub sealed: Vec<Option<Vec<u8>>>,
    pub indexes: Vec<Option<Vec<u8>>>,
    pub memberships: Vec<String>,
    pub branches: Vec<Option<Uuid>>,
    pub groups: Vec<Option<Uuid>>,
}
