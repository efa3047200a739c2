use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::ids::TownId;
use crate::org;

pub async fn towns(db: &PgPool) -> Result<Vec<TownId>, sqlx::Error> {
    let ids = sqlx::query_scalar!("select id from town where code <> $1 order by id", org::COUNTY)
        .fetch_all(db)
        .await?;
    Ok(ids.into_iter().map(TownId).collect())
}

/// Open: something is still to be handed in. Overdue: of those, past the grace with nothing received.
pub async fn count(db: &PgPool, town: TownId, day: NaiveDate, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into town_count (town_id, day, duties_open, duties_overdue, records, counted_at)
         select $1, $2, count(*), count(*) filter (where d.state = 'open' and d.grace_last < $2),
             (select count(*) from record r where r.town_id = $1 and r.state <> 'draft'), $3
         from duty d where d.town_id = $1 and d.state in ('open', 'returned')
         on conflict (town_id, day) do update set duties_open = excluded.duties_open,
             duties_overdue = excluded.duties_overdue, records = excluded.records, counted_at = excluded.counted_at",
        town.0,
        day,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub struct Latest {
    pub town_id: Uuid,
    pub town_name: String,
    pub day: NaiveDate,
    pub duties_open: i64,
    pub duties_overdue: i64,
    pub records: i64,
}

/// The newest numbers of every town.
pub async fn latest(db: &PgPool) -> Result<Vec<Latest>, sqlx::Error> {
    sqlx::query_as!(
        Latest,
        r#"select t.id as town_id, t.name as town_name, c.day, c.duties_open, c.duties_overdue, c.records
           from town t
           cross join lateral (
               select * from town_count c where c.town_id = t.id order by c.day desc limit 1) c
           order by t.code"#,
    )
    .fetch_all(db)
    .await
}
