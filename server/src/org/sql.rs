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
         where town_id = $1 and unit_id = $2 and from_on <= $3 order by from_on desc, set_at desc limit 1",
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
        "delete from branch_facts where town_id = $1 and unit_id = $2 and from_on = $3 and set_at = $4",
        town.0,
        branch.0,
        from_on,
        now,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into branch_facts
             (town_id, unit_id, from_on, has_committee, has_groups, full_members, probationary_members, set_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
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

pub async fn person_exists(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from person where town_id = $1 and id = $2 and left_on is null) as "known!""#,
        town.0,
        person.0,
    )
    .fetch_one(tx)
    .await
}

pub async fn held_on(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    path: &str,
    day: NaiveDate,
    since: NaiveDate,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select po.role from post po
         join post_unit pu on pu.town_id = po.town_id and pu.post_id = po.id
         join unit u on u.town_id = pu.town_id and u.id = pu.unit_id
         left join unit g on u.kind = 'village' and po.role = any($6) and g.town_id = u.town_id
             and g.id = u.parent_id and g.kind = 'general_branch'
         where po.town_id = $1 and po.person_id = $2 and (po.to_on is null or po.to_on >= $4)
           and starts_with($3, coalesce(g.path, u.path)) and po.from_on <= $5 and (po.to_on is null or po.to_on + 1 >= $5)",
        town.0,
        person.0,
        path,
        since,
        day,
        &Role::FOR_THE_VILLAGE.map(|role| role.name().to_owned()),
    )
    .fetch_all(tx)
    .await
}

pub async fn away(
    tx: &mut PgConnection,
    town: TownId,
    member: PersonId,
) -> Result<Option<super::Away>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select m.branch_id, u.path, m.contact_id, (
               select po.person_id from post po
               join post_unit pu on pu.town_id = po.town_id and pu.post_id = po.id
               where po.town_id = m.town_id and po.role = 'branch_secretary' and pu.unit_id = m.branch_id
                 and po.to_on is null
               order by po.from_on desc limit 1) as secretary
           from mobile_member m join unit u on u.town_id = m.town_id and u.id = m.branch_id
           where m.town_id = $1 and m.person_id = $2 and m.returned_on is null"#,
        town.0,
        member.0,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| super::Away {
        branch: UnitId(row.branch_id),
        branch_path: row.path,
        contact: row.contact_id.map(PersonId),
        secretary: row.secretary.map(PersonId),
    }))
}

pub async fn insert_mobile(
    tx: &mut PgConnection,
    town: TownId,
    member: PersonId,
    branch: UnitId,
    contact: Option<PersonId>,
    away_since: NaiveDate,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with put as (
             insert into mobile_member (town_id, id, person_id, branch_id, contact_id, away_since)
             values ($1, $2, $3, $4, $5, $6) returning town_id, id, branch_id, away_since
         )
         insert into mobile_history (town_id, mobile_id, set_at, branch_id, away_since)
         select town_id, id, $7, branch_id, away_since from put",
        town.0,
        Uuid::now_v7(),
        member.0,
        branch.0,
        contact.map(|contact| contact.0),
        away_since,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn town_by_code(
    tx: &mut PgConnection,
    code: &str,
) -> Result<Option<(TownId, UnitId)>, sqlx::Error> {
    let row = sqlx::query!(
        "select t.id as town, u.id as root from town t join unit u on u.town_id = t.id and u.kind = 'town'
         where t.code = $1",
        code,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| (TownId(row.town), UnitId(row.root))))
}

pub async fn holder_by_name(
    tx: &mut PgConnection,
    town: TownId,
    name: &str,
    role: Role,
) -> Result<Option<PersonId>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select p.id from person p join post o on o.town_id = p.town_id and o.person_id = p.id
         where p.town_id = $1 and p.name = $2 and o.role = $3 and o.to_on is null and p.left_on is null limit 1",
        town.0,
        name,
        role.name(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(found.map(PersonId))
}
