//! The statements that write an import: one per table and kind of change, whatever the number of rows.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::away::Absence;
use super::posts::{NewPost, PostChange};
use super::sql::PeopleColumns;
use crate::ids::{PersonId, TownId};

pub async fn insert_people(
    tx: &mut PgConnection,
    town: TownId,
    people: &PeopleColumns,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into person
             (town_id, id, name, phone_sealed, phone_index, membership, branch_id, group_id, created_at)
         select $1, i.*, $9 from unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[], $6::text[],
             $7::uuid[], $8::uuid[]) as i",
        town.0,
        &people.ids,
        &people.names,
        &people.sealed as &[Option<Vec<u8>>],
        &people.indexes as &[Option<Vec<u8>>],
        &people.memberships,
        &people.branches as &[Option<Uuid>],
        &people.groups as &[Option<Uuid>],
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes people anew.
pub async fn update_people(
    tx: &mut PgConnection,
    town: TownId,
    people: &PeopleColumns,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update person p set name = u.name, membership = u.membership, branch_id = u.branch_id,
             group_id = u.group_id, phone_sealed = coalesce(u.sealed, p.phone_sealed),
             phone_index = coalesce(u.idx, p.phone_index)
         from unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[], $6::text[], $7::uuid[], $8::uuid[])
             as u (id, name, sealed, idx, membership, branch_id, group_id)
         where p.town_id = $1 and p.id = u.id",
        town.0,
        &people.ids,
        &people.names,
        &people.sealed as &[Option<Vec<u8>>],
        &people.indexes as &[Option<Vec<u8>>],
        &people.memberships,
        &people.branches as &[Option<Uuid>],
        &people.groups as &[Option<Uuid>],
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes the number off people who left: somebody else has it now.
pub async fn release_phones(tx: &mut PgConnection, town: TownId, people: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update person set phone_sealed = null, phone_index = null where town_id = $1 and id = any($2)",
        town.0,
        people,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// People who had left are back; their posts are not.
pub async fn rejoin(tx: &mut PgConnection, town: TownId, people: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("update person set left_on = null where town_id = $1 and id = any($2)", town.0, people,)
        .execute(tx)
        .await?;
    Ok(())
}

/// People leave: from today on no post of theirs opens anything.
pub async fn leave(
    tx: &mut PgConnection,
    town: TownId,
    people: &[Uuid],
    today: NaiveDate,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update person set left_on = $3 where town_id = $1 and id = any($2) and left_on is null",
        town.0,
        people,
        today,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update post set to_on = greatest($3::date - 1, from_on - 1)
         where town_id = $1 and person_id = any($2) and (to_on is null or to_on >= $3)",
        town.0,
        people,
        today,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn insert_posts(
    tx: &mut PgConnection,
    town: TownId,
    posts: &[NewPost],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = posts.iter().map(|post| post.id.0).collect();
    let people: Vec<Uuid> = posts.iter().map(|post| post.person.0).collect();
    let roles: Vec<String> = posts.iter().map(|post| post.role.name().to_owned()).collect();
    let areas: Vec<Option<String>> = posts.iter().map(|post| post.area.clone()).collect();
    let from: Vec<NaiveDate> = posts.iter().map(|post| post.from_on).collect();
    let to: Vec<Option<NaiveDate>> = posts.iter().map(|post| post.to_on).collect();
    sqlx::query!(
        "insert into post (town_id, id, person_id, role, area, from_on, to_on, created_at)
         select $1, i.*, $8 from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::date[], $7::date[])
             as i",
        town.0,
        &ids,
        &people,
        &roles,
        &areas as &[Option<String>],
        &from,
        &to as &[Option<NaiveDate>],
        now,
    )
    .execute(&mut *tx)
    .await?;
    let (posts, units): (Vec<Uuid>, Vec<Uuid>) =
        posts.iter().flat_map(|post| post.units.iter().map(|unit| (post.id.0, unit.0))).unzip();
    sqlx::query!(
        "insert into post_unit (town_id, post_id, unit_id) select $1, * from unnest($2::uuid[], $3::uuid[])",
        town.0,
        &posts,
        &units,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn update_posts(
    tx: &mut PgConnection,
    town: TownId,
    posts: &[PostChange],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = posts.iter().map(|post| post.id.0).collect();
    let areas: Vec<Option<String>> = posts.iter().map(|post| post.area.clone()).collect();
    let from: Vec<NaiveDate> = posts.iter().map(|post| post.from_on).collect();
    let to: Vec<Option<NaiveDate>> = posts.iter().map(|post| post.to_on).collect();
    sqlx::query!(
        "update post p set area = u.area, from_on = u.from_on, to_on = u.to_on
         from unnest($2::uuid[], $3::text[], $4::date[], $5::date[]) as u (id, area, from_on, to_on)
         where p.town_id = $1 and p.id = u.id",
        town.0,
        &ids,
        &areas as &[Option<String>],
        &from,
        &to as &[Option<NaiveDate>],
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Absences begun or corrected; what was known before stays on record.
pub async fn put_away(
    tx: &mut PgConnection,
    town: TownId,
    away: &[&Absence],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = away.iter().map(|away| away.id).collect();
    let people: Vec<Uuid> = away.iter().map(|away| away.person.0).collect();
    let branches: Vec<Uuid> = away.iter().map(|away| away.branch.0).collect();
    let contacts: Vec<Option<Uuid>> =
        away.iter().map(|away| away.contact.map(|PersonId(contact)| contact)).collect();
    let places: Vec<Option<String>> = away.iter().map(|away| away.place.clone()).collect();
    let since: Vec<NaiveDate> = away.iter().map(|away| away.since).collect();
    sqlx::query!(
        "with put as (
             insert into mobile_member (town_id, id, person_id, branch_id, contact_id, place, away_since)
             select $1, * from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::date[])
             on conflict (town_id, id) do update set branch_id = excluded.branch_id,
                 contact_id = excluded.contact_id, place = excluded.place, away_since = excluded.away_since
             returning town_id, id, branch_id, away_since
         )
         insert into mobile_history (town_id, mobile_id, set_at, branch_id, away_since)
         select town_id, id, $8, branch_id, away_since from put
         on conflict (town_id, mobile_id, set_at)
         do update set branch_id = excluded.branch_id, away_since = excluded.away_since",
        town.0,
        &ids,
        &people,
        &branches,
        &contacts as &[Option<Uuid>],
        &places as &[Option<String>],
        &since,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn bring_back(
    tx: &mut PgConnection,
    town: TownId,
    away: &[Uuid],
    today: NaiveDate,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update mobile_member set returned_on = greatest($3, away_since)
         where town_id = $1 and id = any($2) and returned_on is null",
        town.0,
        away,
        today,
    )
    .execute(tx)
    .await?;
    Ok(())
}
