//! Questions about posts and people that the roster and the list of people ask.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Role;
use crate::ids::{PersonId, PostId, TownId, UnitId};

/// The path of the town's root unit.
pub async fn root_path(tx: &mut PgConnection, town: TownId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("select path from unit where town_id = $1 and parent_id is null", town.0)
        .fetch_optional(tx)
        .await
}

/// Waits for whoever is changing the town's tree or posts, and makes the next one wait.
pub async fn lock_town(tx: &mut PgConnection, town: TownId) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from town where id = $1 for no key update", town.0).fetch_one(tx).await?;
    Ok(())
}

/// The membership of a person who has not left.
pub async fn membership(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select membership from person where town_id = $1 and id = $2 and left_on is null",
        town.0,
        person.0,
    )
    .fetch_optional(tx)
    .await
}

pub async fn parent(
    tx: &mut PgConnection,
    town: TownId,
    unit: UnitId,
) -> Result<Option<UnitId>, sqlx::Error> {
    let parent =
        sqlx::query_scalar!("select parent_id from unit where town_id = $1 and id = $2", town.0, unit.0)
            .fetch_optional(tx)
            .await?;
    Ok(parent.flatten().map(UnitId))
}

/// Whether the person holds, today or from a day to come, the role over exactly these units.
pub async fn holds_same_post(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    role: Role,
    units: &[UnitId],
    today: NaiveDate,
) -> Result<bool, sqlx::Error> {
    let units: Vec<Uuid> = units.iter().map(|unit| unit.0).collect();
    sqlx::query_scalar!(
        r#"select exists (
               select from post o where o.town_id = $1 and o.person_id = $2 and o.role = $3
                 and (o.to_on is null or o.to_on >= $5)
                 and array(select pu.unit_id from post_unit pu
                           where pu.town_id = o.town_id and pu.post_id = o.id order by pu.unit_id)
                     = array(select u from unnest($4::uuid[]) as u order by u)
           ) as "held!""#,
        town.0,
        person.0,
        role.name(),
        &units,
        today,
    )
    .fetch_one(tx)
    .await
}

pub async fn name_area(
    tx: &mut PgConnection,
    town: TownId,
    post: PostId,
    area: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update post set area = $3 where town_id = $1 and id = $2", town.0, post.0, area)
        .execute(tx)
        .await?;
    Ok(())
}

pub struct PersonRow {
    pub id: Uuid,
    pub name: String,
    pub membership: String,
    pub branch_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub roles: Vec<String>,
    pub has_phone: bool,
    pub is_bound: bool,
    pub is_away: bool,
}

/// People of the branches inside the ranges of paths, and holders of posts there, by name; with `name` those whose name
/// has it. Whoever has no branch stands under the town itself.
#[expect(clippy::too_many_arguments, reason = "one value per part of the question")]
pub async fn people_in(
    db: &sqlx::PgPool,
    town: TownId,
    from: &[String],
    to: &[String],
    name: Option<&str>,
    after: Option<PersonId>,
    today: NaiveDate,
    limit: i64,
) -> Result<Vec<PersonRow>, sqlx::Error> {
    sqlx::query_as!(
        PersonRow,
        r#"with inside as (
               select distinct u.id from unit u
               join unnest($2::text[], $3::text[]) as s (f, t)
                 on u.path >= s.f collate "C" and u.path < s.t collate "C"
               where u.town_id = $1
           ), held as (
               select o.person_id, array_agg(distinct o.role order by o.role) as roles from post o
               join post_unit pu on pu.town_id = o.town_id and pu.post_id = o.id
               join inside i on i.id = pu.unit_id
               where o.town_id = $1 and o.from_on <= $5 and (o.to_on is null or o.to_on >= $5)
               group by o.person_id
           )
           select p.id, p.name, p.membership, p.branch_id, p.group_id,
                  coalesce(h.roles, '{}') as "roles!", p.phone_index is not null as "has_phone!",
                  exists (select from binding b where b.town_id = p.town_id and b.person_id = p.id
                          and b.unbound_at is null) as "is_bound!",
                  exists (select from mobile_member m where m.town_id = p.town_id and m.person_id = p.id
                          and m.returned_on is null) as "is_away!"
           from person p left join held h on h.person_id = p.id
           where p.town_id = $1 and p.left_on is null
             and (h.person_id is not null or coalesce(p.branch_id,
                     (select r.id from unit r where r.town_id = $1 and r.parent_id is null))
                     in (select i.id from inside i))
             and ($4::uuid is null or (p.name, p.id) >
                     (select a.name, a.id from person a where a.town_id = $1 and a.id = $4))
             and ($7::text is null or position($7 in p.name) > 0)
           order by p.name, p.id limit $6"#,
        town.0,
        from,
        to,
        after.map(|after| after.0),
        today,
        limit,
        name,
    )
    .fetch_all(db)
    .await
}
