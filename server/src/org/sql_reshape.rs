use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Unit;
use crate::ids::{TownId, UnitId};

pub async fn is_closed(tx: &mut PgConnection, town: TownId, id: UnitId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select closed_on is not null as "closed!" from unit where town_id = $1 and id = $2 for update"#,
        town.0,
        id.0,
    )
    .fetch_one(tx)
    .await
}

pub async fn rename(tx: &mut PgConnection, town: TownId, id: UnitId, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update unit set name = $3 where town_id = $1 and id = $2", town.0, id.0, name)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn close(
    tx: &mut PgConnection,
    town: TownId,
    id: UnitId,
    today: NaiveDate,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update unit set closed_on = $3 where town_id = $1 and id = $2", town.0, id.0, today)
        .execute(tx)
        .await?;
    Ok(())
}

/// What keeps a unit from being closed.
pub struct Left {
    pub units: i64,
    pub people: i64,
    pub posts: i64,
}

pub async fn left_in(
    tx: &mut PgConnection,
    town: TownId,
    path: &str,
    id: UnitId,
    today: NaiveDate,
) -> Result<Left, sqlx::Error> {
    sqlx::query_as!(
        Left,
        r#"select
               (select count(*) from unit u where u.town_id = $1 and starts_with(u.path, $2) and u.id <> $3
                  and u.closed_on is null) as "units!",
               (select count(*) from person p where p.town_id = $1 and p.left_on is null
                  and (p.branch_id = $3 or p.group_id = $3)) as "people!",
               (select count(*) from post o join post_unit pu on pu.town_id = o.town_id and pu.post_id = o.id
                where o.town_id = $1 and pu.unit_id = $3 and (o.to_on is null or o.to_on >= $4)) as "posts!""#,
        town.0,
        path,
        id.0,
        today,
    )
    .fetch_one(tx)
    .await
}

#[derive(Clone)]
pub struct Member {
    pub id: Uuid,
    pub membership: String,
}

/// The people of a branch, locked.
pub async fn members(
    tx: &mut PgConnection,
    town: TownId,
    branch: UnitId,
) -> Result<Vec<Member>, sqlx::Error> {
    sqlx::query_as!(
        Member,
        "select id, membership from person where town_id = $1 and branch_id = $2 and left_on is null
         order by id for update",
        town.0,
        branch.0,
    )
    .fetch_all(tx)
    .await
}

/// Moves people to another branch, those away with what is known of their absence; `with_groups` where the groups went too.
pub async fn move_members(
    tx: &mut PgConnection,
    town: TownId,
    members: &[Member],
    to: UnitId,
    with_groups: bool,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = members.iter().map(|member| member.id).collect();
    sqlx::query!(
        "update person set branch_id = $3, group_id = case when $4 then group_id end where town_id = $1 and id = any($2)",
        town.0,
        &ids,
        to.0,
        with_groups,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "with moved as (
             -- Whoever was linked to them and has no post where they are now could neither read nor answer.
             update mobile_member m set branch_id = $3, contact_id = (
                 select m.contact_id from post po join post_unit pu on pu.town_id = po.town_id and pu.post_id = po.id
                 where po.town_id = m.town_id and po.person_id = m.contact_id and po.role = 'committee_member'
                   and pu.unit_id = $3 and (po.to_on is null or po.to_on > $4::timestamptz at time zone 'Asia/Shanghai')
                 limit 1)
             where town_id = $1 and person_id = any($2) and returned_on is null
             returning town_id, id, branch_id, away_since
         )
         insert into mobile_history (town_id, mobile_id, set_at, branch_id, away_since)
         select town_id, id, $4, branch_id, away_since from moved
         on conflict (town_id, mobile_id, set_at) do update set branch_id = excluded.branch_id",
        town.0,
        &ids,
        to.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Hangs the open groups of one branch under another; how many. One whose name is taken there says where it comes from.
pub async fn move_groups(
    tx: &mut PgConnection,
    town: TownId,
    from: &Unit,
    to: &Unit,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "update unit g set parent_id = $3, path = $4 || g.no || '/',
             name = case when exists (select from unit o where o.town_id = $1 and o.parent_id = $3 and o.kind = 'group'
                                          and o.name = g.name)
                 then g.name || '(原' || $5::text || ')' else g.name end
         where g.town_id = $1 and g.parent_id = $2 and g.kind = 'group' and g.closed_on is null",
        town.0,
        from.id.0,
        to.id.0,
        to.path,
        from.name,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// Ends the posts held over this unit alone: their last day is yesterday.
pub async fn end_posts(
    tx: &mut PgConnection,
    town: TownId,
    unit: UnitId,
    today: NaiveDate,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update post o set to_on = greatest($3::date - 1, o.from_on - 1)
         where o.town_id = $1 and (o.to_on is null or o.to_on >= $3) and exists (
                 select from post_unit pu where pu.town_id = o.town_id and pu.post_id = o.id and pu.unit_id = $2)
           and not exists (
                 select from post_unit pu where pu.town_id = o.town_id and pu.post_id = o.id and pu.unit_id <> $2)",
        town.0,
        unit.0,
        today,
    )
    .execute(tx)
    .await?;
    Ok(())
}
