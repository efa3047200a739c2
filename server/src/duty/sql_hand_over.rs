use chrono::NaiveDate;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::ids::{PersonId, PostId, TownId};

/// Live duties that fall to whoever holds this post now.
pub async fn held_by_holder(
    tx: &mut PgConnection,
    town: TownId,
    post: PostId,
    today: NaiveDate,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select h.duty_id as "duty_id!" from duty_holders($1, $3) h
           join post o on o.town_id = $1 and o.id = $2 and o.person_id = h.holder_id"#,
        town.0,
        post.0,
        today,
    )
    .fetch_all(tx)
    .await
}

/// Live duties that fall to a person.
pub async fn held_by(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    today: NaiveDate,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select duty_id as "duty_id!" from duty_holders($1, $3) where holder_id = $2"#,
        town.0,
        person.0,
        today,
    )
    .fetch_all(tx)
    .await
}

/// What was delegated to the one, of the units of the post, is the other's; what is done stays as it was.
pub async fn delegate_anew(
    tx: &mut PgConnection,
    town: TownId,
    post: PostId,
    from: PersonId,
    to: PersonId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update duty d set delegated_to = $4
         from unit u
         where d.town_id = $1 and d.delegated_to = $3 and d.state in ('open', 'submitted', 'returned')
           and u.town_id = d.town_id and u.id = d.unit_id and exists (
               select from post_unit pu join unit over on over.town_id = pu.town_id and over.id = pu.unit_id
               where pu.town_id = $1 and pu.post_id = $2 and starts_with(u.path, over.path))",
        town.0,
        post.0,
        from.0,
        to.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What was delegated to the holder of a post that has just ended, of the units of the post, falls again to whom it would fall
/// by itself; what another post of theirs reaches stays.
pub async fn release(
    tx: &mut PgConnection,
    town: TownId,
    post: PostId,
    today: NaiveDate,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update duty d set delegated_to = null
         from unit u, post o
         where o.town_id = $1 and o.id = $2 and d.town_id = $1 and d.delegated_to = o.person_id
           and d.state in ('open', 'submitted', 'returned') and u.town_id = d.town_id and u.id = d.unit_id
           and exists (
               select from post_unit pu join unit over on over.town_id = pu.town_id and over.id = pu.unit_id
               where pu.town_id = $1 and pu.post_id = $2
                 and (starts_with(u.path, over.path) or starts_with(over.path, u.path)))
           and not exists (
               select from post l join post_unit pu on pu.town_id = l.town_id and pu.post_id = l.id
               join unit over on over.town_id = pu.town_id and over.id = pu.unit_id
               where l.town_id = $1 and l.person_id = o.person_id and l.id <> o.id and l.from_on <= $3
                 and (l.to_on is null or l.to_on >= $3)
                 and (starts_with(u.path, over.path) or starts_with(over.path, u.path)))
         returning d.id",
        town.0,
        post.0,
        today,
    )
    .fetch_all(tx)
    .await
}

/// How much of what is open was delegated to the holders of these posts over units of the posts.
pub async fn lent(db: &PgPool, town: TownId, posts: &[Uuid]) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select o.id, count(*) as "count!" from post o
           join duty d on d.town_id = o.town_id and d.delegated_to = o.person_id
                and d.state in ('open', 'submitted', 'returned')
           join unit u on u.town_id = d.town_id and u.id = d.unit_id
           where o.town_id = $1 and o.id = any($2) and exists (
               select from post_unit pu join unit over on over.town_id = pu.town_id and over.id = pu.unit_id
               where pu.town_id = $1 and pu.post_id = o.id
                 and (starts_with(u.path, over.path) or starts_with(over.path, u.path)))
           group by o.id"#,
        town.0,
        posts,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.count)).collect())
}

/// What was delegated to people who have left falls again to whom it would fall by itself.
pub async fn release_left(tx: &mut PgConnection, town: TownId) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update duty d set delegated_to = null from person p
         where d.town_id = $1 and d.delegated_to is not null and d.state in ('open', 'submitted', 'returned')
           and p.town_id = d.town_id and p.id = d.delegated_to and p.left_on is not null
         returning d.id",
        town.0,
    )
    .fetch_all(tx)
    .await
}

/// What members who are away still owe stands with the branch they are away from now, and so does a report of theirs that
/// is to be mended: it could be mended in neither otherwise.
pub async fn follow_members(tx: &mut PgConnection, town: TownId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with moved as (
             update duty d set unit_id = m.branch_id
             from mobile_member m
             where d.town_id = $1 and m.town_id = d.town_id and m.person_id = d.person_id and m.returned_on is null
               and d.unit_id <> m.branch_id and d.state in ('open', 'returned')
             returning d.record_id, d.unit_id)
         update record r set unit_id = moved.unit_id from moved
         where r.town_id = $1 and r.id = moved.record_id and r.state = 'returned'",
        town.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}
