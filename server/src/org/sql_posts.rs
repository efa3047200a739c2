//! Posts and their holders, one person's or one post's.

use chrono::NaiveDate;
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::access::Scope;
use crate::ids::{PersonId, PostId, TownId};

pub struct Post {
    pub person_id: Uuid,
    pub role: String,
    pub area: Option<String>,
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
    pub units: Vec<Uuid>,
}

/// A post, locked.
pub async fn post(tx: &mut PgConnection, town: TownId, id: PostId) -> Result<Option<Post>, sqlx::Error> {
    sqlx::query_as!(
        Post,
        r#"select o.person_id, o.role, o.area, o.from_on, o.to_on,
                  array(select pu.unit_id from post_unit pu where pu.town_id = o.town_id and pu.post_id = o.id
                        order by pu.unit_id) as "units!"
           from post o where o.town_id = $1 and o.id = $2 for update"#,
        town.0,
        id.0,
    )
    .fetch_optional(tx)
    .await
}

/// The post's last day is the one before `from_on`.
pub async fn end_before(
    tx: &mut PgConnection,
    town: TownId,
    post: PostId,
    from_on: NaiveDate,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update post set to_on = $3::date - 1 where town_id = $1 and id = $2",
        town.0,
        post.0,
        from_on,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Links the mobile members of the post's branches, linked to the one, to the other; a successor who is away is not
/// linked to themselves.
pub async fn link_anew(
    tx: &mut PgConnection,
    town: TownId,
    post: PostId,
    from: PersonId,
    to: PersonId,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "update mobile_member m set contact_id = nullif($4, m.person_id)
         from post_unit pu
         where pu.town_id = $1 and pu.post_id = $2 and m.town_id = pu.town_id and m.branch_id = pu.unit_id
           and m.contact_id = $3 and m.returned_on is null",
        town.0,
        post.0,
        from.0,
        to.0,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

pub struct Person {
    pub id: Uuid,
    pub name: String,
    pub membership: String,
    pub branch: Option<String>,
    pub group: Option<String>,
    pub has_phone: bool,
    pub is_bound: bool,
    pub is_away: bool,
    pub posts: Value,
}

/// A person in scope as the list of people has them, with every post held over a unit in scope, the present ones first.
pub async fn person(
    db: &PgPool,
    town: TownId,
    scope: &Scope,
    id: PersonId,
    today: NaiveDate,
) -> Result<Option<Person>, sqlx::Error> {
    sqlx::query_as!(
        Person,
        r#"with inside as (
               select distinct u.id, u.name, u.path from unit u
               join unnest($3::text[], $4::text[]) as s (f, t)
                 on u.path >= s.f collate "C" and u.path < s.t collate "C"
               where u.town_id = $1
           ), held as (
               select o.id, o.role, o.area, o.from_on, o.to_on, jsonb_agg(i.name order by i.path) as units
               from post o
               join post_unit pu on pu.town_id = o.town_id and pu.post_id = o.id
               join inside i on i.id = pu.unit_id
               where o.town_id = $1 and o.person_id = $2
               group by o.id, o.role, o.area, o.from_on, o.to_on
           )
           select p.id, p.name, p.membership, b.name as "branch?", g.name as "group?",
                  p.phone_index is not null as "has_phone!",
                  exists (select from binding b where b.town_id = p.town_id and b.person_id = p.id
                          and b.unbound_at is null) as "is_bound!",
                  exists (select from mobile_member m where m.town_id = p.town_id and m.person_id = p.id
                          and m.returned_on is null) as "is_away!",
                  coalesce((select jsonb_agg(to_jsonb(h) order by h.to_on is not null and h.to_on < $5,
                                   h.from_on desc, h.id) from held h), '[]') as "posts!"
           from person p
           left join unit b on b.town_id = p.town_id and b.id = p.branch_id
           left join unit g on g.town_id = p.town_id and g.id = p.group_id
           where p.town_id = $1 and p.id = $2 and p.left_on is null
             and (coalesce(p.branch_id, (select r.id from unit r where r.town_id = $1 and r.parent_id is null))
                      in (select i.id from inside i)
                  or exists (select from held h where h.from_on <= $5 and (h.to_on is null or h.to_on >= $5)))"#,
        town.0,
        id.0,
        &scope.from,
        &scope.to,
        today,
    )
    .fetch_optional(db)
    .await
}
