use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::ids::{PersonId, TownId};
use crate::notify::Subject;

/// Locks in the order of ids, as everybody does who changes several notices.
pub async fn spare(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    subjects: &[Subject],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (kinds, ids): (Vec<String>, Vec<Uuid>) =
        subjects.iter().map(|(kind, id)| ((*kind).to_owned(), *id)).unzip();
    sqlx::query!(
        "with subject as (
             select * from unnest($2::text[], $3::uuid[]) s (kind, id)
         ), struck as (
             update call_item c set done_at = $4 from subject s
             where c.town_id = $1 and c.subject_kind = s.kind and c.subject_id = s.id and c.person_id = $5
               and c.done_at is null
         ), gone as (
             select n.id from subject s join notice n on n.subject_kind = s.kind and n.subject_id = s.id
             where n.town_id = $1 and n.person_id = $5
               and (n.state in ('waiting', 'in_message', 'inbox') or (n.state = 'told' and n.read_at is null))
             order by n.id for update of n
         )
         update notice n set state = 'withdrawn' from gone where n.town_id = $1 and n.id = gone.id",
        town.0,
        &kinds,
        &ids,
        now,
        person.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}
