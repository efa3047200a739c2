use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::ids::{PersonId, TownId};

/// The roles a person holds today.
pub async fn roles(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    today: NaiveDate,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select distinct role from post
         where town_id = $1 and person_id = $2 and from_on <= $3 and (to_on is null or to_on >= $3)",
        town.0,
        person.0,
        today,
    )
    .fetch_all(tx)
    .await
}

pub async fn cancel(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update desk_code set cancelled_at = $3
         where town_id = $1 and person_id = $2 and used_at is null and cancelled_at is null",
        town.0,
        person.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "one value per column")]
pub async fn insert(
    tx: &mut PgConnection,
    town: TownId,
    id: Uuid,
    person: PersonId,
    hash: &[u8],
    by: Option<PersonId>,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into desk_code (town_id, id, person_id, code_hash, issued_by, issued_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        town.0,
        id,
        person.0,
        hash,
        by.map(|by| by.0),
        now,
        expires_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A code that has been used up.
pub struct Used {
    pub town_id: Uuid,
    pub person_id: Uuid,
    pub issued_by: Option<Uuid>,
    pub issuer: Option<String>,
}

/// Uses the code up, if it is open: of two desks at once one gets it.
pub async fn redeem(
    tx: &mut PgConnection,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Used>, sqlx::Error> {
    sqlx::query_as!(
        Used,
        r#"update desk_code c set used_at = $2
           where code_hash = $1 and used_at is null and cancelled_at is null and expires_at > $2
           returning town_id, person_id, issued_by,
               (select p.name from person p where p.town_id = c.town_id and p.id = c.issued_by) as issuer"#,
        hash,
        now,
    )
    .fetch_optional(tx)
    .await
}
