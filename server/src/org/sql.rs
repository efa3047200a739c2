use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{FactsOn, NewPerson, Role, Unit, UnitKind};
use crate::ids::{PersonId, PostId, TownId, UnitId};

pub async fn insert_town(
    tx: &mut PgConnection,
    town: TownId,
    code: &str,
    name: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into town (id, code, name, created_at) values ($1, $2, $3, $4)",
        town.0,
        code,
        name,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes the next number of the town; its row is locked first, so two never take the same.
pub async fn insert_unit(
    tx: &mut PgConnection,
    town: TownId,
    id: UnitId,
    kind: UnitKind,
    name: &str,
    parent: Option<UnitId>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from town where id = $1 for no key update", town.0).fetch_one(&mut *tx).await?;
    sqlx::query!(
        "insert into unit (town_id, id, no, kind, name, parent_id, path, created_at)
         select $1, $2, n.no, $3, $4, $5, coalesce(p.path, '/') || n.no || '/', $6
         from (select coalesce(max(no), 0) + 1 as no from unit where town_id = $1) n
         left join unit p on p.town_id = $1 and p.id = $5",
        town.0,
        id.0,
        kind.name(),
        name,
        parent.map(|parent| parent.0),
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

fn to_unit(id: Uuid, kind: &str, name: String, path: String) -> Option<Unit> {
    Some(Unit { id: UnitId(id), kind: UnitKind::parse(kind)?, name, path })
}

pub async fn unit(tx: &mut PgConnection, town: TownId, id: UnitId) -> Result<Option<Unit>, sqlx::Error> {
    let row = sqlx::query!("select kind, name, path from unit where town_id = $1 and id = $2", town.0, id.0)
        .fetch_optional(tx)
        .await?;
    Ok(row.and_then(|row| to_unit(id.0, &row.kind, row.name, row.path)))
}

pub struct UnitRow {
    pub id: Uuid,
    pub kind: String,
    pub name: String,
    pub parent_id: Option<Uuid>,
}

/// Units inside the ranges of paths, in the tree's order.
pub async fn units_in(
    db: &sqlx::PgPool,
    town: TownId,
    from: &[String],
    to: &[String],
) -> Result<Vec<UnitRow>, sqlx::Error> {
    sqlx::query_as!(
        UnitRow,
        "select distinct on (u.path) u.id, u.kind, u.name, u.parent_id from unit u
         join unnest($2::text[], $3::text[]) as s (f, t) on u.path >= s.f collate \"C\" and u.path < s.t collate \"C\"
         where u.town_id = $1 and u.closed_on is null order by u.path",
        town.0,
        from,
        to,
    )
    .fetch_all(db)
    .await
}

pub async fn insert_person(
    tx: &mut PgConnection,
    town: TownId,
    id: PersonId,
    person: &NewPerson<'_>,
    phone: Option<(Vec<u8>, Vec<u8>)>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (sealed, index) = phone.unzip();
    sqlx::query!(
        "insert into person (town_id, id, name, phone_sealed, phone_index, membership, branch_id, group_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        town.0,
        id.0,
        person.name,
        sealed,
        index,
        person.membership,
        person.branch.map(|unit| unit.0),
        person.group.map(|unit| unit.0),
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "one value per column")]
pub async fn insert_post(
    tx: &mut PgConnection,
    town: TownId,
    id: PostId,
    person: PersonId,
    role: Role,
    units: &[UnitId],
    from_on: NaiveDate,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into post (town_id, id, person_id, role, from_on, created_at) values ($1, $2, $3, $4, $5, $6)",
        town.0,
        id.0,
        person.0,
        role.name(),
        from_on,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let units: Vec<Uuid> = units.iter().map(|unit| unit.0).collect();
    sqlx::query!(
        "insert into post_unit (town_id, post_id, unit_id) select $1, $2, unnest($3::uuid[])",
        town.0,
        id.0,
        &units,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn end_post(
    tx: &mut PgConnection,
    town: TownId,
    post: PostId,
    last_day: NaiveDate,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update post set to_on = greatest($3, from_on - 1)
         where town_id = $1 and id = $2 and (to_on is null or to_on > $3)",
        town.0,
        post.0,
        last_day,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn post_paths(
    tx: &mut PgConnection,
    town: TownId,
    post: PostId,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select u.path from post_unit pu join unit u on u.town_id = pu.town_id and u.id = pu.unit_id
         where pu.town_id = $1 and pu.post_id = $2",
        town.0,
        post.0,
    )
    .fetch_all(tx)
    .await
}

pub async fn person_paths(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    today: NaiveDate,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select u.path as "path!" from person p join unit u on u.town_id = p.town_id and u.id = p.branch_id
           where p.town_id = $1 and p.id = $2
           union
           select u.path from post o join post_unit pu on pu.town_id = o.town_id and pu.post_id = o.id
           join unit u on u.town_id = pu.town_id and u.id = pu.unit_id
           where o.town_id = $1 and o.person_id = $2 and o.from_on <= $3 and (o.to_on is null or o.to_on >= $3)"#,
        town.0,
        person.0,
        today,
    )
    .fetch_all(tx)
    .await
}

pub async fn facts_on(
    tx: &mut PgConnection,
    town: TownId,
    branch: UnitId,
    day: NaiveDate,
) -> Result<Option<FactsOn>, sqlx::Error> {
    sqlx::query_as!(
        FactsOn,
        "select has_committee, has_groups, full_members, probationary_members from branch_facts
         where town_id = $1 and unit_id = $2 and from_on <= $3 order by from_on desc limit 1",
        town.0,
        branch.0,
        day,
    )
    .fetch_optional(tx)
    .await
}

pub async fn set_facts(
    tx: &mut PgConnection,
    town: TownId,
    branch: UnitId,
    from_on: NaiveDate,
    facts: &FactsOn,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into branch_facts
             (town_id, unit_id, from_on, has_committee, has_groups, full_members, probationary_members, set_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (town_id, unit_id, from_on) do update set has_committee = excluded.has_committee,
             has_groups = excluded.has_groups, full_members = excluded.full_members,
             probationary_members = excluded.probationary_members, set_at = excluded.set_at",
        town.0,
        branch.0,
        from_on,
        facts.has_committee,
        facts.has_groups,
        facts.full_members,
        facts.probationary_members,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub struct PhoneRow {
    pub phone_sealed: Option<Vec<u8>>,
    pub contact_id: Option<Uuid>,
}

pub async fn phone(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
) -> Result<Option<PhoneRow>, sqlx::Error> {
    sqlx::query_as!(
        PhoneRow,
        "select p.phone_sealed, m.contact_id from person p
         left join mobile_member m on m.town_id = p.town_id and m.person_id = p.id and m.returned_on is null
         where p.town_id = $1 and p.id = $2",
        town.0,
        person.0,
    )
    .fetch_optional(tx)
    .await
}

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

/// People of the branches inside the ranges of paths, and holders of posts there, by name. Whoever has no branch
/// stands under the town itself.
pub async fn people_in(
    db: &sqlx::PgPool,
    town: TownId,
    from: &[String],
    to: &[String],
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
           order by p.name, p.id limit $6"#,
        town.0,
        from,
        to,
        after.map(|after| after.0),
        today,
        limit,
    )
    .fetch_all(db)
    .await
}
