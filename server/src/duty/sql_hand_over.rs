use chrono::NaiveDate;
use sqlx::PgConnection;
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
