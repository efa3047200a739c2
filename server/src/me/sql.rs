use chrono::NaiveDate;
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use crate::ids::{PersonId, TownId};
use crate::org::Role;

/// What the roster says of a person, in the shape the API gives it; JSON null where there is nothing.
pub struct Own {
    pub town_name: String,
    pub membership: String,
    pub branch: Value,
    pub away: Value,
    pub posts: Value,
}

/// A person's own row: branch, being away, and every post in force today with its units.
pub async fn own(
    db: &PgPool,
    town: TownId,
    person: PersonId,
    today: NaiveDate,
) -> Result<Option<Own>, sqlx::Error> {
    sqlx::query_as!(
        Own,
        r#"with held as (
               select po.role, u.id, u.kind, u.name, u.path
               from post po
               join post_unit pu on pu.town_id = po.town_id and pu.post_id = po.id
               join unit u on u.town_id = pu.town_id and u.id = pu.unit_id
               where po.town_id = $1 and po.person_id = $2
                 and po.from_on <= $3 and (po.to_on is null or po.to_on >= $3)
               union
               select 'party_member', u.id, u.kind, u.name, u.path
               from person p join unit u on u.town_id = p.town_id and u.id = p.branch_id
               where p.town_id = $1 and p.id = $2 and p.membership <> 'none'
               union
               select 'mobile_member', u.id, u.kind, u.name, u.path
               from mobile_member m join unit u on u.town_id = m.town_id and u.id = m.branch_id
               where m.town_id = $1 and m.person_id = $2 and m.returned_on is null
           )
           select t.name as town_name, p.membership,
                  coalesce((select jsonb_build_object('id', u.id, 'name', u.name) from unit u
                            where u.town_id = p.town_id and u.id = p.branch_id and p.membership <> 'none'),
                           'null') as "branch!",
                  coalesce((select jsonb_build_object('since', m.away_since,
                                       'branch', jsonb_build_object('id', u.id, 'name', u.name),
                                       'contact_id', c.id, 'contact_name', c.name)
                            from mobile_member m
                            join unit u on u.town_id = m.town_id and u.id = m.branch_id
                            left join person c on c.town_id = m.town_id and c.id = m.contact_id
                            where m.town_id = p.town_id and m.person_id = p.id and m.returned_on is null),
                           'null') as "away!",
                  coalesce((select jsonb_agg(jsonb_build_object('role', h.role, 'id', h.id, 'kind', h.kind,
                                       'name', h.name) order by h.role, h.path) from held h), '[]') as "posts!"
           from person p join town t on t.id = p.town_id
           where p.town_id = $1 and p.id = $2"#,
        town.0,
        person.0,
        today,
    )
    .fetch_optional(db)
    .await
}

pub struct HelperRow {
    pub person_id: Uuid,
    pub name: String,
    /// `contact`, `secretary` or `village_contact`: the nearest, where it is several.
    pub tie: String,
    pub phone_sealed: Option<Vec<u8>>,
}

/// Whom a person may call, the nearest first.
pub async fn helpers(
    db: impl PgExecutor<'_>,
    town: TownId,
    person: PersonId,
    today: NaiveDate,
) -> Result<Vec<HelperRow>, sqlx::Error> {
    sqlx::query_as!(
        HelperRow,
        r#"with tied as (
               select m.contact_id as person_id, 1 as rank, 'contact' as tie from mobile_member m
               where m.town_id = $1 and m.person_id = $2 and m.returned_on is null and m.contact_id is not null
               union all
               select po.person_id, 2, 'secretary' from mobile_member m
               join post_unit pu on pu.town_id = m.town_id and pu.unit_id = m.branch_id
               join post po on po.town_id = pu.town_id and po.id = pu.post_id and po.role = 'branch_secretary'
               where m.town_id = $1 and m.person_id = $2 and m.returned_on is null
                 and po.from_on <= $3 and (po.to_on is null or po.to_on >= $3)
               union all
               select po.person_id, 3, 'village_contact' from post mine
               join post_unit mu on mu.town_id = mine.town_id and mu.post_id = mine.id
               join unit u on u.town_id = mu.town_id and u.id = mu.unit_id
               join unit over on over.town_id = u.town_id and starts_with(u.path, over.path)
               join post_unit pu on pu.town_id = over.town_id and pu.unit_id = over.id
               join post po on po.town_id = pu.town_id and po.id = pu.post_id and po.role = 'village_contact'
               where mine.town_id = $1 and mine.person_id = $2
                 and mine.from_on <= $3 and (mine.to_on is null or mine.to_on >= $3)
                 and po.from_on <= $3 and (po.to_on is null or po.to_on >= $3)
           ), nearest as (
               select distinct on (person_id) person_id, rank, tie from tied where person_id <> $2
               order by person_id, rank
           )
           select n.person_id as "person_id!", p.name, n.tie as "tie!", p.phone_sealed
           from nearest n join person p on p.town_id = $1 and p.id = n.person_id
           where p.left_on is null
           order by n.rank, p.name, p.id"#,
        town.0,
        person.0,
        today,
    )
    .fetch_all(db)
    .await
}

/// A post of somebody, and what of it concerns one person.
pub struct Holder {
    pub person_id: Uuid,
    pub name: String,
    pub role: String,
    /// The units it is held over.
    pub units: Vec<String>,
    /// As far as it reaches, like [`Caller`](crate::identity::Caller)'s.
    pub paths: Vec<String>,
    /// The committee member linked to the person asking.
    pub linked: bool,
    /// The branch the person asking belongs to, whether a Party member or not.
    pub branch: Option<String>,
    /// The branch they are away from.
    pub away_from: Option<String>,
    pub root: String,
}

/// Every post of the town in force today, the asking person's among them.
pub async fn holders(
    db: &PgPool,
    town: TownId,
    person: PersonId,
    today: NaiveDate,
) -> Result<Vec<Holder>, sqlx::Error> {
    sqlx::query_as!(
        Holder,
        r#"with me as (
               select r.path as root, b.path as branch, ab.path as away_from, m.contact_id
               from person p
               join unit r on r.town_id = p.town_id and r.parent_id is null
               left join unit b on b.town_id = p.town_id and b.id = p.branch_id
               left join mobile_member m on m.town_id = p.town_id and m.person_id = p.id and m.returned_on is null
               left join unit ab on ab.town_id = m.town_id and ab.id = m.branch_id
               where p.town_id = $1 and p.id = $2
           )
           select p.id as person_id, p.name, po.role, array_agg(u.path) as "units!",
                  array_agg(coalesce(g.path, u.path)) as "paths!",
                  coalesce(me.contact_id = p.id, false) as "linked!", me.branch as "branch?",
                  me.away_from as "away_from?", me.root
           from me cross join post po
           join person p on p.town_id = po.town_id and p.id = po.person_id and p.left_on is null
           join post_unit pu on pu.town_id = po.town_id and pu.post_id = po.id
           join unit u on u.town_id = pu.town_id and u.id = pu.unit_id
           left join unit g on u.kind = 'village' and po.role = any($4) and g.town_id = u.town_id
               and g.id = u.parent_id and g.kind = 'general_branch'
           where po.town_id = $1 and po.from_on <= $3 and (po.to_on is null or po.to_on >= $3)
           group by p.id, p.name, po.id, po.role, me.contact_id, me.branch, me.away_from, me.root
           order by p.name, p.id"#,
        town.0,
        person.0,
        today,
        &Role::FOR_THE_VILLAGE.map(|role| role.name().to_owned()),
    )
    .fetch_all(db)
    .await
}
